//! What others make of the same bytes.

use std::hint::black_box;
use std::io;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::NsReader;
use restanza_bench::corpus::Corpus;
use restanza_bench::job::{Job, serve};
use rxml::Parse as _;
use xmlparser::{ElementEnd, Token, Tokenizer};

fn main() -> io::Result<()> {
    let corpus = Corpus::load();
    let jobs: Vec<Job<'_>> = vec![
        ("xmlparser", Box::new(xmlparser)),
        ("quick-xml", Box::new(quick_xml)),
        ("rxml", Box::new(rxml)),
        ("serde_json", Box::new(serde_json)),
    ];
    serve(&corpus, jobs)
}

/// Tokens alone, of stanzas that are already cut.
fn xmlparser(corpus: &Corpus) -> usize {
    let mut stanzas = 0;
    for stanza in corpus.stanzas() {
        let mut ends = 0;
        for token in Tokenizer::from_fragment(stanza, 0..stanza.len()) {
            let token = black_box(token.expect("a token"));
            ends += usize::from(matches!(
                token,
                Token::ElementEnd { end: ElementEnd::Close(..) | ElementEnd::Empty, .. }
            ));
        }
        stanzas += usize::from(ends > 0);
    }
    stanzas
}

/// Borrowed slices of the whole stream; names resolved, attributes and texts read.
fn quick_xml(corpus: &Corpus) -> usize {
    let text = std::str::from_utf8(black_box(corpus.xml.as_bytes())).expect("UTF-8");
    let mut reader = NsReader::from_str(text);
    let (mut depth, mut stanzas) = (0, 0);
    loop {
        match reader.read_event().expect("an event") {
            Event::Start(start) => {
                read(&reader, &start);
                depth += 1;
            }
            Event::Empty(start) => {
                read(&reader, &start);
                stanzas += usize::from(depth == 1);
            }
            Event::End(end) => {
                black_box(reader.resolver().resolve_element(end.name()));
                depth -= 1;
                stanzas += usize::from(depth == 1);
            }
            Event::Text(text) => _ = black_box(text.xml10_content()),
            Event::GeneralRef(reference) => _ = black_box(reference.xml10_content()),
            Event::Eof => return stanzas,
            other => panic!("{other:?}"),
        }
    }
}

fn read(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) {
    black_box(reader.resolver().resolve_element(start.name()));
    for attr in start.attributes() {
        let attr = attr.expect("an attribute");
        black_box(reader.resolver().resolve_attribute(attr.key));
        black_box(attr.normalized_value(XmlVersion::Explicit1_0).expect("a value"));
    }
}

/// The whole stream at once.
fn rxml(corpus: &Corpus) -> usize {
    let mut parser = rxml::Parser::new();
    let mut rest = corpus.xml.as_bytes();
    let (mut depth, mut stanzas) = (0, 0);
    while let Some(event) = parser.parse(&mut rest, true).expect("an event") {
        match black_box(event) {
            rxml::Event::StartElement(..) => depth += 1,
            rxml::Event::EndElement(_) => {
                depth -= 1;
                stanzas += usize::from(depth == 1);
            }
            _ => {}
        }
    }
    stanzas
}

/// The JSON of the same stanzas, each to a value.
fn serde_json(corpus: &Corpus) -> usize {
    let mut stanzas = 0;
    for text in corpus.texts() {
        let value: serde_json::Value = serde_json::from_slice(text.as_bytes()).expect("JSON");
        black_box(value);
        stanzas += 1;
    }
    stanzas
}
