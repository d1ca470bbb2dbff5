//! The inner parts of the mapping table: what the keys hold that are objects or lists.
//!
//! Attributes of the element itself come first, since they are written first. Fields of the same child stand
//! together: they are written into one.

use crate::xml::{CLIENT, Element};

use super::code::{ARCHIVE_IDS, COMMAND_DATA};
use super::forms::{FORM_IN, VALUES_FORM};
#[allow(clippy::wildcard_imports, reason = "a new row shall need no more than itself")]
use super::ns::*;
use super::shape::{
    At, Bounds, Field, NATURAL, Rule, Scalar, Shape, attr, attr_as, child_attr, content, field, flag,
    flag_in, object, objects, text, text_as, texts,
};

/// Of texts in several languages there are several, or one that says its language.
pub(super) fn several_or_lang(parent: Element<'_>, first: Element<'_>) -> bool {
    first.lang().is_some() || several(parent, first)
}

/// A delay that says more than its stamp.
pub(super) fn delay_with_more(_: Element<'_>, delay: Element<'_>) -> bool {
    delay.attr("stamp").is_none() || delay.attr("from").is_some() || !delay.text().is_empty()
}

/// A fallback that says what it is for or which part of a text it is.
pub(super) fn fallback_with_more(parent: Element<'_>, fallback: Element<'_>) -> bool {
    several(parent, fallback) || fallback.attr("for").is_some() || fallback.elements().next().is_some()
}

/// There are several of them.
pub(super) fn several(parent: Element<'_>, first: Element<'_>) -> bool {
    parent.elements().filter(|other| other.shares_ns(first) && other.is_named(first.name())).nth(1).is_some()
}

const BOOLEAN: Scalar = Scalar::Boolean;
const NUMBER: Scalar = Scalar::Number;

// All kinds.
pub(super) const LANG_TEXT: &[Field] = &[field("lang", At::Here, Shape::Lang), content("text")];
pub(super) const DELAYED: &[Field] = &[attr("stamp"), attr("from"), content("reason")];
pub(super) const PAYLOAD: &[Field] =
    &[attr("datatype"), field("data", At::Here, Shape::Json).rule(Rule::Always)];
pub(super) const BITS: &[Field] = &[
    attr("cid"),
    attr("type"),
    field("max_age", At::Here, Shape::Attr("max-age", NATURAL)),
    content("data"),
];
pub(super) static PAGE: [Field; 8] = [
    text_as("max", NATURAL),
    text("after"),
    text("before"),
    field("index", At::Child("first", ""), Shape::Attr("index", NATURAL)),
    text("first"),
    text("last"),
    text_as("count", NATURAL),
    text_as("index", NATURAL).rule(Rule::Older),
];

// Messages.
pub(super) const THREAD: &[Field] = &[attr("parent"), content("id")];
pub(super) const URL: &[Field] = &[text("url"), text("desc")];
pub(super) const TO_ID: &[Field] = &[attr("to"), attr("id")];
pub(super) const REACTION: &[Field] = &[attr("id"), texts("reactions", "reaction", "")];
pub(super) const REFERRED: &[Field] =
    &[attr("type"), attr("uri"), attr("anchor"), attr_as("begin", NATURAL), attr_as("end", NATURAL)];
pub(super) const STANZA_ID: &[Field] = &[attr("id"), attr("by")];
pub(super) const FALLBACK_FOR: &[Field] =
    &[attr("for"), objects("body", "body", "", RANGE), objects("subject", "subject", "", RANGE)];
const RANGE: &[Field] = &[attr_as("start", NATURAL), attr_as("end", NATURAL)];
pub(super) const INVITE: &[Field] =
    &[attr("jid"), attr("password"), attr("reason"), attr("thread"), attr_as("continue", BOOLEAN)];
pub(super) const FORWARDED: &[Field] = &[
    child_attr("delay", "delay", DELAY, "stamp"),
    field("message", At::Child("message", CLIENT), Shape::Message),
];
pub(super) const ARCHIVED: &[Field] =
    &[attr("id"), attr("queryid"), object("forward", "forwarded", FORWARD, FORWARDED)];
pub(super) const CARBON: &[Field] = &[object("forward", "forwarded", FORWARD, FORWARDED)];
pub(super) const RETRACTION: &[Field] = &[
    attr("id"),
    attr("stamp"),
    object(
        "moderated",
        "moderated",
        MODERATE,
        &[attr("by"), child_attr("occupant_id", "occupant-id", OCCUPANT, "id")],
    ),
    text("reason"),
];
pub(super) const SHARED_FILE: &[Field] = &[
    attr("id"),
    attr("disposition"),
    object("file", "file", FILE, FILE_METADATA),
    field("sources", At::Child("sources", ""), Shape::List(FILE_URL)),
];
pub(super) const FILE_SOURCES: &[Field] =
    &[attr("id"), field("urls", At::Each("url-data", URL_DATA), Shape::Attr("target", Scalar::String))];
const FILE_URL: &Field = &field("", At::Each("url-data", URL_DATA), Shape::Attr("target", Scalar::String));
const FILE_METADATA: &[Field] = &[
    field("media_type", At::Child("media-type", ""), Shape::Text(Scalar::String)),
    text("name"),
    text("date"),
    text_as("size", NATURAL),
    text_as("width", NATURAL),
    text_as("height", NATURAL),
    text_as("length", NATURAL),
    text("dimensions"),
    objects("hashes", "hash", HASHES, &[attr("algo"), content("value")]),
    text("desc"),
    objects("thumbnails", "thumbnail", THUMBS, THUMBNAIL),
];
const THUMBNAIL: &[Field] = &[
    attr("uri"),
    field("media_type", At::Here, Shape::Attr("media-type", Scalar::String)),
    attr_as("width", NATURAL),
    attr_as("height", NATURAL),
];
pub(super) const LOCATION: &[Field] = &[
    field("lang", At::Here, Shape::Lang),
    text_as("accuracy", NUMBER),
    text_as("alt", NUMBER),
    text_as("altaccuracy", NUMBER),
    text("area"),
    text_as("bearing", NUMBER),
    text("building"),
    text("country"),
    text("countrycode"),
    text("datum"),
    text("description"),
    text_as("error", NUMBER),
    text("floor"),
    text_as("lat", NUMBER),
    text("locality"),
    text_as("lon", NUMBER),
    text("postalcode"),
    text("region"),
    text("room"),
    text_as("speed", NUMBER),
    text("street"),
    text("text"),
    text("timestamp"),
    text("tzo"),
    text("uri"),
];

// Rooms.
pub(super) const JOINED: &[Field] = &[
    object(
        "history",
        "history",
        "",
        &[
            attr_as("maxchars", NATURAL),
            attr_as("maxstanzas", NATURAL),
            attr_as("seconds", NATURAL),
            attr("since"),
        ],
    ),
    text("password"),
];
pub(super) const ROOM_NEWS: &[Field] = &[
    object("item", "item", "", OCCUPANT_FIELDS),
    field("status", At::Each("status", ""), Shape::Attr("code", NATURAL)),
    objects("invites", "invite", "", MEDIATED),
    object("decline", "decline", "", MEDIATED),
    object("destroy", "destroy", "", DESTROYED),
    text("password"),
];
const OCCUPANT_FIELDS: &[Field] = &[
    attr("affiliation"),
    attr("role"),
    attr("jid"),
    attr("nick"),
    object("actor", "actor", "", &[attr("jid"), attr("nick")]),
    text("reason"),
];
const MEDIATED: &[Field] =
    &[attr("from"), attr("to"), text("reason"), object("continue", "continue", "", &[attr("thread")])];
const DESTROYED: &[Field] = &[attr("jid"), text("reason"), text("password")];
pub(super) const OCCUPANT_ITEM: &Field = &objects("", "item", "", OCCUPANT_FIELDS);
pub(super) const ROOM_OWNER: &[Field] = &[FORM_IN, object("destroy", "destroy", "", DESTROYED)];
pub(super) const MODERATION: &[Field] = &[attr("id"), flag_in("retract", "retract", RETRACT), text("reason")];

// Presence.
pub(super) const ENTITY_CAPS: &[Field] = &[attr("hash"), attr("node"), attr("ver"), attr("ext")];

// Queries.
pub(super) const IDLENESS: &[Field] = &[attr_as("seconds", NATURAL), content("status")];
pub(super) const URL_QUERY: &[Field] = &[attr("sid"), text("url"), text("desc")];
pub(super) const STATISTIC: &Field = &objects(
    "",
    "stat",
    "",
    &[
        attr("name"),
        field("unit", At::Here, Shape::Attr("units", Scalar::String)),
        attr("unit").rule(Rule::Older),
        attr_as("value", NUMBER),
    ],
);
pub(super) const SERVICES: &[Field] = &[
    attr("type"),
    objects(
        "services",
        "service",
        "",
        &[
            attr("type"),
            attr("host"),
            attr_as("port", Scalar::Integer(Bounds::Port)),
            attr("transport"),
            attr("username"),
            attr("password"),
            attr("name"),
            attr("expires"),
            attr_as("restricted", BOOLEAN),
        ],
    ),
];
pub(super) const REGISTRATION: &[Field] = &[
    flag("registered"),
    flag("remove"),
    text("instructions"),
    text("username"),
    text("nick"),
    text("password"),
    text("name"),
    text("first"),
    text("last"),
    text("email"),
    text("address"),
    text("city"),
    text("state"),
    text("zip"),
    text("phone"),
    text("url"),
    text("date"),
    text("misc"),
    text("text"),
    text("key"),
    FORM_IN,
    object("oob", "x", OOB_X, URL),
];
pub(super) const UPLOAD_REQUEST: &[Field] =
    &[attr("filename"), attr_as("size", Scalar::Integer(Bounds::Digits)), attr("content-type")];
pub(super) const UPLOAD_SLOT: &[Field] = &[
    object("get", "get", "", &[attr("url")]),
    object(
        "put",
        "put",
        "",
        &[attr("url"), objects("headers", "header", "", &[attr("name"), content("value")])],
    ),
];
pub(super) const BLOCKED_JID: &Field = &objects("", "item", "", &[attr("jid")]);
pub(super) const BLOCKED: &Field = &objects(
    "",
    "item",
    "",
    &[
        attr("jid"),
        object(
            "report",
            "report",
            REPORTING,
            &[attr("reason"), objects("stanza_ids", "stanza-id", SID, STANZA_ID), text("text")],
        ),
    ],
);
pub(super) const CONTACTS: &[Field] = &[
    attr("ver"),
    objects(
        "items",
        "item",
        "",
        &[
            attr("jid"),
            attr("name"),
            attr("subscription"),
            attr("ask"),
            attr_as("approved", BOOLEAN),
            texts("groups", "group", ""),
        ],
    ),
];

// Archives.
pub(super) const ARCHIVE: &[Field] = &[
    attr("queryid"),
    attr("node"),
    object("form", "x", DATA, VALUES_FORM),
    flag("flip-page"),
    object("page", "set", RSM, &PAGE),
];
/// A filter in mod_rest's short keys: the variables of the form of an archive.
pub(super) static SHORT_FILTER: [Field; 6] = [
    content("with"),
    content("start"),
    content("end"),
    content("before-id"),
    content("after-id"),
    field("ids", At::Here, Shape::Code(&ARCHIVE_IDS)),
];
/// A page in mod_rest's short keys.
pub(super) const SHORT_PAGE: &[Field] =
    &[text_as("max", Scalar::Integer(Bounds::Digits)), text("after"), text("before")];
pub(super) const ARCHIVE_END: &[Field] =
    &[attr_as("complete", BOOLEAN), attr_as("stable", BOOLEAN), object("page", "set", RSM, &PAGE)];
pub(super) const ARCHIVE_PREFS: &[Field] = &[
    attr("default"),
    field("always", At::Child("always", ""), Shape::List(&texts("", "jid", ""))),
    field("never", At::Child("never", ""), Shape::List(&texts("", "jid", ""))),
];

// Commands and discovery.
pub(super) const COMMAND_FIELDS: &[Field] = &[
    attr("action"),
    attr("node"),
    attr("sessionid"),
    attr("status"),
    object("actions", "actions", "", &[attr("execute"), flag("next"), flag("prev"), flag("complete")]),
    object("note", "note", "", NOTE).rule(Rule::Unless("notes")),
    objects("notes", "note", "", NOTE).rule(Rule::Fuller(several)),
    FORM_IN,
    field("data", At::Here, Shape::Code(&COMMAND_DATA)).rule(Rule::Unless("form")),
];
const NOTE: &[Field] = &[attr("type"), content("text")];
const IDENTITY: &[Field] =
    &[attr("category"), attr("type"), attr("name"), field("lang", At::Here, Shape::Lang)];
pub(super) const IDENTITIES: &Field = &objects("identities", "identity", "", IDENTITY);
pub(super) const FEATURES: &Field = &texts_attr("features", "feature", "var");
pub(super) const ITEM_FIELDS: &[Field] = &[attr("jid"), attr("node"), attr("name")];
pub(super) const ITEM: &Field = &objects("items", "item", "", ITEM_FIELDS);
pub(super) const ITEMS_QUERIED: &[Field] = &[attr("node"), object("page", "set", RSM, &PAGE)];

/// An attribute of all children of a name.
pub(super) const fn texts_attr(name: &'static str, element: &'static str, attr: &'static str) -> Field {
    field(name, At::Each(element, ""), Shape::Attr(attr, Scalar::String))
}
