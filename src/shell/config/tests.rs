//! Configurations and what is said about them. Mistakes are a table, `tests/cases/config/mistakes.jsonl`: lines that
//! follow [`COMPONENT`], so that the first is line 4; how each problem begins as it is shown, and a part of its cure.
//! Where a build with TLS says otherwise than one without there is a row for each.

use std::io;
use std::path::Path;

use super::keys::{self, Preset};
use super::problem::Weight;
use super::{Config, Files, Reading, SecretText, load, read, sample};
use crate::cases;
use crate::gateway::line::Level;
use crate::gateway::settings::{Delivery, Events, Kinds, Settings};
use crate::mapping::{Format, Options};

/// Files by name; their content is in the name.
struct Named;

impl Files for Named {
    fn secret(&self, path: &Path) -> io::Result<SecretText> {
        let (bytes, world_readable) = match path.to_str() {
            Some("good") => (b"from-file\n".to_vec(), false),
            Some("crlf") => (b"from-file\r\n".to_vec(), false),
            Some("open") => (b"from-file".to_vec(), true),
            Some("empty") => (b"\n".to_vec(), false),
            Some("lines") => (b"one\ntwo\n".to_vec(), false),
            Some("bytes") => (b"\xff".to_vec(), false),
            Some("large") => (vec![b'x'; 4097], false),
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(SecretText { bytes, world_readable })
    }
}

fn reading(text: &str, variables: &[(&str, &str)]) -> Reading {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
    read(text, &variables, &Named)
}

fn shown(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(|problem| problem.in_file("f").to_string()).collect()
}

/// What a whole and faultless `[component]` looks like: two lines and its header.
const COMPONENT: &str = "[component]\ndomain = a.example\nsecret = s3\n";

#[test]
fn the_options_of_the_original_are_understood() {
    let found = reading(
        &format!(
            "{COMPONENT}[hook \"h\"]\nrest_callback_url = \"http://a/{{kind}}\"\nrest_callback_content_type = \"application/json\"\n\
             rest_callback_stanzas = {{ \"message\", 'iq' }};\nrest_callback_events = {{ \"bare\" }}"
        ),
        &[],
    );
    assert_eq!(shown(&found), [""; 0]);
    let hook = found.config.hook(0).unwrap();
    assert_eq!((hook.target, hook.format, hook.probe), ("/{kind}", Format::Json, true));
    let Kinds { message, presence, iq } = hook.choice.kinds;
    assert_eq!((message, presence, iq), (true, false, true));
    assert_eq!(hook.choice.events, Events { bare: true, full: false, host: false });
    assert!(hook.choice.questions, "there, all questions go to the callback");
    for (more, expected) in [("questions = no\n", false), ("questions = yes\n", true)] {
        for text in [
            format!("{COMPONENT}[hook \"h\"]\nrest_callback_url = http://a/\n{more}"),
            format!("{COMPONENT}[hook \"h\"]\n{more}rest_callback_url = http://a/\n"),
        ] {
            let reading = reading(&text, &[]);
            assert_eq!(shown(&reading), [""; 0]);
            assert_eq!(reading.config.hook(0).unwrap().choice.questions, expected, "{text}");
        }
    }
}

#[test]
fn what_goes_into_the_head_of_requests() {
    let reading = reading(
        &format!(
            "{COMPONENT}[hook \"h\"]\nurl = http://a/\nheaders = X-A: 1 | X-B: a, b\nbasic = u:p\nsign = whsec_AQID\nsign_other_file = good"
        ),
        &[],
    );
    assert_eq!(shown(&reading), [""; 0]);
    let headers = reading.config.hook(0).unwrap().headers;
    assert_eq!(headers.lines, "X-A: 1\nX-B: a, b\n");
    assert_eq!(headers.authorization, "Basic dTpw");
    assert_eq!(headers.keys, [&[1, 2, 3][..], b"from-file"]);
    assert!(!format!("{:?}", reading.config).contains("from-file"));
}

#[test]
fn every_mistake_is_named_with_its_cure() {
    let table = include_str!("../../../tests/cases/config/mistakes.jsonl");
    let count = cases::each(table, |_, row| {
        if row.has("tls") && row.is("tls") != cfg!(feature = "tls") {
            return;
        }
        let (text, problems, cures) = (row.text("text"), row.texts("problems"), row.texts("cures"));
        let reading = reading(&format!("{COMPONENT}{text}"), &[]);
        let shown = shown(&reading);
        assert_eq!((shown.len(), cures.len()), (problems.len(), problems.len()), "{text}\n{shown:#?}");
        for (line, (start, cure)) in shown.iter().zip(problems.iter().zip(&cures)) {
            assert!(line.starts_with(start), "{text}\n{line}\n{start}");
            let (_, told) = line.split_once(". ").expect("a cure");
            assert!(told.contains(cure), "{text}\n{line}\n{cure}");
        }
        let error = problems.iter().any(|start| start.contains(": error: "));
        assert_eq!(reading.usable(), !error, "{text}");
    });
    assert!(count > 50, "{count}");
}

#[test]
fn all_problems_are_told_at_once() {
    let shown = shown(&reading("x = y\n[component]\ndomain = a/b\n[log]\nlevel = x\n", &[]));
    let starts = [
        "f:1: error: x: the key stands before",
        "f:2: error: [component] secret",
        "f:3: error: [component] domain",
        "f:5",
    ];
    assert_eq!(shown.len(), starts.len(), "{shown:#?}");
    for (line, start) in shown.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    let empty = super::tests::shown(&reading("", &[]));
    assert_eq!(empty.len(), 2);
    assert!(empty.iter().all(|line| line.starts_with("f: error: [component] ")), "{empty:#?}");
}

#[test]
fn variables_replace_what_the_file_says() {
    let text = format!("{COMPONENT}[token \"My-Bot\"]\nsecret_file = none\njid = a.example\n");
    let variables = [
        ("RESTANZA_CONFIG", "f"),
        ("RESTANZA_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("RESTANZA_COMPONENT_SECRET_FILE", "good"),
        ("RESTANZA_TOKEN_MY_BOT_SECRET", "t"),
        ("RESTANZA_HOOK_DOOR_URL", "http://a/"),
        ("RESTANZA_HOOK_DOOR_FORMAT", "json"),
        ("RESTANZA_LIMITS_STANZA", "20000"),
        ("RESTANZA_HTTP_IQ_TIMEOUT", "7"),
    ];
    let Reading { config, problems, .. } = reading(&text, &variables);
    assert_eq!(problems, []);
    assert_eq!(config.secret.text(), "from-file");
    assert_eq!((config.tokens[0].name.as_str(), config.tokens[0].secret.text()), ("My-Bot", "t"));
    let hook = config.hook(0).unwrap();
    assert_eq!(
        (hook.name, hook.authority, hook.format, hook.choice.events),
        ("door", "a", Format::Json, Events::ALL)
    );
    assert_eq!((config.limits.stanza, config.iq_timeout().as_secs()), (20_000, 7));
    assert!(config.hook(1).is_none() && config.token(1).is_none());
}

#[test]
fn variables_are_as_strict_as_the_file() {
    let cases = [
        (
            ("RESTANZA_HTTP_PORT", "80"),
            "environment variable RESTANZA_HTTP_PORT: error: no key has this variable",
        ),
        (("RESTANZA_TOKEN_SECRET", "80"), "environment variable RESTANZA_TOKEN_SECRET: error: no key"),
        (
            ("RESTANZA_HTTP_LISTEN", "x"),
            "environment variable RESTANZA_HTTP_LISTEN: error: [http] listen: \"x\"",
        ),
        (
            ("RESTANZA_HTTP_LISTEN", "1\n"),
            "environment variable RESTANZA_HTTP_LISTEN: error: [http] listen: the value",
        ),
        (
            ("RESTANZA_COMPONENT_SECRET", ""),
            "environment variable RESTANZA_COMPONENT_SECRET: error: [component] secret",
        ),
        (("RESTANZA_HOOK_X_FORMAT", "xml"), "f: error: [hook \"x\"] url: the key is missing"),
    ];
    for (variable, start) in cases {
        let shown = shown(&reading(COMPONENT, &[variable]));
        assert_eq!(shown.len(), 1, "{shown:#?}");
        assert!(shown[0].starts_with(start), "{}", shown[0]);
    }
}

#[test]
fn each_key_has_its_own_variable() {
    for key in keys::keys() {
        let name = if keys::section(key.section).unwrap().named { "x_1" } else { "" };
        let (found, section) = keys::find_variable(&keys::variable(key, name)).expect(key.name);
        assert_eq!((found.section, found.name, section.as_str()), (key.section, key.name, name));
    }
    let example = keys::keys_of("token").next().unwrap();
    assert_eq!(keys::variable(example, "my-bot"), "RESTANZA_TOKEN_MY_BOT_SECRET");
}

#[test]
fn presets_and_examples_are_values() {
    for key in keys::keys() {
        let mut config = Config::blank();
        let at = config.open(key.section, "x");
        let preset = match key.preset {
            Preset::Text(text) => text.to_owned(),
            Preset::Number(number) => number.to_string(),
            _ => key.example.to_owned(),
        };
        let mut is_value = |text: &str| {
            let taken = (key.set)(key, &mut config, at, text);
            // What is not built in is known by its keys, and they say so.
            let built = [
                ("TLS", cfg!(feature = "tls")),
                ("Landlock", cfg!(feature = "landlock")),
                ("CBOR", cfg!(feature = "cbor")),
            ];
            let lacks = |what: &str| built.iter().any(|(name, is)| !is && what.contains(name));
            let unbuilt = taken.as_ref().is_err_and(|wrong| lacks(&wrong.what));
            assert!(taken.is_ok() || unbuilt, "{} = {text}: {taken:?}", key.name);
        };
        is_value(&preset);
        if key.section != "limits" {
            is_value(key.example);
        }
        // Alternatives named in the syntax are what is taken.
        if key.syntax.starts_with(|c: char| c.is_ascii_lowercase()) && key.syntax.contains('|') {
            for word in key.syntax.trim_end_matches(", ...").split('|') {
                is_value(word);
            }
        }
    }
}

/// What is confined may still read these, and a reload will.
#[test]
fn every_key_that_names_a_file_is_among_the_files() {
    for key in keys::keys().filter(|key| key.syntax == "FILE") {
        let mut config = Config::blank();
        let at = config.open(key.section, "x");
        // Without TLS there are no keys about it.
        if (key.set)(key, &mut config, at, "/the/file").is_ok() {
            assert_eq!(
                config.files().collect::<Vec<_>>(),
                [Path::new("/the/file")],
                "{} {}",
                key.section,
                key.name
            );
        }
    }
}

#[test]
fn the_sample_is_valid_and_whole() {
    let text = sample();
    let reading = reading(&text, &[]);
    assert!(reading.usable(), "{:#?}", shown(&reading));
    assert!(reading.problems.iter().all(|problem| problem.weight == Weight::Warning));
    let bare: String = text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|l| l.trim_start_matches('#').to_owned() + "\n")
        .collect();
    for key in keys::keys() {
        assert!(bare.contains(&format!("\n{} = ", key.name)), "{}", key.name);
    }
    assert!(text.lines().all(|line| line.len() <= 160 && !line.ends_with(' ')));
}

#[test]
fn only_the_log_mapping_tokens_and_hooks_are_reloaded() {
    let mut old = reading(COMPONENT, &[]).config;
    let cases = [
        ("", "component", COMPONENT.replace("s3", "s4")),
        ("[http]\nlisten = 1", "http", COMPONENT.to_owned()),
        ("[limits]\nhead = 2048", "limits", COMPONENT.to_owned()),
    ];
    for (text, section, component) in cases {
        let new = reading(&format!("{component}{text}"), &[]).config;
        assert_eq!(old.changed_sections(&new).collect::<Vec<_>>(), [section]);
    }
    let text = "[log]\nlevel = debug\n[mapping]\nstrict = yes\n[token \"t\"]\nsecret = x\njid = a.example\n[hook \"h\"]\nurl = http://h/\n";
    let new = reading(&format!("{COMPONENT}{text}"), &[]).config;
    assert_eq!(old.changed_sections(&new).count(), 0);
    old.take_reloadable(new);
    assert_eq!((old.token(0).unwrap().name, old.hook(0).unwrap().authority), ("t", "h"));
    assert!(old.mapping().strict && old.hook(0).unwrap().mapping.strict);
    assert_eq!(old.level, Level::Debug);
}

#[test]
fn a_hook_may_map_otherwise_than_all() {
    let hook = |all: &str, own: &str| {
        let text = format!("{COMPONENT}{all}\n[hook \"h\"]\nurl = http://h/\n{own}\n");
        reading(&text, &[("RESTANZA_HOOK_H_STRICT", "yes")]).config.hook(0).unwrap().mapping
    };
    let mapped = |keep| Options { keep, strict: true, id: None };
    assert_eq!(hook("", ""), mapped(false));
    assert_eq!(hook("[mapping]\nunmapped = keep", ""), mapped(true));
    assert_eq!(hook("", "unmapped = keep"), mapped(true));
    assert_eq!(hook("[mapping]\nunmapped = keep", "unmapped = drop"), mapped(false));
}

#[test]
fn secrets_are_never_shown() {
    let text = "[component]\ndomain = a.example\nsecret = top-secret # x\n[token \"t\"]\nsecret = \"top-secret\njid = b\n";
    let reading = reading(text, &[]);
    assert!(!shown(&reading).concat().contains("top-secret"), "{:#?}", shown(&reading));
    assert!(!format!("{reading:?}").contains("top-secret"));
}

#[test]
fn no_text_is_too_broken() {
    let text = sample().replace("\n#", "\n");
    let lines = text.lines().count();
    let pieces =
        ["[", "]", "\"", "=", "\n", "\r", "\0", "ü", "[token \"", "secret", ":", "99999999999", " #"];
    // Small numbers that look like chance, the same in every run.
    let mut chance = 1_u64;
    let mut next = |most: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) as usize % most
    };
    for _ in 0..300 {
        let mut broken: Vec<char> = text.chars().collect();
        for _ in 0..=next(20) {
            let at = next(broken.len());
            let end = (at + next(40)).min(broken.len());
            broken.splice(at..end, pieces[next(pieces.len())].chars());
        }
        let broken: String = broken.into_iter().collect();
        for problem in reading(&broken, &[]).problems {
            if let super::problem::Origin::Line(line) = problem.origin {
                assert!((1..=lines + 20).contains(&line));
            }
            assert!(
                !problem.wrong.what.is_empty() && problem.wrong.cure.ends_with(['.', '?']),
                "{problem:?}"
            );
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_told_when_it_is_missed() {
    let reading = load(Path::new("/nowhere/at all"), true);
    assert!(!reading.usable());
    let first = reading.problems[0].in_file("f").to_string();
    assert_eq!(
        first,
        "f: error: there is no such file. Name another with --config, or begin with what restanza config --sample prints."
    );
}

/// Whoever drives the core with settings of its own gets what the configuration gives when it says nothing.
#[test]
fn the_defaults_of_the_core_are_those_of_the_keys() {
    let Reading { config, .. } =
        reading("[component]\ndomain = a.b\nsecret = x\n[hook \"h\"]\nurl = http://127.0.0.1:1/\n", &[]);
    let hook = config.hook(0).unwrap();
    assert_eq!(format!("{:?}", hook.delivery), format!("{:?}", Delivery::DEFAULT));
    let times = |settings: &dyn Settings| (settings.iq_timeout(), settings.iq_timeout_max());
    assert_eq!(times(&config), times(&Silent));
}

/// Settings that say what they must.
struct Silent;

impl Settings for Silent {
    fn domain(&self) -> &'static str {
        ""
    }
    fn secret(&self) -> &'static str {
        ""
    }
}
