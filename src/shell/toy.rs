//! A machine for the shell's own tests: it echoes, over buffers that are far too small.

use std::collections::VecDeque;

use super::machine::Machine;
use crate::gateway::line::{Action, Arrival, Cx, End, Line, Want};
use crate::gateway::settings::Settings;
use crate::time::{Duration, Instant};

/// How much a line takes in, and how much it holds to be written.
const IN: usize = 16;
const OUT: usize = 24;

/// Echoes every byte. `!` has the line flushed and closed, `^` closed at once, `@` sets the deadline to 10 ms ahead.
#[derive(Default)]
pub(super) struct Toy {
    places: Vec<Place>,
    pub(super) actions: VecDeque<Action>,
    pub(super) deadline: Option<Instant>,
    pub(super) ticks: usize,
    /// The events of lines in words.
    pub(super) heard: Vec<String>,
    pub(super) stopped: usize,
    pub(super) reloaded: usize,
}

struct Place {
    line: Line,
    taken: bool,
    input: [u8; IN],
    held: usize,
    output: Vec<u8>,
    want: Want,
    eof: bool,
}

impl Toy {
    /// With room for so many callers, and the link.
    pub(super) fn new(callers: u16) -> Self {
        let lines = std::iter::once(Line::Link).chain((0..callers).map(Line::Caller));
        Self { places: lines.map(Place::new).collect(), ..Self::default() }
    }

    /// Asks for the link.
    pub(super) fn connect(&mut self, want: Want) {
        let place = self.place(Line::Link);
        assert!(!place.taken);
        *place = Place { taken: true, want, ..Place::new(Line::Link) };
        self.actions.push_back(Action::Connect(Line::Link));
    }

    /// Has something written to a line, out of turn.
    pub(super) fn say(&mut self, line: Line, bytes: &[u8]) {
        self.place(line).output.extend_from_slice(bytes);
        self.actions.push_back(Action::Wake(line));
    }

    fn place(&mut self, line: Line) -> &mut Place {
        let place = self.places.iter_mut().find(|place| place.line == line);
        place.expect("a line that was given")
    }

    fn echo(&mut self, line: Line, now: Instant) {
        let place = self.place(line);
        assert!(place.taken, "{line:?} is at its end");
        let n = place.held.min(OUT - place.output.len());
        let bytes = place.input[..n].to_vec();
        place.input.copy_within(n.., 0);
        place.held -= n;
        if place.want == Want::Open {
            match () {
                () if bytes.contains(&b'!') => place.want = Want::Flush,
                () if bytes.contains(&b'^') => place.want = Want::Close,
                // What came before the end is still to be written.
                () if place.eof && place.held == 0 => place.want = Want::Flush,
                () => {}
            }
            let end = bytes.iter().position(|byte| *byte == b'!').map_or(bytes.len(), |at| at + 1);
            place.output.extend_from_slice(&bytes[..end]);
        }
        if bytes.contains(&b'@') {
            self.deadline = Some(now + Duration::from_millis(10));
        }
    }
}

impl Place {
    fn new(line: Line) -> Self {
        let (input, output) = ([0; IN], Vec::new());
        Self { line, taken: false, input, held: 0, output, want: Want::Open, eof: false }
    }
}

impl Machine for Toy {
    fn space(&mut self, line: Line) -> &mut [u8] {
        let place = self.place(line);
        &mut place.input[place.held..]
    }

    fn received(&mut self, line: Line, n: usize, cx: Cx<'_>) {
        let place = self.place(line);
        assert!(n > 0 && !place.eof && place.want == Want::Open);
        place.held += n;
        self.echo(line, cx.now);
    }

    fn pending(&self, line: Line) -> &[u8] {
        &self.places.iter().find(|place| place.line == line).expect("a line that was given").output
    }

    fn written(&mut self, line: Line, n: usize, cx: Cx<'_>) {
        self.place(line).output.drain(..n);
        self.echo(line, cx.now);
    }

    fn connected(&mut self, line: Line, _: Cx<'_>) {
        self.heard.push(format!("{line:?} connected"));
    }

    fn ended(&mut self, line: Line, end: End<'_>, cx: Cx<'_>) {
        let place = self.place(line);
        assert!(place.taken);
        let words = match end {
            End::Eof => {
                assert!(!std::mem::replace(&mut place.eof, true));
                self.echo(line, cx.now);
                "eof".to_owned()
            }
            End::Closed => {
                *place = Place::new(line);
                "closed".to_owned()
            }
            End::Failed(words) => {
                *place = Place::new(line);
                format!("failed: {words}")
            }
        };
        self.heard.push(format!("{line:?} {words}"));
    }

    fn want(&self, line: Line) -> Want {
        self.places.iter().find(|place| place.line == line).expect("a line that was given").want
    }

    fn destination(&self, _: u16, _: &dyn Settings) -> Option<usize> {
        None
    }

    fn action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn tick(&mut self, cx: Cx<'_>) {
        assert!(self.deadline.is_none_or(|deadline| deadline <= cx.now), "too early");
        self.deadline = None;
        self.ticks += 1;
    }

    fn has_room(&self) -> bool {
        self.places.iter().any(|place| !place.taken && place.line != Line::Link)
    }

    fn accept(&mut self, _: Arrival, _: Cx<'_>) -> Option<Line> {
        let is_free = |place: &&mut Place| !place.taken && place.line != Line::Link;
        let place = self.places.iter_mut().find(is_free)?;
        *place = Place { taken: true, ..Place::new(place.line) };
        Some(place.line)
    }

    fn reloaded(&mut self, _: Cx<'_>) {
        self.reloaded += 1;
    }

    /// The first time idle lines are flushed, the second time all are closed.
    fn stop(&mut self, _: Cx<'_>) {
        self.stopped += 1;
        for place in self.places.iter_mut().filter(|place| place.taken) {
            place.want = if self.stopped == 1 { Want::Flush } else { Want::Close };
            self.actions.push_back(Action::Wake(place.line));
        }
    }
}
