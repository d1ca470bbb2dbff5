//! An XMPP server that is no more than what the gateway needs: it takes any component (XEP-0114), counts the
//! messages that come, drops them, and answers the pings of the keep-alive.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use restanza::buffer::Buffer;
use restanza::stanza::write_result;
use restanza::xml::{Framer, Node, Piece, Source, parse};
use restanza_bench::corpus::STREAM_OPEN;

/// The server, in threads of its own.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    messages: Arc<AtomicU64>,
}

impl Sink {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let messages = Arc::new(AtomicU64::new(0));
        let counter = messages.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = counter.clone();
                // A link ends when the gateway does.
                thread::spawn(move || _ = serve(stream, &counter));
            }
        });
        Ok(Self { address, messages })
    }

    /// How many messages came.
    pub(crate) fn messages(&self) -> u64 {
        self.messages.load(Ordering::Acquire)
    }
}

fn serve(mut stream: TcpStream, messages: &AtomicU64) -> io::Result<()> {
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
                    stream.write_all(STREAM_OPEN.as_bytes())?;
                    buffer.consume(n);
                }
                Piece::Stanza(n) => {
                    let stanza = &buffer.bytes()[..n];
                    if stanza.starts_with(b"<message ") {
                        messages.fetch_add(1, Ordering::Release);
                    } else if stanza.starts_with(b"<handshake>") {
                        stream.write_all(b"<handshake/>")?;
                    } else if let Ok(document) = parse(stanza, Source::Stanza, &mut nodes) {
                        let len = write_result(document.root(), &mut out).map_err(io::Error::other)?;
                        stream.write_all(&out[..len])?;
                    }
                    buffer.consume(n);
                }
                Piece::StreamClose(n) | Piece::Space(n) | Piece::Skipped(n) => buffer.consume(n),
            }
        }
    }
}
