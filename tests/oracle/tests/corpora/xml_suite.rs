//! The W3C XML conformance suite, by its catalogue.
//!
//! What is not well-formed must be refused, and with it all that XMPP forbids: document types, comments, processing
//! instructions, other encodings, XML 1.1. The rest must be accepted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use restanza::xml::{Source, XmlError};
use restanza_oracle::corpora::Report;
use restanza_oracle::xml::read;

/// Well-formed documents without anything that XMPP forbids which are refused all the same, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("o-p04pass1", "a name with several colons, which Namespaces in XML refuses"),
    ("o-p05pass1", "a name that begins with a colon, which Namespaces in XML refuses"),
];

pub fn run(archive: &Path) -> Report {
    let mut report = Report::default();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xml-suite");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder to unpack the suite in");
    let unpacked = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&folder).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        report.expect(false, || format!("tar could not unpack {}", archive.display()));
        return report;
    }
    let mut counts = BTreeMap::<&str, [usize; 2]>::new();
    let mut excepted = 0;
    for case in catalogue(&folder.join("package")) {
        let bytes = std::fs::read(&case.path).expect("a document of the catalogue");
        let read = read(&bytes, Source::Body);
        let (class, must_accept) = classify(&case, &bytes);
        let count = counts.entry(class).or_default();
        count[usize::from(read.is_err())] += 1;
        let exception = must_accept && EXCEPTIONS.iter().any(|exception| exception.0 == case.id);
        excepted += usize::from(exception);
        report.expect(read.is_ok() == (must_accept && !exception), || {
            format!("{} ({class}): {}", case.id, verdict(&read.map(drop)))
        });
    }
    for (class, [accepted, refused]) in &counts {
        report.figure(format!("{class}: {accepted} accepted, {refused} refused"));
    }
    let all: usize = counts.values().flatten().sum();
    report.expect(all == 2585, || format!("the catalogue has 2,585 documents, not {all}"));
    for (id, reason) in EXCEPTIONS {
        report.figure(format!("exception: {id}: {reason}"));
    }
    report.expect(excepted == EXCEPTIONS.len(), || "an exception is no longer in the suite".to_owned());
    report
}

fn verdict(read: &Result<(), XmlError>) -> String {
    match read {
        Ok(()) => "accepted".to_owned(),
        Err(error) => format!("refused, {error}"),
    }
}

struct Case {
    id: String,
    not_well_formed: bool,
    version: String,
    path: PathBuf,
}

/// The class of a document in the report, and whether it must be accepted.
fn classify(case: &Case, bytes: &[u8]) -> (&'static str, bool) {
    let wide = bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"\xFF\xFE");
    let text = String::from_utf8_lossy(bytes).replace('\0', "");
    let text = text.trim_start_matches('\u{feff}');
    let declaration = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']));
    let has_instruction = text.matches("<?").count() > declaration.iter().count();
    let declaration = declaration.unwrap_or_default();
    let declaration = declaration.split("?>").next().unwrap_or_default();
    let encoding = declaration.split("encoding").nth(1).unwrap_or("'utf-8'").to_ascii_lowercase();
    let has_doctype = text.contains("<!DOCTYPE") && !text.contains("<![CDATA[<doc<!DOCTYPE");
    match () {
        () if case.not_well_formed && has_doctype => ("not well-formed, with document type", false),
        () if case.not_well_formed && case.version == "1.1" => ("not well-formed, XML 1.1", false),
        () if case.not_well_formed => ("not well-formed, XML 1.0, no document type", false),
        () if has_doctype => ("well-formed, with document type", false),
        () if text.contains("<!--") => ("well-formed, with comment", false),
        () if has_instruction => ("well-formed, with processing instruction", false),
        () if wide || !encoding.contains("utf-8") => ("well-formed, other encoding", false),
        () if case.version == "1.1" || declaration.contains("1.1") => ("well-formed, XML 1.1", false),
        () => ("well-formed, XML 1.0, nothing that XMPP forbids", true),
    }
}

/// The documents that the catalogue names; nested groups have nested folders.
fn catalogue(package: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(package.join("cleaned/xmlconf-flattened.xml")).expect("the catalogue");
    let mut reader = Reader::from_str(&text);
    let mut folders = vec![package.join("xmlconf")];
    let mut cases = Vec::new();
    loop {
        match reader.read_event().expect("a catalogue that is well-formed") {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "TEST" => {
                cases.push(Case {
                    id: attribute(&tag, "ID").expect("an identifier"),
                    not_well_formed: attribute(&tag, "TYPE").as_deref() == Some("not-wf"),
                    version: attribute(&tag, "VERSION").unwrap_or_default(),
                    path: folders.last().unwrap().join(attribute(&tag, "URI").expect("a place")),
                });
            }
            Event::Start(tag) if tag.name().as_ref() == "TESTCASES" => {
                let base = attribute(&tag, "xml:base").unwrap_or_default();
                folders.push(folders.last().unwrap().join(base));
            }
            Event::End(tag) if tag.name().as_ref() == "TESTCASES" => drop(folders.pop()),
            Event::Eof => return cases,
            _ => (),
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).expect("attributes that can be read")?;
    Some(attribute.value.into_owned())
}
