//! The keys of section `[hook "NAME"]`: part of the one table ([`super::keys`]).

use super::hook::HookSection;
use super::keys::{Key, Preset};
use super::mapping_keys::UNMAPPED;
use super::problem::Wrong;
use super::{Secret, address, values};
use crate::gateway::request::LINES;
use crate::mapping::{self, Format};

const YES_NO: &[(&str, bool)] = &[("yes", true), ("no", false)];
const WHEN_FULL: &[(&str, bool)] = &[("refuse", false), ("drop-oldest", true)];

const fn key(name: &'static str, syntax: &'static str, preset: Preset, example: &'static str) -> Key {
    Key { section: "hook", name, syntax, preset, example, about: "", set: |_, _, _, _| Ok(()) }
}

/// A time of the delivery rules: `(key, least, most)` in milliseconds, and where it goes.
macro_rules! time {
    ($name:literal, $preset:literal, $least:literal, $most:literal, $field:ident, $about:literal) => {
        Key {
            about: $about,
            set: |_, config, at, text| {
                config.hooks[at].delivery.$field = values::seconds(text, $least, $most)?;
                Ok(())
            },
            ..key($name, "SECONDS", Preset::Text($preset), $preset)
        }
    };
}

/// A number of the delivery rules, and where it goes.
macro_rules! count {
    ($name:literal, $preset:literal, $least:literal, $most:literal, $field:ident, $about:literal) => {
        Key {
            about: $about,
            set: |_, config, at, text| {
                config.hooks[at].delivery.$field = values::number(text, $least, $most)? as _;
                Ok(())
            },
            ..key($name, "NUMBER", Preset::Number($preset), stringify!($preset))
        }
    };
}

/// A text that the core reads.
macro_rules! chosen {
    ($name:literal, $place:literal, $syntax:literal, $example:literal, $check:expr, $about:literal) => {
        Key {
            about: $about,
            set: |_, config, at, text| {
                $check(text)?;
                text.clone_into(&mut config.hooks[at].chosen[$place]);
                Ok(())
            },
            ..key($name, $syntax, Preset::Nothing, $example)
        }
    };
}

/// A secret, and a file with one.
macro_rules! secret {
    ($name:literal, $set:ident, $field:expr, $syntax:literal, $example:literal, $about:literal) => {
        Key {
            about: $about,
            set: |_, config, at, text| $field(&mut config.hooks[at]).$set(text),
            ..key($name, $syntax, Preset::Nothing, $example)
        }
    };
}

/// The keys.
pub(super) const KEYS: &[Key] = &[
    Key {
        about: "Where each stanza is posted. In path and query stand the variables {kind} {type} {to} {from} {node} {resource} {id}, percent-encoded; node and resource are those of the address it is for. A service behind a Unix socket is http+unix://, the path of the socket with %2F for each /, and then the path of the request: http+unix://%2Frun%2Fbot.sock/stanzas.",
        set: |_, config, at, text| {
            config.hooks[at].url = address::url(text)?;
            Ok(())
        },
        ..key("url", "http[s]://HOST[:PORT][/PATH][?QUERY]", Preset::Needed, "http://127.0.0.1:5000/stanzas")
    },
    Key {
        about: "How stanzas are written for it; text is the body of a message alone, cbor needs a build with the feature cbor. With auto the endpoint is asked by OPTIONS, at the start and when it was away, and the first of these in the Accept of its answer is taken; what stands beside it, or xml, holds until then.",
        set: |_, config, at, text| {
            let hook = &mut config.hooks[at];
            let words: Vec<_> = text.split(',').map(str::trim).collect();
            (hook.probe, hook.format) = match words.as_slice() {
                ["auto"] => (true, Format::Xml),
                ["auto", format] => (true, values::format(format)?),
                _ => (false, values::format(text)?),
            };
            Ok(())
        },
        ..key("format", "xml|json|form|cbor|text|auto", Preset::Text("auto"), "json")
    },
    Key {
        about: "The same as in [mapping], for what it gets as JSON and what it answers; without this key, what stands there.",
        set: |_, config, at, text| {
            config.hooks[at].keep = Some(values::choice(text, UNMAPPED)?);
            Ok(())
        },
        ..key("unmapped", "drop|keep", Preset::Nothing, "keep")
    },
    Key {
        about: "Likewise: whether an answer with a key that is not known is refused. Then the sender gets an empty reply, and the log says which key.",
        set: |_, config, at, text| {
            config.hooks[at].strict = Some(values::yes_or_no(text)?);
            Ok(())
        },
        ..key("strict", "yes|no", Preset::Nothing, "yes")
    },
    Key {
        about: "The kinds of stanza it gets.",
        set: |_, config, at, text| {
            config.hooks[at].kinds = values::kinds(text)?;
            Ok(())
        },
        ..key("kinds", "message|presence|iq, ...", Preset::Text("message, presence, iq"), "message, iq")
    },
    Key {
        about: "The addresses it serves: bare is user@domain, full has a resource, host is the domain itself.",
        set: |_, config, at, text| {
            config.hooks[at].events = values::events(text)?;
            Ok(())
        },
        ..key("events", "bare|full|host, ...", Preset::Text("bare, full, host"), "bare, full")
    },
    chosen!(
        "to",
        0,
        "PATTERN, ...",
        "lamp-*@, /thermostat",
        not_empty,
        "Only stanzas for such addresses. * stands for any characters, ? for one; a pattern that ends in @ is for the part before it, one that begins with / for the resource, any other for the whole address."
    ),
    chosen!("from", 1, "PATTERN, ...", "*@example.org/*", not_empty, "Only stanzas from such addresses."),
    chosen!(
        "type",
        2,
        "TYPE, ...",
        "chat, normal",
        not_empty,
        "Only stanzas of such a type; a message without one is normal, a presence available."
    ),
    chosen!(
        "key",
        3,
        "KEY, ...",
        "command",
        known_keys,
        "Only stanzas that have one of these keys in JSON, such as body or command."
    ),
    Key {
        about: "Whether the hooks after it are asked as well. Then it gets a copy, and what it answers is not sent, unless no other wants the stanza.",
        set: |_, config, at, text| {
            config.hooks[at].goes_on = values::choice(text, YES_NO)?;
            Ok(())
        },
        ..key("continue", "yes|no", Preset::Text("no"), "yes")
    },
    Key {
        about: "Whether discovery, ping, version and last activity of the domain itself are for the hook, too, which otherwise the gateway answers. With rest_callback_url it is yes, as there.",
        set: |_, config, at, text| {
            config.hooks[at].questions = values::choice(text, YES_NO)?;
            Ok(())
        },
        ..key("questions", "yes|no", Preset::Text("no"), "yes")
    },
    time!(
        "timeout",
        "30",
        100,
        3_600_000,
        time,
        "For one attempt, from the connect to the whole answer; not longer than call_time in [limits]."
    ),
    count!(
        "attempts",
        5,
        1,
        1_000,
        attempts,
        "The most attempts for a stanza, if the endpoint cannot be reached or does not answer. A status is an answer, unless it comes with Retry-After or is named in retry."
    ),
    time!(
        "wait",
        "1",
        10,
        3_600_000,
        wait_least,
        "Before the second attempt; doubled with every further one, and a part of it is left to chance."
    ),
    time!("wait_most", "60", 10, 86_400_000, wait_most, "The longest wait between two attempts."),
    time!(
        "keep",
        "300",
        100,
        604_800_000,
        keep,
        "How long a message or presence is kept at all; then its sender gets an error."
    ),
    time!(
        "patience",
        "20",
        100,
        3_600_000,
        patience,
        "The same for an iq, whose sender waits for the answer."
    ),
    Key {
        about: "Statuses that count as a failure and are tried again, such as those of a proxy in front of the endpoint.",
        set: |_, config, at, text| {
            let statuses = text.split(',').map(|word| values::number(word.trim(), 300, 599));
            config.hooks[at].retry =
                statuses.map(|status| status.map(|n| n as u16)).collect::<Result<_, _>>()?;
            Ok(())
        },
        ..key("retry", "STATUS, ...", Preset::Nothing, "502, 504")
    },
    count!(
        "redirects",
        0,
        0,
        5,
        redirects,
        "How many redirects (301, 302, 307, 308) within the same origin are followed; others are errors."
    ),
    count!(
        "at_once",
        2,
        1,
        256,
        at_once,
        "The most requests to it at the same time; those of one sender always wait for each other."
    ),
    count!("queue", 100, 1, 65_535, entries, "The most stanzas that wait for it."),
    count!("queue_bytes", 65536, 10_000, 16_777_216, bytes, "The most bytes of them."),
    Key {
        about: "What happens when it is full: the newest stanza is refused, or the oldest that waits is returned and makes room.",
        set: |_, config, at, text| {
            config.hooks[at].delivery.drop_oldest = values::choice(text, WHEN_FULL)?;
            Ok(())
        },
        ..key("when_full", "refuse|drop-oldest", Preset::Text("refuse"), "drop-oldest")
    },
    count!(
        "breaker",
        3,
        0,
        1_000,
        breaker,
        "After so many failures in a row it is left alone for a while, then tried by one request; an iq is refused meanwhile. 0 for never."
    ),
    time!(
        "pause",
        "5",
        100,
        3_600_000,
        pause,
        "The first such while; doubled each time, up to ten times as long."
    ),
    Key {
        about: "Fields for the head of each request.",
        set: |_, config, at, text| {
            config.hooks[at].lines = head_lines(text)?;
            Ok(())
        },
        ..key("headers", "NAME: VALUE | ...", Preset::Nothing, "X-Place: cellar | X-Floor: -1")
    },
    secret!("basic", set, basic, "USER:PASSWORD", "restanza:change-me", "Credentials for it by HTTP Basic."),
    secret!(
        "basic_file",
        set_file,
        basic,
        "FILE",
        "/etc/restanza/door.basic",
        "A file that holds them alone."
    ),
    secret!("bearer", set, bearer, "TOKEN", "change-me", "A token for it, by Authorization: Bearer."),
    secret!(
        "bearer_file",
        set_file,
        bearer,
        "FILE",
        "/etc/restanza/door.token",
        "A file that holds it alone."
    ),
    secret!(
        "sign",
        set,
        sign,
        "KEY",
        "whsec_Y2hhbmdlLW1l",
        "The key that requests are signed with: HMAC-SHA256 over id, time and body in the fields webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks). Behind whsec_ it is base64."
    ),
    secret!("sign_file", set_file, sign, "FILE", "/etc/restanza/door.key", "A file that holds it alone."),
    secret!(
        "sign_other",
        set,
        sign_other,
        "KEY",
        "whsec_Y2hhbmdlLW1l",
        "A second key, that requests are signed with as well: the old or the next one while keys are changed."
    ),
    secret!(
        "sign_other_file",
        set_file,
        sign_other,
        "FILE",
        "/etc/restanza/door.old-key",
        "A file that holds it alone."
    ),
];

fn basic(hook: &mut HookSection) -> &mut Secret {
    &mut hook.basic
}

fn bearer(hook: &mut HookSection) -> &mut Secret {
    &mut hook.bearer
}

fn sign(hook: &mut HookSection) -> &mut Secret {
    &mut hook.sign[0]
}

fn sign_other(hook: &mut HookSection) -> &mut Secret {
    &mut hook.sign[1]
}

fn not_empty(text: &str) -> Result<(), Wrong> {
    if text.split(',').any(|part| part.trim().is_empty()) {
        return Err(Wrong::new(
            "a part of the list is empty",
            "Write texts with commas between them, or leave out the key.",
        ));
    }
    Ok(())
}

fn known_keys(text: &str) -> Result<(), Wrong> {
    match text.split(',').map(str::trim).find(|key| !mapping::is_key(key)) {
        Some(key) => Err(Wrong::new(
            format!("{key:?} is not a key of a stanza in JSON"),
            "Write one such as body or command.",
        )),
        None => Ok(()),
    }
}

/// Names that are ours, or that say where the message ends.
const OURS: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "content-language",
    "transfer-encoding",
    "connection",
    "accept",
    "user-agent",
    "authorization",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "expect",
    "upgrade",
];

fn head_lines(text: &str) -> Result<String, Wrong> {
    let mut lines = String::new();
    for (at, part) in text.split('|').enumerate() {
        let (name, value) = part.split_once(':').unwrap_or((part, ""));
        let (name, value) = (name.trim(), value.trim());
        let is_token = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`~".contains(&b));
        if name.is_empty() || value.is_empty() || !is_token || value.chars().any(char::is_control) {
            return Err(Wrong::new(
                format!("{part:?} is not a header field"),
                "Write Name: value, with | between several.",
            ));
        }
        if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
            return Err(Wrong::new(
                format!("{name} is set by restanza"),
                "Leave it out; credentials have their own keys.",
            ));
        }
        if at == LINES {
            return Err(Wrong::new(format!("more than {LINES} fields"), "Leave some out."));
        }
        lines.extend([name, ": ", value, "\n"]);
    }
    if lines.len() > 512 {
        return Err(Wrong::new("the fields are longer than 512 bytes", "Shorten them."));
    }
    Ok(lines)
}
