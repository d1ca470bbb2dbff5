//! Whether the server is alive, and which stanzas it has taken for certain.
//!
//! TCP tells of a peer that vanished (a router reset, a cable pulled) after many minutes, or never. So silence is
//! measured: white space keeps the path open, a ping (XEP-0199) asks for a sign of life, and two pings without a
//! single byte in return end the link. Any byte is a sign of life, an error or the ping itself sent back included.
//!
//! The answer to a ping shows more: a server works through a stream in order, so all stanzas written before the
//! ping were taken. While stanzas are unconfirmed, pings are sent sooner. What is unconfirmed when the link breaks
//! may be lost; no more than that, and it can be said to the operator.
//!
//! A server may also speak and never read. Then what is sent stays in our out buffer, and whoever waits for it to
//! leave would wait for ever: the link ends when something has waited there as long as two pings may take.

use crate::ids::Id;
use crate::limits::Limits;
use crate::time::{Duration, Instant};

/// Signs of life of one connection.
#[derive(Debug)]
pub(super) struct Pulse {
    /// When the last byte came.
    heard: Instant,
    /// When we last sent something.
    spoke: Instant,
    /// The ping that has no answer yet.
    ping: Option<Ping>,
    /// Pings without any byte in return, one after the other.
    unheard: u32,
    target: Target,
    /// A ping to our own domain got lost though the server is alive, and that was said.
    strayed: bool,
    /// How many stanzas were sent, and how many of them the server has taken for certain.
    sent: u64,
    confirmed: u64,
    /// No unconfirmed stanza is older.
    unconfirmed_since: Instant,
    /// What is sent up to that position of the stream waits in the out buffer, or some of it, since then at the latest.
    waiting: Option<(u64, Instant)>,
}

#[derive(Debug)]
struct Ping {
    id: Id,
    at: Instant,
    /// How many stanzas were sent before it.
    covers: u64,
    /// Whether any byte came since.
    heard: bool,
}

/// Whom to ping. Both Prosody and ejabberd send a ping to the component's own domain back to the component. But
/// where ejabberd holds several connections of one domain it may send it to another one; hence the second target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The component's own domain.
    Own,
    /// The domain above it, which as a rule is the server's.
    Parent,
}

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing before the deadline.
    Nothing,
    /// Send a space.
    Space,
    /// Send a ping.
    Ping { target: Target, why: Why },
    /// Give the link up: the server says nothing.
    Death,
    /// Give the link up: the server takes nothing.
    Jam,
}

/// Why a ping is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It was silent, or there is something to confirm.
    Routine,
    /// The ping before got not a byte in return.
    Unheard,
    /// The ping before got no answer though other bytes came; said once a connection.
    Strayed,
}

impl Pulse {
    /// A link that is up since now.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            heard: now,
            spoke: now,
            ping: None,
            unheard: 0,
            target: Target::Own,
            strayed: false,
            sent: 0,
            confirmed: 0,
            unconfirmed_since: now,
            waiting: None,
        }
    }

    /// Bytes came. Gives back whether the link was suspect until now.
    pub(super) fn heard(&mut self, now: Instant) -> bool {
        self.heard = now;
        if let Some(ping) = &mut self.ping {
            ping.heard = true;
        }
        core::mem::take(&mut self.unheard) > 0
    }

    /// Bytes that are no stanza went out.
    pub(super) fn spoke(&mut self, now: Instant) {
        self.spoke = now;
    }

    /// So many stanzas were put into the out buffer, which may be none; it ends at that position of the stream.
    pub(super) fn sent(&mut self, stanzas: u64, mark: u64, now: Instant) {
        if stanzas == 0 {
            return;
        }
        if self.sent == self.confirmed {
            self.unconfirmed_since = now;
        }
        self.sent += stanzas;
        self.spoke = now;
        self.waiting.get_or_insert((mark, now));
    }

    /// A ping was put there.
    pub(super) fn pinged(&mut self, id: Id, mark: u64, now: Instant) {
        self.ping = Some(Ping { id, at: now, covers: self.sent, heard: false });
        self.spoke = now;
        self.waiting.get_or_insert((mark, now));
    }

    /// The out buffer has left up to that position, and ends at the other.
    pub(super) fn wrote(&mut self, position: u64, mark: u64, now: Instant) {
        if self.waiting.is_some_and(|(mark, _)| mark <= position) {
            self.waiting = (position < mark).then_some((mark, now));
        }
    }

    /// The id of the ping that has no answer yet.
    pub(super) fn awaited(&self) -> Option<&Id> {
        self.ping.as_ref().map(|ping| &ping.id)
    }

    /// The answer to the ping came, or the ping itself. Gives back whether this is the first sign that pings to our
    /// own domain get lost: the domain above answers instead.
    pub(super) fn answered(&mut self) -> bool {
        if let Some(ping) = self.ping.take() {
            self.confirmed = ping.covers;
            self.unconfirmed_since = ping.at;
        }
        self.target == Target::Parent && !core::mem::replace(&mut self.strayed, true)
    }

    /// For how long no byte came.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        now.since(self.heard)
    }

    /// How many stanzas the server may not have taken.
    pub(super) fn unconfirmed(&self) -> u64 {
        self.sent - self.confirmed
    }

    /// Whether a ping should have got something in return, and not a byte came since.
    pub(super) fn is_suspect(&self, now: Instant, limits: &Limits) -> bool {
        let is_late =
            |ping: &Ping| !ping.heard && now >= ping.at + Duration::of_limit(limits.link_doubt_time);
        self.unheard > 0 || self.ping.as_ref().is_some_and(is_late)
    }

    /// What has to be done now; what it says is taken as done.
    pub(super) fn due(&mut self, now: Instant, limits: &Limits) -> Due {
        if self.jam_at(limits).is_some_and(|jam| now >= jam) {
            return Due::Jam;
        }
        if let Some(ping) = &self.ping {
            if now < ping.at + Duration::of_limit(limits.link_ping_time) {
                return Due::Nothing;
            }
            let unheard = !ping.heard;
            self.ping = None;
            self.target = if self.target == Target::Own { Target::Parent } else { Target::Own };
            self.unheard = if unheard { self.unheard + 1 } else { 0 };
            match self.unheard {
                0 if !self.strayed => {
                    self.strayed = true;
                    return Due::Ping { target: self.target, why: Why::Strayed };
                }
                0 => {}
                1 => return Due::Ping { target: self.target, why: Why::Unheard },
                _ => return Due::Death,
            }
        }
        if now >= self.ping_at(limits) {
            Due::Ping { target: self.target, why: Why::Routine }
        } else if now >= self.space_at(limits) {
            Due::Space
        } else {
            Due::Nothing
        }
    }

    /// When to ask [`Pulse::due`] again.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        let next = match &self.ping {
            Some(ping) => ping.at + Duration::of_limit(limits.link_ping_time),
            None => self.ping_at(limits).min(self.space_at(limits)),
        };
        self.jam_at(limits).map_or(next, |jam| jam.min(next))
    }

    fn jam_at(&self, limits: &Limits) -> Option<Instant> {
        self.waiting.map(|(_, since)| since + Duration::of_limit(2 * limits.link_ping_time))
    }

    fn ping_at(&self, limits: &Limits) -> Instant {
        let silent = self.heard + Duration::of_limit(limits.link_silent_time);
        if self.unconfirmed() == 0 {
            silent
        } else {
            silent.min(self.unconfirmed_since + Duration::of_limit(limits.link_confirm_time))
        }
    }

    fn space_at(&self, limits: &Limits) -> Instant {
        self.heard.max(self.spoke) + Duration::of_limit(limits.link_quiet_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ids;

    /// On loopback a byte comes within the millisecond of the ping.
    #[test]
    fn a_byte_right_after_a_ping_is_a_sign_of_life() {
        let (limits, now) = (Limits::DEFAULT, Instant::from_millis(5_000));
        let mut pulse = Pulse::new(Instant::ZERO);
        pulse.pinged(Ids::new([1; 32]).id(), 100, now);
        pulse.wrote(100, 100, now);
        pulse.heard(now);
        let due = pulse.due(now + Duration::of_limit(limits.link_ping_time), &limits);
        assert_eq!(due, Due::Ping { target: Target::Parent, why: Why::Strayed });
    }

    #[test]
    fn what_waits_since_when() {
        let (limits, at) = (Limits::DEFAULT, Instant::from_millis);
        let mut pulse = Pulse::new(at(0));
        let jam = 2 * u64::from(limits.link_ping_time);
        pulse.sent(1, 100, at(10));
        pulse.sent(1, 200, at(20));
        assert_eq!(pulse.jam_at(&limits), Some(at(10 + jam)));
        pulse.wrote(99, 200, at(30));
        assert_eq!(pulse.jam_at(&limits), Some(at(10 + jam)), "the first has not left");
        pulse.wrote(100, 200, at(40));
        assert_eq!(pulse.jam_at(&limits), Some(at(40 + jam)), "the second waits no longer than twice");
        pulse.wrote(200, 200, at(50));
        assert_eq!(pulse.jam_at(&limits), None);
        pulse.pinged(Ids::new([1; 32]).id(), 300, at(60));
        assert_eq!(pulse.jam_at(&limits), Some(at(60 + jam)));
        assert_eq!(pulse.due(at(60 + jam), &limits), Due::Jam);
    }
}
