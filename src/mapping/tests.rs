//! What the recordings of mod_rest do not show: formats, paths, options, refusals, limits of memory.

use std::string::{String, ToString};

use super::shape::{At, Field, Rule, Shape};
use super::*;
use crate::json;
use crate::stanza::Kind::{Iq, Message, Presence};

/// Reads with plenty of memory: `kind to type id lang payload`, or the refusal.
fn read_as(format: Format, body: &str, given: Given<'_>, options: Options<'_>) -> String {
    let (mut nodes, mut tape) = ([xml::Node::default(); 256], [json::Node::default(); 256]);
    let mut memory = [0; 8192];
    let scratch = Scratch { xml: &mut nodes, json: &mut tape, memory: Arena::new(&mut memory) };
    match read(format, body.as_bytes(), &given, &options, scratch) {
        Ok(stanza) => {
            let mut text = String::from(stanza.kind.name());
            for (name, value) in [
                ("to", stanza.to),
                ("from", stanza.from),
                ("id", stanza.id),
                ("type", stanza.type_),
                ("lang", stanza.lang),
            ] {
                if let Some(value) = value {
                    text.extend([" ", name, "=", value]);
                }
            }
            std::format!("{text} {}:{}", stanza.children, stanza.payload)
        }
        Err(fault) => fault.to_string(),
    }
}

fn write_as(format: Format, text: &str, options: Options<'_>) -> String {
    let (mut nodes, mut tape) = ([xml::Node::default(); 256], [json::Node::default(); 256]);
    let mut out = [0; 8192];
    let stanza = xml::parse(text.as_bytes(), xml::Source::Body, &mut nodes).unwrap().root();
    match write(format, stanza, &options, &mut tape, &mut out) {
        Ok(len) => String::from_utf8(out[..len].to_vec()).unwrap(),
        Err(fault) => fault.to_string(),
    }
}

const NONE: Given<'static> = Given { kind: None, type_: None, to: None };

fn path<'g>(kind: &'g str, type_: &'g str) -> Given<'g> {
    Given { kind: Some(kind), type_: Some(type_), to: Some("a@b") }
}

#[test]
fn forms_are_strings_read_by_the_type_of_their_key() {
    let cases = [
        ("kind=message&to=a%40b&body=x+%26%20y", NONE, "message to=a@b 1:<body>x &amp; y</body>"),
        ("body=a%22%5C%0Ab&=dropped&alone", NONE, "message 1:<body>a\"\\\nb</body>"),
        ("priority=5&show=away", NONE, "presence 2:<priority>5</priority><show>away</show>"),
        ("priority=high", NONE, "KEY_VALUE: priority must be an integer from -128 to 127"),
        ("body=x&markable=", NONE, "message 2:<body>x</body><markable xmlns='urn:xmpp:chat-markers:0'/>"),
        ("body=x&markable=false", NONE, "message 1:<body>x</body>"),
        ("just+text", NONE, "message type=chat 1:<body>just+text</body>"),
        ("100%25%20%C3%A9%zz%", NONE, "message type=chat 1:<body>100% é%zz%</body>"),
        ("dnd", path("presence", "available"), "NOT_WELL_FORMED: the form has no pair key=value"),
        ("body=from+form", path("message", "chat"), "message to=a@b type=chat 1:<body>from form</body>"),
        (
            "kind=iq&type=get&to=x%40y&body=b",
            path("message", "chat"),
            "message to=a@b type=chat 1:<body>b</body>",
        ),
        ("body=%ff", NONE, "NOT_WELL_FORMED: JSON, line 1, column 10: the text is not UTF-8"),
        ("body=%00", NONE, "KEY_VALUE: body must not contain the character U+0000"),
    ];
    for (body, given, wanted) in cases {
        assert_eq!(read_as(Format::Form, body, given, Options::default()), wanted, "{body}");
    }
}

#[test]
fn a_query_is_the_value_of_the_key_that_the_path_names() {
    let cases = [
        ("", "ping", "iq to=a@b type=get 1:<ping xmlns='urn:xmpp:ping'/>"),
        ("", "version", "iq to=a@b type=get 1:<query xmlns='jabber:iq:version'/>"),
        ("", "disco", "iq to=a@b type=get 1:<query xmlns='http://jabber.org/protocol/disco#info'/>"),
        ("", "items", "iq to=a@b type=get 1:<query xmlns='http://jabber.org/protocol/disco#items'/>"),
        ("", "stats", "iq to=a@b type=get 1:<query xmlns='http://jabber.org/protocol/stats'/>"),
        ("", "blocklist", "iq to=a@b type=get 1:<blocklist xmlns='urn:xmpp:blocking'/>"),
        (
            "node=n%2F1",
            "disco",
            "iq to=a@b type=get 1:<query xmlns='http://jabber.org/protocol/disco#info' node='n/1'/>",
        ),
        (
            "node=uptime",
            "command",
            "iq to=a@b type=set 1:<command xmlns='http://jabber.org/protocol/commands' node='uptime'/>",
        ),
        ("type=stun", "extdisco", "iq to=a@b type=get 1:<services xmlns='urn:xmpp:extdisco:2' type='stun'/>"),
        (
            "max=2&before=",
            "archive",
            "iq to=a@b type=set 1:<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>\
             <max>2</max><before/></set></query>",
        ),
        (
            "filename=a.jpg&size=10",
            "upload_request",
            "iq to=a@b type=get 1:<request xmlns='urn:xmpp:http:upload:0' filename='a.jpg' size='10'/>",
        ),
        ("", "nonsense", "iq to=a@b type=get 0:"),
        ("", "to", "iq to=a@b type=get 0:"),
        ("text", "disco", "INVALID_QUERY: The query string is not of the form key=value"),
        ("body=x", "get", "iq to=a@b type=get 0:"),
    ];
    for (body, key, wanted) in cases {
        assert_eq!(read_as(Format::Form, body, path("iq", key), Options::default()), wanted, "{key}?{body}");
    }
    let version = "iq to=a@b type=get 1:<query xmlns='jabber:iq:version'><name>n</name></query>";
    assert_eq!(read_as(Format::Json, "{\"name\":\"n\"}", path("iq", "version"), Options::default()), version);
    let refused = "KEY_VALUE: version.name must be a string";
    assert_eq!(read_as(Format::Json, "{\"name\":1}", path("iq", "version"), Options::default()), refused);
    let ping = "iq to=a@b type=get 1:<ping xmlns='urn:xmpp:ping'/>";
    assert_eq!(read_as(Format::Json, "{\"ping\":true}", path("iq", "get"), Options::default()), ping);
    assert_eq!(read_as(Format::Json, "{\"any\":1}", path("iq", "ping"), Options::default()), ping);
}

#[test]
fn plain_text_is_a_body_or_a_show() {
    let cases = [
        ("x < y", NONE, "message type=chat 1:<body>x &lt; y</body>"),
        ("x", path("message", "groupchat"), "message to=a@b type=groupchat 1:<body>x</body>"),
        ("dnd", path("presence", "available"), "presence to=a@b 1:<show>dnd</show>"),
        ("", path("presence", "subscribe"), "presence to=a@b type=subscribe 0:"),
        ("x", path("iq", "get"), "NOT_WELL_FORMED: a plain text cannot be an iq"),
        ("x", path("mfoo", "chat"), "NOT_WELL_FORMED: kind must be one of message, presence, iq"),
        ("a\u{1}b", NONE, "KEY_VALUE: body must not contain the character U+0001"),
    ];
    for (body, given, wanted) in cases {
        assert_eq!(read_as(Format::Text, body, given, Options::default()), wanted, "{body}");
    }
}

#[test]
fn xml_is_checked_and_made_anew() {
    let cases = [
        (
            "<message to=\"a@b\" type='chat' xml:lang='de' foo='x'><body>1 &#62; 0</body><x:y xmlns:x='urn:x' a='1'/></message>",
            "message to=a@b type=chat lang=de 2:<body>1 &gt; 0</body><y xmlns='urn:x' a='1'/>",
        ),
        ("<message xmlns='jabber:client'><body>x</body></message>", "message 1:<body>x</body>"),
        ("<message xmlns='jabber:server'/>", "NAMESPACE: 'xmlns' attribute must be empty"),
        ("<foo/>", "UNKNOWN_KIND: The stanza must be a message, presence or iq"),
        (
            "<message><body></message>",
            "NOT_WELL_FORMED: a closing tag does not match the open element (at byte 15)",
        ),
    ];
    for (body, wanted) in cases {
        // The path is ignored for XML.
        assert_eq!(read_as(Format::Xml, body, path("iq", "ping"), Options::default()), wanted, "{body}");
    }
}

#[test]
fn a_wrong_value_is_named_by_its_path() {
    let cases = [
        (
            "{\"dataform\":{\"fields\":[{\"var\":\"a\"},{\"var\":\"b\",\"value\":[\"x\",{}]}]}}",
            "KEY_VALUE: dataform.fields[1].value[1] must be a string, boolean or number, or a list of them",
        ),
        (
            "{\"dataform\":{\"fields\":[{\"label\":7}]}}",
            "KEY_VALUE: dataform.fields[0].label must be a string",
        ),
        (
            "{\"muc\":{\"history\":{\"maxstanzas\":1.5}}}",
            "KEY_VALUE: muc.history.maxstanzas must be an integer, 0 or above",
        ),
        ("{\"body\":\"a\\u0001\"}", "KEY_VALUE: body must not contain the character U+0001"),
        ("{\"id\":\"\\u0000\"}", "KEY_VALUE: id must not contain the character U+0000"),
        ("{\"body\":null}", "KEY_VALUE: body must be a string"),
        ("{\"thread\":\"t\"}", "KEY_VALUE: thread must be an object"),
        ("{\"stanza_ids\":{\"id\":\"x\"}}", "KEY_VALUE: stanza_ids must be a list"),
        (
            "{\"hints\":[\"store\",\"hoard\"]}",
            "KEY_VALUE: hints[1] must be one of no-permanent-store, no-store, no-copy, store",
        ),
        ("{\"error\":{\"type\":\"cancel\"}}", "KEY_VALUE: error.condition must be the name of a condition"),
        ("{\"error\":{\"condition\":\"a b\"}}", "KEY_VALUE: error.condition: not a name"),
        (
            "{\"error\":{\"condition\":\"gone\",\"type\":\"fatal\"}}",
            "KEY_VALUE: error.type must be one of auth, cancel, continue, modify, wait",
        ),
        (
            "{\"html\":\"<p>x\"}",
            "KEY_VALUE: html must be well-formed XML: a closing tag does not match the open element (at byte 4)",
        ),
        ("{\"forwarded\":{\"message\":{\"body\":1}}}", "KEY_VALUE: forwarded.message.body must be a string"),
        (
            "{\"kind\":\"iq\",\"extdisco\":{\"services\":[{\"port\":65536}]}}",
            "KEY_VALUE: extdisco.services[0].port must be an integer from 0 to 65535",
        ),
    ];
    for (body, wanted) in cases {
        let body = if body.contains("kind") {
            body.to_string()
        } else {
            body.replacen('{', "{\"kind\":\"message\",", 1)
        };
        let body = if body.contains("muc") { body.replace("message", "presence") } else { body };
        assert_eq!(read_as(Format::Json, &body, NONE, Options::default()), wanted, "{body}");
    }
}

#[test]
fn an_error_says_who_made_it_unless_that_is_its_sender() {
    let conditions = "urn:ietf:params:xml:ns:xmpp-stanzas";
    for (by, attribute) in [("c@d", " by='c@d'"), ("a@b", "")] {
        let body = std::format!(
            r#"{{"kind":"iq","type":"error","from":"a@b","error":{{"by":"{by}","condition":"gone"}}}}"#
        );
        let wanted =
            std::format!("iq from=a@b type=error 1:<error{attribute}><gone xmlns='{conditions}'/></error>");
        assert_eq!(read_as(Format::Json, &body, NONE, Options::default()), wanted);
    }
}

#[test]
fn strict_refuses_and_names_unknown_keys() {
    let strict = Options { strict: true, ..Options::default() };
    let cases = [
        ("{\"body\":\"x\",\"fo\\u006f\":1}", "UNKNOWN_KEY: foo is not a key of a message"),
        ("{\"body\":\"x\",\"show\":\"away\"}", "UNKNOWN_KEY: show is not a key of a message"),
        (
            "{\"body\":\"x\",\"thread\":{\"name\":\"t\"}}",
            "UNKNOWN_KEY: thread.name is not a key of this object",
        ),
        ("{\"body\":\"x\",\"xml\":[]}", "UNKNOWN_KEY: xml is not a key of a message"),
        ("{\"error\":{\"condition\":\"gone\",\"why\":1}}", "UNKNOWN_KEY: error.why is not a key of an error"),
        ("{\"archive\":{\"whith\":\"a@b\"}}", "UNKNOWN_KEY: archive.whith is not a key of this object"),
        (
            "{\"forwarded\":{\"message\":{\"kind\":\"message\",\"ping\":true}}}",
            "UNKNOWN_KEY: forwarded.message.ping is not a key of a message",
        ),
        (
            "{\"archive\":{\"with\":\"a@b\",\"form\":{\"type\":\"submit\"}}}",
            "iq type=set 1:<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'/></query>",
        ),
    ];
    for (body, wanted) in cases {
        assert_eq!(read_as(Format::Json, body, NONE, strict), wanted, "{body}");
    }
}

/// Alertmanager's and Grafana's posts, and a text that was sent as a form by accident.
#[test]
fn an_object_of_which_nothing_is_known_is_refused() {
    let given = Given { kind: Some("message"), type_: Some("chat"), to: Some("a@b") };
    let cases = [
        (
            Format::Json,
            "{\"receiver\":\"x\",\"status\":\"firing\",\"alerts\":[]}",
            "UNKNOWN_KEY: receiver is not a key of a message, nor is any other that is given",
        ),
        (
            Format::Form,
            "It+is=5",
            "UNKNOWN_KEY: It is is not a key of a message; what is not a form is sent as text/plain or application/json",
        ),
        (Format::Json, "{\"receiver\":\"x\",\"body\":\"b\"}", "message to=a@b type=chat 1:<body>b</body>"),
        (Format::Json, "{\"kind\":\"message\"}", "message to=a@b type=chat 0:"),
        (Format::Json, "{}", "message to=a@b type=chat 0:"),
    ];
    for (format, body, wanted) in cases {
        assert_eq!(read_as(format, body, given, Options::default()), wanted, "{body}");
    }
}

#[test]
fn unmapped_children_are_kept_on_demand() {
    let keep = Options { keep: true, ..Options::default() };
    let stanza = "<message><body>x</body><a xmlns='urn:a'><b/>t</a><show>s</show></message>";
    let json =
        "{\"kind\":\"message\",\"body\":\"x\",\"xml\":[\"<a xmlns='urn:a'><b/>t</a>\",\"<show>s</show>\"]}";
    assert_eq!(write_as(Format::Json, stanza, keep), json);
    assert_eq!(write_as(Format::Json, stanza, Options::default()), "{\"kind\":\"message\",\"body\":\"x\"}");
    let payload = "message 3:<body>x</body><a xmlns='urn:a'><b/>t</a><show>s</show>";
    assert_eq!(read_as(Format::Json, json, NONE, keep), payload);
    assert_eq!(read_as(Format::Json, json, NONE, Options::default()), "message 1:<body>x</body>");
    let cases = [
        ("[\"</x><x>\"]", "KEY_VALUE: xml[0] must be well-formed XML: a second root element (at byte 4)"),
        ("[1]", "KEY_VALUE: xml[0] must be a string of XML"),
        ("\"<a/>\"", "KEY_VALUE: xml must be a list"),
        ("[\"<a xmlns='jabber:component:accept'/>\"]", "message 1:<a xmlns='jabber:component:accept'/>"),
    ];
    for (value, wanted) in cases {
        let body = std::format!("{{\"xml\":{value}}}");
        assert_eq!(read_as(Format::Json, &body, NONE, keep), wanted, "{body}");
    }
}

#[test]
fn a_key_that_makes_a_set_makes_an_iq() {
    let none = Options::default();
    let archive = "iq type=set 1:<query xmlns='urn:xmpp:mam:2'/>";
    let cases = [
        ("{\"body\":\"x\",\"archive\":{}}", archive),
        ("{\"archive\":{},\"show\":\"away\"}", archive),
        // With a type, the first row of the table.
        (
            "{\"type\":\"x\",\"body\":\"x\",\"command\":\"n\"}",
            "message type=x 2:<body>x</body><command xmlns='http://jabber.org/protocol/commands' node='n'/>",
        ),
    ];
    for (body, wanted) in cases {
        let got = read_as(Format::Json, body, NONE, none);
        assert_eq!(got, wanted, "{body}");
    }
}

#[test]
fn what_is_not_json_spoils_only_what_it_is_about() {
    let payload = "<payload xmlns='urn:xmpp:json-msg:0' datatype='t'>{x</payload>";
    let json = "<json xmlns='urn:xmpp:json:0'>{x</json><json xmlns='urn:x'/>";
    let of = |text: String| write_as(Format::Json, &text, Options::default());
    let start = "PEER_STANZA: <payload> does not hold JSON";
    assert!(of(std::format!("<message>{payload}</message>")).starts_with(start));
    let object = "{\"datatype\":\"t\",\"data\":\"{x\"}";
    assert_eq!(
        of(std::format!(
            "<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>{payload}</message></forwarded>{json}</message>"
        )),
        std::format!(
            "{{\"kind\":\"message\",\"forwarded\":{{\"message\":{{\"payload\":{object}}}}},\"json\":\"{{x\"}}"
        )
    );
    assert_eq!(
        of(std::format!("<message type='error'>{payload}</message>")),
        std::format!("{{\"kind\":\"message\",\"type\":\"error\",\"payload\":{object},\"error\":{{}}}}")
    );
    // Behind the one inside it is strict again.
    let inner = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded>";
    assert!(of(std::format!("<message>{inner}{payload}</message>")).starts_with(start));
    let held = "<json xmlns='urn:xmpp:json:0'><a/></json><body>x</body>";
    assert_eq!(of(std::format!("<message>{held}</message>")), "{\"kind\":\"message\",\"body\":\"x\"}");
}

#[test]
fn forms_and_texts_are_written() {
    let message = "<message id='fix' to='a@b'><body>a &amp; b</body><markable xmlns='urn:xmpp:chat-markers:0'/>\
                   <reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>y</reaction></reactions>\
                   <subject>é</subject></message>";
    let form = "kind=message&id=fix&to=a%40b&body=a+%26+b&markable=&subject=%c3%a9";
    assert_eq!(write_as(Format::Form, message, Options::default()), form);
    assert_eq!(write_as(Format::Text, message, Options::default()), "a & b");
    let presence = "<presence><priority>5</priority></presence>";
    assert_eq!(
        write_as(Format::Form, presence, Options::default()),
        "kind=presence&type=available&priority=5"
    );
    let refused = "PEER_STANZA: a stanza without body text cannot be plain text";
    assert_eq!(write_as(Format::Text, presence, Options::default()), refused);
    assert_eq!(
        write_as(Format::Xml, "<m:message xmlns:m='jabber:client'/>", Options::default()),
        "<message/>"
    );
}

#[test]
fn markup_of_xhtml_is_quoted_as_mod_rest_does() {
    let message = "<message><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>\
                   <p style=\"font: 'a'\" title='&quot;'>it's \"so\" &gt;</p></body></html></message>";
    let html = "<body><p style='font: &apos;a&apos;' title='&quot;'>it&apos;s &quot;so&quot; &gt;</p></body>";
    let json = std::format!("{{\"kind\":\"message\",\"html\":\"{html}\"}}");
    assert_eq!(write_as(Format::Json, message, Options::default()), json);
}

#[test]
fn whatever_memory_is_lacking_is_said() {
    let form = "{\"dataform\":{\"title\":\"t\",\"fields\":[{\"var\":\"a\",\"value\":[\"\\u0031\",\"2\"]}]},\
                \"id\":\"\\u0031\",\"html\":\"<p>x</p>\",\"payload\":{\"data\":[1,{\"a\":null}]}}";
    let (mut nodes, mut tape) = ([xml::Node::default(); 64], [json::Node::default(); 64]);
    let mut memory = [0; 1024];
    let mut fits = false;
    for len in 0..memory.len() {
        let scratch = Scratch { xml: &mut nodes, json: &mut tape, memory: Arena::new(&mut memory[..len]) };
        match read(Format::Json, form.as_bytes(), &NONE, &Options::default(), scratch) {
            Ok(_) => fits = true,
            Err(fault) => {
                assert!(!fits && fault.reason == &reason::STANZA_TOO_LARGE, "{len}: {fault}");
            }
        }
    }
    assert!(fits);
    let text = "<message><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>x</body>\
                </html><payload xmlns='urn:xmpp:json-msg:0'>[1, {\"a\" : null}]</payload></message>";
    let stanza = xml::parse(text.as_bytes(), xml::Source::Body, &mut nodes).unwrap().root();
    let mut out = [0; 512];
    let mut fits = false;
    for len in 0..out.len() {
        match write(Format::Json, stanza, &Options::default(), &mut tape, &mut out[..len]) {
            Ok(_) => fits = true,
            Err(fault) => assert!(!fits && fault.reason == &reason::ANSWER_TOO_LARGE, "{len}: {fault}"),
        }
    }
    assert!(fits);
    for nodes in 0..12 {
        let scratch = Scratch { xml: &mut [], json: &mut tape[..nodes], memory: Arena::new(&mut memory) };
        let fault = read(Format::Json, form.as_bytes(), &NONE, &Options::default(), scratch).unwrap_err();
        assert_eq!(fault.reason, &reason::TOO_COMPLEX);
    }
}

/// Attributes of an element are written before what is in it, and a lookup by place needs few fields.
#[test]
fn the_table_is_in_order() {
    fn check(fields: &'static [Field], name: &str, depth: u8) {
        assert!(fields.len() <= to_xml::FIELDS, "{name} has too many fields");
        let is_attr = |field: &Field| {
            matches!(field.at, At::Here) && matches!(field.shape, Shape::Attr(..) | Shape::Lang)
        };
        let written = fields.iter().filter(|field| !matches!(field.rule, Rule::Older));
        let first_inner = written.clone().position(|field| !is_attr(field)).unwrap_or(fields.len());
        assert!(
            written.clone().skip(first_inner).all(|field| !is_attr(field)),
            "{name}: an attribute comes late"
        );
        for (at, field) in fields.iter().enumerate() {
            let same = fields[..at].iter().any(|other| other.name == field.name);
            assert_eq!(same, matches!(field.rule, Rule::Older), "{name}.{}: given twice", field.name);
            inner(field, depth);
        }
    }
    fn inner(field: &'static Field, depth: u8) {
        match field.shape {
            Shape::Object(fields) if depth < 8 => check(fields, field.name, depth + 1),
            Shape::List(item) => inner(item, depth),
            _ => {}
        }
    }
    for (row, key) in keys::KEYS.iter().enumerate() {
        inner(&key.field, 0);
        assert!(key.field.name.len() < 32);
        let (_, found) = index::by_key(key.field.name).find(|(at, _)| *at == row).unwrap();
        assert_eq!(found.field.name, key.field.name);
        for (_, other) in index::by_key(key.field.name).filter(|(at, _)| *at != row) {
            let both = |kind| key.kinds.has(kind) && other.kinds.has(kind);
            assert!(![Message, Presence, Iq].into_iter().any(both), "{} is given twice", key.field.name);
        }
    }
    check(&forms::FORM_FIELDS, "dataform", 0);
    check(&forms::FORM_FIELD, "fields", 0);
    check(objects::COMMAND_FIELDS, "command", 0);
    check(objects::ARCHIVE, "archive", 0);
    check(objects::ITEMS_QUERIED, "items_query", 0);
}

/// `src/mapping/keys.md` is what the table says; `RESTANZA_WRITE=1` writes it anew.
#[test]
fn the_reference_is_that_of_the_table() {
    let mut text = String::new();
    reference::markdown(&mut text).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mapping/keys.md");
    if std::env::var_os("RESTANZA_WRITE").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(file).is_ok_and(|written| written == text),
        "src/mapping/keys.md is out of date"
    );
}

#[test]
fn the_schema_has_every_key() {
    let mut text = String::new();
    schema::document(&mut text).unwrap();
    let mut tape = std::vec![json::Node::default(); 8192];
    let document = json::parse(text.as_bytes(), &mut tape).unwrap();
    let properties = document.get("$defs").and_then(|defs| defs.get("Stanza")?.get("properties")).unwrap();
    for key in keys::KEYS {
        assert!(properties.get(key.field.name).is_some(), "{}", key.field.name);
    }
}
