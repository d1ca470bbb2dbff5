//! One end of a component's stream (XEP-0114) for a load: what is said goes out at once, what comes is counted or told.
//!
//! It is a server that takes any component, or a component of a real server.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use restanza::buffer::Buffer;
use restanza::stanza::write_result;
use restanza::xml::{Framer, Node, Piece, Source, parse};
use restanza_bench::corpus::STREAM_OPEN;
use sha1::{Digest as _, Sha1};

/// A stream, read by a thread of its own.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    stream: Arc<Mutex<Option<TcpStream>>>,
    messages: Arc<AtomicU64>,
    heard: mpsc::Receiver<usize>,
}

/// What the reading thread has.
struct Reader {
    secret: Option<String>,
    stream: Arc<Mutex<Option<TcpStream>>>,
    messages: Arc<AtomicU64>,
    tell: mpsc::Sender<usize>,
}

impl Wire {
    /// A server that is no more than what a component needs; the last one that comes is the one that is spoken to.
    pub(crate) fn server() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (wire, reader) = Self::new(listener.local_addr()?, None);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A link ends when the gateway does.
                _ = reader.serve(stream);
            }
        });
        Ok(wire)
    }

    /// A component of a server.
    pub(crate) fn component(address: SocketAddr, domain: &str, secret: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        let (wire, reader) = Self::new(address, Some(secret.to_owned()));
        let open = format!(
            "<stream:stream to='{domain}' xmlns='jabber:component:accept' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        stream.write_all(open.as_bytes())?;
        thread::spawn(move || _ = reader.serve(stream));
        Ok(wire)
    }

    fn new(address: SocketAddr, secret: Option<String>) -> (Self, Reader) {
        let (stream, messages) = (Arc::new(Mutex::new(None)), Arc::new(AtomicU64::new(0)));
        let (tell, heard) = mpsc::channel();
        let reader = Reader { secret, stream: stream.clone(), messages: messages.clone(), tell };
        (Self { address, stream, messages, heard }, reader)
    }

    /// Says something, once there is somebody who was let in.
    pub(crate) fn say(&self, text: &str) -> io::Result<()> {
        let stream = self.stream.lock().expect("no panic while it is held");
        stream.as_ref().ok_or(io::ErrorKind::NotConnected)?.write_all(text.as_bytes())
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.stream.lock().is_ok_and(|stream| stream.is_some())
    }

    /// How many messages came.
    pub(crate) fn messages(&self) -> u64 {
        self.messages.load(Ordering::Acquire)
    }

    /// The numbers of those whom messages came for: `uN@`. Errors are none.
    pub(crate) fn heard(&self) -> &mpsc::Receiver<usize> {
        &self.heard
    }
}

impl Reader {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut memory, mut out) = (vec![0; 1 << 18], vec![0; 4096]);
        let mut nodes = [Node::default(); 64];
        let (mut buffer, mut framer) = (Buffer::new(&mut memory), Framer::new());
        loop {
            let n = stream.read(buffer.space())?;
            if n == 0 {
                return Ok(());
            }
            buffer.filled(n);
            loop {
                let piece = framer.next(buffer.bytes()).map_err(io::Error::other)?;
                match piece {
                    Piece::Incomplete => break,
                    Piece::StreamOpen(n) => {
                        let said = self.greet(&buffer.bytes()[..n]);
                        stream.write_all(said.as_bytes())?;
                        buffer.consume(n);
                    }
                    Piece::Stanza(n) => {
                        let stanza = &buffer.bytes()[..n];
                        if stanza.starts_with(b"<message") {
                            self.messages.fetch_add(1, Ordering::Release);
                            self.hear(stanza);
                        } else if stanza.starts_with(b"<handshake") {
                            if self.secret.is_none() {
                                stream.write_all(b"<handshake/>")?;
                            }
                            *self.stream.lock().expect("no panic while it is held") =
                                Some(stream.try_clone()?);
                        } else if let Ok(document) = parse(stanza, Source::Stanza, &mut nodes) {
                            let len = write_result(document.root(), &mut out).map_err(io::Error::other)?;
                            let answer = self.stream.lock().expect("no panic while it is held");
                            answer.as_ref().map_or(Ok(()), |mut stream| stream.write_all(&out[..len]))?;
                        }
                        buffer.consume(n);
                    }
                    Piece::StreamClose(n) | Piece::Space(n) | Piece::Skipped(n) => buffer.consume(n),
                }
            }
        }
    }

    /// The answer to the other side's opening of the stream.
    fn greet(&self, open: &[u8]) -> String {
        let Some(secret) = &self.secret else { return STREAM_OPEN.to_owned() };
        let digest = Sha1::digest(format!("{}{secret}", attribute(open, "id").unwrap_or_default()));
        format!(
            "<handshake>{}</handshake>",
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        )
    }

    fn hear(&self, stanza: &[u8]) {
        let tag = &stanza[..stanza.iter().position(|byte| *byte == b'>').unwrap_or(0)];
        let number =
            attribute(tag, "to").and_then(|to| to.strip_prefix('u')?.split('@').next()?.parse().ok());
        if let Some(number) = number.filter(|_| attribute(tag, "type") != Some("error")) {
            // Nobody may listen.
            _ = self.tell.send(number);
        }
    }
}

/// An attribute of a tag, as it is written.
fn attribute<'t>(tag: &'t [u8], name: &str) -> Option<&'t str> {
    let text = std::str::from_utf8(tag).ok()?;
    let rest = [format!(" {name}='"), format!(" {name}=\"")]
        .iter()
        .find_map(|start| text.split_once(start.as_str()));
    rest.and_then(|(_, rest)| rest.split(['\'', '"']).next())
}
