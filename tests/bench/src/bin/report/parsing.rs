//! Reading and mapping stanzas: ours, step by step, beside others.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use restanza_bench::corpus::Corpus;

use crate::{Outcome, median};

/// Odd, so that there is a median; the first ones are not counted.
const ROUNDS: usize = 21;
const WARM_UP: usize = 2;

/// A row of the report.
struct Row {
    /// Which program.
    worker: usize,
    job: &'static str,
    words: &'static str,
    times: Vec<f64>,
}

const OTHERS: usize = 0;
const FAST: usize = 1;
const SMALL: usize = 2;

const XML: &[(usize, &str, &str)] = &[
    (OTHERS, "quick-xml", "quick-xml NsReader, names resolved, values read"),
    (OTHERS, "xmlparser", "xmlparser, tokens alone, of cut stanzas"),
    (OTHERS, "rxml", "rxml Parser"),
    (FAST, "frame", "restanza, opt-level 3: framer"),
    (FAST, "check", "   framer, checker"),
    (FAST, "to-json", "   framer, checker, mapping: XML to JSON complete"),
    (SMALL, "frame", "restanza for boards (z): framer"),
    (SMALL, "check", "   framer, checker"),
    (SMALL, "to-json", "   framer, checker, mapping: XML to JSON complete"),
];

const JSON: &[(usize, &str, &str)] = &[
    (OTHERS, "serde_json", "serde_json, to Value"),
    (FAST, "to-xml", "restanza, opt-level 3: JSON to XML complete"),
    (SMALL, "to-xml", "restanza for boards (z): JSON to XML complete"),
];

/// Measures and prints.
pub(crate) fn report(builds: &Path) -> Outcome<()> {
    let corpus = Corpus::load();
    let mut workers = [
        Worker::start(&builds.join("release/others"))?,
        Worker::start(&builds.join("release/ours"))?,
        Worker::start(&builds.join("shipped/ours"))?,
    ];
    let row = |&(worker, job, words)| Row { worker, job, words, times: Vec::new() };
    let mut rows: Vec<Row> = XML.iter().chain(JSON).map(row).collect();
    for round in 0..WARM_UP + ROUNDS {
        for row in &mut rows {
            let (nanos, stanzas) = workers[row.worker].ask(row.job)?;
            if stanzas != corpus.stanzas.len() {
                return Err(format!("{} saw {stanzas} stanzas of {}", row.job, corpus.stanzas.len()).into());
            }
            if round >= WARM_UP {
                row.times.push(nanos);
            }
        }
    }
    let count = corpus.stanzas.len() as f64;
    println!(
        "Reading {count} stanzas, {:.0} bytes each on average ({} different ones, in changing order).",
        corpus.xml.len() as f64 / count,
        Corpus::lines().count()
    );
    println!("Processor time of one thread, {ROUNDS} rounds in turns: the median, and the least.");
    let (xml, json) = rows.split_at(XML.len());
    table("From XML", "NsReader", xml, corpus.xml.len(), count);
    table("From the JSON of the same stanzas", "serde_json", json, corpus.json.len(), count);

    let speed = |job: &str, worker: usize| {
        rows.iter()
            .find(|row| row.job == job && row.worker == worker)
            .map_or(f64::NAN, |row| 1.0 / median(&row.times))
    };
    println!();
    let goals = [
        (
            "XML to JSON complete / quick-xml NsReader",
            speed("to-json", FAST) / speed("quick-xml", OTHERS),
            1.0,
        ),
        ("XML to JSON complete / rxml", speed("to-json", FAST) / speed("rxml", OTHERS), 3.0),
        ("JSON to XML complete / serde_json", speed("to-xml", FAST) / speed("serde_json", OTHERS), 0.5),
    ];
    for (words, ratio, least) in goals {
        let verdict = if ratio >= least { "reached" } else { "NOT reached" };
        println!("  speed of {words:45} {ratio:5.2}   goal {least:.1}: {verdict}");
    }
    Ok(())
}

/// Rows beside the first one.
fn table(title: &str, first: &str, rows: &[Row], bytes: usize, count: f64) {
    println!("\n  {title:50} {:>6} {:>10} {:>7}   {:>12}", "MB/s", "ns/stanza", "(least)", "of the speed");
    println!("  {:50} {:>6} {:>10} {:>7}   {:>12}", "", "", "", "", format!("of {first}"));
    let beside = median(&rows[0].times);
    for row in rows {
        let (middle, least) = (median(&row.times), row.times.iter().copied().fold(f64::INFINITY, f64::min));
        println!(
            "  {:50} {:6.0} {:10.0} {:>7}   {:12.2}",
            row.words,
            bytes as f64 / middle * 1e3,
            middle / count,
            format!("({:.0})", least / count),
            beside / middle
        );
    }
}

/// A program that measures on demand.
struct Worker {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start(program: &Path) -> Outcome<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipes".into());
        };
        Ok(Self { child, ask, answers: BufReader::new(answers) })
    }

    /// One round: nanoseconds and stanzas.
    fn ask(&mut self, job: &str) -> Outcome<(f64, usize)> {
        writeln!(self.ask, "{job}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let (nanos, stanzas) = line.trim().split_once(' ').ok_or_else(|| format!("{job} ended"))?;
        Ok((nanos.parse()?, stanzas.parse()?))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
