//! jxmpp's corpus of addresses: 22 valid ones with their normal form, 24 invalid ones.

use std::path::Path;

use restanza::arena::Arena;
use restanza::jid::{LONGEST, prepare};
use restanza_oracle::corpora::Report;

const RECORD: char = '\u{1E}';
const UNIT: char = '\u{1F}';

/// Addresses that are not handled as the corpus says, and why; none.
const EXCEPTIONS: &[(&str, &str)] = &[];

pub fn run(folder: &Path) -> Report {
    let mut report = Report::default();
    let mut as_wanted = [0, 0];
    let valid = std::fs::read_to_string(folder.join("valid.txt")).expect("the valid addresses");
    // Behind the header comes the address, behind it the parts of its normal form.
    let mut count = [0, 0];
    for entry in valid.split("\njid:\n").skip(1) {
        let mut records = entry.split(RECORD);
        let (text, normal) = (records.next().unwrap(), records.next().unwrap().trim_start_matches('\n'));
        let parts: Vec<_> = normal.split(UNIT).collect();
        let optional = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        let wanted = (optional(parts[0]), parts[1].to_owned(), optional(parts[2]));
        let mut memory = [0; LONGEST];
        let found = prepare(text, &mut Arena::new(&mut memory)).map(|jid| {
            (jid.node().map(str::to_owned), jid.domain().to_owned(), jid.resource().map(str::to_owned))
        });
        count[0] += 1;
        let right = found.as_ref() == Ok(&wanted);
        as_wanted[0] += usize::from(right);
        report.expect(right != is_exception(text), || format!("{text}: {found:?}, not {wanted:?}"));
    }
    let invalid = std::fs::read_to_string(folder.join("invalid.txt")).expect("the invalid addresses");
    for entry in invalid.split("\ninvalid jid:\n").skip(1) {
        let text = entry.split(RECORD).next().unwrap();
        let mut memory = [0; LONGEST];
        let found = prepare(text, &mut Arena::new(&mut memory));
        count[1] += 1;
        as_wanted[1] += usize::from(found.is_err());
        report.expect(found.is_err() != is_exception(text), || format!("{text:?} was accepted: {found:?}"));
    }
    report.figure(format!("valid: {} of {} to their normal form", as_wanted[0], count[0]));
    report.figure(format!("invalid: {} of {} refused", as_wanted[1], count[1]));
    for (text, reason) in EXCEPTIONS {
        report.figure(format!("exception: {text}: {reason}"));
    }
    report.expect(count == [22, 24], || format!("the corpus has 22 and 24 addresses, not {count:?}"));
    report
}

fn is_exception(text: &str) -> bool {
    EXCEPTIONS.iter().any(|exception| exception.0 == text)
}
