//! `items`: what belongs to an entity (XEP-0030 section 4).
//!
//! A list in JSON has no place for the node and the page of the query: they are a key of their own, `items_query`.

use crate::json::{Kind, Value};
use crate::mapping::Done;
use crate::mapping::ns::{DISCO_ITEMS, RSM};
use crate::mapping::objects::{ITEM, ITEM_FIELDS, ITEMS_QUERIED, PAGE};
use crate::mapping::path::Path;
use crate::mapping::shape::{Code, Says, Scalar, Takes};
use crate::mapping::to_json::ToJson;
use crate::mapping::to_xml::ToXml;
use crate::mapping::whole::{fields_say, has_only, says};
use crate::xml::Element;

/// A question is `true`, the name of a node or an object; an answer a list.
pub(in crate::mapping) static ITEMS: Code = Code {
    takes: &[
        Takes::List(&[Takes::Object(&[ITEM_FIELDS]), Takes::String]),
        Takes::Object(&[ITEMS_QUERIED]),
        Takes::String,
        Takes::True,
    ],
    says: Says::Element(says_all),
    read,
    write,
};
/// Node and page of a list.
pub(in crate::mapping) static ITEMS_QUERY: Code = Code {
    takes: &[Takes::Object(&[ITEMS_QUERIED])],
    says: Says::Part,
    read: read_query,
    write: write_query,
};

fn read(json: &mut ToJson<'_, '_>, name: &'static str, query: Element<'_>) -> Done {
    json.sink.key(name)?;
    if query.elements().next().is_some() {
        return json.list(ITEM, query);
    }
    match query.attr("node") {
        Some(node) => json.sink.string(&node),
        None => json.sink.boolean(true),
    }
}

/// Both keys together.
fn says_all(query: Element<'_>) -> bool {
    let mut pages = query.elements().filter(|child| child.is("set", RSM));
    has_only(query, &["node"], false)
        && query
            .elements()
            .all(|child| child.is("set", RSM) || (child.is("item", DISCO_ITEMS) && says(ITEM, child)))
        && pages.next().is_none_or(|page| has_only(page, &[], false) && fields_say(&PAGE, page))
        && pages.next().is_none()
}

fn read_query(json: &mut ToJson<'_, '_>, name: &'static str, query: Element<'_>) -> Done {
    let has_more = query.attr("node").is_some() || query.child("set", RSM).is_some();
    if query.elements().next().is_none() || !has_more {
        return Ok(());
    }
    json.sink.key(name)?;
    json.sink.open(b'{')?;
    json.fields(ITEMS_QUERIED, query)?;
    json.sink.close(b'}')
}

fn write(xml: &mut ToXml<'_>, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    xml.start("query", DISCO_ITEMS, path)?;
    match value.kind() {
        Kind::Object => xml.members(ITEMS_QUERIED, &[], value, DISCO_ITEMS, path)?,
        Kind::String if !xml.is_true(value) => {
            let node = xml.scalar(Scalar::String, value, path)?;
            xml.writer.attr("node", node);
        }
        _ => {
            if let Some(query) = object.get("items_query") {
                query_members(xml, query, &Path::new("items_query"))?;
            }
            if value.kind() == Kind::Array {
                write_items(xml, value, path)?;
            } else if !xml.is_true(value) {
                return xml.wants(path, &"true, the name of a node, an object or a list");
            }
        }
    }
    xml.end(path)
}

/// The items, each an object or an address.
fn write_items(xml: &mut ToXml<'_>, list: Value<'_>, path: &Path<'_>) -> Done {
    for (at, item) in list.items().enumerate() {
        let path = path.item(at);
        match item.as_str() {
            Some(jid) => {
                xml.start("item", DISCO_ITEMS, &path)?;
                xml.writer.attr("jid", jid);
                xml.end(&path)?;
            }
            None => xml.element_of(ITEM, item, DISCO_ITEMS, &path)?,
        }
    }
    Ok(())
}

/// Without the list, a query alone.
fn write_query(xml: &mut ToXml<'_>, value: Value<'_>, object: Value<'_>, path: &Path<'_>) -> Done {
    if object.get("items").is_some() {
        return Ok(());
    }
    xml.start("query", DISCO_ITEMS, path)?;
    query_members(xml, value, path)?;
    xml.end(path)
}

fn query_members(xml: &mut ToXml<'_>, query: Value<'_>, path: &Path<'_>) -> Done {
    if query.kind() != Kind::Object {
        return xml.wants(path, &"an object");
    }
    xml.members(ITEMS_QUERIED, &[], query, DISCO_ITEMS, path)
}
