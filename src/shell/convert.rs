//! `restanza convert`: one payload, or one a line, from one format to another, by the gateway's own code.
//!
//! What it does is what `/rest/echo` does, without credentials and without filling in what is missing: the payload
//! is read as a request's body, its addresses are checked and prepared, the stanza is written as the server would
//! get it, and that is read and written as an answer.

use std::io::{self, BufRead, Read as _, Write};

use serde::Serialize;

use super::cli::{self, Exit};
use super::memory;
use crate::arena::Arena;
use crate::fault::{Fault, reason};
use crate::jid::Jid;
use crate::limits::Limits;
use crate::mapping::{self, Format, Given, Options, Scratch};
use crate::stanza::{self, Stanza};
use crate::{json, limits, xml};

/// The element around several stanzas, as the answers of an archive come.
const SEVERAL: &str = "xmpp";

/// The format of that name.
pub(super) fn format(name: &str) -> Option<Format> {
    Some(match name {
        "xml" => Format::Xml,
        "json" => Format::Json,
        #[cfg(feature = "cbor")]
        "cbor" => Format::Cbor,
        "form" => Format::Form,
        "text" => Format::Text,
        _ => return None,
    })
}

/// Converts standard input to standard output.
pub(super) fn convert(from: Format, to: Format, options: Options<'static>, lines: bool) -> Exit {
    let mut converter = Converter::new(from, to, options);
    let (input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let done = if lines { converter.lines(input, &mut output) } else { converter.whole(input, &mut output) };
    match done {
        Ok(exit) => exit,
        Err(error) => {
            cli::tell(&format!("restanza: {error}\n"));
            Exit::Failed
        }
    }
}

/// An output line.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Said<'a> {
    Ok(json::write::Text<&'a str>),
    Error { condition: &'a str, text: json::write::Text<&'a str> },
}

/// The conversion and its memory: that of a gateway whose limits are as large as they can be.
struct Converter {
    from: Format,
    to: Format,
    options: Options<'static>,
    limits: Limits,
    body: Vec<xml::Node>,
    json: Vec<json::Node>,
    text: Vec<u8>,
    addresses: Vec<u8>,
    stanza: Vec<u8>,
    nodes: Vec<xml::Node>,
    out: Vec<u8>,
}

impl Converter {
    fn new(from: Format, to: Format, options: Options<'static>) -> Self {
        let mut limits = Limits::DEFAULT;
        for row in limits::TABLE {
            // The most of a row is within its range.
            let _ = limits.set(row.name, row.most);
        }
        let (stanza, nodes) = (limits.stanza as usize, limits.nodes as usize);
        Self {
            from,
            to,
            options,
            limits,
            body: vec![xml::Node::default(); nodes],
            json: vec![json::Node::default(); nodes],
            text: vec![0; memory::text(&limits)],
            addresses: vec![0; stanza],
            stanza: vec![0; stanza],
            nodes: vec![xml::Node::default(); nodes],
            out: vec![0; limits.answer as usize],
        }
    }

    /// All of the input is one payload.
    fn whole(
        &mut self,
        input: impl io::Read,
        output: &mut (impl Write + io::IsTerminal),
    ) -> io::Result<Exit> {
        let mut payload = Vec::new();
        input.take(u64::from(self.limits.body) + 1).read_to_end(&mut payload)?;
        match self.convert(&payload) {
            Ok(converted) => {
                output.write_all(converted)?;
                if output.is_terminal() {
                    output.write_all(b"\n")?;
                }
                output.flush()?;
                Ok(Exit::Good)
            }
            Err(fault) => {
                cli::tell(&format!("restanza: {}: {}\n", fault.reason.condition, fault.text()));
                Ok(Exit::Failed)
            }
        }
    }

    /// Each line is a payload as a JSON string, and gets one line.
    fn lines(&mut self, mut input: impl BufRead, output: &mut impl Write) -> io::Result<Exit> {
        // A character takes six in a JSON string at most.
        let most = 6 * u64::from(self.limits.body) + 4;
        let (mut line, mut payload) = (Vec::new(), vec![0; self.limits.body as usize]);
        // An answer of nothing but control characters grows as much.
        let mut said = vec![0; 6 * self.out.len() + 64];
        loop {
            line.clear();
            if input.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
                return Ok(Exit::Good);
            }
            let converted = if line.last() != Some(&b'\n') && line.len() as u64 == most {
                input.skip_until(b'\n')?;
                Err(Fault::new(&reason::BODY_TOO_LARGE))
            } else {
                self.payload(&line, &mut payload).and_then(|payload| self.convert(payload))
            };
            let answer = match &converted {
                Ok(text) => Said::Ok(json::write::Text(str::from_utf8(text).unwrap_or_default())),
                Err(fault) => {
                    Said::Error { condition: fault.reason.condition, text: json::write::Text(fault.text()) }
                }
            };
            let n = json::write::to_slice(&answer, &mut said)
                .map_err(|_| io::Error::other("an answer is larger than it can be"))?;
            output.write_all(&said[..n])?;
            output.write_all(b"\n")?;
            output.flush()?;
        }
    }

    /// The text of a line that is a JSON string.
    fn payload<'m>(&mut self, line: &[u8], memory: &'m mut [u8]) -> Result<&'m [u8], Fault> {
        let value = json::parse(line.trim_ascii(), &mut self.json).map_err(|error| {
            Fault::with(&reason::NOT_WELL_FORMED, format_args!("the line is not JSON: {error}"))
        })?;
        let text = value.as_str().ok_or_else(|| {
            Fault::with(&reason::NOT_WELL_FORMED, format_args!("the line is not a JSON string"))
        })?;
        let text = Arena::new(memory).text(text).map_err(|_| Fault::new(&reason::BODY_TOO_LARGE))?;
        Ok(text.as_bytes())
    }

    fn convert(&mut self, payload: &[u8]) -> Result<&[u8], Fault> {
        if payload.len() > self.limits.body as usize {
            return Err(Fault::new(&reason::BODY_TOO_LARGE));
        }
        let options = self.options;
        if self.from == Format::Xml {
            // Several stanzas are written as they are; a caller cannot send them.
            let document = xml::parse(payload, xml::Source::Body, &mut self.body)?;
            if document.root().name() == SEVERAL {
                let n = mapping::write(self.to, document.root(), &options, &mut self.json, &mut self.out)?;
                return Ok(&self.out[..n]);
            }
        }
        let memory = Arena::new(&mut self.text);
        let scratch = Scratch { xml: &mut self.body, json: &mut self.json, memory };
        let read = mapping::read(self.from, payload, &Given::default(), &options, scratch)?;
        let mut arena = Arena::new(&mut self.addresses);
        let mut prepared = |address: Option<&str>, reason| {
            let address = address.map(|text| stanza::address(text, reason, &mut arena)).transpose();
            address.map(|jid| jid.map(Jid::as_str))
        };
        let (to, from) = (prepared(read.to, &reason::BAD_TO)?, prepared(read.from, &reason::BAD_FROM)?);
        let n = stanza::write(&Stanza { to, from, ..read }, &mut self.stanza)
            .map_err(|error| Fault::with(&reason::STANZA_TOO_LARGE, format_args!("{error}")))?;
        let document = xml::parse(&self.stanza[..n], xml::Source::Stanza, &mut self.nodes)?;
        let n = mapping::write(self.to, document.root(), &options, &mut self.json, &mut self.out)?;
        Ok(&self.out[..n])
    }
}
