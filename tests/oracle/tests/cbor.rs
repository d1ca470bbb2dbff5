//! CBOR against ciborium, and the mapping of CBOR against that of JSON.

use ciborium::Value;
use proptest::collection::vec;
use proptest::prelude::*;
use restanza::arena::Arena;
use restanza::cbor::Flaw;
use restanza::mapping::{Format, Given, Options, Scratch, read, write};
use restanza::{json, xml};
use restanza_oracle::cases;
use restanza_oracle::cbor::{self, agree, same};
use restanza_oracle::json::values;
use restanza_oracle::mapping::{text, with_xml};

const RECORDED: &str = include_str!("../../cases/mapping/recorded.jsonl");
const NODES: usize = 1 << 14;

/// Whatever CBOR can say; half of it JSON can say, too.
fn value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<f32>().prop_map(Into::into),
        (-2048..2048i16).prop_map(|n| Value::Float(f64::from(n) / 64.0)),
        any::<String>().prop_map(Into::into),
        "[a-z\"\\\\\u{0}-\u{20}é😀\u{ffff}]{0,40}".prop_map(Into::into),
    ];
    let leaf = prop_oneof![
        30 => plain,
        1 => vec(any::<u8>(), 0..4).prop_map(Value::Bytes),
        1 => any::<u64>().prop_map(|tag| Value::Tag(tag, Box::new(Value::Null))),
    ];
    leaf.prop_recursive(6, 64, 30, |inner| {
        let key = prop_oneof![
            60 => "[a-cé\"\n]{0,2}".prop_map(Value::from),
            1 => any::<u8>().prop_map(Value::from)
        ];
        prop_oneof![
            vec(inner.clone(), 0..30).prop_map(Value::Array),
            vec((key, inner), 0..8).prop_map(Value::Map),
        ]
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("memory takes all");
    bytes
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), 0..3, any::<u8>());
    (value(), vec(change, 1..4)).prop_map(|(value, changes)| {
        let mut bytes = bytes(&value);
        for (index, way, byte) in changes {
            let at = index.index(bytes.len().max(1)).min(bytes.len());
            match way {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] = byte,
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(4000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_items_read_the_same(value in value()) {
        agree(&bytes(&value)).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn damaged_items_read_the_same(bytes in damaged()) {
        agree(&bytes).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn any_bytes_read_the_same(bytes in vec(any::<u8>(), 0..16)) {
        agree(&bytes).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn json_is_written_as_ciborium_reads_it(value in values(300, 30)) {
        let cbor = cbor::write(&value.to_string());
        let theirs: Value = ciborium::from_reader(&cbor[..]).expect("what we write is CBOR");
        prop_assert!(same(&value, &theirs), "{value}\n{theirs:?}");
    }
}

/// Every first byte with every second one, which random bytes seldom are.
#[test]
fn all_beginnings_read_the_same() {
    for bits in 0..=u16::MAX {
        let [first, second] = bits.to_be_bytes();
        for rest in [&[][..], &[0], &[0x41, 0x61, 0x61, 0xF6]] {
            agree(&[&[first, second], rest].concat()).unwrap();
        }
    }
}

/// Each half of 16 bits: all of them.
#[test]
fn half_precision_reads_the_same() {
    for bits in 0..=u16::MAX {
        let [high, low] = bits.to_be_bytes();
        agree(&[0xF9, high, low]).unwrap();
    }
}

/// The stanza that a body says, or why it says none.
fn stanza(format: Format, body: &[u8]) -> Result<String, &'static str> {
    let (mut nodes, mut tape) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
    let mut memory = vec![0; 1 << 20];
    let scratch = Scratch { xml: &mut nodes, json: &mut tape, memory: Arena::new(&mut memory) };
    let read = read(format, body, &Given::default(), &Options::default(), scratch);
    read.map(|stanza| text(&stanza)).map_err(|fault| fault.reason.name)
}

fn written(format: Format, stanza: &str) -> Result<Vec<u8>, &'static str> {
    with_xml(stanza, |element| {
        let (mut out, mut tape) = (vec![0; 1 << 20], vec![json::Node::default(); NODES]);
        let len = write(format, element, &Options::default(), &mut tape, &mut out);
        len.map(|len| out[..len].to_vec()).map_err(|fault| fault.reason.name)
    })
    .expect("a recorded stanza is well-formed")
}

#[test]
fn the_mapping_says_the_same_of_cbor_and_json() {
    let (mut bodies, mut stanzas) = (0, 0);
    for line in RECORDED.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a recording is JSON");
        let name = &case["name"];
        let text = case["json_text"].as_str().map_or_else(|| case["json"].to_string(), str::to_owned);
        // What is no JSON is no case for CBOR; what 64 bits do not hold changes on the way.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text)
            && cbor::read(&cbor::write(&value.to_string())).is_ok_and(|again| again == value)
        {
            // Not the recorded text: the members are in another order here.
            let text = value.to_string();
            let ours = stanza(Format::Cbor, &cbor::write(&text));
            assert_eq!(ours, stanza(Format::Json, text.as_bytes()), "{name}: {text}");
            bodies += 1;
        }
        let Some(stanza) = case["xml"].as_str() else { continue };
        if with_xml(stanza, |_| ()).is_err() {
            continue;
        }
        match (written(Format::Cbor, stanza), written(Format::Json, stanza)) {
            (Ok(cbor), Ok(json)) => {
                let cbor: Value = ciborium::from_reader(&cbor[..]).expect("what we write is CBOR");
                let json: serde_json::Value = serde_json::from_slice(&json).expect("and JSON");
                assert!(same(&json, &cbor), "{name}: {json}\n{cbor:?}");
                stanzas += 1;
            }
            (cbor, json) => assert_eq!(cbor, json, "{name}"),
        }
    }
    assert!(bodies > 300 && stanzas > 200, "{bodies} bodies, {stanzas} stanzas");
}

#[test]
fn pieces_of_a_text_have_no_pieces_of_their_own() {
    // RFC 8949 section 3.2.3. The text "ab", in two pieces; then the second in a piece of its own.
    assert!(cbor::read(b"\x7f\x61a\x61b\xff").is_ok());
    let nested = b"\x7f\x61a\x7f\x61b\xff\xff";
    assert_eq!(cbor::read(nested).map_err(|error| (error.flaw, error.at)), Err((Flaw::Text, 0)));
    agree(nested).unwrap();
}
