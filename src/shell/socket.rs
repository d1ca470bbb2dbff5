//! A TCP connection as the pump wants it.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};

use async_io::Async;
use futures_lite::io::{AsyncRead, AsyncWrite};

/// A TCP stream without Nagle's delay, which closes its sending side when it is asked to close: `Async` alone would
/// only flush.
#[derive(Debug)]
pub(super) struct Socket(Async<TcpStream>);

impl Socket {
    /// Takes a connection into service.
    pub(super) fn new(stream: Async<TcpStream>) -> io::Result<Self> {
        // Whatever is written is meant to leave at once.
        stream.get_ref().set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Connects to an address.
    pub(super) async fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::new(Async::<TcpStream>::connect(address).await?)
    }

    /// The system's socket.
    #[cfg(test)]
    pub(super) fn get_ref(&self) -> &TcpStream {
        self.0.get_ref()
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(context, space)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().shutdown(Shutdown::Write))
    }
}
