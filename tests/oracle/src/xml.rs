//! Documents of our checker and of rxml as trees that can be compared.

use std::collections::BTreeMap;

use restanza::xml::{
    CLIENT, COMPONENT, Child, Element, Node, STANZA, STREAM, Source, Why, WriteError, Writer, XML, XmlError,
    parse,
};
use rxml::{Event, Parse, Parser};

/// An element: what is in a document once prefixes, quotes and entities are gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// The namespace; all those of stanzas are [`STANZA`].
    pub ns: String,
    pub name: String,
    /// By namespace and name.
    pub attrs: BTreeMap<(String, String), String>,
    pub children: Vec<Part>,
}

/// What an element holds; neighbouring texts are one.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Element(Tree),
    Text(String),
}

impl Tree {
    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Tree> {
        self.children.iter().filter_map(|child| match child {
            Part::Element(child) => Some(child),
            Part::Text(_) => None,
        })
    }

    /// Appends text.
    pub fn text(&mut self, text: &str) {
        match self.children.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => (),
            _ => self.children.push(Part::Text(text.to_owned())),
        }
    }
}

/// A tape that is large enough for any document of that length.
pub fn tape(bytes: &[u8]) -> Vec<Node> {
    vec![Node::default(); bytes.len() + 1]
}

/// Reads a document with our checker.
pub fn read(bytes: &[u8], source: Source) -> Result<Tree, XmlError> {
    parse(bytes, source, &mut tape(bytes)).map(|document| owned(document.root()))
}

/// An element of ours, copied.
pub fn owned(element: Element<'_>) -> Tree {
    let mut tree = Tree { ns: element.ns().to_string(), name: element.name().to_owned(), ..Tree::default() };
    for attr in element.attrs() {
        tree.attrs.insert((attr.ns.to_string(), attr.name.to_owned()), attr.value.to_string());
    }
    for child in element.children() {
        match child {
            Child::Element(element) => tree.children.push(Part::Element(owned(element))),
            Child::Text(text) => tree.text(&text.to_string()),
        }
    }
    tree
}

/// Reads the same with rxml: the body of a message as a document, a stanza as the one child of an open stream.
pub fn read_rxml(bytes: &[u8], source: Source) -> Result<Tree, String> {
    let bytes = &line_ends(bytes)[..];
    match source {
        Source::Body => {
            let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
            // rxml takes white space before the document only behind a declaration.
            let trimmed = trim(bytes);
            document(if trimmed.starts_with(b"<?") { bytes } else { trimmed }, |ns| ns == CLIENT)
        }
        _ => {
            let mut stream =
                format!("<stream:stream xmlns='{COMPONENT}' xmlns:stream='{STREAM}'>").into_bytes();
            // White space between stanzas is nobody's content.
            stream.extend_from_slice(trim(bytes));
            stream.extend_from_slice(b"</stream:stream>");
            let stream = document(&stream, |ns| ns == CLIENT || ns == COMPONENT)?;
            match <[Part; 1]>::try_from(stream.children) {
                Ok([Part::Element(tree)]) => Ok(tree),
                Ok(_) => Err("text".to_owned()),
                Err(children) => Err(format!("{} children", children.len())),
            }
        }
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    let is_content = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = bytes.iter().position(is_content).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_content).map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// What XML 1.0 section 2.11 does to a document before it is parsed. rxml does it not everywhere: it refuses a lone
/// carriage return in an attribute and at the end.
fn line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < out.len() {
        if out[at] == b'\r' {
            out[at] = b'\n';
            if out.get(at + 1) == Some(&b'\n') {
                out.remove(at + 1);
            }
        }
        at += 1;
    }
    out
}

fn document(bytes: &[u8], is_stanza: impl Fn(&str) -> bool) -> Result<Tree, String> {
    let mut parser = Parser::new();
    let mut rest = bytes;
    let mut open = vec![Tree::default()];
    while let Some(event) = parser.parse(&mut rest, true).map_err(|error| format!("{error:?}"))? {
        match event {
            Event::XmlDeclaration(..) => (),
            Event::StartElement(_, (ns, name), attrs) => open.push(Tree {
                ns: if is_stanza(&ns) { STANZA.to_owned() } else { ns.to_string() },
                name: name.to_string(),
                attrs: attrs
                    .into_iter()
                    .map(|((ns, name), value)| ((ns.to_string(), name.to_string()), value))
                    .collect(),
                children: Vec::new(),
            }),
            Event::Text(_, text) => open.last_mut().unwrap().text(&text),
            Event::EndElement(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().children.push(Part::Element(closed));
            }
        }
    }
    if !rest.is_empty() {
        return Err(format!("{} bytes behind the document", rest.len()));
    }
    match open.pop().map(|mut tree| (open.is_empty(), tree.children.pop())) {
        Some((true, Some(Part::Element(root)))) => Ok(root),
        _ => Err("the document is not whole".to_owned()),
    }
}

/// Writes a tree with our writer.
pub fn write(writer: &mut Writer<'_>, tree: &Tree) {
    writer.start(&tree.name, &tree.ns);
    for ((ns, name), value) in &tree.attrs {
        let prefix = if ns.is_empty() { "" } else { "xml:" };
        writer.attr(&format!("{prefix}{name}"), value);
    }
    for child in &tree.children {
        match child {
            Part::Element(child) => write(writer, child),
            Part::Text(text) => drop(writer.text(text)),
        }
    }
    writer.end();
}

/// Says how we and rxml differ about a document, where neither our limits nor rxml's known faults are the reason; and
/// how a copy of an accepted document differs from it.
pub fn agree(text: &[u8], source: Source) -> Result<(), String> {
    let shown = String::from_utf8_lossy(text);
    match (read(text, source), read_rxml(text, source)) {
        (Ok(ours), Ok(theirs)) if ours == theirs => copies(text, source, &ours),
        (Ok(ours), Ok(theirs)) => Err(format!("read as {ours:?}, not as {theirs:?}: {shown:?}")),
        (Err(error), Ok(_)) if error.why.is_limit() || is_lenient(error, &shown) => Ok(()),
        (Err(error), Ok(_)) => Err(format!("refused: {error}: {shown:?}")),
        // XML 1.0 production [4] has U+FEFF among the characters that begin a name; rxml has not.
        (Ok(_), Err(error)) if error.contains("'\\u{feff}'") => Ok(()),
        (Ok(_), Err(error)) => Err(format!("accepted: {error}: {shown:?}")),
        (Err(error), Err(_)) if error.at <= text.len() => Ok(()),
        (Err(error), Err(_)) => Err(format!("refused beyond the text, at {}: {shown:?}", error.at)),
    }
}

/// A copy says the same, to rxml as well, and a copy of the copy is the copy.
fn copies(text: &[u8], source: Source, tree: &Tree) -> Result<(), String> {
    let copied = match copy(text, source) {
        // Elements in the namespace of the prefix `xml` exist to be read only.
        Err(WriteError::Namespace) if has_ns(tree, XML) => return Ok(()),
        copied => copied.map_err(|error| format!("not copied: {error}"))?,
    };
    let shown = String::from_utf8_lossy(&copied);
    if read_rxml(&copied, Source::Stanza) != Ok(on_stream(tree)) {
        return Err(format!("copied to {shown:?}"));
    }
    if copy(&copied, source).as_ref() != Ok(&copied) {
        return Err(format!("not copied to itself: {shown:?}"));
    }
    Ok(())
}

/// A document as our writer copies it.
pub fn copy(text: &[u8], source: Source) -> Result<Vec<u8>, WriteError> {
    let mut nodes = tape(text);
    let document = parse(text, source, &mut nodes).expect("a document that was accepted before");
    let mut out = vec![0; 8 * text.len() + 1024];
    let mut writer = Writer::new(&mut out);
    writer.copy(document.root());
    let n = writer.finish()?;
    out.truncate(n);
    Ok(out)
}

fn has_ns(tree: &Tree, ns: &str) -> bool {
    tree.ns == ns || tree.elements().any(|child| has_ns(child, ns))
}

/// On a component's stream one more namespace is that of stanzas.
fn on_stream(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    if tree.ns == COMPONENT {
        tree.ns = STANZA.to_owned();
    }
    for child in &mut tree.children {
        if let Part::Element(child) = child {
            *child = on_stream(child);
        }
    }
    tree
}

/// Where rxml takes what the standards refuse, or what we refuse for the sake of the servers.
fn is_lenient(error: XmlError, text: &str) -> bool {
    match error.why {
        // XML 1.0 section 3.1: a repeated declaration is a repeated attribute; rxml looks at other attributes only.
        Why::DuplicateAttribute => text.split('<').any(|tag| {
            let mut names: Vec<_> =
                tag.split('=').filter_map(|part| part.split_whitespace().last()).collect();
            names.retain(|name| name.starts_with("xmlns"));
            names.sort_unstable();
            names.windows(2).any(|pair| pair[0] == pair[1])
        }),
        // Namespaces in XML section 3: nothing may be bound to the namespace of `xmlns`.
        Why::Reserved => text.contains("='http://www.w3.org/2000/xmlns/'"),
        // What a caller sends is for servers that read with expat; tests/expat.rs has the reason.
        Why::ForeignName => !text.is_ascii(),
        // Outside of the root rxml takes an empty section and a reference to white space.
        Why::Outside => text.contains("<![CDATA[]]>") || text.contains("&#"),
        _ => false,
    }
}
