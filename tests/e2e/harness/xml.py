"""Comparing XML by what it says, not by how it is spelt."""

from xml.etree import ElementTree

STANZA = ("jabber:client", "jabber:component:accept")
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def parse(text):
    """Text, or an element as it is."""
    return ElementTree.fromstring(text) if isinstance(text, (str, bytes)) else text


def name(tag):
    """A tag in which all namespaces of stanzas, and none, are the same."""
    for namespace in STANZA:
        tag = tag.removeprefix(f"{{{namespace}}}")
    return tag


def canonical(element, ordered=True):
    """The element as nested tuples; with `ordered` false the order of its children does not count."""
    children = [(canonical(c, ordered), c.tail or "") for c in element]
    return (
        name(element.tag), tuple(sorted(element.attrib.items())), element.text or "",
        tuple(children if ordered else sorted(children)),
    )


def same(one, other, ordered=True, without=()):
    """Whether both say the same, apart from top-level attributes named in `without`."""
    def prepared(value):
        root = ElementTree.fromstring(ElementTree.tostring(parse(value)))
        root.tail = None
        for attribute in without:
            root.attrib.pop(attribute, None)
        return canonical(root, ordered)
    return prepared(one) == prepared(other)


def show(element):
    """For a person."""
    return ElementTree.tostring(parse(element), encoding="unicode")


def child(element, tag):
    """The first child of that local name, in whatever namespace."""
    for candidate in element:
        if candidate.tag.rpartition("}")[2] == tag:
            return candidate
    return None


def text(element, tag):
    """The text of that child, or none."""
    found = child(element, tag)
    return None if found is None else found.text or ""


def error(element):
    """Type, condition and text of an error stanza."""
    found = child(element, "error")
    if found is None:
        return None
    condition, words = None, None
    for part in found:
        namespace, _, local = part.tag[1:].rpartition("}")
        if namespace == "urn:ietf:params:xml:ns:xmpp-stanzas":
            if local == "text":
                words = part.text
            else:
                condition = condition or local
    return found.get("type"), condition, words
