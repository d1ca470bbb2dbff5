//! A connection as the pump wants it, by TCP or over a Unix socket.

use std::io;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_io::Async;
use futures_lite::io::{AsyncRead, AsyncWrite};

use super::bind::Bound;

/// What callers come to.
pub(super) enum Listener {
    Tcp(Async<TcpListener>),
    Unix(Async<UnixListener>),
}

impl Listener {
    pub(super) fn new(bound: Bound) -> io::Result<Self> {
        Ok(match bound {
            Bound::Tcp(listener) => Self::Tcp(Async::new(listener)?),
            Bound::Unix(listener) => Self::Unix(Async::new(listener)?),
        })
    }
}

/// A stream without Nagle's delay, which closes its sending side when it is asked to close: `Async` alone would only
/// flush.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Inner,
    /// The last read took all there was: the next one has us woken when there is more instead of asking in vain.
    drained: bool,
}

#[derive(Debug)]
enum Inner {
    Tcp(Async<TcpStream>),
    Unix(Async<UnixStream>),
}

impl Socket {
    /// Takes a connection into service.
    fn new(stream: Inner) -> io::Result<Self> {
        if let Inner::Tcp(stream) = &stream {
            // Whatever is written is meant to leave at once.
            stream.get_ref().set_nodelay(true)?;
        }
        Ok(Self { stream, drained: false })
    }

    /// Takes the next caller, with its address; a Unix socket has none.
    pub(super) async fn accept(listener: &Listener) -> io::Result<(Self, Option<IpAddr>)> {
        match listener {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Self::new(Inner::Tcp(stream))?, Some(peer.ip())))
            }
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Self::new(Inner::Unix(stream))?, None))
            }
        }
    }

    /// Connects to an address.
    pub(super) async fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::new(Inner::Tcp(Async::<TcpStream>::connect(address).await?))
    }

    /// Connects to a Unix socket.
    pub(super) async fn connect_unix(path: &Path) -> io::Result<Self> {
        Self::new(Inner::Unix(Async::<UnixStream>::connect(path).await?))
    }

    /// The same connection once more, when it is one of TCP: it is not gone before both are dropped.
    pub(super) fn trace(&self) -> Option<TcpStream> {
        match &self.stream {
            Inner::Tcp(stream) => stream.get_ref().try_clone().ok(),
            Inner::Unix(_) => None,
        }
    }

    /// The system's socket, when it is one of TCP.
    #[cfg(test)]
    pub(super) fn get_ref(&self) -> &TcpStream {
        match &self.stream {
            Inner::Tcp(stream) => stream.get_ref(),
            Inner::Unix(_) => unreachable!("a test of TCP"),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, drained } = &mut *self;
        if std::mem::take(drained) {
            // The first answer may be about what was read already; only the second one is about what is there now.
            for _ in 0..2 {
                ready!(match stream {
                    Inner::Tcp(stream) => stream.poll_readable(context),
                    Inner::Unix(stream) => stream.poll_readable(context),
                })?;
            }
        }
        let n = ready!(match stream {
            Inner::Tcp(stream) => Pin::new(stream).poll_read(context, space),
            Inner::Unix(stream) => Pin::new(stream).poll_read(context, space),
        })?;
        *drained = n > 0 && n < space.len();
        Poll::Ready(Ok(n))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Inner::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Inner::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Neither keeps anything back.
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match &self.stream {
            Inner::Tcp(stream) => stream.get_ref().shutdown(Shutdown::Write),
            Inner::Unix(stream) => stream.get_ref().shutdown(Shutdown::Write),
        })
    }
}
