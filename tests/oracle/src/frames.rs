//! What our framer makes of a stream, however it arrives.

use restanza::xml::{Broken, Framer, Piece};

/// What a framer made of a stream; white space and skipped bytes that follow each other are one.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Open(Vec<u8>),
    Stanza(Vec<u8>),
    Close(Vec<u8>),
    Space(Vec<u8>),
    /// The start tag, as far as it was known, and the bytes that were skipped from there on.
    Skipped(usize),
    Broken(Broken),
}

/// Feeds a stream in segments. A stanza that does not fit in `room` is skipped.
pub fn frames(segments: &[&[u8]], room: usize) -> Vec<Found> {
    let mut framer = Framer::new();
    let mut held = Vec::new();
    let mut found = Vec::new();
    for segment in segments {
        held.extend_from_slice(segment);
        loop {
            let piece = match framer.next(&held) {
                Ok(piece) => piece,
                Err(broken) => {
                    found.push(Found::Broken(broken));
                    return found;
                }
            };
            let n = match piece {
                Piece::Incomplete => {
                    if held.len() > room {
                        if let Err(broken) = framer.skip() {
                            found.push(Found::Broken(broken));
                            return found;
                        }
                        skipped(&mut found, held.len(), false);
                        held.clear();
                    }
                    break;
                }
                Piece::StreamOpen(n) => {
                    found.push(Found::Open(held[..n].to_vec()));
                    n
                }
                Piece::Stanza(n) if n > room => {
                    skipped(&mut found, n, false);
                    n
                }
                Piece::Stanza(n) => {
                    found.push(Found::Stanza(held[..n].to_vec()));
                    n
                }
                Piece::StreamClose(n) => {
                    found.push(Found::Close(held[..n].to_vec()));
                    n
                }
                Piece::Space(n) => {
                    match found.last_mut() {
                        Some(Found::Space(space)) => space.extend_from_slice(&held[..n]),
                        _ => found.push(Found::Space(held[..n].to_vec())),
                    }
                    n
                }
                Piece::Skipped(n) => {
                    skipped(&mut found, n, true);
                    n
                }
            };
            held.drain(..n);
        }
    }
    found
}

fn skipped(found: &mut Vec<Found>, n: usize, more: bool) {
    match found.last_mut() {
        Some(Found::Skipped(skipped)) if more => *skipped += n,
        _ => found.push(Found::Skipped(n)),
    }
}
