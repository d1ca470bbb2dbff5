//! How much stack the mapping takes at its limits: painted, run, and looked at.
//!
//! The worst is a stanza in a stanza in a stanza, as deep as the readers admit, with something that takes much in the
//! innermost: each recorded case has its turn there, and each shape that reads or writes a text of its own. The bound
//! is that of a release build, [`STACK`]. The usual build of these tests has larger frames, so there [`FACTOR`] times as
//! much is asserted. For the product's own profile: `CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=fat
//! CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 cargo test --release --manifest-path tests/oracle/Cargo.toml --test stack`.

use std::hint::black_box;
use std::thread;

use restanza::arena::Arena;
use restanza::json;
use restanza::mapping::{Format, Given, Options, STACK, Scratch, read, write};
use restanza::xml::{self, Source};
use serde_json::Value;

const RECORDED: &str = include_str!("../../cases/mapping/recorded.jsonl");
const NODES: usize = 2048;
const BYTES: usize = 65_536;
/// By how much the frames of a build that is hardly optimised may be larger.
const FACTOR: usize = if cfg!(debug_assertions) { 2 } else { 1 };

/// The stack that a piece of work takes, in bytes.
fn used(work: &mut (dyn FnMut() + Send)) -> usize {
    const PAINTED: usize = 1 << 20;
    const PAINT: u8 = 0xA5;
    // The frame of `run` itself, and what the system may write below it.
    const OWN: usize = 1024;
    #[inline(never)]
    fn run(work: &mut dyn FnMut()) -> usize {
        let here = 0_u8;
        let top = &raw const here as usize;
        let paint = (top - PAINTED..top - OWN).map(|at| at as *mut u8);
        // SAFETY: this is the unused part of this thread's own stack, which is twice as large.
        paint.clone().for_each(|at| unsafe { at.write_volatile(PAINT) });
        work();
        let touched = paint.clone().position(|at| unsafe { at.read_volatile() } != PAINT);
        touched.map_or(0, |at| PAINTED - at)
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(2 * PAINTED);
        thread.spawn_scoped(scope, || run(work)).expect("a thread").join().expect("no panic")
    })
}

/// The memory of one mapping, on the heap.
struct Bench {
    xml: Vec<xml::Node>,
    json: Vec<json::Node>,
    memory: Vec<u8>,
    out: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let (xml, json) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
        Self { xml, json, memory: vec![0; 9 * BYTES], out: vec![0; BYTES] }
    }

    /// What reading that body takes, and whether it was taken.
    fn read(&mut self, format: Format, body: &[u8], options: Options<'static>) -> (usize, bool) {
        let mut good = false;
        let stack = used(&mut || {
            let memory = Arena::new(&mut self.memory);
            let scratch = Scratch { xml: &mut self.xml, json: &mut self.json, memory };
            good = black_box(read(format, body, &Given::default(), &options, scratch)).is_ok();
        });
        (stack, good)
    }

    /// What parsing and writing that stanza takes, and whether it could be written.
    fn write(&mut self, format: Format, stanza: &[u8]) -> (usize, bool) {
        let options = Options { keep: true, ..Options::default() };
        let mut good = false;
        let stack = used(&mut || {
            if let Ok(document) = xml::parse(stanza, Source::Stanza, &mut self.xml) {
                let written = write(format, document.root(), &options, &mut self.json, &mut self.out);
                good = black_box(written).is_ok();
            }
        });
        (stack, good)
    }
}

/// The members of an object as the innermost of `levels` messages.
fn nested_json(members: &str, levels: usize) -> String {
    let (open, close) = (r#""forwarded":{"message":{"#.repeat(levels), "}}".repeat(levels));
    format!(r#"{{"kind":"message",{open}{members}{close}}}"#)
}

fn nested_xml(content: &str, levels: usize) -> String {
    let open = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>".repeat(levels);
    format!("<message>{open}{content}{}</message>", "</message></forwarded>".repeat(levels))
}

/// What is found worst, by name.
#[derive(Default)]
struct Worst {
    stack: usize,
    name: String,
    good: usize,
    all: usize,
}

impl Worst {
    fn note(&mut self, name: &str, (stack, good): (usize, bool)) {
        self.all += 1;
        self.good += usize::from(good);
        if stack > self.stack {
            (self.stack, self.name) = (stack, name.to_owned());
        }
    }

    fn within(&self, what: &str) {
        let Self { stack, name, good, all } = self;
        println!("{what}: {stack} bytes of stack, by {name}; {good} of {all} taken");
        assert!(*stack <= STACK * FACTOR, "{what}: {stack} bytes of stack, by {name}, are more than {STACK}");
        assert!(*good > 0, "{what}: nothing was taken");
    }
}

/// JSON that takes much: other JSON, XML, addresses, forms, lists.
const MEMBERS: &[&str] = &[
    r#""json":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"#,
    r#""html":"<b><i><u><b><i><u><b><i><u><b>x</b></u></i></b></u></i></b></u></i></b>""#,
    r#""formdata":{"a":"b"},"pubsub":{"publish":{"node":"n","items":[{"id":"1","xml":"<a><b/></a>"}]}}"#,
    r#""oob":{"url":{}}"#,
    r#""a\u0001":1"#,
];

/// The same in XML.
const CONTENTS: &[&str] = &[
    "<json xmlns='urn:xmpp:json:0'>[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]</json>",
    "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>x</p></body></html>",
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'><a xmlns='urn:a'><b/></a></item></items></event>",
    "<json xmlns='urn:xmpp:json:0'>[</json>",
];

#[test]
fn json_to_xml_is_bounded() {
    let (mut worst, mut bench) = (Worst::default(), Bench::new());
    let recorded: Vec<_> =
        RECORDED.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect();
    let mut each = |name: &str, members: &str| {
        // As deep as it is taken, and one deeper, which is refused; strict or not.
        for levels in [0, 8, 11, 12, 13, 14, 15, 16] {
            let body = nested_json(members, levels);
            for strict in [false, true] {
                let options = Options { strict, keep: true, id: None };
                worst.note(name, bench.read(Format::Json, body.as_bytes(), options));
            }
            worst.note(
                name,
                bench.read(Format::Cbor, &restanza_oracle::cbor::write(&body), Options::default()),
            );
        }
    };
    for members in MEMBERS {
        each(members, members);
    }
    for case in &recorded {
        if let Some(Value::Object(object)) = case.get("json") {
            let mut object = object.clone();
            object.remove("kind");
            let text = Value::Object(object).to_string();
            let members = &text[1..text.len() - 1];
            each(case["name"].as_str().unwrap(), if members.is_empty() { r#""body":"x""# } else { members });
        }
    }
    // Everything at once: the most members, values, bytes.
    let wide = format!(r#"{{{}"body":"x"}}"#, (0..1000).map(|n| format!(r#""k{n}":1,"#)).collect::<String>());
    worst.note("1001 members", bench.read(Format::Json, wide.as_bytes(), Options::default()));
    let long = format!(r#"{{"body":"{}"}}"#, "\\u0041".repeat(BYTES / 6 - 10));
    worst.note("a long text", bench.read(Format::Json, long.as_bytes(), Options::default()));
    let form = (0..1000).map(|n| format!("k{n}=%01&")).collect::<String>() + "body=x";
    worst.note("1001 pairs", bench.read(Format::Form, form.as_bytes(), Options::default()));
    worst.within("JSON, CBOR and forms to XML");
}

#[test]
fn xml_to_json_is_bounded() {
    let (mut worst, mut bench) = (Worst::default(), Bench::new());
    let mut each = |name: &str, content: &str| {
        for levels in [0, 8, 11, 12, 13, 14, 15, 16] {
            let stanza = nested_xml(content, levels);
            for format in [Format::Json, Format::Cbor, Format::Form, Format::Xml] {
                worst.note(name, bench.write(format, stanza.as_bytes()));
            }
            worst.note(name, bench.read(Format::Xml, stanza.as_bytes(), Options::default()));
        }
    };
    for content in CONTENTS {
        each(content, content);
    }
    for case in RECORDED.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        // The content of recorded stanzas that are not empty.
        if let Some(stanza) = case["xml"].as_str()
            && let Some((start, end)) = stanza.find('>').zip(stanza.rfind("</"))
            && start < end
        {
            each(case["name"].as_str().unwrap(), &stanza[start + 1..end]);
        }
    }
    let attributes = (0..31).map(|n| format!(" a{n}='x'")).collect::<String>();
    let deep = format!("{}{}", format!("<x{attributes}>").repeat(31), "</x>".repeat(31));
    let unmapped = format!("<message>{deep}</message>");
    worst.note("31 unmapped levels with 31 attributes", bench.write(Format::Json, unmapped.as_bytes()));
    let wide = format!("<message>{}</message>", "<body/>".repeat(NODES - 8));
    worst.note("2040 elements", bench.write(Format::Json, wide.as_bytes()));
    let long = format!("<message><body>{}</body></message>", "&#65;".repeat(BYTES / 5 - 20));
    worst.note("a long text", bench.write(Format::Json, long.as_bytes()));
    worst.within("XML to JSON, CBOR and forms");
}

/// The memory of [`Scratch`] as it is stated suffices for bodies at the limit.
#[test]
fn the_stated_memory_suffices() {
    let text = |format: Format| match format {
        Format::Json => BYTES + BYTES,
        _ => 7 * BYTES + BYTES,
    };
    let control: String = "\u{1}".repeat(BYTES - 20);
    let bodies = [
        (
            "escapes",
            Format::Json,
            format!(r#"{{"body":"{}"}}"#, "\\u0041".repeat((BYTES - 11) / 6)).into_bytes(),
        ),
        ("plain", Format::Json, format!(r#"{{"body":"{}"}}"#, "x".repeat(BYTES - 200)).into_bytes()),
        ("an id and an address", Format::Json, {
            let (id, to) = ("\\u0041".repeat(5_000), "\\u0041".repeat(5_000));
            format!(r#"{{"id":"{id}","to":"{to}","body":"x"}}"#).into_bytes()
        }),
        ("controls in a form", Format::Form, format!("body=x&y={control}").into_bytes()),
        ("quotes in a form", Format::Form, format!("body=x&y={}", "\"".repeat(BYTES - 20)).into_bytes()),
        ("controls in CBOR", Format::Cbor, {
            let mut body = b"\xA2\x64body\x61x\x61y\x7A".to_vec();
            body.extend((control.len() as u32).to_be_bytes());
            body.extend(control.bytes());
            body
        }),
    ];
    for (name, format, body) in bodies {
        assert!(body.len() <= BYTES, "{name}");
        let (mut xml, mut json) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
        let mut memory = vec![0; text(format)];
        let scratch = Scratch { xml: &mut xml, json: &mut json, memory: Arena::new(&mut memory) };
        let stanza = read(format, &body, &Given::default(), &Options::default(), scratch);
        assert!(stanza.is_ok(), "{name}: {:?}", stanza.err());
    }
}
