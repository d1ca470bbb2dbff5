//! Section `[hook "NAME"]`: what the core is told of it, and the original's names for its keys.

use std::path::PathBuf;

use base64ct::{Base64, Encoding as _};

use super::address::{Remote, Url};
use super::{Secret, Settled, TlsKeys};
use crate::gateway::settings::{self, Choice, Delivery, Events, Headers, Kinds};
use crate::mapping::{Format, Options};

/// Section `[hook "NAME"]`.
#[derive(Clone, Debug)]
pub struct HookSection {
    /// Its name.
    pub name: String,
    /// Where stanzas go.
    pub url: Url,
    /// How the connection there is encrypted, when its address is one of https.
    pub tls: TlsKeys,
    /// How they are written.
    pub format: Format,
    /// Whether the endpoint is asked for a format that it likes better.
    pub probe: bool,
    /// Whether elements without a key are kept, if it says so itself.
    pub keep: Option<bool>,
    /// Whether unknown keys are refused, likewise.
    pub strict: Option<bool>,
    /// The kinds it gets.
    pub kinds: Kinds,
    /// The addresses it serves.
    pub events: Events,
    /// Patterns of `to` and `from`, types, keys: texts that the core reads.
    pub chosen: [String; 4],
    /// Whether the hooks after it are asked as well.
    pub goes_on: bool,
    /// Whether it also gets what the gateway answers otherwise.
    pub questions: bool,
    /// How it is tried; without the list that is below.
    pub delivery: Delivery<'static>,
    /// Statuses that are failures.
    pub retry: Vec<u16>,
    /// Lines of the form `Name: value`.
    pub lines: String,
    /// `USER:PASSWORD` for Basic.
    pub basic: Secret,
    /// The token for Bearer.
    pub bearer: Secret,
    /// What bodies are signed with: the key in force, and another one.
    pub sign: [Secret; 2],
    /// What follows from the secrets.
    pub(super) settled: Settled,
}

impl HookSection {
    pub(super) fn blank(name: &str) -> Self {
        let remote = Remote::Unix(PathBuf::new());
        Self {
            name: name.to_owned(),
            url: Url { remote, secure: false, authority: String::new(), target: String::new() },
            tls: TlsKeys::default(),
            format: Format::Xml,
            probe: false,
            keep: None,
            strict: None,
            kinds: Kinds::ALL,
            events: Events::ALL,
            chosen: Default::default(),
            goes_on: false,
            questions: false,
            delivery: Delivery::DEFAULT,
            retry: Vec::new(),
            lines: String::new(),
            basic: Secret::default(),
            bearer: Secret::default(),
            sign: Default::default(),
            settled: Settled::default(),
        }
    }

    /// Makes of the secrets what goes into requests.
    pub(super) fn settle(&mut self) {
        let authorization = if !self.basic.text.is_empty() {
            let mut memory = vec![0; Base64::encoded_len(self.basic.text.as_bytes())];
            // The memory is as large as it has to be.
            format!("Basic {}", Base64::encode(self.basic.text.as_bytes(), &mut memory).unwrap_or_default())
        } else if !self.bearer.text.is_empty() {
            format!("Bearer {}", self.bearer.text)
        } else {
            String::new()
        };
        let keys = self.sign.each_ref().map(|secret| signing_key(&secret.text).unwrap_or_default());
        self.settled = Settled { authorization, keys };
    }

    /// What the core is told; `mapping` is what holds for all hooks.
    pub(super) fn settings(&self, mapping: Options<'static>) -> settings::Hook<'_> {
        let [to, from, types, keys] = &self.chosen;
        let Self { kinds, events, goes_on, questions, .. } = *self;
        settings::Hook {
            name: &self.name,
            scheme: if self.url.secure { "https" } else { "http" },
            authority: &self.url.authority,
            target: &self.url.target,
            format: self.format,
            probe: self.probe,
            mapping: Options {
                keep: self.keep.unwrap_or(mapping.keep),
                strict: self.strict.unwrap_or(mapping.strict),
                ..mapping
            },
            choice: Choice { kinds, events, to, from, types, keys, goes_on, questions },
            delivery: Delivery { retry: &self.retry, ..self.delivery },
            headers: Headers {
                lines: &self.lines,
                authorization: &self.settled.authorization,
                keys: self.settled.keys.each_ref().map(Vec::as_slice),
            },
        }
    }
}

/// The bytes of a signing key: base64 behind `whsec_`, as Standard Webhooks writes them, or the text itself.
pub(super) fn signing_key(text: &str) -> Option<Vec<u8>> {
    match text.strip_prefix("whsec_") {
        Some(encoded) => {
            let mut memory = vec![0; encoded.len()];
            Base64::decode(encoded, &mut memory).ok().map(<[u8]>::to_vec)
        }
        None => Some(text.as_bytes().to_vec()),
    }
}

/// The original's names (mod_rest), and ours.
const ORIGINAL: &[(&str, &str)] = &[
    ("rest_callback_url", "url"),
    ("rest_callback_content_type", "format"),
    ("rest_callback_stanzas", "kinds"),
    ("rest_callback_events", "events"),
];

/// Our key and value for an option of the original, as it stands in Prosody's configuration: texts in quotes, lists in
/// braces, a semicolon at the end.
pub(super) fn original(name: &str, value: &str) -> Option<(&'static str, String)> {
    let ours = ORIGINAL.iter().find(|row| row.0 == name)?.1;
    let value = value.trim().trim_end_matches(';').trim();
    let inner = value.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(value);
    let words = inner
        .split([',', ';'])
        .map(|word| word.trim().trim_matches(['"', '\'']))
        .filter(|word| !word.is_empty());
    let value = if ours == "url" {
        inner.trim_matches(['"', '\'']).to_owned()
    } else {
        words.collect::<Vec<_>>().join(", ")
    };
    let value = match (ours, value.as_str()) {
        // There the endpoint is asked in any case, and this is what holds until it answers.
        ("format", "application/xmpp+xml") => "auto, xml".to_owned(),
        ("format", "application/json" | "json") => "auto, json".to_owned(),
        ("format", "application/cbor") => "auto, cbor".to_owned(),
        ("format", "application/x-www-form-urlencoded") => "auto, form".to_owned(),
        ("format", "text/plain") => "auto, text".to_owned(),
        _ => value,
    };
    Some((ours, value))
}
