//! The stanzas that everybody is given: one stream of some megabytes, and the JSON texts of the same stanzas.

use std::ops::Range;

use restanza::mapping::{self, Format, Options};
use restanza::{json, xml};

/// One stanza a line: chats, presence with capabilities, rooms, discovery, commands with forms, XHTML, pings.
const STANZAS: &str = include_str!("../stanzas.xml");

/// How often each stanza comes.
const TIMES: usize = 150;

pub const STREAM_OPEN: &str = "<stream:stream xmlns='jabber:component:accept' \
    xmlns:stream='http://etherx.jabber.org/streams' id='5fb3' from='rest.example.org'>";
pub const STREAM_CLOSE: &str = "</stream:stream>";

/// Larger than any stanza here, in any form.
pub const ROOM: usize = 1 << 16;
pub const NODES: usize = 2048;

/// The stanzas, several at a time.
pub struct Corpus {
    /// The stream from its opening to its end.
    pub xml: String,
    /// Where in it the stanzas are.
    pub stanzas: Vec<Range<usize>>,
    /// The JSON of the same stanzas in the same order, one after the other.
    pub json: String,
    /// Where in it they are.
    pub texts: Vec<Range<usize>>,
}

impl Corpus {
    /// Every stanza equally often, in an order that does not repeat: the same one in every process.
    pub fn load() -> Self {
        let once: Vec<(&str, String)> = STANZAS.lines().map(|line| (line, json_of(line))).collect();
        let mut corpus =
            Self { xml: STREAM_OPEN.to_owned(), stanzas: vec![], json: String::new(), texts: vec![] };
        let mut order: Vec<usize> = (0..once.len()).collect();
        let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..TIMES {
            for last in (1..order.len()).rev() {
                // xorshift64
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                order.swap(last, (random % (last as u64 + 1)) as usize);
            }
            for &at in &order {
                append(&mut corpus.xml, &mut corpus.stanzas, once[at].0);
                append(&mut corpus.json, &mut corpus.texts, &once[at].1);
            }
        }
        corpus.xml.push_str(STREAM_CLOSE);
        corpus
    }

    /// The stanzas one by one.
    pub fn stanzas(&self) -> impl Iterator<Item = &str> {
        self.stanzas.iter().map(|at| &self.xml[at.clone()])
    }

    /// The JSON texts one by one.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|at| &self.json[at.clone()])
    }

    /// The stanzas of the file, once each.
    pub fn lines() -> impl Iterator<Item = &'static str> {
        STANZAS.lines()
    }
}

/// The JSON that restanza makes of a stanza.
pub fn json_of(stanza: &str) -> String {
    let (mut nodes, mut tape) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
    let mut out = vec![0; ROOM];
    let document = xml::parse(stanza.as_bytes(), xml::Source::Stanza, &mut nodes).expect(stanza);
    let len = mapping::write(Format::Json, document.root(), &Options::default(), &mut tape, &mut out)
        .unwrap_or_else(|fault| panic!("{fault}: {stanza}"));
    String::from_utf8(out[..len].to_vec()).expect("what we write is UTF-8")
}

fn append(text: &mut String, places: &mut Vec<Range<usize>>, piece: &str) {
    let start = text.len();
    text.push_str(piece);
    places.push(start..text.len());
}
