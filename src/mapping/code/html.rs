//! `html`: XHTML-IM (XEP-0071) as a string of markup.

use core::fmt;

use crate::json::Value;
use crate::mapping::ns::XHTML;
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Takes};
use crate::mapping::to_json::{ToJson, as_str};
use crate::mapping::to_xml::ToXml;
use crate::mapping::{Done, Refused};
use crate::xml::{Element, Writer};

pub(in crate::mapping) static HTML: Code = Code { takes: &[Takes::String], read, write };

/// The `<body>` with all that is in it, its namespace left out. Nothing without one.
fn read(json: &mut ToJson<'_, '_>, name: &'static str, element: Element<'_>) -> Done {
    const DECLARATION: &str = " xmlns='http://www.w3.org/1999/xhtml'";
    let Some(body) = element.child("body", XHTML) else { return Ok(()) };
    json.sink.key(name)?;
    let mut writer = Writer::new(json.sink.spare());
    writer.copy(body);
    let n = writer.finish().map_err(|_| Refused)?;
    json.sink.with_spare(n, &mut |sink, text| {
        let text = as_str(text);
        let (tag, rest) = text.split_once(DECLARATION).unwrap_or((text, ""));
        sink.string(&format_args!("{tag}{}", Quoted(rest)))
    })
}

/// The rest of a written tag and what follows it, with quotes escaped everywhere but around values: mod_rest's way.
struct Quoted<'x>(&'x str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut rest, mut in_tag) = (self.0, true);
        while let Some(at) = rest.find(['<', '>', '"', '\'']) {
            let (run, special) = rest.split_at(at);
            f.write_str(run)?;
            let (special, behind) = special.split_at(1);
            in_tag = special == "<" || (in_tag && special != ">");
            f.write_str(match special {
                "\"" => "&quot;",
                "'" if !in_tag => "&apos;",
                other => other,
            })?;
            rest = behind;
        }
        f.write_str(rest)
    }
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
