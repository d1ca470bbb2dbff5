//! Calls to webhooks: a queued stanza is posted, and what comes back becomes the reply.
//!
//! A place keeps its connection after a call and prefers stanzas for the same hook. An entry leaves the queue only
//! when its sender was answered or needs no answer; while the link is down or full, the outcome is held. A kept
//! connection that turns out to be closed is no failure: the stanza is posted once more on a new one.

use crate::buffer::Full;
use crate::component::Link;
use crate::fault::{Fault, reason};
use crate::http::{After, Client, Draft, Field, Progress, Unreadable, Unwritable, media};
use crate::json;
use crate::mapping::{self, Options};
use crate::stanza::{self, StanzaError};
use crate::time::Instant;
use crate::xml::{self, Element, WriteError};

use super::bench::Layout;
use super::line::{Cx, End, Level, Line, Want};
use super::queue::{Entry, key};
use super::reply::{self, Header};
use super::settings::{Hook, Settings};
use super::{Counter, Gateway, Port};

/// The place of one call.
#[derive(Debug)]
pub struct Call<'b> {
    pub(super) port: Port<'b>,
    client: Option<Client>,
    /// The hook that the connection leads to.
    hook: u64,
    stage: Stage,
    task: Task,
}

/// Where the connection of a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is none.
    None,
    /// The shell was asked to open it.
    Opening,
    /// It is open.
    Open,
    /// It is to be closed, and the shell has not said that it is.
    Closing,
}

/// What a place is doing.
#[derive(Debug)]
enum Task {
    /// Nothing.
    Rest,
    /// It asks the hook about that entry.
    Ask(u32),
    /// It has the outcome and the link did not take the answer yet.
    Hold(u32, Outcome),
}

#[derive(Debug)]
enum Outcome {
    /// The reply is in the in-buffer.
    Reply,
    /// There was none.
    Failure(Fault),
}

/// The formats of answers that we read, for `Accept`.
const ACCEPT: &str = "application/xmpp+xml, application/json, application/x-www-form-urlencoded, text/plain";

impl<'b> Call<'b> {
    /// A free place over this memory.
    pub fn new(port: Port<'b>) -> Self {
        Self { port, client: None, hook: 0, stage: Stage::None, task: Task::Rest }
    }

    pub(super) fn pending(&self) -> &[u8] {
        if self.stage == Stage::Open { self.port.output.bytes() } else { &[] }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.client.as_ref()?.deadline()
    }

    fn is_resting(&self) -> bool {
        matches!(self.task, Task::Rest)
    }
}

impl Gateway<'_> {
    /// The place in the settings of the hook that a call is for; `None` when it is no longer there.
    pub fn destination(&self, call: u16, settings: &dyn Settings) -> Option<usize> {
        let hook = self.calls.get(usize::from(call))?.hook;
        find(settings, hook).map(|(at, _)| at)
    }

    /// Gives queued stanzas to free places, as many as there are.
    pub(super) fn dispatch(&mut self, cx: Cx<'_>) {
        while let Some(entry) = self.queue.ready(|entry| place(self.calls, entry.hook).is_some()) {
            let Some(at) = place(self.calls, entry.hook) else { return };
            if self.calls[at].stage == Stage::Open && self.calls[at].hook != entry.hook {
                // Its connection leads elsewhere; the place is taken again when the shell has closed it.
                self.close_call(at);
                return;
            }
            self.queue.set_taken(entry.ticket, true);
            self.ask(at, entry, cx);
        }
    }

    /// Starts a call.
    fn ask(&mut self, at: usize, entry: Entry, cx: Cx<'_>) {
        let Layout { stanza: nodes, scratch, .. } = self.bench.lay_out();
        let Call { port, client, hook, stage, task } = &mut self.calls[at];
        *task = Task::Ask(entry.ticket);
        port.output.clear();
        let written = find(cx.settings, entry.hook)
            .ok_or_else(|| {
                Fault::with(&reason::HOOK_UNREACHABLE, format_args!("The service is no longer configured"))
            })
            .and_then(|(_, hook)| {
                let stanza = self.queue.stanza(entry.ticket).unwrap_or_default();
                let document = xml::parse(stanza, xml::Source::Stanza, nodes);
                let document = document.map_err(|_| Fault::new(&reason::INTERNAL))?;
                write_request(port, &hook, document.root(), scratch.json)
            });
        if let Err(fault) = written {
            return self.settle(at, entry.ticket, Outcome::Failure(fault), cx);
        }
        self.counters.add(Counter::Calls);
        let line = Line::Call(at as u16);
        if *stage == Stage::None {
            port.input.clear();
            port.want = Want::Open;
            *client = Some(Client::new(&self.limits));
            *hook = entry.hook;
            *stage = Stage::Opening;
            self.agenda.connect(line);
        }
        if let Some(client) = client {
            client.start(cx.now);
        }
        self.wake_call(at);
    }

    /// The connection of a call is open.
    pub(super) fn call_connected(&mut self, at: usize) {
        let call = &mut self.calls[at];
        if call.stage == Stage::Opening {
            call.stage = Stage::Open;
            self.wake_call(at);
        }
    }

    /// Bytes of a webhook came.
    pub(super) fn call_received(&mut self, at: usize, cx: Cx<'_>) {
        let Call { port, client: Some(client), .. } = &mut self.calls[at] else { return };
        let progress = client.advance(&mut port.input);
        self.progress(at, progress, cx);
    }

    /// The connection of a call ended.
    pub(super) fn call_ended(&mut self, at: usize, end: End<'_>, cx: Cx<'_>) {
        let Call { port, client: Some(client), stage, task, .. } = &mut self.calls[at] else { return };
        let opening = *stage == Stage::Opening;
        let asking = matches!(task, Task::Ask(_));
        let over = !matches!(end, End::Eof);
        if over {
            *stage = Stage::None;
            port.want = Want::Close;
        }
        match (end, &*task) {
            (End::Failed(words), Task::Ask(ticket)) if opening => {
                let fault = Fault::with(
                    &reason::HOOK_UNREACHABLE,
                    format_args!("The service cannot be reached: {words}"),
                );
                let ticket = *ticket;
                self.settle(at, ticket, Outcome::Failure(fault), cx);
            }
            _ if asking => {
                let progress = client.eof(&mut port.input);
                self.progress(at, progress, cx);
            }
            _ => {}
        }
        if over {
            // A reply that is still held stays in the in-buffer.
            self.dispatch(cx);
        } else {
            self.close_call(at);
        }
    }

    /// Time has passed for a call.
    pub(super) fn tick_call(&mut self, at: usize, cx: Cx<'_>) {
        let Some(client) = &mut self.calls[at].client else { return };
        match client.tick(cx.now) {
            Ok(After::Keep) => {}
            Ok(After::Close) => self.close_call(at),
            Err(late) => self.progress(at, Err(late), cx),
        }
    }

    /// Tries again to hand over what the link did not take.
    pub(super) fn retry_held(&mut self, cx: Cx<'_>) {
        for at in 0..self.calls.len() {
            if let Task::Hold(ticket, _) = self.calls[at].task
                && let Task::Hold(_, outcome) = core::mem::replace(&mut self.calls[at].task, Task::Rest)
            {
                self.settle(at, ticket, outcome, cx);
            }
        }
    }

    fn progress(&mut self, at: usize, progress: Result<Progress, Unreadable>, cx: Cx<'_>) {
        let Call { client: Some(client), task, .. } = &mut self.calls[at] else { return };
        let Task::Ask(ticket) = *task else {
            // Bytes on a connection on which nothing was asked.
            return if progress.is_err() {
                self.close_call(at);
            };
        };
        match progress {
            Ok(Progress::NeedMore) => self.note_deadline(Line::Call(at as u16)),
            Ok(Progress::Reply) => self.settle(at, ticket, Outcome::Reply, cx),
            Err(Unreadable::Nothing) if client.may_retry() => {
                *task = Task::Rest;
                self.queue.set_taken(ticket, false);
                self.close_call(at);
                self.dispatch(cx);
            }
            Err(unreadable) => self.settle(at, ticket, Outcome::Failure(unreadable.fault()), cx),
        }
    }

    /// Answers the sender, or holds the outcome until the link takes the answer.
    fn settle(&mut self, at: usize, ticket: u32, outcome: Outcome, cx: Cx<'_>) {
        if !self.answer_sender(at, ticket, &outcome, cx) {
            self.calls[at].task = Task::Hold(ticket, outcome);
            return self.note_deadline(Line::Call(at as u16));
        }
        self.queue.remove(ticket);
        let Call { port, client, task, .. } = &mut self.calls[at];
        *task = Task::Rest;
        let sent = port.output.is_empty();
        let after =
            client.as_mut().map_or(After::Close, |client| client.finish(cx.now, &mut port.input, sent));
        match after {
            After::Keep => self.note_deadline(Line::Call(at as u16)),
            After::Close => self.close_call(at),
        }
        self.agenda.wake(Line::Link, &mut self.link_told);
        self.dispatch(cx);
    }

    /// Sends the answer that the outcome makes; false when the link does not take it now.
    fn answer_sender(&mut self, at: usize, ticket: u32, outcome: &Outcome, cx: Cx<'_>) -> bool {
        let Layout { stanza: nodes, scratch, mut spare } = self.bench.lay_out();
        let Call { port, client, hook, .. } = &self.calls[at];
        let hook = find(cx.settings, *hook).map_or("(removed)", |(_, hook)| hook.name);
        let stanza = self.queue.stanza(ticket).unwrap_or_default();
        // It was read before, when it came; otherwise there is nobody to answer.
        let Ok(document) = xml::parse(stanza, xml::Source::Stanza, nodes) else { return true };
        let element = document.root();
        let Ok(Some(header)) = Header::of(element, &mut spare) else { return true };
        let (ids, mut trouble) = (&mut self.ids, None);
        // While the link is down, who has nothing to say need not wait for it.
        let silent = match (outcome, client) {
            (Outcome::Reply, Some(client)) => header.is_silenced_by(client.reply(&port.input).status()),
            (Outcome::Reply, None) => true,
            (Outcome::Failure(_), _) => !stanza::may_fail(element),
        };
        let sent = put(&mut self.link, cx, |out| match (outcome, client) {
            (Outcome::Reply, Some(client)) => {
                let written = reply::write(element, &header, client.reply(&port.input), ids, scratch, out)?;
                trouble = written.unread;
                Ok(written.len)
            }
            (Outcome::Failure(fault), _) => {
                trouble = Some(fault.clone());
                if !stanza::may_fail(element) {
                    return Ok(0);
                }
                // What the system said of addresses and ports is for the log.
                stanza::write_error(element, &StanzaError::from(fault.reason), out)
            }
            (Outcome::Reply, None) => Ok(0),
        });
        match sent {
            Ok(replied) => self.counters.add_if(Counter::Replies, replied),
            Err(WriteError::Full) if silent => {}
            Err(WriteError::Full) if !(self.link.is_up() && self.link.pending().is_empty()) => return false,
            Err(error) => {
                let reason =
                    if error == WriteError::Full { &reason::ANSWER_TOO_LARGE } else { &reason::HOOK_ANSWER };
                let fault = Fault::with(reason, format_args!("the reply cannot be sent: {error}"));
                if matches!(outcome, Outcome::Reply) {
                    return self.answer_sender(at, ticket, &Outcome::Failure(fault), cx);
                }
                trouble = Some(fault);
            }
        }
        self.counters.add_if(Counter::CallsAnswered, matches!(outcome, Outcome::Reply));
        if let Some(fault) = trouble {
            self.counters.fault(fault.reason);
            cx.log.log(Level::Warn, format_args!("hook {hook}: {fault}"));
        }
        true
    }

    /// The settings changed: a kept connection may lead to an address that is no longer the hook's.
    pub fn reloaded(&mut self, cx: Cx<'_>) {
        for at in 0..self.calls.len() {
            if self.calls[at].is_resting() {
                self.close_call(at);
            }
        }
        self.dispatch(cx);
    }

    /// Closes all connections to webhooks; what they were asked is forgotten.
    pub(super) fn close_calls(&mut self) {
        for at in 0..self.calls.len() {
            self.calls[at].task = Task::Rest;
            self.close_call(at);
        }
    }

    fn close_call(&mut self, at: usize) {
        let call = &mut self.calls[at];
        if matches!(call.stage, Stage::Opening | Stage::Open) {
            call.stage = Stage::Closing;
        }
        call.port.want = Want::Close;
        self.wake_call(at);
    }

    fn wake_call(&mut self, at: usize) {
        self.agenda.wake(Line::Call(at as u16), &mut self.calls[at].port.told);
        self.note_deadline(Line::Call(at as u16));
    }
}

/// Sends what `write` makes, if the link is up and has room, and says whether it made anything; [`WriteError::Full`]
/// otherwise. Nothing is no stanza, and needs no link.
fn put(
    link: &mut Link<'_>,
    cx: Cx<'_>,
    write: impl FnOnce(&mut [u8]) -> Result<usize, WriteError>,
) -> Result<bool, WriteError> {
    let Some(mut outbox) = link.outbox(cx.now) else {
        return Err(WriteError::Full);
    };
    let mut made = 0;
    outbox.put(|out| {
        made = write(out)?;
        Ok(made)
    })?;
    Ok(made > 0)
}

/// The best place for a stanza to that hook: one whose connection leads there, one without a connection, any.
fn place(calls: &[Call<'_>], hook: u64) -> Option<usize> {
    let find =
        |fits: &dyn Fn(&Call<'_>) -> bool| calls.iter().position(|call| call.is_resting() && fits(call));
    find(&|call| call.stage == Stage::Open && call.hook == hook)
        .or_else(|| find(&|call| call.stage == Stage::None))
        .or_else(|| find(&|call| call.stage == Stage::Open))
}

/// The hook of that key, and its place in the settings.
fn find(settings: &dyn Settings, hook: u64) -> Option<(usize, Hook<'_>)> {
    (0..).map_while(|at| settings.hook(at).map(|hook| (at, hook))).find(|(_, found)| key(found.name) == hook)
}

/// Writes the request for a stanza into the out-buffer of a call.
fn write_request(
    port: &mut Port<'_>,
    hook: &Hook<'_>,
    stanza: Element<'_>,
    tape: &mut [json::Node],
) -> Result<(), Fault> {
    let too_large =
        || Fault::with(&reason::STANZA_TOO_LARGE, format_args!("The stanza is too large for the service"));
    let lang = stanza.lang();
    let mut draft = Draft::begin(&mut port.output).map_err(|Full| too_large())?;
    let len = mapping::write(hook.format, stanza, &Options::default(), tape, draft.space())?;
    draft.filled(len);
    let content_type = media::name(hook.format);
    let agent = concat!("restanza/", env!("CARGO_PKG_VERSION"));
    let mut fields: heapless::Vec<Field<'_>, 4> = heapless::Vec::new();
    let _ = fields.extend_from_slice(&[
        ("Content-Type", &content_type),
        ("Accept", &ACCEPT),
        ("User-Agent", &agent),
    ]);
    if let Some(lang) = lang.as_ref().filter(|lang| is_language(lang)) {
        let _ = fields.push(("Content-Language", lang));
    }
    draft.request("POST", hook.target, hook.authority, &fields).map_err(|error| match error {
        Unwritable::Full => too_large(),
        Unwritable::Character => Fault::new(&reason::INTERNAL),
    })
}

/// Whether a text can stand in a header as a language (BCP 47); xml:lang may be anything.
fn is_language(text: &xml::Text<'_>) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
