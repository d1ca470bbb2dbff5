//! How fast the mapping is, beside what others need for a part of it; on the recorded stanzas, in one run.
//!
//! `cargo bench --bench mapping` in this folder. Complete means: framed, checked, namespaces resolved, mapped.

use std::hint::black_box;
use std::time::{Duration, Instant};

use restanza::arena::Arena;
use restanza::mapping::{Format, Given, Options, Scratch, read, write};
use restanza::xml::{Framer, Source};
use restanza::{json, xml};
use serde_json::Value;

const CASES: &str = include_str!("../../cases/mapping/recorded.jsonl");
const ROUNDS: usize = 7;

fn main() {
    let cases: Vec<Value> = CASES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |dir: &str, key: &str| -> Vec<String> {
        cases
            .iter()
            .filter(|case| case["dir"] == dir && case["error"].is_null())
            .map(|case| case[key].as_str().unwrap().trim_start_matches('\u{feff}').trim().to_owned())
            .collect()
    };
    let (stanzas, bodies) = (of("xml2json", "xml"), of("json2xml", "json_text"));
    let (mut nodes, mut tape) = (vec![xml::Node::default(); 2048], vec![json::Node::default(); 2048]);
    let mut out = vec![0; 65_536];

    let xml_json = measure("XML to JSON, complete", &stanzas, &mut |text| {
        black_box(Framer::new().next(text.as_bytes()).is_ok());
        let document = xml::parse(text.as_bytes(), Source::Body, &mut nodes).expect("a stanza");
        let done = write(Format::Json, document.root(), &Options::default(), &mut tape, &mut out);
        black_box(done.is_ok());
    });
    let check = measure("  the check alone", &stanzas, &mut |text| {
        black_box(xml::parse(text.as_bytes(), Source::Body, &mut nodes).is_ok());
    });
    let quick = measure("quick-xml, NsReader", &stanzas, &mut |text| {
        let mut reader = quick_xml::NsReader::from_str(text);
        loop {
            match reader.read_resolved_event() {
                Ok((_, quick_xml::events::Event::Eof)) | Err(_) => break,
                Ok(event) => {
                    black_box(event);
                }
            }
        }
    });
    let rxml = measure("rxml, parse", &stanzas, &mut |text| {
        use rxml::Parse as _;
        let mut parser = rxml::Parser::new();
        let mut bytes = text.as_bytes();
        while let Ok(Some(event)) = parser.parse(&mut bytes, true) {
            black_box(event);
        }
    });
    let json_xml = measure("JSON to XML, complete", &bodies, &mut |text| {
        let scratch = Scratch { xml: &mut nodes, json: &mut tape, memory: Arena::new(&mut out) };
        black_box(read(Format::Json, text.as_bytes(), &Given::default(), &Options::default(), scratch).is_ok());
    });
    let json_check = measure("  the check alone", &bodies, &mut |text| {
        black_box(json::parse(text.as_bytes(), &mut tape).is_ok());
    });
    let serde = measure("serde_json, to Value", &bodies, &mut |text| {
        black_box(serde_json::from_str::<Value>(text).is_ok());
    });
    println!("XML to JSON: {:.2} times quick-xml's speed, {:.2} times rxml's; {:.0} % of it is the check", quick / xml_json, rxml / xml_json, 100.0 * check / xml_json);
    println!("JSON to XML: {:.2} times serde_json's speed; {:.0} % of it is the check", serde / json_xml, 100.0 * json_check / json_xml);
}

/// The nanoseconds for each text, of the best of several rounds.
fn measure(name: &str, texts: &[String], work: &mut dyn FnMut(&str)) -> f64 {
    let best = (0..ROUNDS)
        .map(|_| {
            let (start, mut times) = (Instant::now(), 0);
            while start.elapsed() < Duration::from_millis(150) {
                texts.iter().for_each(|text| work(text));
                times += texts.len();
            }
            start.elapsed().as_nanos() as f64 / times as f64
        })
        .fold(f64::MAX, f64::min);
    let bytes = texts.iter().map(String::len).sum::<usize>() as f64 / texts.len() as f64;
    println!("{name:24} {best:8.0} ns each, {:6.1} MB/s", bytes / best * 1000.0);
    best
}
