//! Redirects of webhooks: to the same origin only, and only as often as the settings allow.

use crate::xml;

use super::Gateway;
use super::bench::Layout;
use super::calls::Call;
use super::line::Cx;
use super::request::{self, Manner};
use super::settings::Hook;

/// Path and query of a Location, if it leads to where the hook is.
fn same_origin<'l>(location: &'l str, hook: &Hook<'_>) -> Option<&'l str> {
    let target = if location.starts_with('/') && !location.starts_with("//") {
        location
    } else {
        let (scheme, rest) = location.split_once("://")?;
        let (authority, target) = rest.split_at(rest.find('/')?);
        let same = scheme.eq_ignore_ascii_case(hook.scheme) && authority.eq_ignore_ascii_case(hook.authority);
        same.then_some(target)?
    };
    // Braces would be taken for variables.
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}' | b'#');
    target.bytes().all(fits).then_some(target)
}

impl Gateway<'_> {
    /// Sends the same stanza to where the reply says, if that is of the same origin; false when it is not followed.
    /// The method stays: 303, which would change it, is not followed.
    pub(super) fn follow(&mut self, at: usize, ticket: u32, hook: &Hook<'_>, cx: Cx<'_>) -> bool {
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let Call { connection, hook: slot, hops, reopens, .. } = &mut self.calls[at];
        if *hops >= hook.delivery.redirects || !connection.port.output.is_empty() {
            return false;
        }
        let location = connection.reply().and_then(|reply| reply.fields().sole("location").ok().flatten());
        let target = location.and_then(|location| same_origin(core::str::from_utf8(location).ok()?, hook));
        let Some(Ok(target)) = target.map(|target| spare.text(target)) else { return false };
        let stanza = self.queue.stanza(ticket).unwrap_or_default();
        let Ok(document) = xml::parse(stanza, xml::Source::Stanza, nodes) else { return false };
        let format = self.endpoints.get(*slot).format.unwrap_or(hook.format);
        let there = Hook { target, ..*hook };
        let manner = Manner { format, id: self.ids.of(ticket.into()), wall: cx.wall };
        let root = document.root();
        if request::post(&mut connection.port, &there, root, manner, scratch.json, &mut spare).is_err() {
            return false;
        }
        *hops += 1;
        // On a connection of its own: if a kept one turned out to be closed, the redirect would be followed for ever.
        connection.finish(cx.now);
        *reopens = true;
        self.close_call(at);
        true
    }
}
