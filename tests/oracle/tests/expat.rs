//! What a caller sends, however broken, never breaks the stream: whatever our checker accepts as the body of a message
//! and our writer copies, expat reads as one stanza. Prosody and ejabberd read their streams with expat.

use std::cell::{Cell, RefCell};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use restanza::xml::{Source, Writer};
use restanza_oracle::cases;
use restanza_oracle::documents::{damaged, soup, tagged, tree, wrapped};
use restanza_oracle::xml::{copy, read, write};

/// Python's own parser, which is expat.
struct Expat {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Expat {
    fn start() -> Option<Self> {
        let mut process = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/expat.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let input = process.stdin.take()?;
        let output = BufReader::new(process.stdout.take()?);
        Some(Self { process, input, output })
    }

    fn verdict(&mut self, stanza: &[u8]) -> String {
        writeln!(self.input, "{}", stanza.len()).expect("expat takes a length");
        self.input.write_all(stanza).expect("expat takes a stanza");
        self.input.flush().expect("expat takes a stanza");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("expat answers");
        line.trim_end().to_owned()
    }
}

fn main() -> ExitCode {
    let Some(expat) = Expat::start() else {
        println!("NOT RUN: expat (python3 does not start)");
        return ExitCode::SUCCESS;
    };
    let expat = RefCell::new(expat);
    assert_ne!(expat.borrow_mut().verdict(b"<a>&x;</a>"), "ok", "expat is not asked");
    let survives = |stanza: &[u8]| {
        let verdict = expat.borrow_mut().verdict(stanza);
        prop_assert_eq!(verdict, "ok", "{:?}", String::from_utf8_lossy(stanza));
        Ok(())
    };
    let (copied, written) = (Cell::new(0), Cell::new(0));
    let bodies = prop_oneof![soup(), wrapped(), tagged(), damaged()];
    let results = [
        runner()
            .run(&bodies, |text| {
                if read(&text, Source::Body).is_err() {
                    return Ok(());
                }
                let Ok(copy) = copy(&text, Source::Body) else { return Ok(()) };
                copied.set(copied.get() + 1);
                survives(&copy)
            })
            .map_err(|error| error.to_string()),
        runner()
            .run(&tree(), |tree| {
                let mut out = vec![0; 1 << 16];
                let mut writer = Writer::new(&mut out);
                write(&mut writer, &tree);
                let Ok(n) = writer.finish() else { return Ok(()) };
                written.set(written.get() + 1);
                survives(&out[..n])
            })
            .map_err(|error| error.to_string()),
    ];
    let mut failed = 0;
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        failed += 1;
        println!("FAILED: {error}");
    }
    println!(
        "expat reads {} copies of callers' XML and {} stanzas written from trees",
        copied.get(),
        written.get()
    );
    let _ = expat.into_inner().process.kill();
    println!("test result: expat. {} passed; {failed} failed;", results.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases: cases(8000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}
