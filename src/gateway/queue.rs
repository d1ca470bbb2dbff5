//! Stanzas that wait for a webhook or for its answer, in the order in which they came.
//!
//! An entry stays here until the stanza is answered or handed over, so that it can be tried again and so that its
//! sender can be told when that fails. Bounded in bytes and in entries; what does not fit is refused, and the
//! caller answers the sender. The bytes of finished entries are closed up at once.

use crate::time::Instant;

/// One stanza in the queue.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and there are many entries")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Which hook it is for: a place among the endpoints.
    pub(super) hook: u16,
    /// Who sent it ([`key`] of the address): one sender's stanzas go out one at a time, in order.
    pub(super) sender: u64,
    /// Whether what the hook answers is for the sender; it is not for a copy.
    pub(super) answers: bool,
    /// Whether somebody waits for the answer: it is an iq.
    pub(super) urgent: bool,
    /// How often it was tried.
    pub(super) attempts: u16,
    /// Not to be tried before.
    pub(super) due: Instant,
    /// Not to be kept longer, unless a call carries it.
    pub(super) until: Instant,
    /// Never used twice; tells an entry from a later one in the same place.
    pub(super) ticket: u32,
    /// Whether a call carries it now.
    pub(super) taken: bool,
    /// Whether none of the same sender to the same hook came before it.
    pub(super) first: bool,
    pub(super) start: u32,
    pub(super) len: u32,
}

/// The queue, over lent memory.
#[derive(Debug)]
pub struct Queue<'b> {
    bytes: &'b mut [u8],
    entries: &'b mut [Entry],
    held: usize,
    used: usize,
    next: u32,
    /// The most entries and bytes at the same time.
    most: (usize, usize),
}

/// It does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Entry {
    fn is_like(&self, other: &Self) -> bool {
        self.sender == other.sender && self.hook == other.hook
    }
}

impl<'b> Queue<'b> {
    /// An empty queue with the bounds of its memory.
    pub fn new(bytes: &'b mut [u8], entries: &'b mut [Entry]) -> Self {
        Self { bytes, entries, held: 0, used: 0, next: 1, most: (0, 0) }
    }

    /// Takes a stanza as the last one. Of `entry`, hook, sender and the times count.
    pub(super) fn push(&mut self, entry: Entry, stanza: &[u8]) -> Result<(), Full> {
        let first = !self.entries().iter().any(|other| other.is_like(&entry));
        let memory = self.bytes.get_mut(self.used..self.used + stanza.len()).ok_or(Full)?;
        let place = self.entries.get_mut(self.held).ok_or(Full)?;
        memory.copy_from_slice(stanza);
        let (start, len) = (self.used as u32, stanza.len() as u32);
        *place = Entry { ticket: self.next, taken: false, first, start, len, ..entry };
        self.next = self.next.wrapping_add(1).max(1);
        self.used += stanza.len();
        self.held += 1;
        self.most = (self.most.0.max(self.held), self.most.1.max(self.used));
        Ok(())
    }

    /// The entries, oldest first.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries[..self.held]
    }

    /// What may go out now: due, not taken, and none of the same sender to the same hook before it.
    fn ready(&self, now: Instant) -> impl Iterator<Item = &Entry> {
        self.entries().iter().filter(move |entry| !entry.taken && entry.first && entry.due <= now)
    }

    /// The entry that is to go out next: of those that may, the oldest among those with the lowest rank. `rank` gives
    /// none to what cannot go now.
    pub(super) fn next<R: Ord>(&self, now: Instant, rank: impl Fn(&Entry) -> Option<R>) -> Option<Entry> {
        let ranked = self.ready(now).filter_map(|entry| Some((rank(entry)?, entry)));
        ranked.min_by(|one, other| one.0.cmp(&other.0)).map(|(_, entry)| *entry)
    }

    /// Whether something could go out now, if there were a place.
    pub(super) fn is_waiting(&self, now: Instant) -> bool {
        self.ready(now).next().is_some()
    }

    /// The oldest entry that nobody carries and that was kept long enough.
    pub(super) fn expired(&self, now: Instant) -> Option<Entry> {
        self.entries().iter().find(|entry| !entry.taken && entry.until <= now).copied()
    }

    /// The oldest entry for a hook that nobody carries.
    pub(super) fn oldest(&self, hook: u16) -> Option<Entry> {
        self.entries().iter().find(|entry| !entry.taken && entry.hook == hook).copied()
    }

    /// When something will be ready or has been kept long enough, after `now`; `held` says until when nothing goes to a
    /// hook.
    pub(super) fn deadline(&self, now: Instant, held: impl Fn(u16) -> Instant) -> Option<Instant> {
        let waiting = self.entries().iter().filter(|entry| !entry.taken);
        let times = waiting.flat_map(|entry| {
            let ready = entry.first.then(|| entry.due.max(held(entry.hook)));
            [Some(entry.until), ready]
        });
        times.flatten().filter(|time| *time > now).min()
    }

    /// Makes all due at once that nobody carries.
    pub(super) fn hurry(&mut self, now: Instant) {
        for entry in &mut self.entries[..self.held] {
            entry.due = entry.due.min(now);
        }
    }

    /// Nobody waits any longer for that hook: what is urgent and not under way has been kept long enough.
    pub(super) fn hasten(&mut self, hook: u16, now: Instant) {
        for entry in &mut self.entries[..self.held] {
            if entry.urgent && entry.hook == hook {
                entry.until = entry.until.min(now);
            }
        }
    }

    /// How many entries there are for such hooks, and their bytes.
    pub(super) fn load(&self, is_such: impl Fn(u16) -> bool) -> (usize, usize) {
        let own = self.entries().iter().filter(|entry| is_such(entry.hook));
        own.fold((0, 0), |(entries, bytes), entry| (entries + 1, bytes + entry.len as usize))
    }

    /// The most entries, and the most bytes.
    pub(super) fn capacity(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes.len())
    }

    /// The entry of that ticket.
    pub(super) fn get(&self, ticket: u32) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.ticket == ticket)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, ticket: u32) -> Option<&mut Entry> {
        self.entries[..self.held].iter_mut().find(|entry| entry.ticket == ticket)
    }

    /// The stanza of that ticket.
    pub(super) fn stanza(&self, ticket: u32) -> Option<&[u8]> {
        let entry = self.get(ticket)?;
        self.bytes.get(entry.start as usize..(entry.start + entry.len) as usize)
    }

    /// How many bytes the stanzas take.
    pub(super) fn bytes(&self) -> usize {
        self.used
    }

    /// Removes the entry: it is answered or handed over.
    pub(super) fn remove(&mut self, ticket: u32) {
        let Some(at) = self.entries().iter().position(|entry| entry.ticket == ticket) else { return };
        let gone = self.entries[at];
        let end = (gone.start + gone.len) as usize;
        self.bytes.copy_within(end..self.used, gone.start as usize);
        self.entries.copy_within(at + 1..self.held, at);
        self.held -= 1;
        self.used -= gone.len as usize;
        for entry in &mut self.entries[at..self.held] {
            entry.start -= gone.len;
        }
        if gone.first
            && let Some(next) = self.entries[at..self.held].iter_mut().find(|entry| entry.is_like(&gone))
        {
            next.first = true;
        }
    }

    /// How many entries it holds.
    pub(super) fn len(&self) -> usize {
        self.held
    }

    /// The most entries that it held at the same time, and the most bytes.
    pub(super) fn most(&self) -> (usize, usize) {
        self.most
    }

    /// Whether it holds none.
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0
    }
}

/// A 64-bit key of a name or address (FNV-1a), to keep instead of the text. Two that collide are served in
/// order, like one; nothing is permitted by it.
pub(super) fn key(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ZERO;

    fn of(hook: u16, sender: u64) -> Entry {
        Entry { hook, sender, until: Instant::from_millis(100), ..Entry::default() }
    }

    #[allow(clippy::unnecessary_wraps, reason = "what a rank is")]
    fn any(_: &Entry) -> Option<()> {
        Some(())
    }

    #[test]
    fn the_lowest_rank_goes_first_and_then_the_oldest() {
        let (mut bytes, mut entries) = ([0; 16], [Entry::default(); 4]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        for (hook, sender) in [(3, 1), (1, 2), (1, 3), (0, 4)] {
            queue.push(of(hook, sender), b"x").unwrap();
        }
        let next = queue.next(NOW, |entry| (entry.hook > 0).then_some(entry.hook));
        assert_eq!(next.map(|entry| entry.sender), Some(2));
    }

    #[test]
    fn keeps_order_per_sender_and_closes_gaps() {
        let (mut bytes, mut entries) = ([0; 16], [Entry::default(); 4]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        let (anna, bert) = (of(0, key("anna")), of(0, key("bert")));
        queue.push(anna, b"first").unwrap();
        queue.push(anna, b"second").unwrap();
        queue.push(bert, b"third").unwrap();
        assert_eq!(queue.push(bert, b"x"), Err(Full));

        let one = queue.next(NOW, any).unwrap();
        queue.get_mut(one.ticket).unwrap().taken = true;
        let three = queue.next(NOW, any).unwrap();
        assert_eq!(
            (queue.stanza(one.ticket), queue.stanza(three.ticket)),
            (Some(&b"first"[..]), Some(&b"third"[..]))
        );
        queue.get_mut(three.ticket).unwrap().taken = true;
        assert_eq!(queue.next(NOW, any), None, "anna's second waits for her first");

        queue.remove(one.ticket);
        let two = queue.next(NOW, any).unwrap();
        assert_eq!(queue.stanza(two.ticket), Some(&b"second"[..]));
        assert_eq!(queue.stanza(three.ticket), Some(&b"third"[..]));
        queue.push(anna, b"fifth").unwrap();
        assert_eq!((queue.len(), queue.load(|hook| hook == 0)), (3, (3, 16)));
    }

    #[test]
    fn a_second_one_gone_leaves_the_first_in_front() {
        let (mut bytes, mut entries) = ([0; 16], [Entry::default(); 4]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        for text in [b"1", b"2", b"3"] {
            queue.push(of(0, 7), text).unwrap();
        }
        queue.get_mut(1).unwrap().taken = true;
        queue.remove(2);
        assert_eq!(queue.next(NOW, any), None);
        queue.remove(1);
        assert_eq!(queue.next(NOW, any).map(|entry| entry.ticket), Some(3));
    }

    #[test]
    fn times() {
        let (mut bytes, mut entries) = ([0; 16], [Entry::default(); 4]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        queue.push(Entry { due: Instant::from_millis(10), ..of(3, 1) }, b"a").unwrap();
        let (free, held) = (|_| NOW, |hook| Instant::from_millis(u64::from(hook) * 10));
        assert_eq!(queue.next(NOW, any), None);
        assert_eq!(queue.deadline(NOW, free), Some(Instant::from_millis(10)));
        assert_eq!(queue.deadline(NOW, held), Some(Instant::from_millis(30)));
        assert_eq!(queue.deadline(Instant::from_millis(30), held), Some(Instant::from_millis(100)));
        assert!(queue.next(Instant::from_millis(10), any).is_some());
        assert_eq!(queue.expired(Instant::from_millis(99)), None);
        assert!(queue.expired(Instant::from_millis(100)).is_some());
        assert_eq!(queue.deadline(Instant::from_millis(100), held), None);
    }

    #[test]
    fn counts_entries_too() {
        let (mut bytes, mut entries) = ([0; 64], [Entry::default(); 1]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        queue.push(of(1, 1), b"a").unwrap();
        assert_eq!(queue.push(of(1, 2), b"b"), Err(Full));
    }
}
