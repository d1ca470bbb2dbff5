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
const ROUNDS: usize = 40;

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
    let nodes = || vec![xml::Node::default(); 2048];
    let tape = || vec![json::Node::default(); 2048];
    let out = || vec![0_u8; 65_536];
    let (mut n1, mut t1, mut o1) = (nodes(), tape(), out());
    let mut xml_json = |text: &str| {
        black_box(Framer::new().next(text.as_bytes()).is_ok());
        let document = xml::parse(text.as_bytes(), Source::Body, &mut n1).expect("a stanza");
        black_box(write(Format::Json, document.root(), &Options::default(), &mut t1, &mut o1).is_ok());
    };
    let mut n2 = nodes();
    let mut xml_check = |text: &str| {
        black_box(xml::parse(text.as_bytes(), Source::Body, &mut n2).is_ok());
    };
    let mut quick = |text: &str| {
        let mut reader = quick_xml::NsReader::from_str(text);
        while let Ok((ns, event)) = reader.read_resolved_event() {
            if let quick_xml::events::Event::Eof = event {
                break;
            }
            black_box((ns, event));
        }
    };
    let mut rxml = |text: &str| {
        use rxml::Parse as _;
        let mut parser = rxml::Parser::new();
        let mut bytes = text.as_bytes();
        while let Ok(Some(event)) = parser.parse(&mut bytes, true) {
            black_box(event);
        }
    };
    let (mut n3, mut t3, mut o3) = (nodes(), tape(), out());
    let mut json_xml = |text: &str| {
        let scratch = Scratch { xml: &mut n3, json: &mut t3, memory: Arena::new(&mut o3) };
        black_box(
            read(Format::Json, text.as_bytes(), &Given::default(), &Options::default(), scratch).is_ok(),
        );
    };
    let mut t4 = tape();
    let mut json_check = |text: &str| {
        black_box(json::parse(text.as_bytes(), &mut t4).is_ok());
    };
    let mut serde = |text: &str| {
        black_box(serde_json::from_str::<Value>(text).is_ok());
    };
    let best = measure(&mut [
        ("XML to JSON, complete", &stanzas, &mut xml_json),
        ("  the check alone", &stanzas, &mut xml_check),
        ("quick-xml, NsReader", &stanzas, &mut quick),
        ("rxml, parse", &stanzas, &mut rxml),
        ("JSON to XML, complete", &bodies, &mut json_xml),
        ("  the check alone", &bodies, &mut json_check),
        ("serde_json, to Value", &bodies, &mut serde),
    ]);
    println!(
        "XML to JSON: {:.2} times quick-xml's speed, {:.2} times rxml's",
        best[2] / best[0],
        best[3] / best[0]
    );
    println!("JSON to XML: {:.2} times serde_json's speed", best[6] / best[4]);
}

/// What is measured: its name, the texts, what is done with each.
type Work<'w> = (&'w str, &'w [String], &'w mut dyn FnMut(&str));

/// The nanoseconds for each text, of the best of several rounds; all take turns, so that they share the weather.
fn measure(works: &mut [Work<'_>]) -> Vec<f64> {
    let mut best = vec![f64::MAX; works.len()];
    for _ in 0..ROUNDS {
        for ((_, texts, work), best) in works.iter_mut().zip(&mut best) {
            let (start, mut times) = (Instant::now(), 0);
            while start.elapsed() < Duration::from_millis(30) {
                texts.iter().for_each(|text| work(text));
                times += texts.len();
            }
            *best = best.min(start.elapsed().as_nanos() as f64 / times as f64);
        }
    }
    for ((name, texts, _), best) in works.iter().zip(&best) {
        let bytes = texts.iter().map(String::len).sum::<usize>() as f64 / texts.len() as f64;
        println!("{name:24} {best:8.0} ns each, {:6.1} MB/s", bytes / best * 1000.0);
    }
    best
}
