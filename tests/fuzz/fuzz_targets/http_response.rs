//! The HTTP client reads the same replies however the bytes arrive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza::buffer::Buffer;
use restanza::http::{After, Client, Progress, Unreadable};
use restanza::limits::Limits;
use restanza::time::Instant;

/// Status and body of each reply, and why there are no more.
type Replies = (Vec<(u16, Vec<u8>)>, Option<Unreadable>);

/// Calls again and again on one connection, which gives the stream and ends.
fn call(stream: &[u8], piece: usize) -> Replies {
    let limits = Limits::DEFAULT;
    let mut memory = vec![0; Client::capacity(&limits)];
    let mut buffer = Buffer::new(&mut memory);
    let mut client = Client::new(&limits);
    let mut replies = Vec::new();
    let mut rest = stream;
    let mut ended = false;
    while !ended {
        client.start(Instant::ZERO);
        loop {
            let progress = if rest.is_empty() {
                ended = true;
                client.eof(&mut buffer)
            } else {
                let n = rest.len().min(piece).min(buffer.free());
                assert!(n > 0, "the client stalls with a full buffer");
                buffer.push(&rest[..n]).unwrap();
                rest = &rest[n..];
                client.advance(&mut buffer)
            };
            match progress {
                Ok(Progress::NeedMore) => assert!(!ended, "the client waits for more than the end"),
                Ok(Progress::Reply) => break,
                Err(error) => return (replies, Some(error)),
            }
        }
        let reply = client.reply(&buffer);
        replies.push((reply.status(), reply.body().to_vec()));
        if client.finish(Instant::ZERO, &mut buffer, true) == After::Close {
            break;
        }
    }
    (replies, None)
}

fuzz_target!(|data: &[u8]| {
    let [size, stream @ ..] = data else { return };
    let piece = usize::from(*size % 16) + 1;
    // What comes behind a reply ends the connection, so only the first is the same for every segmentation.
    let (whole, pieces) = (call(stream, usize::MAX), call(stream, piece));
    match (whole.0.first(), pieces.0.first()) {
        (None, None) => assert_eq!(whole.1, pieces.1),
        (first, other) => assert_eq!(first, other),
    }
});
