//! The examples of the documentation (`src/mapping/keys.md`): each is true, both ways.

use restanza::mapping::{Format, Options, is_key};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::mapping::{from_xml, to_xml_as_given, with_xml};
use serde_json::Value;

const EXAMPLES: &str = include_str!("../../cases/mapping/examples.jsonl");

/// Keys that are no rows of the table, but of the stanza all the same.
const OTHERS: [&str; 3] = ["error", "xml", "whole"];

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

/// Elements of which the keys say a part: the keys are there all the same, and what comes back is the element.
#[test]
fn what_keys_say_in_part_comes_back_whole() {
    let keep = Options { keep: true, strict: true, ..Options::default() };
    let canonical = |xml: &str| with_xml(xml, |element| canon(element, Order::Loose)).unwrap();
    for (xml, is_whole) in [
        ("<message><body>a</body></message>", false),
        ("<message><body a='1'>a</body></message>", true),
        ("<message><body>a</body><body xml:lang='de'>b</body></message>", false),
        ("<message><active xmlns='http://jabber.org/protocol/chatstates'/></message>", false),
        (
            "<message><active xmlns='http://jabber.org/protocol/chatstates'/>\
             <paused xmlns='http://jabber.org/protocol/chatstates'/></message>",
            true,
        ),
        ("<presence><priority>7</priority></presence>", false),
        ("<presence><priority> 7</priority></presence>", true),
        ("<presence><priority>700</priority></presence>", true),
        ("<presence><status>a</status><status>b</status><show>dnd</show><show>xa</show></presence>", true),
        ("<message><x xmlns='jabber:x:oob'><url>u</url></x></message>", false),
        ("<message><x xmlns='jabber:x:oob'><url>u</url><url>v</url></x></message>", true),
        ("<message><x xmlns='jabber:x:data'/><x xmlns='jabber:x:data' type='form'/></message>", true),
        ("<message><x xmlns='jabber:x:data'><field type='text-multi'><value/></field></x></message>", true),
        (
            "<message><x xmlns='jabber:x:data'><field type='text-multi'><value/><value>b</value></field></x></message>",
            false,
        ),
        (
            "<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='1'><body>b</body>\
             <y xmlns='urn:y'/></message></forwarded></message>",
            false,
        ),
        (
            "<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>b<i/></body>\
             </message></forwarded></message>",
            true,
        ),
        (
            "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='a'/><other/></query></iq>",
            true,
        ),
        (
            "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items' node='n'><item jid='a'/></query></iq>",
            false,
        ),
        (
            "<iq type='error' from='a'><error by='a' type='wait'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            true,
        ),
        (
            "<iq type='error' from='a'><error by='b' type='wait'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            false,
        ),
        ("<iq type='error'><error code='404'>Not Found</error></iq>", true),
    ] {
        let json = from_xml(Format::Json, xml, &keep).unwrap();
        let back = to_xml_as_given(Format::Json, &json, &keep).unwrap_or_else(|why| panic!("{why}: {json}"));
        assert_eq!(canonical(&back), canonical(xml), "{json}");
        let value: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value.get("whole").is_some(), is_whole, "{json}");
        let plain: Value =
            serde_json::from_str(&from_xml(Format::Json, xml, &Options::default()).unwrap()).unwrap();
        for (key, said) in plain.as_object().unwrap() {
            assert!(value.get(key).is_some(), "{key}, which says {said}, is not in {json}");
        }
    }
}

/// What `whole` holds is input like any other.
#[test]
fn what_is_sent_whole_is_checked() {
    let keep = Options { keep: true, ..Options::default() };
    for (json, wanted) in [
        (r#"{"body":"a","whole":["<body>b</body>"]}"#, Ok("<message><body>b</body></message>")),
        (r#"{"body":"a","whole":[]}"#, Ok("<message><body>a</body></message>")),
        (r#"{"body":"a","whole":"<body/>"}"#, Err("KEY_VALUE: whole must be a list")),
        (r#"{"body":"a","whole":["a",1]}"#, Err("KEY_VALUE: whole[1] must be a string of XML")),
        (
            r#"{"body":"a","whole":["</x><x>"]}"#,
            Err("KEY_VALUE: whole[0] must be well-formed XML: a second root element (at byte 4)"),
        ),
    ] {
        let made = to_xml_as_given(Format::Json, json, &keep);
        assert_eq!(made.as_deref().map_err(String::as_str), wanted, "{json}");
    }
    let strict = Options { strict: true, ..Options::default() };
    assert!(to_xml_as_given(Format::Json, r#"{"body":"a","whole":[]}"#, &strict).is_err());
}
