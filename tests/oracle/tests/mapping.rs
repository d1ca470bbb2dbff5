//! The recordings of the real mod_rest: each mapping gives what the original gave, or a row of the table of
//! deviations explains why not and says what we give instead.
//!
//! `tests/cases/mapping/recorded*.jsonl` are facts. `tests/cases/mapping/deviations.json` is a list of rows. A row
//! explains differences by claims, or names the cases and the side of each (`xml`, `json`, `back`) with our own result.
//! A difference that no row explains is a failure, and so is an explanation of something that does not differ.
//!
//! Claims: `adds` are paths of JSON members that only we have; `alike` are pairs of texts of XML of which the first is
//! as good as the second; `corrects` are names of corrections of `restanza_oracle::corrected`, without whose subjects
//! both are equal; `refuses` are patterns of our refusals where mod_rest goes on; `accepts` are patterns of what was given
//! where mod_rest refuses. In a pattern `*` stands for any text.

use std::collections::BTreeMap;
use std::process::ExitCode;

use restanza::mapping::{Format, Given, Options};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::corrected::{self, numbered};
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

/// What a row says of many differences.
#[derive(Default)]
struct Claims {
    row: String,
    adds: Vec<String>,
    alike: Vec<(String, String)>,
    corrects: Vec<String>,
    refuses: Vec<String>,
    accepts: Vec<String>,
}

impl Claims {
    fn of(row: &Value) -> Self {
        let texts = |claim: &str| -> Vec<String> {
            let list = row[claim].as_array().into_iter().flatten();
            list.map(|text| text.as_str().expect("a claim is a text").to_owned()).collect()
        };
        let pairs = row["alike"].as_array().into_iter().flatten();
        Self {
            row: row["row"].as_str().unwrap().to_owned(),
            adds: texts("adds"),
            alike: pairs
                .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned()))
                .collect(),
            corrects: texts("corrects"),
            refuses: texts("refuses"),
            accepts: texts("accepts"),
        }
    }
}

/// The rows whose claims explain the difference between what was recorded and what we give.
fn claimed(
    claims: &[Claims],
    given: &str,
    recorded: &Result<Vec<String>, String>,
    ours: &Outcome,
) -> Option<Vec<String>> {
    let by = |fits: &dyn Fn(&Claims) -> bool| {
        claims.iter().find(|claims| fits(claims)).map(|claims| vec![claims.row.clone()])
    };
    match (recorded, ours) {
        (Ok(_), Err(why)) => by(&|claims| claims.refuses.iter().any(|pattern| fits(pattern, why))),
        (Err(_), Ok(_)) => by(&|claims| claims.accepts.iter().any(|pattern| fits(pattern, given))),
        (Ok(recorded), Ok(ours)) => recorded.iter().find_map(|recorded| {
            let (mut left, mut right, mut rows) = (sorted(ours), sorted(recorded), Vec::new());
            for claims in claims {
                let before = (left.clone(), right.clone());
                left = without(claims, left);
                right = without(claims, right);
                // A claim that changes both alike explains nothing.
                if (before.0 == before.1) != (left == right)
                    || before.0.len() + right.len() != before.1.len() + left.len()
                {
                    rows.push(claims.row.clone());
                }
            }
            (left == right && !rows.is_empty()).then_some(rows)
        }),
        (Err(_), Err(_)) => None,
    }
}

/// XML in an order that corrections do not change.
fn sorted(text: &str) -> String {
    if text.starts_with('<') { corrected::xml(text, &[]) } else { text.to_owned() }
}

/// XML or JSON without what the claims are about.
fn without(claims: &Claims, text: String) -> String {
    if text.starts_with('<') {
        let text = claims.alike.iter().fold(text, |text, (one, other)| text.replace(one, other));
        return if claims.corrects.is_empty() { text } else { corrected::xml(&text, &claims.corrects) };
    }
    fn clear(value: &mut Value, path: &str, adds: &[String]) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| clear(item, &format!("{path}[]"), adds)),
            Value::Object(members) => {
                let at = |key: &str| format!("{path}.{key}");
                members.retain(|key, _| !adds.iter().any(|add| at(key).ends_with(&format!(".{add}"))));
                for (key, member) in members {
                    clear(member, &at(key), adds);
                }
            }
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(&text).expect("an outcome is XML or JSON");
    clear(&mut value, "", &claims.adds);
    corrected::json(&mut value, &claims.corrects);
    value.to_string()
}

/// Whether a text is of a pattern.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| fits(rest, &text[at..]))
        }),
    }
}

fn main() -> ExitCode {
    let rows: Vec<Value> = serde_json::from_str(DEVIATIONS).expect("deviations.json is JSON");
    let claims: Vec<Claims> = rows.iter().map(Claims::of).collect();
    // By case and side: the row and our result.
    let mut explained: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for row in &rows {
        for (case, sides) in row["cases"].as_object().into_iter().flatten() {
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
                    is_equal = false;
                    if let Some(rows) = claimed(&claims, &input(&case, side), &wanted, &given) {
                        rows.into_iter().for_each(|row| *by_row.entry(row).or_default() += 1);
                        continue;
                    }
                    let recorded =
                        wanted.map_or_else(|why| format!("refused: {why}"), |texts| texts[0].clone());
                    if show {
                        println!(
                            "{}",
                            json!({"case": name, "side": side, "ours": ours, "recorded": recorded})
                        );
                    }
                    failures.push(format!("{name} {side}:\n  recorded {recorded}\n  got      {ours}"));
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

/// What was given on a side of a case, as text.
fn input(case: &Value, side: &str) -> String {
    match (case["dir"].as_str(), side) {
        (Some("xml2json"), "back") => case["json"].to_string(),
        (Some("xml2json"), _) | (_, "back") => case["xml"].as_str().unwrap_or_default().to_owned(),
        _ => case["json_text"].as_str().unwrap_or_default().to_owned(),
    }
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
    fn listed(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(listed),
            Value::Object(members) => {
                for key in ["stats", "block", "blocklist"] {
                    if members.get(key) == Some(&json!({})) {
                        members.insert(key.to_owned(), json!([]));
                    }
                }
                members.values_mut().for_each(listed);
            }
            _ => {}
        }
    }
    listed(&mut value);
    numbered(&mut value);
    value.to_string()
}
