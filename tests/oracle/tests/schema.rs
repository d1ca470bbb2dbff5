//! The JSON Schema of the mapping, held against an independent validator: what we make of XML validates, and so do
//! the examples; documents that the mapping refuses for a type or a range do not.

use boon::{Compiler, SchemaIndex, Schemas};
use restanza::mapping::{Format, Given, Options, schema};
use restanza_oracle::mapping::{echo, from_xml, to_xml};
use serde_json::{Value, json};

const RECORDED: &str = include_str!("../../cases/mapping/recorded.jsonl");
const EXAMPLES: &str = include_str!("../../cases/mapping/examples.jsonl");

/// What a peer sent outside of the bounds is passed on, as mod_rest does: such a stanza cannot be sent again either.
const PASSED_ON: &[&str] = &["presence/priority-'300'", "presence/priority-'1.5'", "j-pres/priority-300"];

struct Validator {
    schemas: Schemas,
    stanza: SchemaIndex,
    stanzas: SchemaIndex,
}

impl Validator {
    fn new() -> Self {
        let mut text = String::new();
        schema::document(&mut text).unwrap();
        let document = serde_json::from_str(&text).expect("the schema is JSON");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("schema.json", document).unwrap();
        let stanza = compiler.compile("schema.json", &mut schemas).expect("the schema is a schema");
        let stanzas = compiler.compile("schema.json#/$defs/Stanzas", &mut schemas).unwrap();
        Self { schemas, stanza, stanzas }
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        let index = if value.get("xmpp").is_some() { self.stanzas } else { self.stanza };
        self.schemas.validate(value, index).map_err(|error| format!("{error:#}"))
    }
}

#[test]
fn what_is_made_of_xml_validates() {
    let validator = Validator::new();
    let (mut valid, mut failures, mut passed_on) = (0, Vec::new(), Vec::new());
    for line in RECORDED.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["name"].as_str().unwrap();
        for keep in [false, true] {
            let options = Options { keep, ..Options::default() };
            let ours = match (case["dir"].as_str(), case["xml"].as_str()) {
                (Some("xml2json"), Some(xml)) => echo(xml, &options),
                (_, Some(xml)) => from_xml(Format::Json, xml, &options),
                (_, None) => continue,
            };
            let Ok(text) = ours else { continue };
            let value = serde_json::from_str(&text).unwrap();
            match validator.check(&value) {
                Ok(()) => valid += 1,
                Err(_) if PASSED_ON.contains(&name) => passed_on.push(name.to_owned()),
                Err(why) => failures.push(format!("{name}: {text}: {why}")),
            }
        }
    }
    assert!(failures.is_empty(), "{} of {valid}:\n{}", failures.len(), failures.join("\n"));
    for name in PASSED_ON {
        assert!(passed_on.iter().any(|passed| passed == name), "{name} is valid");
    }
    println!("{valid} documents made of XML are valid, {} named ones are not", PASSED_ON.len());
    assert!(valid > 600);
}

#[test]
fn the_examples_validate() {
    let validator = Validator::new();
    for line in EXAMPLES.lines().filter(|line| !line.starts_with('#')) {
        let example: Value = serde_json::from_str(line).unwrap();
        if let Err(why) = validator.check(&example["json"]) {
            panic!("{}: {why}", example["json"]);
        }
    }
}

#[test]
fn what_has_wrong_types_does_not_validate() {
    let validator = Validator::new();
    let options = Options::default();
    for wrong in [
        json!({}),
        json!([]),
        json!("text"),
        json!({"kind": "stanza"}),
        json!({"body": 42}),
        json!({"body": "x", "markable": "yes"}),
        json!({"body": "x", "state": "dancing"}),
        json!({"body": "x", "thread": "t"}),
        json!({"body": "x", "reactions": {"id": "1", "reactions": "👍"}}),
        json!({"body": "x", "stanza_ids": {"id": "1"}}),
        json!({"body": "x", "hints": ["stored"]}),
        json!({"body": "x", "oob_url": {"url": "https://a.example"}}),
        json!({"html": ["<p/>"]}),
        json!({"priority": 128}),
        json!({"priority": 1.5}),
        json!({"kind": "presence", "join": "yes"}),
        json!({"kind": "message", "forwarded": {"message": {"body": 1}}}),
        json!({"disco": 1}),
        json!({"disco": {"features": [1]}}),
        json!({"disco": {"identities": {"category": "a"}}}),
        json!({"disco": {"extensions": {"urn:x": {"os": {}}}}}),
        json!({"items": 7}),
        json!({"items": [7]}),
        json!({"items": [{"jid": 1}]}),
        json!({"command": 7}),
        json!({"command": {"node": 7}}),
        json!({"command": {"actions": {"next": "yes"}}}),
        json!({"command": {"form": {"fields": {"var": "a"}}}}),
        json!({"command": {"form": {"fields": [{"var": "a", "value": {}}]}}}),
        json!({"command": {"form": {"fields": [{"var": "a", "options": [{"label": 1}]}]}}}),
        json!({"command": {"data": []}}),
        json!({"dataform": "x"}),
        json!({"dataform": {"fields": [], "items": [[{"var": 1}]]}}),
        json!({"formdata": {"a": {}}}),
        json!({"archive": {"queryid": 1}, "kind": "iq", "type": "set"}),
        json!({"archive": [], "kind": "iq", "type": "set"}),
        json!({"extdisco": {"services": [{"port": 65536}]}, "kind": "iq", "type": "result"}),
        json!({"upload_request": {"filename": "a", "size": "ten"}, "kind": "iq"}),
        json!({"error": {"type": "cancel", "condition": 1}}),
        json!({"error": {"type": "cancel", "condition": "gone", "code": "x"}}),
        json!({"error": "gone"}),
    ] {
        assert!(validator.check(&wrong).is_err(), "{wrong} validates");
        let taken = to_xml(Format::Json, &wrong.to_string(), &Given::default(), &options);
        assert!(taken.is_err(), "{wrong} is taken as {}", taken.unwrap());
    }
}

#[test]
fn all_that_is_referred_to_is_told() {
    let mut text = String::new();
    schema::definitions(&mut text, "#/components/schemas/").unwrap();
    let members: Value = serde_json::from_str(&format!("{{{text}}}")).expect("the definitions are members");
    for name in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = name.split('"').next().unwrap();
        assert!(members.get(name).is_some(), "{name} is not told");
    }
}
