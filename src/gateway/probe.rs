//! The question for the format that an endpoint likes best: OPTIONS, at the start and whenever it was away.
//!
//! The first media type of its `Accept` that we can write wins (as with mod_rest). Whoever does not understand the
//! question gets what the settings say.

use crate::http::media;
use crate::mapping::Format;

use super::Gateway;
use super::calls::{Call, Task};
use super::connection::Connection;
use super::endpoints::Probe;
use super::line::{Cx, Level};
use super::request;

impl Gateway<'_> {
    /// Asks an endpoint for its format; `ticket` is the entry that waits for that, or 0.
    pub(super) fn probe(&mut self, at: usize, slot: u16, ticket: u32, cx: Cx<'_>) {
        let mut spare = self.bench.lay_out().spare;
        let hook = self.endpoints.settings(slot, cx.settings).map(|(_, hook)| hook);
        let Call { connection: Connection { port, .. }, task, .. } = &mut self.calls[at];
        port.output.clear();
        let endpoint = self.endpoints.get_mut(slot);
        let written = hook.and_then(|hook| {
            request::probe(port, &hook, cx.settings.domain(), &mut spare).ok()?;
            Some(hook.delivery.time)
        });
        if let Some(time) = written {
            endpoint.probe = Probe::Asking;
            *task = Task::Probe(ticket);
            self.start_call(at, slot, time, cx);
        } else {
            // What cannot be asked is not needed; the stanza goes as the settings say.
            endpoint.probe = Probe::Done;
            self.requeue(ticket, cx.now);
        }
    }

    /// The endpoint has said which formats it likes, or that it knows no such question.
    pub(super) fn probed(&mut self, at: usize, ticket: u32, cx: Cx<'_>) {
        let is_slow = self.took_long(at, cx.now);
        let Call { connection, hook: slot, .. } = &self.calls[at];
        let Some(reply) = connection.reply() else { return };
        let hook = self.endpoints.settings(*slot, cx.settings).map(|(_, hook)| hook);
        let endpoint = self.endpoints.get_mut(*slot);
        endpoint.probe = Probe::Done;
        endpoint.well(is_slow);
        if let Some(hook) = hook {
            let accept = reply.fields().all("accept");
            let wished = accept.clone().next().and_then(|_| media::answer(accept, Some(hook.format)));
            if reply.status() == 200 {
                endpoint.format = wished;
            }
            let format = endpoint.format.unwrap_or(hook.format);
            let name = if format == Format::Text { "text/plain" } else { media::name(format) };
            cx.log.log(
                Level::Info,
                format_args!(
                    "hook {}: OPTIONS gave status {}; stanzas go as {name}",
                    hook.name,
                    reply.status()
                ),
            );
        }
        self.requeue(ticket, cx.now);
        self.finish_call(at, cx);
    }
}
