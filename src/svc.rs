//! The gateway behind the HTTP server and client of another platform, by the traits of embedded-svc (such as
//! esp-idf-svc on an ESP32): [`Door`] is a handler of such a server, [`call`] posts to a webhook by such a client.
//!
//! The platform's server has read the request already. Here it is written again as the lines of HTTP that the
//! gateway's own machine reads, and its answer is taken apart for the platform; so there is one gateway with one
//! set of rules and limits, wherever it runs. Nothing is allocated: a head has [`HEAD`] bytes of stack, a body passes
//! in pieces. A header that does not fit is an error and never cut.
//!
//! What the traits cannot say stays with the platform: time limits of its connections, and the link to the XMPP
//! server, which is a plain TCP stream pumped as [`crate::gateway::line`] tells.

#[cfg(test)]
mod tests;

use core::fmt::{self, Write as _};
use core::net::{IpAddr, Ipv4Addr};

use embedded_svc::http::Method;
use embedded_svc::http::{client, server};
use heapless::String;

use crate::gateway::line::{Cx, End, Line, Want};
use crate::gateway::{BUSY, Gateway};

/// The longest head of a request or answer between the gateway and the platform.
pub const HEAD: usize = 2048;

/// How much of a body is passed on at once.
const PIECE: usize = 512;

/// The headers of a request that mean something to the gateway. Those of the connection are the platform's.
const HEADERS: &[&str] =
    &["Host", "Authorization", "Content-Type", "Content-Length", "Accept", "Prosody-Rest-Timeout", "Origin"];

/// What the platform gives.
pub trait Host {
    /// Tells the gateway an event, alone, and then does what [`Gateway::action`] asks for: [`call`] for
    /// `Action::Connect` of a call, on a thread or task of its own; the end of [`Host::wait`] for `Action::Wake`.
    fn with<T>(&self, event: impl FnOnce(&mut Gateway<'_>, Cx<'_>) -> T) -> T;

    /// Waits until the line was woken, or for a moment; the line is looked at again in any case.
    fn wait(&self, line: Line);
}

/// A handler for any server: register it for all methods below the paths of the gateway.
#[derive(Debug)]
pub struct Door<H>(pub H);

/// What went wrong between the gateway and the platform.
#[derive(Debug)]
pub enum Error<E> {
    /// The platform's connection broke.
    Connection(E),
    /// A head did not fit into [`HEAD`] bytes, or is not one.
    Head,
    /// The gateway gave the line up: its limits, or its stop.
    GivenUp,
}

impl<E> From<E> for Error<E> {
    fn from(error: E) -> Self {
        Self::Connection(error)
    }
}

impl<E: fmt::Debug> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "{error:?}"),
            Self::Head => write!(f, "a head is no head, or is longer than {HEAD} bytes"),
            Self::GivenUp => f.write_str("given up"),
        }
    }
}

impl<C: server::Connection, H: Host + Send> server::Handler<C> for Door<H> {
    type Error = Error<C::Error>;

    fn handle(&self, connection: &mut C) -> Result<(), Self::Error> {
        // The traits do not tell where a request comes from; no network that is let in has this address.
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let Some(line) = self.0.with(|gateway, cx| gateway.accept(Some(nowhere), cx)) else {
            let mut busy = Pieces(BUSY);
            return respond(&mut busy, connection);
        };
        let result = exchange(&self.0, line, connection);
        self.0.with(|gateway, cx| match &result {
            Ok(()) => gateway.ended(line, End::Closed, cx),
            Err(error) => gateway.ended(line, End::Failed(error), cx),
        });
        result
    }
}

/// One request to the gateway, and its answer to the platform.
fn exchange<C: server::Connection>(
    host: &impl Host,
    line: Line,
    connection: &mut C,
) -> Result<(), Error<C::Error>> {
    let mut lane = Lane { host, line };
    let head = request_head(connection).ok_or(Error::Head)?;
    if lane.give(head.as_bytes()) {
        let sized = connection.header("Content-Length").is_some();
        give_body(&mut lane, sized, |piece| connection.read(piece))?;
    }
    respond(&mut lane, connection)
}

/// The request's line and headers; none when they do not fit, or would be more than they seem.
fn request_head(connection: &impl server::Connection) -> Option<String<HEAD>> {
    let method = match connection.method() {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Patch => "PATCH",
        Method::Options => "OPTIONS",
        // The gateway takes none of the others; what it says to this one holds for them.
        _ => "TRACE",
    };
    let mut head = String::new();
    let uri = connection.uri();
    if !is_line(uri) || uri.contains(' ') {
        return None;
    }
    write!(head, "{method} {uri} HTTP/1.1\r\nConnection: close\r\n").ok()?;
    for name in HEADERS {
        match connection.header(name) {
            Some(value) if is_line(value) => write!(head, "{name}: {value}\r\n").ok()?,
            Some(_) => return None,
            None if *name == "Host" => head.push_str("Host: localhost\r\n").ok()?,
            None => {}
        }
    }
    if connection.header("Content-Length").is_none() && !matches!(method, "GET" | "HEAD") {
        head.push_str("Transfer-Encoding: chunked\r\n").ok()?;
    }
    head.push_str("\r\n").ok()?;
    Some(head)
}

/// Text that cannot end a line of a head.
fn is_line(text: &str) -> bool {
    !text.contains(['\r', '\n', '\0'])
}

/// Posts what the gateway has for a webhook: what to do for `Action::Connect(Line::Call(at))`.
///
/// `scheme` is that of the hook's address. The end is told to the gateway, which makes the reply of it, or the error.
pub fn call<C: client::Connection>(host: &impl Host, at: u16, scheme: &str, connection: &mut C) {
    let line = Line::Call(at);
    host.with(|gateway, cx| gateway.connected(line, cx));
    let result = post(&mut Lane { host, line }, scheme, connection);
    host.with(|gateway, cx| match &result {
        Ok(()) => {
            gateway.ended(line, End::Eof, cx);
            gateway.ended(line, End::Closed, cx);
        }
        Err(error) => gateway.ended(line, End::Failed(error), cx),
    });
}

fn post<C: client::Connection>(
    lane: &mut Lane<'_, impl Host>,
    scheme: &str,
    connection: &mut C,
) -> Result<(), Error<C::Error>> {
    let mut head = [0; HEAD];
    let head = lane.head(&mut head).ok_or(Error::Head)?;
    let mut places = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut places);
    if !request.parse(head).is_ok_and(|status| status.is_complete()) {
        return Err(Error::Head);
    }
    let mut pairs = Pairs::new();
    let (mut authority, mut left) = ("", 0_usize);
    for (name, value) in text_headers(request.headers) {
        match name {
            _ if name.eq_ignore_ascii_case("Host") => authority = value,
            _ if name.eq_ignore_ascii_case("Connection") => {}
            _ => {
                if name.eq_ignore_ascii_case("Content-Length") {
                    left = value.parse().map_err(|_| Error::Head)?;
                }
                pairs.push((name, value)).map_err(|_| Error::Head)?;
            }
        }
    }
    let method = match request.method {
        Some("GET") => Method::Get,
        Some("OPTIONS") => Method::Options,
        _ => Method::Post,
    };
    let mut url = String::<HEAD>::new();
    write!(url, "{scheme}://{authority}{}", request.path.unwrap_or("/")).map_err(|_| Error::Head)?;
    connection.initiate_request(method, &url, &pairs)?;
    let mut piece = [0; PIECE];
    while left > 0 {
        let n = lane.take(&mut piece).ok_or(Error::GivenUp)?;
        connection.write_all(&piece[..n])?;
        left = left.saturating_sub(n);
    }
    connection.flush()?;
    connection.initiate_response()?;

    let mut head = String::<HEAD>::new();
    write!(head, "HTTP/1.1 {} \r\nConnection: close\r\n", connection.status()).map_err(|_| Error::Head)?;
    if let Some(media) = connection.header("Content-Type").filter(|media| is_line(media)) {
        write!(head, "Content-Type: {media}\r\n").map_err(|_| Error::Head)?;
    }
    // These have no body, and no way to say how long it is (RFC 9112 section 6.3).
    let empty = matches!(connection.status(), 204 | 304);
    head.push_str(if empty { "\r\n" } else { "Transfer-Encoding: chunked\r\n\r\n" })
        .map_err(|_| Error::Head)?;
    if lane.give(head.as_bytes()) && !empty {
        give_body(lane, false, |piece| connection.read(piece))?;
    }
    Ok(())
}

/// Passes a body to the gateway: as it is when its length was said, otherwise in chunks, so that its end is known.
fn give_body<E>(
    lane: &mut Lane<'_, impl Host>,
    sized: bool,
    mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<(), E> {
    let mut piece = [0; PIECE];
    loop {
        let n = read(&mut piece)?;
        let mut size = String::<8>::new();
        let _ = write!(size, "{n:x}\r\n");
        // The gateway has its answer before the end, when it refuses the body.
        let more = if sized {
            n > 0 && lane.give(&piece[..n])
        } else {
            lane.give(size.as_bytes()) && lane.give(&piece[..n]) && lane.give(b"\r\n") && n > 0
        };
        if !more {
            return Ok(());
        }
    }
}

/// Where an answer comes from.
trait Source {
    /// The whole head, its empty line included; none when it does not fit.
    fn head<'h>(&mut self, out: &'h mut [u8]) -> Option<&'h [u8]>;
    /// Bytes after it; none at the end.
    fn take(&mut self, out: &mut [u8]) -> Option<usize>;
}

/// Gives an answer to the platform's caller.
fn respond<C: server::Connection>(
    source: &mut impl Source,
    connection: &mut C,
) -> Result<(), Error<C::Error>> {
    let mut head = [0; HEAD];
    let head = source.head(&mut head).ok_or(Error::Head)?;
    let mut places = [httparse::EMPTY_HEADER; 16];
    let mut answer = httparse::Response::new(&mut places);
    if !answer.parse(head).is_ok_and(|status| status.is_complete()) {
        return Err(Error::Head);
    }
    let mut pairs = Pairs::new();
    for (name, value) in text_headers(answer.headers) {
        // The platform frames the body its own way, and keeps or closes its connection as it likes.
        if !["Connection", "Content-Length", "Date"].iter().any(|own| own.eq_ignore_ascii_case(name)) {
            pairs.push((name, value)).map_err(|_| Error::Head)?;
        }
    }
    connection.initiate_response(answer.code.unwrap_or(500), answer.reason, &pairs)?;
    let mut piece = [0; PIECE];
    while let Some(n) = source.take(&mut piece) {
        connection.write_all(&piece[..n])?;
    }
    connection.flush()?;
    Ok(())
}

type Pairs<'h> = heapless::Vec<(&'h str, &'h str), 16>;

fn text_headers<'h>(headers: &[httparse::Header<'h>]) -> impl Iterator<Item = (&'h str, &'h str)> {
    headers.iter().filter_map(|header| Some((header.name, core::str::from_utf8(header.value).ok()?)))
}

/// An answer that is there as a whole.
struct Pieces(&'static [u8]);

impl Source for Pieces {
    fn head<'h>(&mut self, out: &'h mut [u8]) -> Option<&'h [u8]> {
        let n = memchr::memmem::find(self.0, b"\r\n\r\n")? + 4;
        let (head, rest) = self.0.split_at(n);
        self.0 = rest;
        out.get_mut(..n)?.copy_from_slice(head);
        Some(&out[..n])
    }

    fn take(&mut self, out: &mut [u8]) -> Option<usize> {
        let n = self.0.len().min(out.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        (n > 0).then_some(n)
    }
}

/// One line of the gateway, waited for.
struct Lane<'h, H> {
    host: &'h H,
    line: Line,
}

impl<H: Host> Lane<'_, H> {
    /// Gives bytes to the gateway; `false` when it wants no more of them.
    fn give(&mut self, mut bytes: &[u8]) -> bool {
        let Self { host, line } = *self;
        while !bytes.is_empty() {
            let given = host.with(|gateway, cx| {
                if gateway.want(line) != Want::Open || !gateway.pending(line).is_empty() {
                    return None;
                }
                let space = gateway.space(line);
                let n = space.len().min(bytes.len());
                space[..n].copy_from_slice(&bytes[..n]);
                if n > 0 {
                    gateway.received(line, n, cx);
                }
                Some(n)
            });
            match given {
                None => return false,
                Some(0) => host.wait(line),
                Some(n) => bytes = &bytes[n..],
            }
        }
        true
    }

    /// Lets `look` have what is pending, again and again until it gives something, or the line is over.
    fn pending<T>(&mut self, mut look: impl FnMut(&mut Gateway<'_>, Cx<'_>) -> Option<T>) -> Option<T> {
        loop {
            let found = self.host.with(|gateway, cx| {
                let found = look(gateway, cx);
                let over = gateway.want(self.line) != Want::Open && gateway.pending(self.line).is_empty();
                if found.is_none() && !over { Err(()) } else { Ok(found) }
            });
            match found {
                Ok(found) => return found,
                Err(()) => self.host.wait(self.line),
            }
        }
    }
}

impl<H: Host> Source for Lane<'_, H> {
    fn head<'h>(&mut self, out: &'h mut [u8]) -> Option<&'h [u8]> {
        let line = self.line;
        let n = self.pending(|gateway, cx| {
            let pending = gateway.pending(line);
            let Some(n) = memchr::memmem::find(pending, b"\r\n\r\n").map(|at| at + 4) else {
                return (pending.len() >= HEAD).then_some(None);
            };
            let Some(place) = out.get_mut(..n) else { return Some(None) };
            place.copy_from_slice(&pending[..n]);
            gateway.written(line, n, cx);
            Some(Some(n))
        });
        Some(&out[..n.flatten()?])
    }

    fn take(&mut self, out: &mut [u8]) -> Option<usize> {
        let line = self.line;
        self.pending(|gateway, cx| {
            let pending = gateway.pending(line);
            let n = pending.len().min(out.len());
            out[..n].copy_from_slice(&pending[..n]);
            if n > 0 {
                gateway.written(line, n, cx);
            }
            (n > 0).then_some(n)
        })
    }
}
