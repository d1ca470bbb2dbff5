//! The clients: each sends a request, and says what it makes of the reply.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use http_types::{Method, Request, Url};
use restanza::buffer::Buffer;
use restanza::http::{Client, Progress};
use restanza::limits::Limits;
use restanza::time::Instant;

use crate::servers::{Whole, gather};
use crate::wire::Wire;

pub fn ours(wire: Wire) -> String {
    const LIMITS: Limits = Limits::DEFAULT;
    let mut input = vec![0; Client::capacity(&LIMITS)];
    let mut input = Buffer::new(&mut input);
    let mut client = Client::new(&LIMITS);
    client.start(Instant::ZERO);
    wire.put(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    let mut progress = Ok(Progress::NeedMore);
    while progress == Ok(Progress::NeedMore) {
        let n = wire.take(input.space()).unwrap();
        input.filled(n);
        progress = if n == 0 { client.eof(&mut input) } else { client.advance(&mut input) };
    }
    match progress {
        Ok(_) => {
            let reply = client.reply(&input);
            said(reply.status(), reply.body())
        }
        Err(unreadable) => format!("error: {unreadable:?}"),
    }
}

pub fn async_h1(wire: Wire) -> String {
    smol::block_on(async {
        let request = Request::new(Method::Get, Url::parse("http://a.example/").unwrap());
        let mut response = match async_h1::connect(wire, request).await {
            Ok(response) => response,
            Err(error) => return format!("error: {error}"),
        };
        match response.body_bytes().await {
            Ok(body) => said(response.status() as u16, &body),
            Err(error) => format!("error: {error}"),
        }
    })
}

pub fn hyper(wire: Wire) -> String {
    let result = smol::block_on(async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(wire).await?;
        let mut connection = pin!(connection);
        let request = hyper::Request::get("/").header("host", "a.example").body(Whole(None)).unwrap();
        let mut answer = pin!(async {
            let response = sender.send_request(request).await?;
            let status = response.status().as_u16();
            Ok::<_, hyper::Error>((status, gather(response.into_body()).await?))
        });
        let mut open = true;
        poll_fn(|context| {
            if open {
                open = connection.as_mut().poll(context).is_pending();
            }
            match answer.as_mut().poll(context) {
                Poll::Pending if !open => answer.as_mut().poll(context),
                poll => poll,
            }
        })
        .await
    });
    match result {
        Ok((status, body)) => said(status, &body),
        Err(error) => format!("error: {error}"),
    }
}

fn said(status: u16, body: &[u8]) -> String {
    format!("{status} [{}]", String::from_utf8_lossy(body))
}
