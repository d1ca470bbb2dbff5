//! From a name to addresses.
//!
//! The system's look-up blocks, for half a minute when the name server is silent. It runs on a thread of its own
//! that lives as long as the look-up, at most two at a time: the `blocking` pool would keep its threads and may grow
//! to 500 of them, bounded only by an environment variable that a program cannot set without unsafe code. Whoever
//! waits gives up after `connect_time`; what was found last is used then, so that a server on the same network is
//! reached again while the name server is not.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_io::Timer;
use futures_lite::future;

/// The look-ups that may run at the same time; one may hang while the other works.
pub(super) const LOOKUPS: usize = 2;

/// How often somebody looks whether one of them has ended; all hang only while the name server is silent.
const PATIENCE: Duration = Duration::from_millis(100);

/// The stack of a look-up's thread; of this, only what is used becomes memory.
pub(super) const STACK: usize = 256 * 1024;

/// How long an answer is taken for true without asking again.
const FRESH: Duration = Duration::from_secs(30);

/// The most names whose answers are kept. A reload may bring others, and those asked for longest ago make room.
const KNOWN: usize = 256;

/// The names looked up so far.
#[derive(Default)]
pub(super) struct Names {
    known: RefCell<Vec<Known>>,
    /// Every look-up's thread holds a clone.
    running: Arc<()>,
}

struct Known {
    host: String,
    addresses: Vec<IpAddr>,
    at: Instant,
}

impl Names {
    /// The addresses of `host`, in the system's order of preference.
    pub(super) async fn addresses(&self, host: &str, time: Duration) -> io::Result<Vec<IpAddr>> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let known = self.find(host);
        if let Some((addresses, at)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(addresses.clone());
        }
        let found = future::or(look_up(host.to_owned(), &self.running), async {
            Timer::after(time).await;
            Err(io::Error::new(io::ErrorKind::TimedOut, "the name server does not answer"))
        });
        match (found.await, known) {
            (Ok(addresses), _) => {
                self.keep(host, &addresses);
                Ok(addresses)
            }
            (Err(_), Some((addresses, _))) => Ok(addresses),
            (Err(error), None) => Err(error),
        }
    }

    fn find(&self, host: &str) -> Option<(Vec<IpAddr>, Instant)> {
        let known = self.known.borrow();
        let known = known.iter().find(|known| known.host == host)?;
        Some((known.addresses.clone(), known.at))
    }

    fn keep(&self, host: &str, addresses: &[IpAddr]) {
        let mut known = self.known.borrow_mut();
        known.retain(|known| known.host != host);
        if known.len() == KNOWN {
            known.remove(0);
        }
        known.push(Known { host: host.to_owned(), addresses: addresses.to_vec(), at: Instant::now() });
    }
}

/// What a look-up's thread found, and whom to wake for it.
type Answer = Mutex<(Option<io::Result<Vec<IpAddr>>>, Option<Waker>)>;

/// Asks the system, on a thread of its own.
async fn look_up(host: String, running: &Arc<()>) -> io::Result<Vec<IpAddr>> {
    // One of those counted is the names' own.
    while Arc::strong_count(running) > LOOKUPS {
        Timer::after(PATIENCE).await;
    }
    let running = Arc::clone(running);
    let answer = Arc::new(Answer::default());
    let asked = Arc::clone(&answer);
    thread::Builder::new().name("lookup".to_owned()).stack_size(STACK).spawn(move || {
        let found = (host.as_str(), 0).to_socket_addrs().map(|found| found.map(|found| found.ip()).collect());
        let waker = {
            let mut answer = asked.lock().unwrap_or_else(PoisonError::into_inner);
            answer.0 = Some(found);
            answer.1.take()
        };
        drop(running);
        // Nobody may be waiting any more.
        if let Some(waker) = waker {
            waker.wake();
        }
    })?;
    let found = poll_fn(|context| {
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.1 = Some(context.waker().clone());
        answer.0.take().map_or(Poll::Pending, Poll::Ready)
    });
    let found = found.await?;
    if found.is_empty() {
        Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
    } else {
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(30);

    #[test]
    fn names_and_addresses() {
        let names = Names::default();
        async_io::block_on(async {
            assert_eq!(names.addresses("::1", TIME).await.unwrap(), ["::1".parse::<IpAddr>().unwrap()]);
            assert!(names.known.borrow().is_empty());
            let found = names.addresses("localhost", TIME).await.unwrap();
            assert!(found.iter().all(IpAddr::is_loopback));
            assert_eq!(names.find("localhost").unwrap().0, found);
        });
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let names = Names::default();
        for n in 0..=KNOWN {
            names.keep(&format!("host{n}"), &[]);
        }
        assert_eq!(names.known.borrow().len(), KNOWN);
        assert!(names.find("host0").is_none() && names.find("host1").is_some());
    }

    #[test]
    fn what_was_found_last_serves_while_nothing_is_found() {
        let names = Names::default();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        // No name server is asked about an empty label.
        let host = "no..name";
        async_io::block_on(async {
            assert!(names.addresses(host, TIME).await.is_err());
            names.keep(host, &[address]);
            assert_eq!(names.addresses(host, Duration::ZERO).await.unwrap(), [address]);
            let stale = Instant::now().checked_sub(FRESH);
            names.known.borrow_mut()[0].at = stale.expect("the machine runs for longer");
            assert_eq!(names.addresses(host, TIME).await.unwrap(), [address]);
        });
    }
}
