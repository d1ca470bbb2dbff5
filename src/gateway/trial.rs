//! One stanza to one hook, outside of everything: what would be asked, and what the sender would get for the answer.

use super::Port;
use super::bench::{Bench, Layout};
use super::reply::{self, Header};
use super::request::{self, Manner};
use super::settings::Hook;
use crate::fault::{Fault, reason};
use crate::http::Reply;
use crate::ids::Ids;
use crate::xml;

/// Writes the request for `stanza` into the out-buffer of `port`; `wall` is the time in seconds since 1970.
pub fn request(
    hook: &Hook<'_>,
    stanza: &[u8],
    ids: &mut Ids,
    wall: u64,
    bench: &mut Bench<'_>,
    port: &mut Port<'_>,
) -> Result<(), Fault> {
    let Layout { stanza: nodes, scratch, mut spare } = bench.lay_out();
    let document = xml::parse(stanza, xml::Source::Stanza, nodes)?;
    let manner = Manner { format: hook.format, id: ids.id(), wall };
    request::post(port, hook, document.root(), manner, scratch.json, &mut spare)
}

/// Writes what the sender of `stanza` would get for the reply of `hook` at the start of `out`: how many bytes, and why
/// the body was not used, if it was not.
pub fn answer(
    hook: &Hook<'_>,
    stanza: &[u8],
    reply: Reply<'_>,
    ids: &mut Ids,
    bench: &mut Bench<'_>,
    out: &mut [u8],
) -> Result<(usize, Option<Fault>), Fault> {
    let Layout { stanza: nodes, scratch, mut spare } = bench.lay_out();
    let document = xml::parse(stanza, xml::Source::Stanza, nodes)?;
    let header = Header::of(document.root(), &mut spare).ok().flatten();
    let header = header.ok_or(Fault::new(&reason::INTERNAL))?;
    let written = reply::write(document.root(), &header, reply, &hook.mapping, ids, scratch, out);
    let written = written.map_err(|error| {
        Fault::with(&reason::HOOK_ANSWER, format_args!("the reply cannot be sent: {error}"))
    })?;
    Ok((written.len, written.unread))
}
