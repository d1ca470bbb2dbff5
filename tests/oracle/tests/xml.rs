//! The XML checker and writer against rxml.

use proptest::prelude::*;
use restanza::xml::{COMPONENT, STANZA, Source, Why, WriteError, Writer, XML, XmlError, parse};
use restanza_oracle::cases;
use restanza_oracle::documents::{DOCUMENTS, damaged, soup, tagged, tree, wrapped};
use restanza_oracle::xml::{Part, Tree, read, read_rxml, tape, write};

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
