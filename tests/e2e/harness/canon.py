"""Canonical XML, to compare what a stanza says and not how it is spelt."""

from xml.etree import ElementTree

XML = "http://www.w3.org/XML/1998/namespace"
CLIENT = "jabber:client"
SAME = ("jabber:client", "jabber:component:accept", "")


def escaped(text):
    """As XML wants it in a text or an attribute."""
    for char, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"), ("\n", "#10"), ("\t", "#9"), ("\r", "#13")):
        text = text.replace(char, f"&{name};")
    return text


def split(tag):
    """Namespace and name; the namespaces of stanzas are one."""
    namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    return (CLIENT if namespace in SAME else namespace), name


def canonical(element, parent=CLIENT):
    """One text for all spellings. Elements without text between them are sorted: the original wrote them in any order."""
    namespace, name = split(element.tag)
    attributes = []
    for key, value in element.attrib.items():
        inside, local = split(key) if key.startswith("{") else (None, key)
        local = f"xml:{local}" if inside == XML else f"{{{inside}}}{local}" if inside else local
        attributes.append(f' {local}="{escaped(value)}"')
    children = [(canonical(child, namespace), escaped(child.tail or "")) for child in element]
    if not (element.text or "").strip() and not any(tail.strip() for _, tail in children):
        children.sort()
    declared = f' xmlns="{escaped(namespace)}"' if namespace != parent else ""
    content = escaped(element.text or "") + "".join(child + tail for child, tail in children)
    return f"<{name}{declared}{''.join(sorted(attributes))}" + (f">{content}</{name}>" if content else "/>")


def of(value):
    """Of a text or an element."""
    return canonical(ElementTree.fromstring(value) if isinstance(value, (str, bytes)) else value)
