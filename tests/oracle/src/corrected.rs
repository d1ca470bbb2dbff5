//! What mod_rest wrote, with mistakes of one kind put right, for comparing what is left.
//!
//! A correction is applied to both sides of a comparison: it takes out what the mistake is about. It proves nothing of
//! that itself, which the cases that a row names do one by one; it explains further cases of the same kind.

use restanza::xml::{CLIENT, Child, Element, STANZA, XML};
use serde_json::Value;

use crate::canon::{Order, canon};
use crate::mapping::with_xml;

const DATA: &str = "jabber:x:data";
const FORWARD: &str = "urn:xmpp:forward:0";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const OOB: &str = "jabber:x:oob";
const PAGE: &str = "http://jabber.org/protocol/rsm";
const PAYLOAD: &str = "urn:xmpp:json-msg:0";
const STATS: &str = "http://jabber.org/protocol/stats";

/// A correction of an element whose children are correct.
type Correct = fn(&mut Tree, bool);

/// All corrections of XML by name.
const OF_XML: &[(&str, Correct)] = &[
    // Fields inside fields, options, types of forms, the lines of a text in several lines.
    ("forms", |tree, _| {
        if tree.is("x", DATA) {
            tree.attrs.retain(|(name, _)| name != "type");
            tree.lift("field");
        }
        if tree.is("field", DATA) {
            tree.children.retain(|child| !child.is("option", DATA));
            if tree.attr("var") == Some("FORM_TYPE") {
                tree.attrs.retain(|(name, _)| name != "type");
            }
            if tree.attr("type") == Some("text-multi") {
                tree.join("value");
            }
        }
    }),
    // Items inside items.
    ("items", |tree, _| {
        if tree.is("query", ITEMS) {
            tree.lift("item");
        }
    }),
    // The index of a page.
    ("pages", |tree, _| {
        if tree.is("set", PAGE) {
            tree.children.retain(|child| child.name != "index");
            tree.child("first").into_iter().for_each(|first| first.attrs.clear());
            tree.children.retain(|child| child.name != "first" || !child.is_empty());
        }
    }),
    // What stands beside an error.
    ("errors", |tree, is_root| {
        if is_root && tree.attr("type") == Some("error") {
            tree.children.retain(|child| child.name == "error");
            tree.attrs.retain(|(name, _)| name != "xml:lang");
            tree.child("error").into_iter().for_each(|error| error.attrs.retain(|(name, _)| name != "code"));
        }
    }),
    // A message or presence of type set.
    ("sets", |tree, is_root| {
        if is_root && tree.name != "iq" {
            tree.attrs.retain(|(name, value)| name != "type" || value != "set");
        }
    }),
    // A URL a second time.
    ("urls", |tree, _| {
        let mut seen = Vec::new();
        tree.children.retain_mut(|child| {
            let url = child.is("x", OOB).then(|| child.child("url").map(|url| url.text.clone())).flatten();
            let is_again = url.as_ref().is_some_and(|url| seen.contains(url)) && child.children.len() == 1;
            seen.extend(url);
            !is_again
        });
    }),
    // Numbers of more than six digits.
    ("numbers", |tree, _| {
        if tree.is("payload", PAYLOAD) {
            tree.text = rounded(&tree.text);
        }
        if tree.is("stat", STATS) {
            for (_, value) in tree.attrs.iter_mut().filter(|(name, _)| name == "value") {
                *value = rounded(value);
            }
        }
    }),
    // Booleans and numbers as values.
    ("values", |tree, _| {
        if tree.is("field", DATA) {
            tree.children.retain(|child| child.name != "value" || child.text.parse::<f64>().is_err());
        }
    }),
    // White space that is lost.
    ("breaks", |tree, _| {
        for (_, value) in &mut tree.attrs {
            *value = value.replace(['\r', '\n', '\t'], " ");
        }
        tree.text = tree.text.replace('\r', "\n");
    }),
    // JSON text in a JSON string, of which anything but a string is lost.
    ("payloads", |tree, _| {
        if tree.is("forwarded", FORWARD) {
            tree.children.iter_mut().flat_map(|message| &mut message.children).for_each(|child| {
                if child.is("payload", PAYLOAD) {
                    child.text.clear();
                }
            });
        }
    }),
];

/// Those of JSON.
const OF_JSON: &[&str] = &["conditions", "hash", "nil", "payloads", "sharps"];

/// Six digits, as C writes them with `%g`.
fn rounded(number: &str) -> String {
    let rounded = number.parse().map(|number: f64| format!("{number:.5e}"));
    rounded.map_or_else(|_| number.to_owned(), |number| number.parse::<f64>().unwrap_or_default().to_string())
}

/// An element of canonical XML.
struct Tree {
    name: String,
    ns: String,
    attrs: Vec<(String, String)>,
    text: String,
    children: Vec<Tree>,
}

impl Tree {
    fn of(element: Element<'_>) -> Self {
        let ns = match element.ns().to_string() {
            ns if ns == STANZA => CLIENT.to_owned(),
            ns => ns,
        };
        let mut tree = Self {
            name: element.name().to_owned(),
            ns,
            attrs: Vec::new(),
            text: String::new(),
            children: Vec::new(),
        };
        for attr in element.attrs() {
            let name = if attr.ns == *XML { format!("xml:{}", attr.name) } else { attr.name.to_owned() };
            tree.attrs.push((name, attr.value.to_string()));
        }
        for child in element.children() {
            match child {
                Child::Element(child) => tree.children.push(Self::of(child)),
                Child::Text(text) => tree.text.push_str(&text.to_string()),
            }
        }
        tree
    }

    fn is(&self, name: &str, ns: &str) -> bool {
        self.name == name && self.ns == ns
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.children.is_empty() && self.attrs.is_empty()
    }

    fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|attr| attr.0 == name).map(|attr| attr.1.as_str())
    }

    fn child(&mut self, name: &str) -> Option<&mut Tree> {
        self.children.iter_mut().find(|child| child.name == name)
    }

    /// Makes children of what is in children of the same name.
    fn lift(&mut self, name: &str) {
        let mut lifted = Vec::new();
        for child in self.children.iter_mut().filter(|child| child.name == name) {
            child.lift(name);
            let (inner, own) =
                core::mem::take(&mut child.children).into_iter().partition(|inner| inner.name == name);
            child.children = own;
            lifted.push(inner);
        }
        self.children.extend(lifted.into_iter().flat_map(|inner: Vec<Self>| inner));
    }

    /// Makes one of the children of a name, with their texts as lines.
    fn join(&mut self, name: &str) {
        let (these, others): (Vec<_>, _) =
            core::mem::take(&mut self.children).into_iter().partition(|child| child.name == name);
        self.children = others;
        let text = these.iter().map(|child| child.text.as_str()).collect::<Vec<_>>().join("\n");
        if let Some(first) = these.into_iter().next().filter(|_| !text.is_empty()) {
            self.children.push(Self { text, ..first });
        }
    }

    fn correct(&mut self, correct: Correct, is_root: bool) {
        self.children.iter_mut().for_each(|child| child.correct(correct, false));
        correct(self, is_root);
    }

    fn write(&self, out: &mut String) {
        let escaped = |text: &str| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;");
            text.replace('\r', "&#13;").replace('\n', "&#10;").replace('\t', "&#9;")
        };
        out.push_str(&format!("<{} xmlns='{}'", self.name, escaped(&self.ns)));
        for (name, value) in &self.attrs {
            out.push_str(&format!(" {name}='{}'", escaped(value)));
        }
        out.push_str(&format!(">{}", escaped(&self.text)));
        self.children.iter().for_each(|child| child.write(out));
        out.push_str(&format!("</{}>", self.name));
    }
}

/// Canonical XML with these corrections, children in no order; as it is when it cannot be parsed.
pub fn xml(text: &str, corrections: &[String]) -> String {
    let Ok(mut tree) = with_xml(text, Tree::of) else { return text.to_owned() };
    for name in corrections {
        match OF_XML.iter().find(|row| row.0 == name) {
            Some(row) => tree.correct(row.1, true),
            None => assert!(OF_JSON.contains(&name.as_str()), "{name} is no correction"),
        }
    }
    let mut out = String::new();
    tree.write(&mut out);
    with_xml(&out, |element| canon(element, Order::Sorted)).unwrap_or_else(|_| text.to_owned())
}

/// Makes texts of numbers that say their value, since 1.0 is 1.
pub fn numbered(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float: f64 = number.to_string().parse().unwrap();
            *value = Value::String(format!("number {float}"));
        }
        Value::Array(items) => items.iter_mut().for_each(numbered),
        Value::Object(members) => members.values_mut().for_each(numbered),
        _ => {}
    }
}

/// Corrects JSON of which the numbers are [`numbered`]: where JSON text is in a string, the JSON; no text of an
/// element that is not there; members by their names, which were in a list of names and values;
/// ss for ß; no condition where there is none.
pub fn json(value: &mut Value, corrections: &[String]) {
    let has = |name: &str| corrections.iter().any(|correction| correction == name);
    if let Value::Object(members) = value {
        if let Some(data) = members.get_mut("payload").and_then(|payload| payload.get_mut("data")) {
            let inner =
                data.as_str().filter(|_| has("payloads")).and_then(|text| serde_json::from_str(text).ok());
            if let Some(inner) = inner {
                *data = inner;
                numbered(data);
            }
        }
        if has("hash") {
            let pairs =
                members.remove("__hash").and_then(|pairs| pairs.as_array().cloned()).unwrap_or_default();
            for pair in pairs.chunks_exact(2) {
                if let Some(name) = pair[0][0].as_str() {
                    members.insert(name.to_owned(), pair[1].clone());
                }
            }
        }
        let odd = |condition: &Value| condition == "text" || condition == "undefined-condition";
        if has("conditions") && members.get("condition").is_some_and(odd) {
            members.remove("condition");
        }
        for address in ["to", "from"] {
            if let Some(Value::String(address)) = members.get_mut(address).filter(|_| has("sharps")) {
                *address = address.replace('ß', "ss");
            }
        }
        if has("nil") && members.get("html").is_some_and(|html| html == "nil") {
            members.remove("html");
        }
    }
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| json(member, corrections)),
        Value::Array(items) => items.iter_mut().for_each(|item| json(item, corrections)),
        _ => {}
    }
}
