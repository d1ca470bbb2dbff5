//! A stream that is encrypted or not, as the pump wants it; and how much memory an encrypted one holds at the most.
//!
//! rustls keeps what it has no whole message of: of a record, 18 KB; of a handshake's message, which may come at any time,
//! 64 KB. Here a peer that sends more than [`SILENT`] bytes without a byte of content is cut off.

use std::io;
use std::net::TcpStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_lite::io::{AsyncRead, AsyncWrite};
use futures_rustls::TlsStream;
use rustls::ConnectionCommon;

use super::Socket;

/// How many bytes may come without any content: a whole handshake with its certificates, or the largest record.
const SILENT: usize = 24 * 1024;

/// How many bytes of content may be encrypted before the network takes them.
const AHEAD: usize = 8 * 1024;

/// What rustls reads at once, and the most content that it holds until somebody takes it: that of one record.
const READ: usize = 4 * 1024;
const RECORD: usize = 16 * 1024;

/// What an encrypted line may hold beside its socket: what was not understood yet and space for more, content on both
/// ways, keys and the state of a handshake.
pub(in crate::shell) const MEMORY: usize = SILENT + READ + RECORD + AHEAD + 8 * 1024;

/// One type for all lines, so that the pump is compiled once.
pub(in crate::shell) enum Stream {
    Plain(Socket),
    /// Some kilobytes of state, only where they are needed.
    Tls(Pin<Box<TlsStream<Counted>>>),
}

impl From<Socket> for Stream {
    fn from(socket: Socket) -> Self {
        Self::Plain(socket)
    }
}

/// A socket below TLS.
pub(in crate::shell) struct Counted {
    socket: Socket,
    /// How many more bytes may come before there is content.
    left: usize,
}

impl Counted {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, left: SILENT }
    }
}

/// Bounds what is encrypted in advance.
pub(super) fn bound<S>(session: &mut ConnectionCommon<S>) {
    session.set_buffer_limit(Some(AHEAD));
}

trait Both: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> Both for T {}

impl Stream {
    /// See [`Socket::trace`].
    pub(in crate::shell) fn trace(&self) -> Option<TcpStream> {
        match self {
            Self::Plain(socket) => socket.trace(),
            Self::Tls(stream) => stream.get_ref().0.socket.trace(),
        }
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut dyn Both> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket) as Pin<&mut dyn Both>,
            Self::Tls(stream) => stream.as_mut(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let n = ready!(self.as_mut().inner().poll_read(context, space))?;
        if let Self::Tls(stream) = self.get_mut() {
            stream.get_mut().0.left = SILENT;
        }
        Poll::Ready(Ok(n))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.inner().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_close(context)
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let most = self.left.min(space.len());
        if most == 0 {
            let words = format!("more than {SILENT} bytes of TLS without content");
            return Poll::Ready(Err(io::Error::other(words)));
        }
        let n = ready!(Pin::new(&mut self.socket).poll_read(context, &mut space[..most]))?;
        self.left -= n;
        Poll::Ready(Ok(n))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(context)
    }
}
