//! The examples of the documentation (`src/mapping/keys.md`): each is true, both ways.

use restanza::mapping::{Format, Options, is_key};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::mapping::{from_xml, to_xml_as_given, with_xml};
use serde_json::Value;

const EXAMPLES: &str = include_str!("../../cases/mapping/examples.jsonl");

/// Keys that are no rows of the table, but of the stanza all the same.
const OTHERS: [&str; 2] = ["error", "xml"];

#[test]
fn the_examples_are_true() {
    let options = Options { keep: true, strict: true, ..Options::default() };
    let canonical = |xml: &str| with_xml(xml, |element| canon(element, Order::Exact)).expect("XML");
    for line in EXAMPLES.lines() {
        let example: Value = serde_json::from_str(line).expect("an example is JSON");
        let (key, json) = (example["key"].as_str().unwrap(), &example["json"]);
        let xml = example["xml"].as_str().unwrap();
        assert!(is_key(key) || OTHERS.contains(&key), "{key} is no key");
        assert!(json.get(key).is_some(), "the example of {key} does not show it");
        let made = to_xml_as_given(Format::Json, &json.to_string(), &options)
            .unwrap_or_else(|why| panic!("{key}: {why}"));
        assert_eq!(canonical(&made), canonical(xml), "{key}");
        let back: Value = serde_json::from_str(&from_xml(Format::Json, xml, &options).unwrap()).unwrap();
        assert_eq!(back, *example.get("back").unwrap_or(json), "{key}, read again");
        assert_ne!(example.get("back"), Some(json), "{key} is the same when read again");
    }
}

/// What has no key is kept where it is, also inside of what has one; without `keep` it is lost, as with mod_rest.
#[test]
fn what_has_no_key_is_kept_where_it_is() {
    let keep = Options { keep: true, strict: true, ..Options::default() };
    for (xml, kept) in [
        (
            "<iq type='result'><query xmlns='jabber:iq:version'><name>n</name><x xmlns='urn:x'>1</x></query></iq>",
            r#"{"name":"n","xml":["<x xmlns='urn:x'>1</x>"]}"#,
        ),
        (
            "<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>b</body>\
             <mood xmlns='urn:m'/></message><y xmlns='urn:y'/></forwarded></message>",
            r#"{"message":{"body":"b","xml":["<mood xmlns='urn:m'/>"]},"xml":["<y xmlns='urn:y'/>"]}"#,
        ),
        (
            "<message><x xmlns='jabber:x:data' type='form'><field var='a'><z xmlns='urn:z'/></field></x></message>",
            r#"{"type":"form","fields":[{"var":"a","xml":["<z xmlns='urn:z'/>"]}]}"#,
        ),
    ] {
        let json = from_xml(Format::Json, xml, &keep).unwrap();
        assert!(json.ends_with(&format!(":{kept}}}")), "{json}");
        let canonical = |xml: &str| with_xml(xml, |element| canon(element, Order::Exact)).unwrap();
        let back = to_xml_as_given(Format::Json, &json, &keep).unwrap();
        assert_eq!(canonical(&back), canonical(xml));
        assert!(!from_xml(Format::Json, xml, &Options::default()).unwrap().contains("xml"));
    }
}
