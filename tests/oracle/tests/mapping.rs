//! The recordings of the real mod_rest: each mapping gives what the original gave, or a row of the table of
//! deviations explains why not and says what we give instead.
//!
//! `tests/cases/mapping/recorded.jsonl` are facts. `tests/cases/mapping/deviations.json` is a list of rows; each
//! names the cases and the side of each (`xml`, `json`, `back`) that it explains, with our own result. A difference
//! that no row explains is a failure, and so is an explanation of something that does not differ.

use std::collections::BTreeMap;
use std::process::ExitCode;

use restanza::mapping::{Format, Given, Options};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::mapping::{echo, from_xml, to_xml, with_xml};
use serde_json::{Value, json};

/// Those that the project was given, and those that it made later (`tests/cases/mapping/README.md`).
const CASES: [&str; 2] = [
    include_str!("../../cases/mapping/recorded.jsonl"),
    include_str!("../../cases/mapping/recorded-more.jsonl"),
];
const DEVIATIONS: &str = include_str!("../../cases/mapping/deviations.json");

/// What a mapping gave: a text to compare, or why it was refused.
type Outcome = Result<String, String>;
/// A side of a case: its name, what was recorded (any of several), what we give.
type Side = (&'static str, Result<Vec<String>, String>, Outcome);

fn main() -> ExitCode {
    let rows: Vec<Value> = serde_json::from_str(DEVIATIONS).expect("deviations.json is JSON");
    // By case and side: the row and our result.
    let mut explained: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for row in &rows {
        for (case, sides) in row["cases"].as_object().expect("a row has cases") {
            for (side, result) in sides.as_object().expect("a case has sides") {
                let key = (case.clone(), side.clone());
                let value = (row["row"].as_str().unwrap().to_owned(), result.as_str().unwrap().to_owned());
                assert!(explained.insert(key, value).is_none(), "{case} {side} is explained twice");
            }
        }
    }
    let show = std::env::var_os("RESTANZA_SHOW_DIFFERENCES").is_some();
    let (mut cases, mut equal, mut deviating, mut failures) = (0, 0, 0, Vec::new());
    let mut by_row: BTreeMap<String, usize> = BTreeMap::new();
    for line in CASES.iter().flat_map(|cases| cases.lines()) {
        let case: Value = serde_json::from_str(line).expect("a recording is JSON");
        let name = case["name"].as_str().unwrap();
        cases += 1;
        let (mut is_equal, failed) = (true, failures.len());
        for (side, wanted, given) in sides(&case) {
            let ours = match &given {
                Ok(text) => text.clone(),
                Err(why) => format!("refused: {why}"),
            };
            let same = match (&wanted, &given) {
                (Err(_), Err(_)) => true,
                (Ok(wanted), Ok(given)) => wanted.contains(given),
                _ => false,
            };
            let explanation = explained.remove(&(name.to_owned(), side.to_owned()));
            match (same, explanation) {
                (true, None) => {}
                (true, Some((row, _))) => {
                    failures.push(format!("{name} {side}: equal, but row '{row}' explains it"))
                }
                (false, Some((row, claim))) if claim == ours => {
                    is_equal = false;
                    *by_row.entry(row).or_default() += 1;
                }
                (false, Some((row, claim))) => failures.push(format!(
                    "{name} {side}: not what row '{row}' says\n  claimed {claim}\n  got     {ours}"
                )),
                (false, None) => {
                    let recorded =
                        wanted.map_or_else(|why| format!("refused: {why}"), |texts| texts[0].clone());
                    if show {
                        println!(
                            "{}",
                            json!({"case": name, "side": side, "ours": ours, "recorded": recorded})
                        );
                    }
                    failures.push(format!("{name} {side}:\n  recorded {recorded}\n  got      {ours}"));
                    is_equal = false;
                }
            }
        }
        equal += usize::from(is_equal && failed == failures.len());
        deviating += usize::from(!is_equal && failed == failures.len());
    }
    for ((case, side), (row, _)) in &explained {
        failures.push(format!("row '{row}' explains {case} {side}, which there is not"));
    }
    for row in &rows {
        let row = row["row"].as_str().unwrap();
        if !by_row.contains_key(row) {
            failures.push(format!("row '{row}' explains nothing"));
        }
    }
    for failure in &failures {
        println!("FAILED {failure}");
    }
    println!("mapping: {cases} cases, {equal} equal, {deviating} explained by {} rows", by_row.len());
    for (row, count) in &by_row {
        println!("  {count:4} {row}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn sides(case: &Value) -> Vec<Side> {
    let none = Given::default();
    let options = Options::default();
    let back = &case["back"];
    let error = |record: &Value| record["error"].as_str().map(str::to_owned);
    let json_of = |record: &Value| -> Result<Vec<String>, String> {
        error(record).map_or_else(
            || {
                let mut variants = vec![comparable(record["json"].clone())];
                variants.extend(record["varies"].as_array().into_iter().flatten().cloned().map(comparable));
                Ok(variants)
            },
            Err,
        )
    };
    let xml_of = |record: &Value| -> Result<Vec<String>, String> {
        error(record).map_or_else(|| Ok(vec![record["canon"].as_str().unwrap().to_owned()]), Err)
    };
    let order = |record: &Value| Order::named(record["compare"].as_str().unwrap_or_default());
    let canonical = |xml: String, order| with_xml(&xml, |element| canon(element, order));
    let parsed = |text: String| comparable(serde_json::from_str(&text).expect("our JSON is JSON"));
    if case["dir"] == "xml2json" {
        let ours = echo(case["xml"].as_str().unwrap(), &options).map(parsed);
        let mut sides = vec![("json", json_of(case), ours)];
        if !back.is_null() {
            let text = case["json"].to_string();
            let ours =
                to_xml(Format::Json, &text, &none, &options).and_then(|xml| canonical(xml, order(back)));
            sides.push(("back", xml_of(back), ours));
        }
        sides
    } else {
        let ours = to_xml(Format::Json, case["json_text"].as_str().unwrap(), &none, &options);
        let ours = ours.and_then(|xml| canonical(xml, order(case)));
        let mut sides = vec![("xml", xml_of(case), ours)];
        if !back.is_null() {
            let ours = from_xml(Format::Json, case["xml"].as_str().unwrap(), &options).map(parsed);
            sides.push(("back", json_of(back), ours));
        }
        sides
    }
}

/// JSON as a text to compare: keys sorted, numbers by value, an empty list of mod_rest's three keys as one.
fn comparable(mut value: Value) -> String {
    fn number(value: &mut Value) {
        match value {
            Value::Number(number) => {
                let float: f64 = number.to_string().parse().unwrap();
                *value = Value::String(format!("number {float}"));
            }
            Value::Array(items) => items.iter_mut().for_each(number),
            Value::Object(members) => {
                for key in ["stats", "block", "blocklist"] {
                    if members.get(key) == Some(&json!({})) {
                        members.insert(key.to_owned(), json!([]));
                    }
                }
                members.values_mut().for_each(number);
            }
            _ => {}
        }
    }
    number(&mut value);
    value.to_string()
}
