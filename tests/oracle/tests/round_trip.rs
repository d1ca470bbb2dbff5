//! What became XML once becomes the same JSON and the same XML for ever: on objects made at random from the schema
//! of the mapping, so that every key of the table takes part.
//!
//! The first pass may change things: a key that the kind does not have vanishes, a lesser key gives way.

use restanza::mapping::{Format, Options, schema};
use restanza_oracle::canon::{Order, canon};
use restanza_oracle::mapping::{from_xml, to_xml_as_given, with_xml};
use serde_json::{Map, Value, json};

/// xorshift64*; the seed of a failure is named.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }

    fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        const PARTS: [&str; 14] =
            ["a", "B c", "<", "&amp;", "\"", "'", "\n", "\r\n", "\t", "é", "漢", "😀", "]]>", " "];
        (0..self.below(5)).map(|_| *self.pick(&PARTS)).collect()
    }
}

fn any(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth > 2 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(random.next() as i64),
        3 => json!(0.5),
        4 => json!(random.text()),
        5 => (0..random.below(3)).map(|_| any(random, depth + 1)).collect(),
        _ => (0..random.below(3)).map(|_| (random.text(), any(random, depth + 1))).collect(),
    }
}

/// A value of a schema of ours; none where the schema does not say enough.
fn value(schema: &Value, root: &Value, name: &str, random: &mut Random, depth: usize) -> Option<Value> {
    if let Some(samples) = samples(name, random) {
        return Some(samples);
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let told = &root["$defs"][reference.rsplit('/').next()?];
        return (depth < 5).then(|| object(told, root, random, depth + 2, 3));
    }
    if let Some(options) = schema["anyOf"].as_array() {
        return value(random.pick(options), root, name, random, depth);
    }
    if let Some(words) = schema["enum"].as_array() {
        return Some(random.pick(words).clone());
    }
    Some(match schema["type"].as_str() {
        Some("string") => json!(random.text()),
        Some("boolean") => json!(random.below(3) > 0),
        Some("number") => json!(*random.pick(&[0.5, -1.0, 12345.75, 0.0])),
        Some("integer") => {
            let (least, most) = (schema["minimum"].as_i64()?, schema["maximum"].as_i64()?);
            // A bound may be as far as an i64 goes, and then the count of integers is more than it holds.
            let count = most.abs_diff(least).checked_add(1);
            json!(least.wrapping_add_unsigned(count.map_or(random.next(), |count| random.next() % count)))
        }
        Some("array") => (0..random.below(4))
            .filter_map(|_| value(&schema["items"], root, "", random, depth + 1))
            .collect(),
        Some("null") => Value::Null,
        Some("object") if schema.get("additionalProperties").is_some() => (0..random.below(4))
            .filter_map(|_| {
                Some((random.text(), value(&schema["additionalProperties"], root, "", random, depth + 1)?))
            })
            .collect(),
        Some("object") => object(schema, root, random, depth, 12),
        _ if schema["type"].is_array() => json!(random.below(1000)),
        _ if schema.get("const").is_some() => schema["const"].clone(),
        _ => any(random, 0),
    })
}

fn object(schema: &Value, root: &Value, random: &mut Random, depth: usize, most: usize) -> Value {
    let properties = schema["properties"].as_object().unwrap();
    let keys: Vec<&String> = properties.keys().collect();
    let mut members = Map::new();
    for _ in 0..random.below(most.min(keys.len()) + 1) {
        let key = *random.pick(&keys);
        if let Some(value) = value(&properties[key], root, key, random, depth + 1) {
            members.insert(key.clone(), value);
        }
    }
    Value::Object(members)
}

/// Values for what the schema calls a string, though not any string will do.
fn samples(name: &str, random: &mut Random) -> Option<Value> {
    Some(match name {
        "html" => json!("<body><p style='a:b'>it's <em>x</em> &amp; \"y\"</p></body>"),
        "xml" | "private" | "application" => json!("<e xmlns='urn:e' a='1'><f/>t</e>"),
        "condition" => json!(*random.pick(&["gone", "item-not-found"])),
        // Without category or type it is not read, as with mod_rest.
        "identities" => json!([{"category": "a", "type": "b", "name": random.text(), "lang": "de"}]),
        // Without data it is written as mod_rest does, and cannot be read again, as with mod_rest.
        "payload" => json!({"datatype": random.text(), "data": any(random, 0)}),
        _ => return None,
    })
}

fn main() {
    let mut text = String::new();
    schema::document(&mut text).unwrap();
    let root: Value = serde_json::from_str(&text).expect("the schema is JSON");
    let schema = &root["$defs"]["Stanza"];
    let options = Options { keep: true, ..Options::default() };
    let cases = u64::from(restanza_oracle::cases(3000));
    let (mut children, mut refused) = (0, 0);
    for seed in 1..=cases {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut object = object(schema, &root, &mut random, 0, 24);
        for key in ["xml", "error"] {
            if random.below(8) > 0 {
                object.as_object_mut().unwrap().remove(key);
            }
        }
        // Of two forms mod_rest and we read the last.
        if object.get("dataform").is_some() {
            object.as_object_mut().unwrap().remove("formdata");
        }
        if let Some(xml) = object.get_mut("xml") {
            *xml = json!([xml]);
        }
        object["kind"] = json!(*random.pick(&["message", "presence", "iq"]));
        let made = object.to_string();
        let first = match to_xml_as_given(Format::Json, &made, &options) {
            Ok(xml) => xml,
            Err(why) => {
                assert!(why.contains("must be") || why.contains("not a name"), "{seed}: {why}: {made}");
                refused += 1;
                continue;
            }
        };
        let read =
            from_xml(Format::Json, &first, &options).unwrap_or_else(|why| panic!("{seed}: {why}: {first}"));
        let second = to_xml_as_given(Format::Json, &read, &options)
            .unwrap_or_else(|why| panic!("{seed}: {why}: {read}"));
        // In an error a key may be kept as XML, which goes to the end.
        let same = |xml: &str| with_xml(xml, |element| canon(element, Order::Sorted)).unwrap();
        assert_eq!(same(&first), same(&second), "seed {seed}: by way of {read}");
        let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        let again = from_xml(Format::Json, &second, &options).unwrap();
        assert_eq!(value(&read), value(&again), "seed {seed}");
        children += first.matches('<').count();
    }
    assert!(refused < cases / 10, "too many refused: {refused}");
    println!("round trips: {cases} objects, {refused} refused, {children} tags, all the same again");
}
