//! Whatever the mapping takes, in any format, becomes a stanza that is well-formed and can be mapped back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza::arena::Arena;
use restanza::mapping::{Format, Given, Options, Scratch, read, write};
use restanza::xml::{Source, parse};
use restanza::{json, xml};
use restanza_oracle::mapping::text;

const NODES: usize = 2048;

fuzz_target!(|data: &[u8]| {
    let [choice, body @ ..] = data else { return };
    let format = [Format::Json, Format::Xml, Format::Form, Format::Text][usize::from(*choice % 4)];
    let format = if *choice & 3 == 0 && choice & 0xC0 == 0xC0 { Format::Cbor } else { format };
    let options = Options { strict: choice & 4 > 0, keep: choice & 8 > 0, ..Options::default() };
    let given = [
        Given::default(),
        Given { kind: Some("iq"), type_: Some("disco"), to: Some("a@b") },
        Given { kind: Some("iq"), type_: Some("command"), to: Some("a@b") },
        Given { kind: Some("presence"), ..Given::default() },
    ][usize::from(choice >> 4) % 4];
    let (mut tape, mut nodes) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
    let mut memory = vec![0; 16 * body.len() + 65_536];
    let scratch = Scratch { xml: &mut tape, json: &mut nodes, memory: Arena::new(&mut memory) };
    let Ok(stanza) = read(format, body, &given, &options, scratch) else { return };
    let written = text(&stanza);
    let mut tape = vec![xml::Node::default(); written.len() + 1];
    let document = parse(written.as_bytes(), Source::Stanza, &mut tape).expect("what we send is well-formed");
    assert_eq!(document.root().elements().count(), usize::from(stanza.children));
    let mut tape = vec![json::Node::default(); NODES];
    let mut out = vec![0; 16 * written.len() + 4096];
    for format in [Format::Json, Format::Cbor, Format::Form, Format::Text, Format::Xml] {
        let Ok(n) = write(format, document.root(), &options, &mut tape, &mut out) else { continue };
        if format == Format::Json {
            json::parse(&out[..n], &mut vec![json::Node::default(); n + 1]).expect("what we answer is JSON");
        }
    }
});
