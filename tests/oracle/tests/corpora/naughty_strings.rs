//! The Big List of Naughty Strings: each goes through every reader, writer and preparation unchanged, or is refused.

use std::path::Path;

use restanza::arena::Arena;
use restanza::jid::{LONGEST, prepare};
use restanza::json::{self, Node};
use restanza::xml::{Source, WriteError, Writer};
use restanza_oracle::corpora::Report;
use restanza_oracle::xml::{Part, read, read_rxml};

pub fn run(file: &Path) -> Report {
    let mut report = Report::default();
    let bytes = std::fs::read(file).expect("the list");
    let theirs: Vec<String> = serde_json::from_slice(&bytes).expect("a list of strings");
    let mut nodes = vec![Node::default(); theirs.len() + 1];
    let ours = json::parse(&bytes, &mut nodes).expect("JSON");
    report.expect(ours.items().count() == theirs.len(), || "not all strings were read".to_owned());
    let (mut carried, mut forbidden, mut addresses) = (0, 0, 0);
    for (ours, text) in ours.items().filter_map(json::Value::as_str).zip(&theirs) {
        report.expect(ours == **text && ours.to_string() == *text, || format!("read differently: {text:?}"));
        let mut out = vec![0; 8 * text.len() + 64];
        let n = json::write::to_slice(&ours, &mut out).expect("room");
        let again: Result<String, _> = serde_json::from_slice(&out[..n]);
        report.expect(again.ok().as_ref() == Some(text), || format!("written differently: {text:?}"));

        let mut writer = Writer::new(&mut out);
        writer.start("m", "").attr("a", ours).text(ours).end();
        match (writer.finish(), ours.forbidden_in_xml()) {
            (Ok(n), None) => {
                carried += 1;
                let tree = read(&out[..n], Source::Body);
                report.expect(tree.as_ref().ok() == read_rxml(&out[..n], Source::Body).ok().as_ref(), || {
                    format!("rxml reads another XML text: {text:?}")
                });
                let tree = tree.unwrap_or_default();
                let content: Vec<_> =
                    (!text.is_empty()).then(|| Part::Text(text.clone())).into_iter().collect();
                report.expect(tree.children == content && tree.attrs.values().eq([text]), || {
                    format!("another text in XML: {text:?}: {tree:?}")
                });
            }
            (Err(WriteError::Forbidden(c)), Some(found)) => {
                forbidden += 1;
                report.expect(c == found, || format!("{c:?} was refused, not {found:?}"));
            }
            other => report.expect(false, || format!("{other:?}: {text:?}")),
        }
        for address in [text.clone(), format!("{text}@example.org"), format!("example.org/{text}")] {
            let mut memory = [0; LONGEST];
            let Ok(jid) = prepare(&address, &mut Arena::new(&mut memory)) else { continue };
            addresses += 1;
            let mut memory = [0; LONGEST];
            let again = prepare(jid.as_str(), &mut Arena::new(&mut memory));
            report.expect(again == Ok(jid), || format!("preparing {jid} again gives {again:?}"));
        }
    }
    report.figure(format!("{} strings read from and written to JSON unchanged", theirs.len()));
    report
        .figure(format!("{carried} carried by XML unchanged, {forbidden} refused for a forbidden character"));
    report.figure(format!("{addresses} of {} addresses made of them accepted, and stable", 3 * theirs.len()));
    report
}
