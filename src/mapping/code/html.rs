//! `html`: XHTML-IM (XEP-0071) as a string of markup.

use crate::json::Value;
use crate::mapping::ns::XHTML;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Says, Takes};
use crate::mapping::sink::Put;
use crate::mapping::to_json::{ToJson, as_str};
use crate::mapping::to_xml::ToXml;
use crate::mapping::whole::has_only;
use crate::mapping::{Done, Refused};
use crate::xml::{Element, Writer};

pub(in crate::mapping) static HTML: Code =
    Code { takes: &[Takes::String], says: Says::Element(says_all), read, write };

/// The `<body>` with all that is in it, its namespace left out. Nothing without one.
fn read(json: &mut ToJson<'_, '_>, name: &'static str, element: Element<'_>) -> Done {
    const START: &str = "<body xmlns='http://www.w3.org/1999/xhtml'";
    let Some(body) = element.child("body", XHTML) else { return Ok(()) };
    json.sink.key(name)?;
    let mut writer = Writer::new(json.sink.spare());
    writer.copy(body);
    let n = writer.finish().map_err(|_| Refused)?;
    json.sink.with_spare(n, &mut |sink, text| {
        let rest = as_str(text).strip_prefix(START).unwrap_or_default();
        sink.pieces(&mut |put| {
            put("<body")?;
            quoted(rest, put)
        })
    })
}

/// Of several bodies the first one counts.
fn says_all(html: Element<'_>) -> bool {
    has_only(html, &[], false) && html.elements().count() == 1 && html.child("body", XHTML).is_some()
}

/// The rest of a written tag and what follows it, with quotes escaped everywhere but around values: mod_rest's way.
fn quoted(text: &str, put: &mut Put<'_>) -> Done {
    let (mut done, mut in_tag) = (0, true);
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'<' => {
                in_tag = true;
                continue;
            }
            b'>' => {
                in_tag = false;
                continue;
            }
            b'"' => "&quot;",
            b'\'' if !in_tag => "&apos;",
            _ => continue,
        };
        put(&text[done..at])?;
        put(entity)?;
        done = at + 1;
    }
    put(&text[done..])
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, _: Value<'_>, path: &Path<'_>) -> Done {
    const OPEN: &str =
        "<h:html xmlns:h='http://jabber.org/protocol/xhtml-im' xmlns='http://www.w3.org/1999/xhtml'>";
    let Some(markup) = value.as_str() else { return xml.wants(path, &"a string of XHTML") };
    xml.children += xml.with_xml(OPEN, markup, "</h:html>", path, &mut |writer, root| {
        writer.copy(root);
        1
    })?;
    Ok(())
}
