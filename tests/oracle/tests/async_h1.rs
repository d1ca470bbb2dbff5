//! Our machines beside async-h1, which is not in the product (the README says why) but is an HTTP implementation that
//! we did not write: our client asks its server, its client asks our server, over loopback sockets.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use async_h1::{accept, connect};
use http_types::{Method, Request, Response, StatusCode, Url};
use restanza::buffer::Buffer;
use restanza::http::{After, Client, Draft, Event, Progress, Server};
use restanza::limits::Limits;
use restanza::time::Instant;
use smol::Async;

const NOW: Instant = Instant::ZERO;
const LIMITS: Limits = Limits::DEFAULT;
/// Texts for a body: nothing, characters of all lengths, more than one segment.
fn bodies() -> [String; 3] {
    [String::new(), "<a>\u{e4}\u{20ac}\u{1f600}</a>".into(), "0123456789abcdef".repeat(2_000)]
}

#[test]
fn our_client_asks_its_server() {
    let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).unwrap();
    let address = listener.get_ref().local_addr().unwrap();
    thread::spawn(move || {
        smol::block_on(async {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let stream = async_dup::Arc::new(stream);
                let served = accept(stream, |mut request| async move {
                    let mut response = Response::new(StatusCode::ImATeapot);
                    response.insert_header("X-Method", request.method().to_string());
                    response.set_body(request.body_string().await?);
                    Ok(response)
                });
                let _ = served.await;
            }
        });
    });
    for body in bodies() {
        let mut stream = TcpStream::connect(address).unwrap();
        let (mut input, mut output) = (vec![0; Client::capacity(&LIMITS)], vec![0; LIMITS.call as usize]);
        let (mut input, mut output) = (Buffer::new(&mut input), Buffer::new(&mut output));
        let mut client = Client::new(&LIMITS);
        // Its server takes one request after the other on a kept connection, when they do not come in one piece.
        for round in 0..2 {
            let mut draft = Draft::begin(&mut output).unwrap();
            draft.push(body.as_bytes()).unwrap();
            draft.request("POST", "/x?y=z", "127.0.0.1", &[("Content-Type", &"text/plain")]).unwrap();
            client.start(NOW);
            stream.write_all(output.bytes()).unwrap();
            output.consume(output.len());
            let mut progress = Ok(Progress::NeedMore);
            while progress == Ok(Progress::NeedMore) {
                let n = stream.read(input.space()).unwrap();
                input.filled(n);
                progress = if n == 0 { client.eof(&mut input) } else { client.advance(&mut input) };
            }
            assert_eq!(progress, Ok(Progress::Reply), "round {round}");
            let reply = client.reply(&input);
            assert_eq!((reply.status(), reply.body()), (418, body.as_bytes()), "round {round}");
            assert_eq!(reply.fields().sole("x-method"), Ok(Some(&b"POST"[..])));
            if client.finish(NOW, &mut input, true) == After::Close {
                break;
            }
        }
    }
}

#[test]
fn its_client_asks_our_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap());
        }
    });
    for body in bodies() {
        let answer = smol::block_on(async {
            let stream = Async::<TcpStream>::connect(address).await.unwrap();
            let mut request = Request::new(Method::Post, Url::parse("http://example.org/a/b?c=d").unwrap());
            request.set_body(body.as_str());
            let mut response = connect(stream, request).await.unwrap();
            (response.status(), response.body_string().await.unwrap())
        });
        assert_eq!(answer, (StatusCode::Created, format!("POST /a/b?c=d {body}")));
    }
}

/// Answers the one request of a connection with what it was.
fn serve(mut stream: TcpStream) {
    let (mut input, mut output) = (vec![0; Server::capacity(&LIMITS)], vec![0; 2 * LIMITS.answer as usize]);
    let (mut input, mut output) = (Buffer::new(&mut input), Buffer::new(&mut output));
    let mut server = Server::new(NOW, &LIMITS);
    loop {
        match server.advance(NOW, &mut input) {
            Event::NeedMore => {
                let n = stream.read(input.space()).unwrap();
                assert!(n > 0, "the request ends early");
                input.filled(n);
            }
            Event::Head => {
                if let Some(interim) = server.go_on(NOW, &input).unwrap() {
                    stream.write_all(interim).unwrap();
                }
            }
            Event::Request => break,
            Event::Refuse(reason) => panic!("refused: {reason:?}"),
            Event::Close => panic!("closed"),
        }
    }
    let request = server.request(&input);
    let mut draft = Draft::begin(&mut output).unwrap();
    draft.push(format!("{} {} ", request.method().name(), request.target()).as_bytes()).unwrap();
    draft.push(request.body()).unwrap();
    let after = server.answering(NOW, &mut input);
    draft.answer(201, &[("Content-Type", &"text/plain")], after, false).unwrap();
    stream.write_all(output.bytes()).unwrap();
}
