//! Documents to try: whole ones, damaged ones, soups of what the rules of XML are about, and trees to be written.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use restanza::xml::XML;

use crate::xml::{Part, Tree};

/// What the rules of XML are about.
pub const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<a>",
    "</a>",
    "<a",
    "<a/>",
    "<b xmlns='u'>",
    "</b>",
    "<p:a",
    "</p:a>",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "=",
    "'",
    "\"",
    " x='1'",
    " y=\"2\"",
    " x=''",
    " p:x='1'",
    " q:x='1'",
    " xmlns='u'",
    " xmlns=''",
    " xmlns='jabber:client'",
    " xmlns='jabber:component:accept'",
    " xmlns:p='u'",
    " xmlns:q='u'",
    " xmlns:p=''",
    " xmlns:xml='u'",
    " xmlns:xmlns='u'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    " xmlns:p='http://www.w3.org/2000/xmlns/'",
    " xmlns='http://www.w3.org/XML/1998/namespace'",
    " xml:lang='en'",
    "<stream:error/>",
    "<xml:a/>",
    "<xmlns:a/>",
    "<a:b:c/>",
    "<:a/>",
    "<a:/>",
    "&amp;",
    "&lt;",
    "&quot;",
    "&apos;",
    "&gt;",
    "&x;",
    "&",
    "&;",
    "&#",
    "&#65;",
    "&#x41;",
    "&#X41;",
    "&#0;",
    "&#xD;",
    "&#xd800;",
    "&#xFFFE;",
    "&#x10FFFF;",
    "&#x110000;",
    "&#99999999999;",
    "&#+5;",
    "&# 5;",
    ";",
    "]]>",
    "]]",
    "]",
    "<![CDATA[",
    "<![CDATA[]]>",
    "<!--",
    "-->",
    "<?x?>",
    "<?xml version='1.0'?>",
    "<?xml version=\"1.0\" encoding='utf-8'?>",
    "<?xml version='1.1'?>",
    "<!DOCTYPE a>",
    "<!ENTITY",
    "é",
    "😀",
    "\u{1}",
    "\u{85}",
    "\u{7f}",
    "\u{fffe}",
    "\u{feff}",
    "\u{2028}",
    "1",
    "-",
    ".",
    "_",
    "body",
    "<é/>",
    "<😀 é='1'/>",
    "<message to='a@b'>",
    "</message>",
    "text",
];

pub const DOCUMENTS: &[&str] = &[
    "<message to='a@b' from=\"c@d/e\" type='chat' id='1' xml:lang='en'><body>hi &amp; bye</body>\
     <active xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "<iq type='result' id='x'><query xmlns='http://jabber.org/protocol/disco#info' node='n'>\
     <identity category='client' type='bot'/><feature var='urn:xmpp:ping'/>\
     <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>a</value></field></x>\
     </query></iq>",
    "<presence xmlns='jabber:client'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>\
     <priority>5</priority></presence>",
    "<p:message xmlns:p='jabber:component:accept' xmlns:q='u' q:x='1' x='2'><q:a><p:body>&#x1F600;</p:body></q:a>\
     <![CDATA[<raw>]]></p:message>",
    "<message><body>\r\na\rb\n\tc</body><x a='\n\t\r\n&#10;&#9;'/> <y/> </message>",
];

pub fn soup() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 0..10).prop_map(|pieces| pieces.concat().into_bytes())
}

pub fn wrapped() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 0..6)
        .prop_map(|pieces| format!("<a xmlns:p='v'>{}</a>", pieces.concat()).into_bytes())
}

/// An element with attributes made of pieces.
pub fn tagged() -> impl Strategy<Value = Vec<u8>> {
    let attributes: Vec<_> = PIECES.iter().copied().filter(|piece| piece.starts_with(' ')).collect();
    (select(&["a", "p:a", "q:a", "xml:a", "stream:a"][..]), vec(select(attributes), 0..5)).prop_map(
        |(name, attributes)| format!("<b xmlns:q='w'><{name}{}/></b>", attributes.concat()).into_bytes(),
    )
}

pub fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<Index>(), 0..6, select(PIECES), any::<u8>());
    (select(DOCUMENTS), vec(change, 1..4)).prop_map(|(document, changes)| {
        let mut text = document.as_bytes().to_vec();
        for (index, other, way, piece, byte) in changes {
            let at = index.index(text.len() + 1);
            let to = other.index(text.len() + 1);
            let (from, to) = (at.min(to), at.max(to));
            match way {
                0 => text.truncate(at),
                1 => drop(text.splice(at..at, piece.bytes())),
                2 if at < text.len() => text[at] = byte,
                3 if at < text.len() => drop(text.remove(at)),
                4 if to - from < 40 => {
                    let copy = text[from..to].to_vec();
                    drop(text.splice(at..at, copy));
                }
                _ if to - from < 40 => drop(text.drain(from..to)),
                _ => text.push(byte),
            }
        }
        text
    })
}

/// Any text, most of it with characters that are special somewhere, some of it impossible in XML.
pub fn content() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z<>&'\"\r\n\t\\] é😀-]{0,12}",
        "[\u{0}-\u{20}\u{7f}-\u{a0}\u{fffd}-\u{10000}]{0,3}",
        any::<String>()
    ]
}

pub fn tree() -> impl Strategy<Value = Tree> {
    let ns =
        select(&["", "", "u", "jabber:x:data", "a'b\"<&>", "u\tv", "http://etherx.jabber.org/streams"][..]);
    let name = "[a-zA-Z_][a-zA-Z0-9._-]{0,5}";
    let attr_name =
        prop_oneof![Just((XML.to_owned(), "lang".to_owned())), name.prop_map(|name| (String::new(), name))];
    let attr = (attr_name, content()).prop_filter("xmlns is no attribute", |(name, _)| name.1 != "xmlns");
    let leaf = (ns, name, vec(attr, 0..4), content()).prop_map(|(ns, name, attrs, text)| {
        let mut tree = Tree { ns: ns.to_owned(), name, attrs: attrs.into_iter().collect(), children: vec![] };
        tree.text(&text);
        tree
    });
    // A leaf becomes a branch by putting others into it.
    leaf.prop_recursive(5, 24, 4, |inner| {
        (inner.clone(), vec((inner, content()), 0..4)).prop_map(|(mut tree, children)| {
            for (child, text) in children {
                tree.children.push(Part::Element(child));
                tree.text(&text);
            }
            tree
        })
    })
}
