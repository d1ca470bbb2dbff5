"""expat says whether a component's stream survives what is written into it.

Standard input has cases: a length in decimal digits, a newline, so many bytes. For each a line goes out: `ok`, or why
the stream is broken. Prosody and ejabberd read their streams with this parser, set up in this way.
"""

import sys
from xml.parsers import expat

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    b"xmlns:stream='http://etherx.jabber.org/streams' to='a'>"
)


def verdict(stanza):
    parser = expat.ParserCreate(namespace_separator="\1")
    depth = 0
    elements = 0

    def start(_name, _attributes):
        nonlocal depth, elements
        depth += 1
        elements += depth == 2

    def end(_name):
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        # What follows shows that nothing of the stanza is still open.
        parser.Parse(HEADER + stanza + b"<presence/>", False)
    except expat.ExpatError as error:
        return str(error)
    if (depth, elements) != (1, 2):
        return f"{elements - 1} stanzas, depth {depth}"
    return "ok"


while line := sys.stdin.buffer.readline():
    print(verdict(sys.stdin.buffer.read(int(line))), flush=True)
