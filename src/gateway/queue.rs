//! Stanzas that wait for a webhook or for its answer, in the order in which they came.
//!
//! An entry stays here until the stanza is answered or handed over, so that it can be tried again and so that its
//! sender can be told when that fails. Bounded in bytes and in entries; what does not fit is refused, and the
//! caller answers the sender. The bytes of finished entries are closed up at once.

/// One stanza in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Which hook it is for ([`key`] of the hook's name, so that it survives a reload).
    pub hook: u64,
    /// Who sent it ([`key`] of the address): one sender's stanzas go out one at a time, in order.
    pub sender: u64,
    /// Never used twice; tells an entry from a later one in the same place.
    pub ticket: u32,
    /// Whether a call carries it now.
    pub taken: bool,
    start: u32,
    len: u32,
}

/// The queue, over lent memory.
#[derive(Debug)]
pub struct Queue<'b> {
    bytes: &'b mut [u8],
    entries: &'b mut [Entry],
    held: usize,
    used: usize,
    next: u32,
}

/// It does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl<'b> Queue<'b> {
    /// An empty queue with the bounds of its memory.
    pub fn new(bytes: &'b mut [u8], entries: &'b mut [Entry]) -> Self {
        Self { bytes, entries, held: 0, used: 0, next: 1 }
    }

    /// Takes a stanza as the last one.
    pub fn push(&mut self, hook: u64, sender: u64, stanza: &[u8]) -> Result<(), Full> {
        let memory = self.bytes.get_mut(self.used..self.used + stanza.len()).ok_or(Full)?;
        let place = self.entries.get_mut(self.held).ok_or(Full)?;
        memory.copy_from_slice(stanza);
        *place = Entry {
            hook,
            sender,
            ticket: self.next,
            taken: false,
            start: self.used as u32,
            len: stanza.len() as u32,
        };
        self.next = self.next.wrapping_add(1).max(1);
        self.used += stanza.len();
        self.held += 1;
        Ok(())
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries[..self.held]
    }

    /// The oldest entry that may go out now: not taken, and none of the same sender to the same hook before it.
    pub fn ready(&self, mut fits: impl FnMut(&Entry) -> bool) -> Option<Entry> {
        let entries = self.entries();
        entries.iter().enumerate().find_map(|(at, entry)| {
            let first = || entries[..at].iter().all(|e| e.sender != entry.sender || e.hook != entry.hook);
            (!entry.taken && first() && fits(entry)).then_some(*entry)
        })
    }

    /// The stanza of that ticket.
    pub fn stanza(&self, ticket: u32) -> Option<&[u8]> {
        let entry = self.entries().iter().find(|entry| entry.ticket == ticket)?;
        self.bytes.get(entry.start as usize..(entry.start + entry.len) as usize)
    }

    /// Says that a call carries the entry, or no longer does.
    pub fn set_taken(&mut self, ticket: u32, taken: bool) {
        if let Some(entry) = self.entries[..self.held].iter_mut().find(|entry| entry.ticket == ticket) {
            entry.taken = taken;
        }
    }

    /// Removes the entry: it is answered or handed over.
    pub fn remove(&mut self, ticket: u32) {
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
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.held
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }
}

/// A 64-bit key of a name or address (FNV-1a), to keep instead of the text. Two that collide are served in
/// order, like one; nothing is permitted by it.
pub fn key(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_per_sender_and_closes_gaps() {
        let (mut bytes, mut entries) = ([0; 16], [Entry::default(); 4]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        let (hook, anna, bert) = (key("h"), key("anna"), key("bert"));
        queue.push(hook, anna, b"first").unwrap();
        queue.push(hook, anna, b"second").unwrap();
        queue.push(hook, bert, b"third").unwrap();
        assert_eq!(queue.push(hook, bert, b"x"), Err(Full));

        let one = queue.ready(|_| true).unwrap();
        queue.set_taken(one.ticket, true);
        let three = queue.ready(|_| true).unwrap();
        assert_eq!(
            (queue.stanza(one.ticket), queue.stanza(three.ticket)),
            (Some(&b"first"[..]), Some(&b"third"[..]))
        );
        queue.set_taken(three.ticket, true);
        assert_eq!(queue.ready(|_| true), None, "anna's second waits for her first");

        queue.remove(one.ticket);
        let two = queue.ready(|_| true).unwrap();
        assert_eq!(queue.stanza(two.ticket), Some(&b"second"[..]));
        assert_eq!(queue.stanza(three.ticket), Some(&b"third"[..]));
        queue.push(hook, anna, b"fifth").unwrap();
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn counts_entries_too() {
        let (mut bytes, mut entries) = ([0; 64], [Entry::default(); 1]);
        let mut queue = Queue::new(&mut bytes, &mut entries);
        queue.push(1, 1, b"a").unwrap();
        assert_eq!(queue.push(1, 2, b"b"), Err(Full));
    }
}
