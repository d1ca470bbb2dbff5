//! Nothing is lost with `unmapped = keep`: the examples of the documentation, each changed in every place in ways that
//! no key says, come back from JSON as they were, or are refused.

use restanza::mapping::{Format, Options};
use restanza::xml::{Child, Element};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::mapping::{from_xml, to_xml_as_given, with_xml};
use serde_json::Value;

const EXAMPLES: &str = include_str!("../../cases/mapping/examples.jsonl");

/// An element that can be changed.
#[derive(Clone)]
struct Tree {
    name: String,
    ns: String,
    attrs: Vec<(String, String)>,
    text: String,
    children: Vec<Tree>,
}

impl Tree {
    fn of(element: Element<'_>) -> Self {
        let attr = |attr: restanza::xml::Attr<'_>| {
            let name = if attr.ns.is_empty() { attr.name.to_owned() } else { format!("xml:{}", attr.name) };
            (name, escaped(&attr.value.to_string()))
        };
        let text = element.children().filter_map(|child| match child {
            Child::Text(text) => Some(escaped(&text.to_string())),
            Child::Element(_) => None,
        });
        Self {
            name: element.name().to_owned(),
            ns: match element.ns().to_string() {
                ns if ns.is_empty() => "jabber:client".to_owned(),
                ns => ns,
            },
            attrs: element.attrs().map(attr).collect(),
            text: text.collect(),
            children: element.elements().map(Self::of).collect(),
        }
    }

    fn text(&self) -> String {
        let attrs: String = self.attrs.iter().map(|(name, value)| format!(" {name}='{value}'")).collect();
        let children: String = self.children.iter().map(Self::text).collect();
        format!("<{0} xmlns='{1}'{attrs}>{2}{children}</{0}>", self.name, self.ns, self.text)
    }

    /// How many elements there are.
    fn len(&self) -> usize {
        1 + self.children.iter().map(Self::len).sum::<usize>()
    }

    /// The element that is in this place, counted from the outside.
    fn at(&mut self, mut place: usize) -> &mut Self {
        if place == 0 {
            return self;
        }
        place -= 1;
        for child in &mut self.children {
            if place < child.len() {
                return child.at(place);
            }
            place -= child.len();
        }
        unreachable!("a place within")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;")
}

fn leaf(name: &str, ns: &str) -> Tree {
    Tree { name: name.into(), ns: ns.into(), attrs: vec![], text: String::new(), children: vec![] }
}

type Change = fn(&mut Tree);

/// What is done to one element.
const CHANGES: &[(&str, Change)] = &[
    ("as it is", |_| ()),
    ("an attribute more", |tree| tree.attrs.push(("strange".into(), "1".into()))),
    ("a language", |tree| {
        tree.attrs.retain(|(name, _)| name != "xml:lang");
        tree.attrs.push(("xml:lang".into(), "eo".into()));
    }),
    ("text more", |tree| tree.text += "strange"),
    ("a child of its own namespace", |tree| tree.children.push(leaf("strange", &tree.ns))),
    ("a child of another namespace", |tree| tree.children.push(leaf("strange", "urn:strange"))),
    ("a stanza's child", |tree| tree.children.push(leaf("body", "jabber:client"))),
    ("children twice", |tree| tree.children.extend(tree.children.clone())),
    ("children backwards", |tree| tree.children.reverse()),
    ("without its first child", |tree| drop(tree.children.drain(..tree.children.len().min(1)))),
    ("without children and text", |tree| {
        tree.children.clear();
        tree.text.clear();
    }),
    ("without its first attribute", |tree| drop(tree.attrs.drain(..tree.attrs.len().min(1)))),
    ("without attributes", |tree| tree.attrs.clear()),
    ("other values", |tree| tree.attrs.iter_mut().for_each(|(_, value)| *value = " 07 ".into())),
    ("another text", |tree| tree.text = " 07 ".into()),
    ("another namespace", |tree| tree.ns = "urn:strange".into()),
];

/// What is refused instead, and with which words.
const REFUSALS: &[(&str, &str)] = &[
    ("KEY_VALUE: error.condition must be", "the name of a condition"),
    ("PEER_STANZA: <json>", "JSON"),
    ("PEER_STANZA: <payload>", "JSON"),
];

#[test]
fn changed_examples_come_back_as_they_were() {
    let keep = Options { keep: true, ..Options::default() };
    let (mut same, mut refused, mut lost) = (0, Vec::new(), Vec::new());
    for line in EXAMPLES.lines() {
        let example: Value = serde_json::from_str(line).expect("an example is JSON");
        let tree = with_xml(example["xml"].as_str().unwrap(), Tree::of).unwrap();
        // The attributes and the text of the stanza itself are not the mapping's to keep.
        for place in 1..tree.len() {
            for (what, change) in CHANGES {
                let mut tree = tree.clone();
                change(tree.at(place));
                let xml = tree.text();
                let canonical = |xml: &str| with_xml(xml, |element| canon(element, Order::Loose)).unwrap();
                let back = from_xml(Format::Json, &xml, &keep)
                    .and_then(|json| to_xml_as_given(Format::Json, &json, &keep).map(|back| (json, back)));
                match back {
                    Ok((_, back)) if canonical(&back) == canonical(&xml) => same += 1,
                    Ok((json, back)) => lost.push(format!("{what}: {xml}\n  {back}\n  {json}")),
                    Err(why) => refused.push(why),
                }
            }
        }
    }
    println!("{same} the same, {} refused, {} lost", refused.len(), lost.len());
    assert!(lost.is_empty(), "{} of {same}:\n{}", lost.len(), lost.join("\n"));
    for why in refused {
        assert!(REFUSALS.iter().any(|(start, end)| why.starts_with(start) && why.contains(end)), "{why}");
    }
}
