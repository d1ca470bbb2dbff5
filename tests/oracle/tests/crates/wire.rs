//! A connection in memory, for peers of every sort: what it brings is written down before, what is written is kept.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use hyper::rt::ReadBufCursor;
use smol::io::{AsyncRead, AsyncWrite};

/// What a connection brings; each piece is a segment of its own. Then it ends.
#[derive(Clone, Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    /// These come when a whole head was written: a request, an answer, or a 100.
    AfterHead(Vec<u8>),
    /// So many bytes, all the same.
    Flood(usize),
}

/// One end of it; clones are the same end.
#[derive(Clone)]
pub struct Wire(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    pieces: VecDeque<Piece>,
    read: usize,
    written: Vec<u8>,
    waker: Option<Waker>,
}

impl Wire {
    pub fn of(pieces: &[Piece]) -> Self {
        let pieces = pieces.iter().cloned().collect();
        Self(Arc::new(Mutex::new(Inner { pieces, ..Inner::default() })))
    }

    /// What was written to it.
    pub fn written(&self) -> Vec<u8> {
        self.0.lock().unwrap().written.clone()
    }

    /// How many bytes were read from it.
    pub fn read_bytes(&self) -> usize {
        self.0.lock().unwrap().read
    }

    /// Reads; nothing at the end, `None` while it waits.
    pub fn take(&self, space: &mut [u8]) -> Option<usize> {
        let mut inner = self.0.lock().unwrap();
        let may = inner.written.windows(4).any(|window| window == b"\r\n\r\n");
        let (n, done) = match inner.pieces.front_mut() {
            None => return Some(0),
            Some(Piece::AfterHead(_)) if !may => return None,
            Some(Piece::Bytes(bytes) | Piece::AfterHead(bytes)) => {
                let n = space.len().min(bytes.len());
                space[..n].copy_from_slice(&bytes[..n]);
                bytes.drain(..n);
                (n, bytes.is_empty())
            }
            Some(Piece::Flood(left)) => {
                let n = space.len().min(*left);
                space[..n].fill(b'x');
                *left -= n;
                (n, *left == 0)
            }
        };
        if done {
            inner.pieces.pop_front();
        }
        inner.read += n;
        Some(n)
    }

    pub fn put(&self, bytes: &[u8]) {
        let mut inner = self.0.lock().unwrap();
        inner.written.extend_from_slice(bytes);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    fn poll_take(&self, context: &mut Context<'_>, space: &mut [u8]) -> Poll<usize> {
        if let Some(n) = self.take(space) {
            return Poll::Ready(n);
        }
        self.0.lock().unwrap().waker = Some(context.waker().clone());
        // It may have been written between the two.
        self.take(space).map_or(Poll::Pending, Poll::Ready)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_take(context, space).map(Ok)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.put(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl hyper::rt::Read for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut space: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bytes = vec![0; space.remaining().min(65_536)];
        self.poll_take(context, &mut bytes).map(|n| {
            space.put_slice(&bytes[..n]);
            Ok(())
        })
    }
}

impl hyper::rt::Write for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(self, context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl embedded_io_async::ErrorType for Wire {
    type Error = embedded_io_async::ErrorKind;
}

impl embedded_io_async::Read for Wire {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Self::Error> {
        Ok(std::future::poll_fn(|context| self.poll_take(context, space)).await)
    }
}

impl embedded_io_async::Write for Wire {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.put(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl edge_nal::Readable for Wire {
    async fn readable(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl edge_nal::TcpShutdown for Wire {
    async fn close(&mut self, _: edge_nal::Close) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl edge_nal::TcpSplit for Wire {
    type Read<'a> = Self;
    type Write<'a> = Self;

    fn split(&mut self) -> (Self, Self) {
        (self.clone(), self.clone())
    }
}
