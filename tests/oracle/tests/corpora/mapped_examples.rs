//! The examples of the XEPs: each stanza in them becomes JSON and is the same stanza again when it comes back.
//!
//! Elements without a key are kept as XML on the way, so that what is lost shows as a loss inside of what has one.

use std::collections::BTreeMap;
use std::path::Path;

use restanza::mapping::{Format, Options};
use restanza::xml::{Element, Writer};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::corpora::Report;
use restanza_oracle::mapping::{from_xml, to_xml_as_given, with_xml};
use serde_json::Value;

#[derive(Default)]
struct Figure {
    same: usize,
    refused: usize,
    lost: usize,
    keys: usize,
}

pub fn run(path: &Path) -> Report {
    let mut report = Report::default();
    let text = std::fs::read_to_string(path).expect("the examples can be read");
    let mut by_xep: BTreeMap<String, Figure> = BTreeMap::new();
    let (mut examples, mut unreadable) = (0, 0);
    for line in text.lines() {
        let example: Value = serde_json::from_str(line).expect("an example is JSON");
        examples += 1;
        let xml = example["xml"].as_str().unwrap();
        let Ok(stanzas) = with_xml(&format!("<examples>{xml}</examples>"), |root| {
            root.elements()
                .filter(|child| child.ns() == *"" && matches!(child.name(), "message" | "presence" | "iq"))
                .filter(|stanza| is_whole(*stanza))
                .map(copied)
                .collect::<Vec<_>>()
        }) else {
            unreadable += 1;
            continue;
        };
        let figure = by_xep.entry(example["xep"].as_str().unwrap().to_owned()).or_default();
        for stanza in stanzas {
            match round_trip(&stanza) {
                Ok(is_mapped) => {
                    figure.same += 1;
                    figure.keys += usize::from(is_mapped);
                }
                Err(what) => {
                    if what.starts_with("refused") {
                        figure.refused += 1
                    } else {
                        figure.lost += 1
                    }
                    if std::env::var_os("RESTANZA_SHOW_DIFFERENCES").is_some() {
                        println!("XEP-{} {}: {what}\n", example["xep"].as_str().unwrap(), example["caption"]);
                    }
                }
            }
        }
    }
    let all = |part: fn(&Figure) -> usize| by_xep.values().map(part).sum::<usize>();
    report.figure(format!(
        "{examples} examples, {unreadable} of them no XML; stanzas: {} the same again ({} without the key xml), {} refused, {} lost something",
        all(|figure| figure.same),
        all(|figure| figure.keys),
        all(|figure| figure.refused),
        all(|figure| figure.lost),
    ));
    for (xep, figure) in by_xep.iter().filter(|(_, figure)| figure.keys + figure.refused + figure.lost > 0) {
        report.figure(format!(
            "XEP-{xep}: {} same, {} without the key xml, {} refused, {} lost",
            figure.same, figure.keys, figure.refused, figure.lost
        ));
    }
    report
}

fn copied(stanza: Element<'_>) -> String {
    let mut out = vec![0; 1 << 18];
    let mut writer = Writer::new(&mut out);
    writer.copy(stanza);
    let len = writer.finish().expect("an example fits");
    String::from_utf8(out[..len].to_vec()).expect("our XML is UTF-8")
}

/// Examples leave out things by three dots, or types of an iq; those are not stanzas.
fn is_whole(stanza: Element<'_>) -> bool {
    fn is_mixed(element: Element<'_>) -> bool {
        let has_text = element.text().chars().any(|c| !c.is_whitespace());
        let mut elements = element.elements().peekable();
        (has_text && elements.peek().is_some() && !element.ns().to_string().contains("xhtml"))
            || elements.any(is_mixed)
    }
    (stanza.name() != "iq" || stanza.attr("type").is_some())
        && !is_mixed(stanza)
        && stanza.text().to_string().trim().is_empty()
}

/// Whether all of the stanza has a key; or what became of it.
fn round_trip(stanza: &str) -> Result<bool, String> {
    let keep = Options { keep: true, ..Options::default() };
    let json = from_xml(Format::Json, stanza, &keep).map_err(|why| format!("refused: {why}\n  {stanza}"))?;
    let back = to_xml_as_given(Format::Json, &json, &keep)
        .map_err(|why| format!("refused: {why}\n  {stanza}\n  {json}"))?;
    let loose = |xml: &str| with_xml(xml, |element| canon(element, Order::Loose)).expect("it was XML before");
    let (before, after) = (loose(stanza), loose(&back));
    if before == after {
        let value: Value = serde_json::from_str(&json).expect("our JSON is JSON");
        return Ok(value.get("xml").is_none());
    }
    Err(format!("\n  {before}\n  {after}\n  {json}"))
}
