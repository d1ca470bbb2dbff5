//! The servers: each answers every request with 200 and what it took for the body.

use std::convert::Infallible;
use std::fmt::{Debug, Display};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use edge_http::io::server::{Connection, Handler, handle_connection};
use edge_nal::TcpSplit;
use embedded_io_async::{Read, Write};
use http_types::{Response, StatusCode};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use restanza::buffer::Buffer;
use restanza::http::{After, Draft, Event, Server};
use restanza::limits::Limits;
use restanza::time::Instant;

use crate::wire::Wire;

pub fn ours(wire: Wire) {
    const NOW: Instant = Instant::ZERO;
    const LIMITS: Limits = Limits::DEFAULT;
    let (mut input, mut output) = (vec![0; Server::capacity(&LIMITS)], vec![0; LIMITS.answer as usize]);
    let (mut input, mut output) = (Buffer::new(&mut input), Buffer::new(&mut output));
    let mut server = Server::new(NOW, &LIMITS);
    loop {
        let (status, body) = match server.advance(NOW, &mut input) {
            Event::NeedMore => {
                match wire.take(input.space()) {
                    Some(0) => server.eof(),
                    Some(n) => input.filled(n),
                    None => panic!("no 100 was sent"),
                }
                continue;
            }
            Event::Head => match server.go_on(NOW, &input) {
                Ok(interim) => {
                    wire.put(interim.unwrap_or_default());
                    continue;
                }
                Err(reason) => (reason.status, Vec::new()),
            },
            Event::Request => (200, server.request(&input).body().to_vec()),
            Event::Refuse(reason) => (reason.status, Vec::new()),
            Event::Close => return,
        };
        let mut draft = Draft::begin(&mut output).unwrap();
        draft.push(&body).unwrap();
        let after = server.answering(NOW, &mut input);
        draft.answer(status, &[], after, false).unwrap();
        wire.put(output.bytes());
        output.clear();
        if server.finish(NOW, &mut input) == After::Close {
            return;
        }
    }
}

pub fn async_h1(wire: Wire) {
    let served = async_h1::accept(wire, |mut request| async move {
        let mut response = Response::new(StatusCode::Ok);
        response.set_body(request.body_string().await?);
        Ok(response)
    });
    // Its error is shown by what it wrote, or did not.
    let _ = smol::block_on(served);
}

struct Echo;

impl Handler for Echo {
    type Error<E>
        = edge_http::io::Error<E>
    where
        E: Debug;

    async fn handle<T, const N: usize>(
        &self,
        _: impl Display + Copy,
        connection: &mut Connection<'_, T, N>,
    ) -> Result<(), Self::Error<T::Error>>
    where
        T: Read + Write + TcpSplit,
    {
        let mut body = Vec::new();
        let mut space = [0; 512];
        loop {
            let n = connection.split().1.read(&mut space).await?;
            if n == 0 {
                break;
            }
            body.extend_from_slice(&space[..n]);
        }
        let length = body.len().to_string();
        connection.initiate_response(200, Some("OK"), &[("Content-Length", &length)]).await?;
        let mut rest = &body[..];
        while !rest.is_empty() {
            let n = connection.write(rest).await?;
            rest = &rest[n..];
        }
        Ok(())
    }
}

pub fn edge_http(wire: Wire) {
    let mut space = [0; 2_048];
    smol::block_on(handle_connection::<_, _, 64>(wire, &mut space, None, 0, Echo));
}

/// A body that is all there.
pub struct Whole(pub Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, Bytes::len) as u64)
    }
}

pub async fn gather(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

pub fn hyper(wire: Wire) {
    let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| async move {
        let body = gather(request.into_body()).await?;
        Ok::<_, hyper::Error>(hyper::Response::new(Whole(Some(body.into()))))
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    let mut connection = pin!(builder.half_close(true).serve_connection(wire, service));
    let _ = smol::block_on(poll_fn(|context| connection.as_mut().poll(context)));
}
