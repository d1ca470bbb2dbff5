//! The XML checker and writer against rxml.

use proptest::prelude::*;
use restanza::xml::{Source, WriteError, Writer};
use restanza_oracle::cases;
use restanza_oracle::documents::{DOCUMENTS, damaged, soup, tagged, tree, wrapped};
use restanza_oracle::xml::{Part, Tree, agree, read, write};

fn same(text: &[u8], source: Source) -> Result<(), TestCaseError> {
    agree(text, source).map_err(TestCaseError::fail)
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
