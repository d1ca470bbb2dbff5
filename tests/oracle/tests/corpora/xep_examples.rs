//! The examples of the XEPs: our checker and rxml say the same of each.
//!
//! Many hold several stanzas, comments or an ellipsis; those both refuse.

use std::path::Path;

use restanza::xml::{Source, Writer, parse};
use restanza_oracle::corpora::Report;
use restanza_oracle::xml::{owned, read_rxml, tape};

pub fn run(file: &Path) -> Report {
    let mut report = Report::default();
    let (mut accepted, mut refused) = (0, 0);
    for line in std::fs::read_to_string(file).expect("the examples").lines() {
        let example: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let name = || format!("XEP {} {}", example["xep"], example["caption"]);
        let text = example["xml"].as_str().expect("the text").as_bytes();
        let theirs = read_rxml(text, Source::Body);
        let mut nodes = tape(text);
        match parse(text, Source::Body, &mut nodes) {
            Ok(document) => {
                accepted += 1;
                let tree = owned(document.root());
                report.expect(theirs.as_ref() == Ok(&tree), || format!("{}: {theirs:?}", name()));
                let mut out = vec![0; 4 * text.len() + 256];
                let mut writer = Writer::new(&mut out);
                writer.copy(document.root());
                match writer.finish() {
                    Ok(n) => report.expect(read_rxml(&out[..n], Source::Body) == Ok(tree), || {
                        format!("{}: copied to {}", name(), String::from_utf8_lossy(&out[..n]))
                    }),
                    Err(error) => report.expect(false, || format!("{}: not copied: {error}", name())),
                }
            }
            Err(error) => {
                refused += 1;
                report.expect(theirs.is_err(), || format!("{}: {error}", name()));
            }
        }
    }
    report.figure(format!("{accepted} accepted and copied, {refused} refused; rxml says the same of each"));
    report
}
