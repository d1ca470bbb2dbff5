//! The XML checker and writer against rxml.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use restanza::xml::{COMPONENT, STANZA, Source, Why, WriteError, Writer, XML, XmlError, parse};
use restanza_oracle::cases;
use restanza_oracle::xml::{Part, Tree, read, read_rxml, tape};

/// Both say the same of a text, but for our limits.
fn same(text: &[u8], source: Source) -> Result<(), TestCaseError> {
    let shown = String::from_utf8_lossy(text);
    match (read(text, source), read_rxml(text, source)) {
        (Ok(ours), Ok(theirs)) => {
            prop_assert_eq!(&ours, &theirs, "{:?}", shown);
            copied(text, source, &ours)?;
        }
        (Err(error), Ok(_)) => {
            prop_assert!(
                error.why.is_limit() || is_lenient(error, &shown),
                "refused: {}: {:?}",
                error,
                shown
            );
        }
        // XML 1.0 production [4] has U+FEFF among the characters that begin a name; rxml has not.
        (Ok(_), Err(error)) => {
            prop_assert!(error.contains("'\\u{feff}'"), "accepted: {}: {:?}", error, shown);
        }
        (Err(error), Err(_)) => prop_assert!(error.at <= text.len()),
    }
    Ok(())
}

/// A copy says the same, to rxml as well, and a copy of the copy is the copy.
fn copied(text: &[u8], source: Source, tree: &Tree) -> Result<(), TestCaseError> {
    let copy = match copy(text, source) {
        // Elements in the namespace of the prefix `xml` exist to be read only.
        Err(WriteError::Namespace) if has_ns(tree, XML) => return Ok(()),
        copy => copy.map_err(|error| TestCaseError::fail(format!("not copied: {error}")))?,
    };
    let shown = String::from_utf8_lossy(&copy);
    prop_assert!(read_rxml(&copy, Source::Stanza) == Ok(on_stream(tree)), "{:?}", shown);
    prop_assert!(self::copy(&copy, source).as_ref() == Ok(&copy), "{:?}", shown);
    Ok(())
}

fn copy(text: &[u8], source: Source) -> Result<Vec<u8>, WriteError> {
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

/// Where rxml takes what the standards refuse.
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
        // Outside of the root rxml takes an empty section and a reference to white space.
        Why::Outside => text.contains("<![CDATA[]]>") || text.contains("&#"),
        _ => false,
    }
}

/// What the rules of XML are about.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<a>",
    "</a>",
    "<a",
    "<a/>",
    "<b xmlns='u'>",
    "</b>",
    "<p:a",
    "</p:a>",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "=",
    "'",
    "\"",
    " x='1'",
    " y=\"2\"",
    " x=''",
    " p:x='1'",
    " q:x='1'",
    " xmlns='u'",
    " xmlns=''",
    " xmlns='jabber:client'",
    " xmlns='jabber:component:accept'",
    " xmlns:p='u'",
    " xmlns:q='u'",
    " xmlns:p=''",
    " xmlns:xml='u'",
    " xmlns:xmlns='u'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    " xmlns:p='http://www.w3.org/2000/xmlns/'",
    " xmlns='http://www.w3.org/XML/1998/namespace'",
    " xml:lang='en'",
    "<stream:error/>",
    "<xml:a/>",
    "<xmlns:a/>",
    "<a:b:c/>",
    "<:a/>",
    "<a:/>",
    "&amp;",
    "&lt;",
    "&quot;",
    "&apos;",
    "&gt;",
    "&x;",
    "&",
    "&;",
    "&#",
    "&#65;",
    "&#x41;",
    "&#X41;",
    "&#0;",
    "&#xD;",
    "&#xd800;",
    "&#xFFFE;",
    "&#x10FFFF;",
    "&#x110000;",
    "&#99999999999;",
    "&#+5;",
    "&# 5;",
    ";",
    "]]>",
    "]]",
    "]",
    "<![CDATA[",
    "<![CDATA[]]>",
    "<!--",
    "-->",
    "<?x?>",
    "<?xml version='1.0'?>",
    "<?xml version=\"1.0\" encoding='utf-8'?>",
    "<?xml version='1.1'?>",
    "<!DOCTYPE a>",
    "<!ENTITY",
    "é",
    "😀",
    "\u{1}",
    "\u{85}",
    "\u{7f}",
    "\u{fffe}",
    "\u{feff}",
    "\u{2028}",
    "1",
    "-",
    ".",
    "_",
    "body",
    "<message to='a@b'>",
    "</message>",
    "text",
];

const DOCUMENTS: &[&str] = &[
    "<message to='a@b' from=\"c@d/e\" type='chat' id='1' xml:lang='en'><body>hi &amp; bye</body>\
     <active xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "<iq type='result' id='x'><query xmlns='http://jabber.org/protocol/disco#info' node='n'>\
     <identity category='client' type='bot'/><feature var='urn:xmpp:ping'/>\
     <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>a</value></field></x>\
     </query></iq>",
    "<presence xmlns='jabber:client'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>\
     <priority>5</priority></presence>",
    "<p:message xmlns:p='jabber:component:accept' xmlns:q='u' q:x='1' x='2'><q:a><p:body>&#x1F600;</p:body></q:a>\
     <![CDATA[<raw>]]></p:message>",
    "<message><body>\r\na\rb\n\tc</body><x a='\n\t\r\n&#10;&#9;'/> <y/> </message>",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 0..10).prop_map(|pieces| pieces.concat().into_bytes())
}

fn wrapped() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 0..6)
        .prop_map(|pieces| format!("<a xmlns:p='v'>{}</a>", pieces.concat()).into_bytes())
}

/// An element with attributes made of pieces.
fn tagged() -> impl Strategy<Value = Vec<u8>> {
    let attributes: Vec<_> = PIECES.iter().copied().filter(|piece| piece.starts_with(' ')).collect();
    (select(&["a", "p:a", "q:a", "xml:a", "stream:a"][..]), vec(select(attributes), 0..5)).prop_map(
        |(name, attributes)| format!("<b xmlns:q='w'><{name}{}/></b>", attributes.concat()).into_bytes(),
    )
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<Index>(), 0..6, select(PIECES), any::<u8>());
    (select(DOCUMENTS), vec(change, 1..4)).prop_map(|(document, changes)| {
        let mut text = document.as_bytes().to_vec();
        for (index, other, way, piece, byte) in changes {
            let at = index.index(text.len() + 1);
            let to = other.index(text.len() + 1);
            let (from, to) = (at.min(to), at.max(to));
            match way {
                0 => text.truncate(at),
                1 => drop(text.splice(at..at, piece.bytes())),
                2 if at < text.len() => text[at] = byte,
                3 if at < text.len() => drop(text.remove(at)),
                4 if to - from < 40 => {
                    let copy = text[from..to].to_vec();
                    drop(text.splice(at..at, copy));
                }
                _ if to - from < 40 => drop(text.drain(from..to)),
                _ => text.push(byte),
            }
        }
        text
    })
}

/// Any text, most of it with characters that are special somewhere, some of it impossible in XML.
fn content() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z<>&'\"\r\n\t\\] é😀-]{0,12}",
        "[\u{0}-\u{20}\u{7f}-\u{a0}\u{fffd}-\u{10000}]{0,3}",
        any::<String>()
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let ns =
        select(&["", "", "u", "jabber:x:data", "a'b\"<&>", "u\tv", "http://etherx.jabber.org/streams"][..]);
    let name = "[a-zA-Z_][a-zA-Z0-9._-]{0,5}";
    let attr_name =
        prop_oneof![Just((XML.to_owned(), "lang".to_owned())), name.prop_map(|name| (String::new(), name))];
    let attr = (attr_name, content()).prop_filter("xmlns is no attribute", |(name, _)| name.1 != "xmlns");
    let leaf = (ns, name, vec(attr, 0..4), content()).prop_map(|(ns, name, attrs, text)| {
        let mut tree = Tree { ns: ns.to_owned(), name, attrs: attrs.into_iter().collect(), children: vec![] };
        tree.text(&text);
        tree
    });
    // A leaf becomes a branch by putting others into it.
    leaf.prop_recursive(5, 24, 4, |inner| {
        (inner.clone(), vec((inner, content()), 0..4)).prop_map(|(mut tree, children)| {
            for (child, text) in children {
                tree.children.push(Part::Element(child));
                tree.text(&text);
            }
            tree
        })
    })
}

fn write(writer: &mut Writer<'_>, tree: &Tree) {
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

fn texts(tree: &Tree) -> Vec<&str> {
    let own = tree.children.iter().filter_map(|child| match child {
        Part::Text(text) => Some(text.as_str()),
        Part::Element(_) => None,
    });
    tree.attrs.values().map(String::as_str).chain(own).chain(tree.elements().flat_map(texts)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(8000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_the_same(tree in tree(), lack in 0..64usize) {
        let mut out = vec![0; 1 << 16];
        let mut writer = Writer::new(&mut out);
        write(&mut writer, &tree);
        let is_forbidden = |c: char| matches!(c, '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}');
        match writer.finish() {
            Ok(n) => {
                let text = &out[..n];
                prop_assert!(read(text, Source::Stanza).as_ref() == Ok(&tree));
                same(text, Source::Stanza)?;
                // Less room gives an error and never less text.
                let mut short = vec![0; n.saturating_sub(lack)];
                let mut writer = Writer::new(&mut short);
                write(&mut writer, &tree);
                prop_assert_eq!(writer.finish(), if lack == 0 { Ok(n) } else { Err(WriteError::Full) });
                prop_assert!(!texts(&tree).iter().any(|text| text.contains(is_forbidden)));
            }
            Err(error) => {
                let forbidden = matches!(error, WriteError::Forbidden(c) if is_forbidden(c));
                prop_assert!(forbidden && texts(&tree).iter().any(|text| text.contains(is_forbidden)), "{}", error);
            }
        }
    }

    #[test]
    fn soups_read_the_same(text in soup()) {
        same(&text, Source::Stanza)?;
        same(&text, Source::Body)?;
    }

    #[test]
    fn contents_read_the_same(text in wrapped()) {
        same(&text, Source::Stanza)?;
        same(&text, Source::Body)?;
    }

    #[test]
    fn attributes_read_the_same(text in tagged()) {
        same(&text, Source::Stanza)?;
        same(&text, Source::Body)?;
    }

    #[test]
    fn damaged_documents_read_the_same(text in damaged()) {
        same(&text, Source::Stanza)?;
        same(&text, Source::Body)?;
    }
}

#[test]
fn whole_documents_read_the_same() {
    for document in DOCUMENTS {
        assert!(read(document.as_bytes(), Source::Stanza).is_ok(), "{document}");
        same(document.as_bytes(), Source::Stanza).unwrap();
    }
}
