//! XML in a form that can be compared: attributes sorted, prefixes gone, a namespace declared where it changes.

use restanza::xml::{Child, Element, STANZA};

/// How much of the order of children counts. mod_rest writes some in the order of a hash table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// All of it.
    Exact,
    /// Only among those of the same name.
    Grouped,
    /// None.
    Sorted,
    /// None, and white space between elements does not count either: for what was laid out for the eye.
    Loose,
}

impl Order {
    /// The word in the recordings.
    pub fn named(name: &str) -> Self {
        match name {
            "grouped" => Self::Grouped,
            "sorted" => Self::Sorted,
            _ => Self::Exact,
        }
    }
}

/// The canonical form of an element.
pub fn canon(element: Element<'_>, order: Order) -> String {
    serialise(element, STANZA, order)
}

fn serialise(element: Element<'_>, parent_ns: &str, order: Order) -> String {
    let (name, ns) = (element.name(), element.ns().to_string());
    let mut attrs: Vec<String> = element
        .attrs()
        .map(|attr| {
            let name = match attr.ns.to_string().as_str() {
                "" => attr.name.to_owned(),
                restanza::xml::XML => format!("xml:{}", attr.name),
                ns => format!("{{{ns}}}{}", attr.name),
            };
            format!(" {name}=\"{}\"", escape(&attr.value.to_string(), true))
        })
        .collect();
    attrs.sort();
    let mut head = format!("<{name}");
    if ns != parent_ns {
        let ns = if ns == STANZA { restanza::xml::CLIENT } else { &ns };
        head.push_str(&format!(" xmlns=\"{}\"", escape(ns, true)));
    }
    head.push_str(&attrs.concat());
    let mut text = String::new();
    // Each child with the text behind it.
    let mut children: Vec<((String, String), String, String)> = Vec::new();
    for child in element.children() {
        match child {
            Child::Element(child) => {
                let name = match child.ns().to_string() {
                    ns if ns == STANZA => restanza::xml::CLIENT.to_owned(),
                    ns => ns,
                };
                children.push(((name, child.name().to_owned()), serialise(child, &ns, order), String::new()));
            }
            Child::Text(piece) => {
                let place = children.last_mut().map_or(&mut text, |(_, _, tail)| tail);
                place.push_str(&escape(&piece.to_string(), false));
            }
        }
    }
    if order == Order::Loose {
        for text in children.iter_mut().map(|(_, _, tail)| tail).chain([&mut text]) {
            if text.trim().is_empty() {
                text.clear();
            }
        }
    }
    if text.is_empty() && children.iter().all(|(_, _, tail)| tail.is_empty()) {
        match order {
            Order::Exact => {}
            Order::Grouped => children.sort_by(|a, b| a.0.cmp(&b.0)),
            Order::Sorted | Order::Loose => children.sort(),
        }
    }
    let body = children.into_iter().fold(text, |body, (_, child, tail)| body + &child + &tail);
    if body.is_empty() { head + "/>" } else { format!("{head}>{body}</{name}>") }
}

fn escape(text: &str, is_attr: bool) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;");
    if !is_attr {
        return text;
    }
    text.replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}
