//! The pump, the door, the dial and the clock, over loopback sockets, with a toy for a machine.
#![cfg_attr(
    not(feature = "tls"),
    allow(clippy::default_constructed_unit_structs, reason = "with TLS there is something in it")
)]

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use async_io::Async;
use futures_lite::future;
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::bind::Entrance;
use super::config::{self, Files, SecretText};
use super::hub::Hub;
use super::listen;
use super::log::Stderr;
use super::run::{Source, reload, stop};
use super::socket::Listener;
use super::tls::Tls;
use super::toy::Toy;
use crate::gateway::line::{Door, Level, Line, Want};

const BUSY: &[u8] = b"come back soon";

struct NoFiles;

impl Files for NoFiles {
    fn secret(&self, _: &std::path::Path) -> io::Result<SecretText> {
        Err(io::ErrorKind::NotFound.into())
    }
}

fn reading(more: &str) -> config::Reading {
    config::read(&format!("[component]\ndomain = a.example\nsecret = x\n{more}"), &[], &NoFiles)
}

fn hub(callers: u16, more: &str) -> &'static Hub<Toy> {
    let config::Reading { config, problems, .. } = reading(more);
    assert_eq!(problems, []);
    Hub::new(Toy::new(callers), config, Tls::default(), Stderr::new(Level::Error))
}

/// A hub with its door open.
fn open(callers: u16) -> (&'static Hub<Toy>, SocketAddr) {
    let hub = hub(callers, "");
    let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).unwrap();
    let address = listener.get_ref().local_addr().unwrap();
    let listener = Listener::Tcp(listener);
    let entrance = Entrance { listener, door: Door::Main, tls: false, shown: String::new() };
    hub.spawn(listen::accept(hub, entrance, BUSY)).detach();
    (hub, address)
}

/// Runs a test to its end; one that hangs fails.
fn run(hub: &'static Hub<Toy>, test: impl Future<Output = ()>) {
    let too_long = async {
        async_io::Timer::after(Duration::from_secs(60)).await;
        panic!("the test hangs; the toy heard {:?}", hub.look(|toy| toy.heard.clone()));
    };
    hub.block_on(future::or(test, too_long));
}

/// Linux lets whoever has a copy of the socket do this.
#[test]
fn a_listener_that_was_shut_down_does_not_hold_up_the_others() {
    let (done, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let hub = hub(1, "");
        let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).unwrap();
        rustix::net::shutdown(&listener, rustix::net::Shutdown::Read).unwrap();
        let listener = Listener::Tcp(listener);
        let entrance = Entrance { listener, door: Door::Main, tls: false, shown: String::new() };
        hub.spawn(listen::accept(hub, entrance, BUSY)).detach();
        run(hub, async {
            async_io::Timer::after(Duration::from_millis(10)).await;
        });
        done.send(()).unwrap();
    });
    waits.recv_timeout(Duration::from_secs(60)).expect("the timer has its turn");
}

async fn dial(address: SocketAddr) -> Async<TcpStream> {
    Async::<TcpStream>::connect(address).await.unwrap()
}

/// Until the toy has heard so many events.
async fn heard(hub: &'static Hub<Toy>, count: usize) -> Vec<String> {
    loop {
        let heard = hub.look(|toy| toy.heard.clone());
        if heard.len() >= count {
            return heard;
        }
        async_io::Timer::after(Duration::from_millis(1)).await;
    }
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| b'a' + (at % 23) as u8).collect()
}

#[test]
fn much_goes_through_small_buffers() {
    let (hub, address) = open(4);
    run(hub, async {
        let sent = pattern(100_000);
        let talk = async |stream: Async<TcpStream>| {
            let mut received = Vec::new();
            let write = async {
                (&stream).write_all(&sent).await.unwrap();
                stream.get_ref().shutdown(Shutdown::Write).unwrap();
            };
            let read = async { (&stream).read_to_end(&mut received).await.unwrap() };
            future::zip(write, read).await;
            assert!(received == sent);
        };
        future::zip(talk(dial(address).await), talk(dial(address).await)).await;
        hub.idle().await;
    });
    let heard = hub.look(|toy| toy.heard.clone());
    let count = |words: &str| heard.iter().filter(|event| event.ends_with(words)).count();
    assert_eq!((count("eof"), count("closed"), heard.len()), (2, 2, 4));
}

#[test]
fn callers_beyond_the_room_hear_so_and_a_place_is_used_again() {
    let (hub, address) = open(2);
    run(hub, async {
        let mut callers = [dial(address).await, dial(address).await];
        let mut buffer = [0; 1];
        for caller in &mut callers {
            caller.write_all(b"x").await.unwrap();
            caller.read_exact(&mut buffer).await.unwrap();
        }
        let mut third = dial(address).await;
        third.write_all(&pattern(100_000)).await.unwrap();
        let mut answer = Vec::new();
        third.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, BUSY);

        drop(callers);
        heard(hub, 4).await;
        let mut fourth = dial(address).await;
        fourth.write_all(b"y").await.unwrap();
        fourth.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"y");
    });
}

/// The next caller and the end of the one before become known in the same look at the system, in that order.
#[test]
fn who_has_gone_is_seen_before_the_next_one_is_refused() {
    let (hub, address) = open(1);
    run(hub, async {
        let mut buffer = [0; 1];
        let mut first = dial(address).await;
        first.write_all(b"x").await.unwrap();
        first.read_exact(&mut buffer).await.unwrap();
        let second = TcpStream::connect(address).unwrap();
        drop(first);
        let mut second = Async::new(second).unwrap();
        second.write_all(b"y").await.unwrap();
        second.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"y");
    });
}

#[test]
fn what_is_flushed_arrives_though_the_caller_talks_on() {
    let (hub, address) = open(1);
    run(hub, async {
        let mut caller = dial(address).await;
        caller.write_all(b"0123456789!").await.unwrap();
        // More than the toy ever reads; a reset would destroy the answer.
        let _ = caller.write_all(&pattern(300_000)).await;
        let mut answer = Vec::new();
        caller.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"0123456789!");
        drop(caller);
        assert_eq!(heard(hub, 1).await, ["Caller(0) closed"]);
    });
}

#[test]
fn a_line_is_closed_at_once_though_the_caller_never_reads() {
    let (hub, address) = open(1);
    run(hub, async {
        let mut caller = dial(address).await;
        caller.write_all(b"hello^").await.unwrap();
        assert_eq!(heard(hub, 1).await, ["Caller(0) closed"]);
        let mut answer = Vec::new();
        let _ = caller.read_to_end(&mut answer).await;
        hub.idle().await;
    });
}

#[test]
fn a_line_that_waits_is_woken_to_write() {
    let (hub, address) = open(1);
    run(hub, async {
        let mut caller = dial(address).await;
        let mut buffer = [0; 5];
        caller.write_all(b"x").await.unwrap();
        caller.read_exact(&mut buffer[..1]).await.unwrap();
        hub.with(|toy, _| toy.say(Line::Caller(0), b"hello"));
        caller.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"hello");
    });
}

#[test]
fn the_clock_ticks_when_the_deadline_has_come_even_if_it_moved_nearer() {
    let (hub, address) = open(1);
    run(hub, async {
        hub.with(|toy, cx| toy.deadline = Some(cx.now + crate::time::Duration::from_secs(3600)));
        let mut caller = dial(address).await;
        caller.write_all(b"@").await.unwrap();
        while hub.look(|toy| toy.ticks) == 0 {
            async_io::Timer::after(Duration::from_millis(1)).await;
        }
        assert!(hub.look(|toy| toy.deadline).is_none());
    });
}

#[test]
fn the_link_is_opened_served_and_told_of_its_end() {
    let server = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).unwrap();
    let port = server.get_ref().local_addr().unwrap().port();
    let hub = hub(0, &format!("server = localhost:{port}"));
    run(hub, async {
        for _ in 0..2 {
            hub.with(|toy, _| toy.connect(Want::Open));
            let (mut stream, _) = server.accept().await.unwrap();
            let mut buffer = [0; 5];
            stream.write_all(b"hello").await.unwrap();
            stream.read_exact(&mut buffer).await.unwrap();
            assert_eq!(&buffer, b"hello");
            drop(stream);
            hub.idle().await;
        }
    });
    let once = ["Link connected", "Link eof", "Link closed"];
    assert_eq!(hub.look(|toy| toy.heard.clone()), [once, once].concat());
}

#[test]
fn a_link_that_cannot_be_opened_says_why() {
    // A port that was free a moment ago.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let cases = [
        (format!("127.0.0.1:{port}"), format!("127.0.0.1 port {port}: ")),
        // No name server is asked about this: a label is longer than any may be on the wire.
        (format!("{}.invalid", "a.".repeat(126)), "cannot be looked up: ".to_owned()),
    ];
    for (server, words) in cases {
        let hub = hub(0, "");
        hub.config.borrow_mut().server.host = server.split(':').next().unwrap().to_owned();
        hub.config.borrow_mut().server.port = port;
        run(hub, async {
            hub.with(|toy, _| toy.connect(Want::Open));
            hub.idle().await;
        });
        let heard = hub.look(|toy| toy.heard.clone());
        assert!(
            heard.len() == 1 && heard[0].starts_with("Link failed: ") && heard[0].contains(&words),
            "{heard:?}"
        );
    }
}

#[test]
fn a_link_that_is_no_longer_wanted_is_given_up() {
    let hub = hub(0, "");
    run(hub, async {
        hub.with(|toy, _| toy.connect(Want::Close));
        hub.idle().await;
    });
    assert_eq!(hub.look(|toy| toy.heard.clone()), ["Link closed"]);
}

#[test]
fn a_stop_flushes_and_then_cuts() {
    let (hub, address) = open(2);
    run(hub, async {
        let mut polite = dial(address).await;
        let stubborn = dial(address).await;
        let mut answer = Vec::new();
        polite.write_all(b"x").await.unwrap();
        polite.read_exact(&mut [0]).await.unwrap();
        let read = async {
            polite.read_to_end(&mut answer).await.unwrap();
            drop(polite);
        };
        future::zip(read, stop(hub, [Duration::from_millis(50), Duration::from_secs(60)])).await;
        assert_eq!(hub.open(), 0);
        drop(stubborn);
    });
    assert_eq!(hub.look(|toy| toy.stopped), 2);
}

#[test]
fn a_reload_takes_tokens_and_hooks_or_nothing() {
    let (hub, _) = open(0);
    let source = Source { file: "f".into(), may_be_missing: false };
    let hook = "[hook \"h\"]\nurl = http://a/\n";
    let words = reload(hub, reading(&format!("{hook}[http]\nlisten = 0\n[log]\nlevel = error")), &source);
    assert_eq!((hub.config.borrow().hooks.len(), hub.look(|toy| toy.reloaded)), (1, 1));
    assert_eq!(hub.config.borrow().listen[0].to_string(), "127.0.0.1:8080");
    assert_eq!(words, "f reloaded: 0 tokens, 1 hooks");
    let words = reload(hub, reading("[hook \"h\"]\nurl = nonsense"), &source);
    assert_eq!(words, "f has errors; the settings stay as they were");
    assert_eq!((hub.config.borrow().hooks.len(), hub.look(|toy| toy.reloaded)), (1, 1));
    assert_eq!(hub.config.borrow().hooks[0].url.authority, "a");
}
