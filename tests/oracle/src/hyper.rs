//! What hyper's server makes of a stream of bytes that then ends.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use hyper::body::{Body as _, Bytes, Frame, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;

use crate::http::Taken;

/// A stream that is all there and then ends; what is written to it is dropped.
struct Fed<'a>(&'a [u8]);

impl Read for Fed<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut space: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let n = self.0.len().min(space.remaining());
        space.put_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Poll::Ready(Ok(()))
    }
}

impl Write for Fed<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

struct Empty;

impl hyper::body::Body for Empty {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

async fn gather(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// The requests that hyper takes whole, and whether the connection then ended well.
pub fn hyper_serves(stream: &[u8]) -> (Vec<Taken>, bool) {
    let taken = Rc::new(RefCell::new(Vec::new()));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let taken = taken.clone();
        async move {
            let (method, target) = (request.method().to_string(), request.uri().to_string());
            let body = gather(request.into_body()).await?;
            taken.borrow_mut().push(Taken { method, target, body });
            Ok::<_, hyper::Error>(hyper::Response::new(Empty))
        }
    });
    let mut connection = pin!(http1::Builder::new().half_close(true).serve_connection(Fed(stream), service));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(end) = connection.as_mut().poll(&mut context) {
            return (taken.take(), end.is_ok());
        }
    }
    panic!("hyper does not come to an end");
}

/// Targets are compared as hyper shows them: an absolute one without path gets its slash.
pub fn shown(taken: &Taken) -> Taken {
    let target = match taken.target.split_once("://").filter(|_| !taken.target.starts_with('/')) {
        Some((scheme, rest)) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let slash = if rest[end..].starts_with('/') { "" } else { "/" };
            format!("{}://{}{slash}{}", scheme.to_ascii_lowercase(), &rest[..end], &rest[end..])
        }
        None => taken.target.clone(),
    };
    Taken { target, ..taken.clone() }
}
