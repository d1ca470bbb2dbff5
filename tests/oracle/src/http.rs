//! What our server makes of a stream of bytes that then ends.

use restanza::buffer::Buffer;
use restanza::http::{After, Event, Server};
use restanza::limits::Limits;
use restanza::time::Instant;

/// A request as it reached the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub method: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Between two requests.
    Between,
    /// Within a request.
    Within,
    /// Closed after an answer, as the caller wanted; what followed was not read.
    Closed,
    /// Refused; what followed was not read.
    Refused(&'static str, u16),
}

/// Serves the stream in pieces of at most `piece` bytes; every request is answered at once.
pub fn serve(stream: &[u8], piece: usize) -> (Vec<Taken>, End) {
    let limits = Limits::DEFAULT;
    let now = Instant::ZERO;
    let mut memory = vec![0; Server::capacity(&limits)];
    let mut buffer = Buffer::new(&mut memory);
    let mut server = Server::new(now, &limits);
    let mut taken = Vec::new();
    let mut rest = stream;
    loop {
        match server.advance(now, &mut buffer) {
            Event::NeedMore if rest.is_empty() => server.eof(),
            Event::NeedMore => {
                let n = rest.len().min(piece).min(buffer.free());
                assert!(n > 0, "the server stalls with a full buffer");
                buffer.push(&rest[..n]).unwrap();
                rest = &rest[n..];
            }
            Event::Head => {
                if let Err(reason) = server.go_on(now, &buffer) {
                    return (taken, End::Refused(reason.name, reason.status));
                }
            }
            Event::Request => {
                let request = server.request(&buffer);
                taken.push(Taken {
                    method: request.method().name().into(),
                    target: request.target().into(),
                    body: request.body().into(),
                });
                server.answering(now, &mut buffer);
                if server.finish(now, &mut buffer) == After::Close {
                    return (taken, End::Closed);
                }
            }
            Event::Refuse(reason) if reason.name == "INCOMPLETE" => return (taken, End::Within),
            Event::Refuse(reason) => return (taken, End::Refused(reason.name, reason.status)),
            Event::Close => return (taken, End::Between),
        }
    }
}
