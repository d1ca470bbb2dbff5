//! restanza's path of a stanza, in steps and whole, both ways.

use std::hint::black_box;
use std::io;

use restanza::arena::Arena;
use restanza::mapping::{self, Format, Given, Options, Scratch};
use restanza::xml::{self, Framer, Piece, Source};
use restanza::{json, stanza};
use restanza_bench::corpus::{Corpus, NODES, ROOM, json_of};
use restanza_bench::job::{Job, serve};

/// What a read of a socket brings.
const SEGMENT: usize = 1460;

fn main() -> io::Result<()> {
    for stanza in Corpus::lines() {
        check(stanza);
    }
    let corpus = Corpus::load();
    let jobs: Vec<Job<'_>> = vec![
        ("frame", Box::new(|corpus| frames(corpus, |frame| _ = black_box(frame)))),
        ("check", Box::new(with_nodes(check_all))),
        ("to-json", Box::new(with_nodes(all_to_json))),
        ("to-xml", Box::new(with_nodes(all_to_xml))),
    ];
    serve(&corpus, jobs)
}

fn with_nodes(
    run: fn(&Corpus, &mut [xml::Node], &mut [json::Node]) -> usize,
) -> impl FnMut(&Corpus) -> usize {
    let (mut nodes, mut tape) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
    move |corpus| run(corpus, &mut nodes, &mut tape)
}

/// Cuts the stream as it comes from a socket, segment after segment. The bytes are where they are, as for the others:
/// bringing them is the system's work.
fn frames(corpus: &Corpus, mut take: impl FnMut(&[u8])) -> usize {
    let (bytes, mut framer, mut stanzas) = (corpus.xml.as_bytes(), Framer::new(), 0);
    let (mut start, mut end) = (0, 0);
    while end < bytes.len() {
        end = bytes.len().min(end + SEGMENT);
        loop {
            match framer.next(&bytes[start..end]).expect("a stream") {
                Piece::Incomplete => break,
                Piece::Stanza(n) => {
                    take(&bytes[start..start + n]);
                    start += n;
                    stanzas += 1;
                }
                Piece::StreamOpen(n) | Piece::StreamClose(n) | Piece::Space(n) | Piece::Skipped(n) => {
                    start += n
                }
            }
        }
    }
    stanzas
}

fn check_all(corpus: &Corpus, nodes: &mut [xml::Node], _: &mut [json::Node]) -> usize {
    frames(corpus, |frame| {
        black_box(xml::parse(frame, Source::Stanza, nodes).expect("a stanza").root());
    })
}

fn all_to_json(corpus: &Corpus, nodes: &mut [xml::Node], tape: &mut [json::Node]) -> usize {
    let mut out = vec![0; ROOM];
    frames(corpus, |frame| {
        let document = xml::parse(frame, Source::Stanza, nodes).expect("a stanza");
        let len = mapping::write(Format::Json, document.root(), &Options::default(), tape, &mut out);
        black_box(&out[..len.expect("JSON")]);
    })
}

fn all_to_xml(corpus: &Corpus, nodes: &mut [xml::Node], tape: &mut [json::Node]) -> usize {
    let (mut memory, mut out) = (vec![0; 2 * ROOM], vec![0; ROOM]);
    let mut stanzas = 0;
    for text in corpus.texts() {
        let len = to_xml(text, nodes, tape, &mut memory, &mut out);
        black_box(&out[..len]);
        stanzas += 1;
    }
    stanzas
}

fn to_xml(
    text: &str,
    nodes: &mut [xml::Node],
    tape: &mut [json::Node],
    memory: &mut [u8],
    out: &mut [u8],
) -> usize {
    let scratch = Scratch { xml: nodes, json: tape, memory: Arena::new(memory) };
    let stanza =
        mapping::read(Format::Json, text.as_bytes(), &Given::default(), &Options::default(), scratch);
    stanza::write(&stanza.expect("a stanza in JSON"), out).expect("room")
}

/// What is measured is also right: the stanza comes back from JSON as it was.
fn check(stanza: &str) {
    let (mut nodes, mut tape) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
    let (mut memory, mut out) = (vec![0; 2 * ROOM], vec![0; ROOM]);
    let len = to_xml(&json_of(stanza), &mut nodes, &mut tape, &mut memory, &mut out);
    let back = canonical(&out[..len]);
    assert_eq!(back, canonical(stanza.as_bytes()), "does not come back as it was");
}

/// The stanza with its attributes and children sorted, so that their order does not count.
fn canonical(stanza: &[u8]) -> String {
    fn sorted(element: xml::Element<'_>) -> String {
        let mut attrs: Vec<String> =
            element.attrs().map(|attr| format!(" {}='{}'", attr.name, attr.value)).collect();
        let mut children: Vec<String> = element.elements().map(sorted).collect();
        attrs.sort();
        children.sort();
        let (name, ns, text) = (element.name(), element.ns(), element.text());
        format!("<{name} xmlns='{ns}'{}>{}{text}</>", attrs.concat(), children.concat())
    }
    let mut nodes = vec![xml::Node::default(); NODES];
    sorted(xml::parse(stanza, Source::Stanza, &mut nodes).expect("a stanza").root())
}
