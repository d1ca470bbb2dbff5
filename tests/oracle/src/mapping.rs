//! The mapping as the echo of a request does it: read, addresses prepared, written.

use restanza::arena::Arena;
use restanza::fault::Fault;
use restanza::mapping::{Format, Given, Options, Scratch, read, write};
use restanza::stanza::Stanza;
use restanza::xml::{self, Element, STANZA, Source, Writer};
use restanza::{jid, json};

/// Enough for any text of the tests.
const MEMORY: usize = 1 << 20;
const NODES: usize = 1 << 14;

/// What a test sees of a refusal.
pub type Refusal = String;

fn words(fault: Fault) -> Refusal {
    fault.to_string()
}

/// Reads a body and gives the stanza as XML, with prepared addresses.
pub fn to_xml(
    format: Format,
    body: &str,
    given: &Given<'_>,
    options: &Options<'_>,
) -> Result<String, Refusal> {
    with_stanza(format, body, given, options, prepared)?
}

/// The same, with the addresses as they are.
pub fn to_xml_as_given(format: Format, body: &str, options: &Options<'_>) -> Result<String, Refusal> {
    with_stanza(format, body, &Given::default(), options, |stanza| text(&stanza))
}

fn with_stanza<T>(
    format: Format,
    body: &str,
    given: &Given<'_>,
    options: &Options<'_>,
    use_it: impl FnOnce(Stanza<'_>) -> T,
) -> Result<T, Refusal> {
    let (mut xml, mut json) = (vec![xml::Node::default(); NODES], vec![json::Node::default(); NODES]);
    let mut memory = vec![0; MEMORY];
    let given = Given { ..*given };
    let scratch = Scratch { xml: &mut xml, json: &mut json, memory: Arena::new(&mut memory) };
    read(format, body.as_bytes(), &given, options, scratch).map(use_it).map_err(words)
}

fn prepared(stanza: Stanza<'_>) -> Result<String, Refusal> {
    let mut memory = vec![0; 8192];
    let mut arena = Arena::new(&mut memory);
    let mut prepare = |address: Option<&str>| match address {
        None => Ok(None),
        Some(text) => jid::prepare(text, &mut arena)
            .map(|jid| Some(jid.as_str().to_owned()))
            .map_err(|_| format!("not an address: {text}")),
    };
    let (to, from) = (prepare(stanza.to)?, prepare(stanza.from)?);
    Ok(text(&Stanza { to: to.as_deref(), from: from.as_deref(), ..stanza }))
}

/// The whole stanza.
pub fn text(stanza: &Stanza<'_>) -> String {
    let mut out = vec![0; MEMORY];
    let mut writer = Writer::new(&mut out);
    writer
        .start(stanza.kind.name(), STANZA)
        .attr_opt("to", stanza.to)
        .attr_opt("from", stanza.from)
        .attr_opt("id", stanza.id)
        .attr_opt("type", stanza.type_)
        .attr_opt("xml:lang", stanza.lang)
        .written(stanza.payload)
        .end();
    let len = writer.finish().expect("a stanza that was read can be written");
    String::from_utf8(out[..len].to_vec()).expect("our XML is UTF-8")
}

/// Parses XML and gives what `use_it` makes of it.
pub fn with_xml<T>(text: &str, use_it: impl FnOnce(Element<'_>) -> T) -> Result<T, Refusal> {
    let mut nodes = vec![xml::Node::default(); NODES];
    let document =
        xml::parse(text.as_bytes(), Source::Body, &mut nodes).map_err(|error| words(Fault::from(error)))?;
    Ok(use_it(document.root()))
}

/// Writes a stanza in a format.
pub fn from_xml(format: Format, text: &str, options: &Options) -> Result<String, Refusal> {
    with_xml(text, |element| {
        let (mut out, mut tape) = (vec![0; MEMORY], vec![json::Node::default(); NODES]);
        let len = write(format, element, options, &mut tape, &mut out).map_err(words)?;
        Ok(String::from_utf8(out[..len].to_vec()).expect("what we write is UTF-8"))
    })?
}

/// Gives an XML stanza back as JSON; a container of several stanzas as it is.
pub fn echo(text: &str, options: &Options) -> Result<String, Refusal> {
    if with_xml(text, |element| element.name() == "xmpp")? {
        return from_xml(Format::Json, text, options);
    }
    let checked = to_xml(Format::Xml, text, &Given::default(), options)?;
    from_xml(Format::Json, &checked, options)
}
