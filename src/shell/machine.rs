//! What the shell needs of the machine that it runs: the gateway, or a toy in the shell's own tests.

use crate::gateway::line::{Action, Cx, End, Line, Want};
use crate::gateway::settings::Settings;
use crate::gateway::{Arrival, Gateway};
use crate::time::Instant;

/// A sans-IO machine behind any number of lines.
///
/// The life of a line: it is given by [`Machine::accept`], or asked for by [`Action::Connect`] and then
/// [`Machine::connected`]; bytes go to and fro; its last event is [`Machine::ended`] with [`End::Closed`] or
/// [`End::Failed`]. [`End::Eof`] comes at most once and is not the last: what is pending is still written, and the
/// machine says by [`Machine::want`] when the line is to be closed. Only after the last event may the same line be
/// given or asked for again. After every event the shell takes all actions.
pub(super) trait Machine {
    /// Free memory to read into; nothing is read while it is empty.
    fn space(&mut self, line: Line) -> &mut [u8];
    /// The first `n` bytes of the space were read.
    fn received(&mut self, line: Line, n: usize, cx: Cx<'_>);
    /// What is to be written.
    fn pending(&self, line: Line) -> &[u8];
    /// The first `n` bytes of what is pending were written.
    fn written(&mut self, line: Line, n: usize, cx: Cx<'_>);
    /// A line that was asked for is open.
    fn connected(&mut self, line: Line, cx: Cx<'_>);
    /// A line is at its end, or the other side sends no more.
    fn ended(&mut self, line: Line, end: End<'_>, cx: Cx<'_>);
    /// What is wanted of a line; [`Want::Close`] while it is still being opened gives it up.
    fn want(&self, line: Line) -> Want;
    /// The place in the settings of the hook that a call is for; `None` when it is no longer there.
    fn destination(&self, call: u16, settings: &dyn Settings) -> Option<usize>;
    /// The next thing to do.
    fn action(&mut self) -> Option<Action>;
    /// When [`Machine::tick`] is to be called.
    fn deadline(&self) -> Option<Instant>;
    /// Time has passed.
    fn tick(&mut self, cx: Cx<'_>);
    /// Whether there is a place for a caller.
    fn has_room(&self) -> bool;
    /// Somebody connected; `None` when there is no room.
    fn accept(&mut self, came: Arrival, cx: Cx<'_>) -> Option<Line>;
    /// The tokens and hooks changed: no connection to a hook may be used again.
    fn reloaded(&mut self, cx: Cx<'_>);
    /// Finish what is under way, then close all lines and open no more; the second time: close them now.
    fn stop(&mut self, cx: Cx<'_>);
}

/// The gateway's own methods have these names and promises.
impl Machine for Gateway<'_> {
    fn space(&mut self, line: Line) -> &mut [u8] {
        self.space(line)
    }

    fn received(&mut self, line: Line, n: usize, cx: Cx<'_>) {
        self.received(line, n, cx);
    }

    fn pending(&self, line: Line) -> &[u8] {
        self.pending(line)
    }

    fn written(&mut self, line: Line, n: usize, cx: Cx<'_>) {
        self.written(line, n, cx);
    }

    fn connected(&mut self, line: Line, cx: Cx<'_>) {
        self.connected(line, cx);
    }

    fn ended(&mut self, line: Line, end: End<'_>, cx: Cx<'_>) {
        self.ended(line, end, cx);
    }

    fn want(&self, line: Line) -> Want {
        self.want(line)
    }

    fn destination(&self, call: u16, settings: &dyn Settings) -> Option<usize> {
        self.destination(call, settings)
    }

    fn action(&mut self) -> Option<Action> {
        self.action()
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline()
    }

    fn tick(&mut self, cx: Cx<'_>) {
        self.tick(cx);
    }

    fn has_room(&self) -> bool {
        self.has_room()
    }

    fn accept(&mut self, came: Arrival, cx: Cx<'_>) -> Option<Line> {
        self.accept_at(came, cx)
    }

    fn reloaded(&mut self, cx: Cx<'_>) {
        self.reloaded(cx);
    }

    fn stop(&mut self, cx: Cx<'_>) {
        self.stop(cx);
    }
}
