//! What the gateway shows of itself: the page for people with its style and script, and the description of the
//! interface.
//!
//! A document may be larger than the out-buffer of a caller. It is made anew for each window of it that fits, which
//! costs some microseconds and no memory; it is the same every time. A browser keeps it and asks whether it changed
//! (RFC 9110 section 13.1.2). The page takes nothing from anywhere else, runs nothing but its own script, and stands
//! in no frame.

use core::fmt::{self, Write};

use super::Port;
use super::answer::{self, Head, Wish};
use super::line::Cx;
use super::openapi;
use crate::buffer::Buffer;
use crate::fault::Fault;
use crate::http::{Field, Length, Request, Server};

/// A document of the gateway's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The description of the interface (OpenAPI 3.1).
    Interface,
    /// The page.
    Page,
    /// Its style.
    Style,
    /// Its script.
    Script,
}

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Stands in the page where the version goes.
const VERSION: &str = "{version}";

/// What the page may do (Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl Document {
    /// Writes all of it.
    pub fn write(self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Interface => openapi::write(out),
            Self::Page => {
                let (before, after) = PAGE.split_once(VERSION).unwrap_or((PAGE, ""));
                out.write_str(before)?;
                out.write_str(env!("CARGO_PKG_VERSION"))?;
                out.write_str(after)
            }
            Self::Style => out.write_str(STYLE),
            Self::Script => out.write_str(SCRIPT),
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Interface => "application/json",
            Self::Page => "text/html; charset=utf-8",
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
        }
    }

    /// Whether the caller says that it has it as it is.
    pub(super) fn is_known(self, request: Request<'_>) -> bool {
        let mut tag = heapless::String::<20>::new();
        let known = request.fields().all("if-none-match").flat_map(|value| value.split(|&byte| byte == b','));
        let mut known = known.map(<[u8]>::trim_ascii).peekable();
        // Most do not say, and nothing is to be measured for them.
        known.peek().is_some()
            && write!(tag, "{}", self.measure().tag).is_ok()
            && known.any(|one| one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes())
    }

    /// Begins the answer that shows it, or the one that says that it is as the caller knows it.
    pub(super) fn show(
        self,
        http: &mut Server,
        port: &mut Port<'_>,
        wish: Wish,
        cx: Cx<'_>,
        known: bool,
    ) -> Result<Rest, Fault> {
        let Measure { len, tag } = self.measure();
        let content_type = self.media_type();
        let own: [Field<'_>; 6] = [
            ("ETag", &tag),
            ("Cache-Control", &"no-cache"),
            ("Content-Type", &content_type),
            ("X-Content-Type-Options", &"nosniff"),
            ("Content-Security-Policy", &POLICY),
            ("Referrer-Policy", &"no-referrer"),
        ];
        let (status, own) = if known { (304, &own[..2]) } else { (200, &own[..]) };
        let bodiless = known || http.head_only();
        let mut rest = Rest { document: self, from: if bodiless { len } else { 0 }, len };
        let head = Head { status, own, length: Some(Length::Known(len)) };
        answer::put_part(http, port, wish, cx, head, |out| Ok(rest.fill(out)))?;
        Ok(rest)
    }

    fn measure(self) -> Measure {
        let mut measure = Measure { len: 0, tag: Tag(0xcbf2_9ce4_8422_2325) };
        // It never refuses.
        let _ = self.write(&mut measure);
        measure
    }
}

/// What of a document is still to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    document: Document,
    from: usize,
    len: usize,
}

impl Rest {
    /// Writes the next window of it; `false` when there is no more.
    pub(super) fn write(&mut self, output: &mut Buffer<'_>) -> bool {
        let n = self.fill(output.space());
        output.filled(n);
        n > 0
    }

    fn fill(&mut self, out: &mut [u8]) -> usize {
        if self.from == self.len {
            return 0;
        }
        let mut window = Window { skip: self.from, out, len: 0 };
        // The error is a window that is full.
        let _ = self.document.write(&mut window);
        self.from += window.len;
        window.len
    }
}

/// How long a text is, and a number that another one hardly has.
struct Measure {
    len: usize,
    tag: Tag,
}

/// An entity tag (RFC 9110 section 8.8.3): FNV-1a of the text.
#[derive(Clone, Copy)]
struct Tag(u64);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{:016x}\"", self.0)
    }
}

impl Write for Measure {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.len += text.len();
        for byte in text.bytes() {
            self.tag.0 = (self.tag.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}

/// Passes over `skip` bytes and takes as many as there is room for.
struct Window<'o> {
    skip: usize,
    out: &'o mut [u8],
    len: usize,
}

impl Write for Window<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let skipped = self.skip.min(text.len());
        self.skip -= skipped;
        let rest = &text.as_bytes()[skipped..];
        let n = rest.len().min(self.out.len() - self.len);
        self.out[self.len..self.len + n].copy_from_slice(&rest[..n]);
        self.len += n;
        if n < rest.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    const ALL: [Document; 4] = [Document::Interface, Document::Page, Document::Style, Document::Script];

    #[test]
    fn windows_of_any_size_make_the_whole() {
        for document in ALL {
            let mut whole = String::new();
            document.write(&mut whole).unwrap();
            for size in [1_000, 4_096, whole.len() - 1, whole.len(), whole.len() + 1] {
                let mut rest = Rest { document, from: 0, len: document.measure().len };
                let (mut joined, mut window) = (Vec::new(), std::vec![0; size]);
                loop {
                    let n = rest.fill(&mut window);
                    if n == 0 {
                        break;
                    }
                    joined.extend_from_slice(&window[..n]);
                }
                assert!(joined == whole.as_bytes(), "{document:?} in windows of {size}");
            }
        }
    }

    #[test]
    fn the_page_says_its_version_once_and_takes_nothing_from_elsewhere() {
        assert_eq!(PAGE.matches(VERSION).count(), 1);
        for text in [PAGE, STYLE, SCRIPT] {
            for outside in ["://", "style=", "<style", "onclick", "eval(", "innerHTML", "localStorage"] {
                assert!(!text.contains(outside), "{outside}");
            }
        }
        // All the script there is comes from its file.
        assert_eq!(PAGE.matches("<script").count(), PAGE.matches("<script src=\"page.js\" defer>").count());
    }
}
