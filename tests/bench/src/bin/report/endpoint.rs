//! Webhooks that cost next to nothing: one thread for all their connections, and one answer to everything.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::{Async, LocalExecutor, Timer};

pub(crate) const TAKEN: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
pub(crate) const REPLY: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 53\r\n\r\n\
    {\"kind\":\"message\",\"type\":\"chat\",\"body\":\"I hear you.\"}";

/// One that listens.
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    answered: Arc<AtomicU64>,
}

impl Endpoint {
    /// Gives that answer after that time; without an answer, none ever.
    pub(crate) fn start(answer: Option<&'static str>, after: Duration) -> io::Result<Self> {
        let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
        let address = listener.get_ref().local_addr()?;
        let answered = Arc::new(AtomicU64::new(0));
        let counter = answered.clone();
        thread::spawn(move || {
            let executor = LocalExecutor::new();
            let serving = executor.run(async {
                loop {
                    let (stream, _) = listener.accept().await?;
                    executor.spawn(serve(stream, answer, after, counter.clone())).detach();
                }
            });
            smol::block_on::<io::Result<()>>(serving)
        });
        Ok(Self { address, answered })
    }

    /// How many requests were answered.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Acquire)
    }
}

async fn serve(
    mut stream: Async<TcpStream>,
    answer: Option<&'static str>,
    after: Duration,
    counter: Arc<AtomicU64>,
) -> io::Result<()> {
    stream.get_ref().set_nodelay(true)?;
    let (mut memory, mut held) = (vec![0; 1 << 16], 0);
    loop {
        let n = stream.read(&mut memory[held..]).await?;
        if n == 0 {
            return Ok(());
        }
        held += n;
        while let Some((len, closes)) = request(&memory[..held]) {
            memory.copy_within(len..held, 0);
            held -= len;
            let Some(answer) = answer else { continue };
            if !after.is_zero() {
                Timer::after(after).await;
            }
            counter.fetch_add(1, Ordering::Release);
            stream.write_all(answer.as_bytes()).await?;
            if closes {
                return Ok(());
            }
        }
    }
}

/// How long the first request is, once it is whole, and whether the connection ends with it.
fn request(bytes: &[u8]) -> Option<(usize, bool)> {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let field = |wanted: &str| {
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim()).next()
    };
    let body = field("content-length").map_or(Some(0), |value| value.parse().ok())?;
    let closes = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    (bytes.len() >= head + body).then_some((head + body, closes))
}

/// An address where connections are never completed: the queue of a listener that takes none is full.
pub(crate) struct Blackhole {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Blackhole {
    pub(crate) fn open() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        rustix::net::listen(&listener, 0)?;
        let address = listener.local_addr()?;
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            waiting.push(stream);
        }
        Ok(Self { address, _listener: listener, _waiting: waiting })
    }
}
