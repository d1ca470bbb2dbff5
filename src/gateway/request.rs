//! The requests that go to hooks: a stanza by POST, the question for a format by OPTIONS.

use core::fmt;

use base64ct::{Base64, Encoding as _};

use super::Port;
use super::settings::Hook;
use super::target::{Target, Values};
use crate::arena::Arena;
use crate::buffer::Full;
use crate::fault::{Fault, reason};
use crate::http::{Draft, Field, Unwritable, media};
use crate::ids::Id;
use crate::jid::Jid;
use crate::json;
use crate::mapping::{self, Format};
use crate::signature::hmac_sha256;
use crate::xml::{self, Element};

const AGENT: &str = concat!("restanza/", env!("CARGO_PKG_VERSION"));

/// The most fields of a head: ours and those of the configuration.
const FIELDS: usize = 8 + LINES;
/// The most lines of the configuration.
pub(crate) const LINES: usize = 8;

/// What is said beside the stanza.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How the stanza is written.
    pub(super) format: Format,
    /// The same for each attempt, so that the endpoint can tell one that it knows already.
    pub(super) id: Id,
    /// The time in seconds since 1970.
    pub(super) wall: u64,
}

/// Writes the POST of a stanza into an out-buffer.
pub(super) fn post(
    port: &mut Port<'_>,
    hook: &Hook<'_>,
    stanza: Element<'_>,
    manner: Manner,
    tape: &mut [json::Node],
    spare: &mut Arena<'_>,
) -> Result<(), Fault> {
    let Manner { format, id, wall } = manner;
    let mut text = |value: Option<xml::Text<'_>>| match value {
        Some(value) => spare.text(value).map_err(|Full| too_large()),
        None => Ok(""),
    };
    let (to, from) = (text(stanza.attr("to"))?, text(stanza.attr("from"))?);
    let (type_, id_of_stanza) = (text(stanza.attr("type"))?, text(stanza.attr("id"))?);
    let jid = Jid::new(to).ok();
    let node = jid.and_then(Jid::node).unwrap_or_default();
    let resource = jid.and_then(Jid::resource).unwrap_or_default();
    let values = [stanza.name(), type_, to, from, node, resource, id_of_stanza];
    let lang = stanza.lang();

    let mut draft = Draft::begin(&mut port.output).map_err(|Full| too_large())?;
    let len = mapping::write(format, stanza, &hook.mapping, tape, draft.space())?;
    draft.filled(len);
    let signature = Signature::new(hook, id, wall, draft.body(), spare)?;
    let content_type = media::name(format);
    let mut fields = heapless::Vec::<Field<'_>, FIELDS>::new();
    // There is room for all of ours.
    let _ = fields.push(("Content-Type", &content_type));
    let _ = fields.push(("Accept", &media::READ));
    if let Some(lang) = lang.as_ref().filter(|lang| is_language(lang)) {
        let _ = fields.push(("Content-Language", lang));
    }
    if let Some(signature) = &signature {
        let _ = fields.push(("webhook-id", &signature.id));
        let _ = fields.push(("webhook-timestamp", &signature.wall));
        let _ = fields.push(("webhook-signature", &signature.values));
    }
    send(draft, "POST", hook, values, fields, spare)
}

/// Writes the question for the format that an endpoint likes best.
pub(super) fn probe(
    port: &mut Port<'_>,
    hook: &Hook<'_>,
    domain: &str,
    spare: &mut Arena<'_>,
) -> Result<(), Fault> {
    let draft = Draft::begin(&mut port.output).map_err(|Full| too_large())?;
    let values = ["meta", "info", domain, domain, "", "", ""];
    send(draft, "OPTIONS", hook, values, heapless::Vec::new(), spare)
}

fn send<'f>(
    draft: Draft<'_, '_>,
    method: &str,
    hook: &'f Hook<'_>,
    values: Values<'_>,
    mut fields: heapless::Vec<Field<'f>, FIELDS>,
    spare: &mut Arena<'_>,
) -> Result<(), Fault> {
    let target = spare.text(Target { template: hook.target, values }).map_err(|Full| too_large())?;
    let _ = fields.push(("User-Agent", &AGENT));
    if !hook.headers.authorization.is_empty() {
        let _ = fields.push(("Authorization", &hook.headers.authorization));
    }
    let lines: heapless::Vec<(&str, &str), LINES> =
        hook.headers.lines.lines().filter_map(|line| line.split_once(": ")).take(LINES).collect();
    let mut all = heapless::Vec::<Field<'_>, FIELDS>::new();
    all.extend(fields.iter().copied());
    all.extend(lines.iter().map(|(name, value)| -> Field<'_> { (name, value) }));
    draft.request(method, target, hook.authority, &all).map_err(|error| match error {
        Unwritable::Full => too_large(),
        Unwritable::Character => Fault::new(&reason::INTERNAL),
    })
}

fn too_large() -> Fault {
    Fault::with(&reason::STANZA_TOO_LARGE, format_args!("The stanza is too large for the service"))
}

/// Whether a text can stand in a header as a language (BCP 47); xml:lang may be anything.
fn is_language(text: &xml::Text<'_>) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// What shows an endpoint that a request is ours and of now (Standard Webhooks).
struct Signature {
    id: Id,
    wall: u64,
    values: Signatures,
}

/// One for each key, so that keys can be changed one side after the other.
struct Signatures([Option<[u8; 32]>; 2]);

impl Signature {
    /// `None` when the hook has no key.
    fn new(
        hook: &Hook<'_>,
        id: Id,
        wall: u64,
        body: &[u8],
        spare: &mut Arena<'_>,
    ) -> Result<Option<Self>, Fault> {
        if hook.headers.keys.iter().all(|key| key.is_empty()) {
            return Ok(None);
        }
        let head = spare.text(format_args!("{id}.{wall}.")).map_err(|Full| too_large())?;
        let sign = |key: &[u8]| (!key.is_empty()).then(|| hmac_sha256(key, &[head.as_bytes(), body]));
        Ok(Some(Self { id, wall, values: Signatures(hook.headers.keys.map(sign)) }))
    }
}

impl fmt::Display for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for digest in self.0.iter().flatten() {
            let mut memory = [0; 44];
            let text = Base64::encode(digest, &mut memory).map_err(|_| fmt::Error)?;
            write!(f, "{separator}v1,{text}")?;
            separator = " ";
        }
        Ok(())
    }
}
