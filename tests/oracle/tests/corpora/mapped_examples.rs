//! The examples of the XEPs: each stanza in them becomes JSON and is the same stanza again when it comes back.
//!
//! With `unmapped = keep` nothing is lost on the way: elements without a key are kept in `xml`, those of which the keys
//! say a part in `whole`. Whatever is another or refused all the same has one of the [`REASONS`]; anything else is a failure, and so is a
//! reason that is not needed.

use std::collections::BTreeMap;
use std::path::Path;

use restanza::mapping::{Format, Options};
use restanza::xml::{Element, Writer};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::corpora::Report;
use restanza_oracle::mapping::{from_xml, to_xml_as_given, with_xml};
use serde_json::Value;

/// Why something is lost or refused: the difference, as a path into the stanza, must match. `*` stands for any text.
const REASONS: &[(&str, &[&str])] = &[
    (
        "refused: an error without an element error",
        &["refused: KEY_VALUE: error.condition must be the name of a condition"],
    ),
    (
        "another word of the same value: a boolean is written as 1 and 0",
        &["/message/x@continue: changed", "*/retract@notify: changed"],
    ),
    (
        "an attribute of the stanza itself that RFC 6120 does not have, which no stanza of ours has, of XML either",
        &["/iq@iq: lost", "/iq@it: lost", "/iq@sender: lost"],
    ),
];

#[derive(Default)]
struct Figure {
    same: usize,
    refused: usize,
    /// The same but for what a reason says.
    other: usize,
    /// Of the same: with keys alone.
    keys: usize,
    /// Of the same: thanks to `whole`.
    whole: usize,
}

pub fn run(path: &Path) -> Report {
    let mut report = Report::default();
    let text = std::fs::read_to_string(path).expect("the examples can be read");
    let mut by_xep: BTreeMap<String, Figure> = BTreeMap::new();
    let mut by_reason = [0; REASONS.len()];
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
                Ok(json) => {
                    figure.same += 1;
                    figure.keys += usize::from(json.get("xml").is_none() && json.get("whole").is_none());
                    figure.whole += usize::from(json.get("whole").is_some());
                }
                Err(what) => {
                    for loss in what.lines().take_while(|line| !line.is_empty()) {
                        match REASONS.iter().position(|(_, patterns)| patterns.iter().any(|p| fits(p, loss)))
                        {
                            Some(at) => by_reason[at] += 1,
                            None => report.expect(false, || {
                                format!(
                                    "XEP-{} {}: {loss}",
                                    example["xep"].as_str().unwrap(),
                                    example["caption"]
                                )
                            }),
                        }
                    }
                    if what.starts_with("refused") {
                        figure.refused += 1;
                    } else {
                        figure.other += 1;
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
        "{examples} examples, {unreadable} of them no XML; stanzas: {} the same again ({} by keys alone, {} with the key whole), {} refused, {} another",
        all(|figure| figure.same),
        all(|figure| figure.keys),
        all(|figure| figure.whole),
        all(|figure| figure.refused),
        all(|figure| figure.other),
    ));
    for (xep, figure) in
        by_xep.iter().filter(|(_, figure)| figure.keys + figure.whole + figure.refused + figure.other > 0)
    {
        report.figure(format!(
            "XEP-{xep}: {} same, {} of them by keys alone and {} with the key whole; {} refused, {} another",
            figure.same, figure.keys, figure.whole, figure.refused, figure.other
        ));
    }
    for ((reason, _), count) in REASONS.iter().zip(by_reason) {
        report.figure(format!("{count:4} times: {reason}"));
        report.expect(count > 0, || format!("no difference has the reason: {reason}"));
    }
    report
}

/// Whether a text is of a pattern, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| fits(rest, &text[at..]))
        }),
    }
}

/// What of an element is another in the other one, a line for each.
fn differences(before: Element<'_>, after: Element<'_>, path: &str, out: &mut String) {
    let path = format!("{path}/{}", before.name());
    for attr in before.attrs() {
        match after.attrs().find(|other| other.name == attr.name) {
            None => *out += &format!("{path}@{}: lost\n", attr.name),
            Some(other) if other.value.to_string() != attr.value.to_string() => {
                *out += &format!("{path}@{}: changed\n", attr.name);
            }
            Some(_) => {}
        }
    }
    for attr in after.attrs().filter(|attr| before.attrs().all(|other| other.name != attr.name)) {
        *out += &format!("{path}@{}: added\n", attr.name);
    }
    if before.text().to_string().trim() != after.text().to_string().trim() {
        *out += &format!("{path}: text\n");
    }
    let text = |element| canon(element, Order::Loose);
    let mut rest: Vec<Element<'_>> = after.elements().collect();
    let mut unlike = Vec::new();
    for child in before.elements() {
        match rest.iter().position(|other| text(*other) == text(child)) {
            Some(at) => drop(rest.remove(at)),
            None => unlike.push(child),
        }
    }
    for child in unlike {
        let is_alike = |other: &Element<'_>| {
            other.name() == child.name() && other.ns() == child.ns().to_string().as_str()
        };
        match rest.iter().position(is_alike) {
            Some(at) => differences(child, rest.remove(at), &path, out),
            None => *out += &format!("{path}/{}: lost\n", child.name()),
        }
    }
    for child in rest {
        *out += &format!("{path}/{}: added\n", child.name());
    }
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

/// The JSON that the stanza became on its way; or what is another.
fn round_trip(stanza: &str) -> Result<Value, String> {
    let keep = Options { keep: true, ..Options::default() };
    let json =
        from_xml(Format::Json, stanza, &keep).map_err(|why| format!("refused: {why}\n\n  {stanza}"))?;
    let back = to_xml_as_given(Format::Json, &json, &keep)
        .map_err(|why| format!("refused: {why}\n\n  {stanza}\n  {json}"))?;
    let loose = |xml: &str| with_xml(xml, |element| canon(element, Order::Loose)).expect("it was XML before");
    let (before, after) = (loose(stanza), loose(&back));
    if before == after {
        return Ok(serde_json::from_str(&json).expect("our JSON is JSON"));
    }
    let mut lost = String::new();
    with_xml(stanza, |before| with_xml(&back, |after| differences(before, after, "", &mut lost)))
        .unwrap()
        .unwrap();
    assert!(!lost.is_empty(), "{before} is not {after}");
    Err(format!("{lost}\n  {before}\n  {after}\n  {json}"))
}
