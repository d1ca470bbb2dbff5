//! The mapping table: every key of a stanza's object. A new simple XEP is a few lines here.
//!
//! The order counts: it is the order in which children are written, and of several keys that imply a kind the
//! first one wins.

use crate::stanza::Kind::{Iq, Message, Presence};

use super::cards::{CARD, CARD4};
use super::code::{ARCHIVE_QUERY, COMMAND, DISCO, FORM, FORM_DATA, HTML, ITEMS, ITEMS_QUERY, JOIN, OOB_URL};
#[allow(clippy::wildcard_imports, reason = "a new row shall need no more than itself")]
use super::ns::*;
#[allow(clippy::wildcard_imports, reason = "the same")]
use super::objects::*;
use super::pubsub::{EVENT, PUBLISHING, PUBSUB_OWNING};
use super::shape::{
    At, Bounds, Key, Kinds, Rule, Scalar, Shape, attr, child_attr, field, flag_in, object, objects, text,
    text_as, text_in,
};

const ALL: Kinds = Kinds::ALL;
const MESSAGE: Kinds = Kinds::MESSAGE;
const PRESENCE: Kinds = Kinds::PRESENCE;
const IQ: Kinds = Kinds::IQ;

/// How many rows at the start of the table say attributes of the stanza itself.
pub(super) const HEADER: usize = 5;

/// How many keys there are.
pub(super) const COUNT: usize = KEYS.len();

/// The table.
pub(super) static KEYS: &[Key] = &[
    // The stanza itself.
    attr("to").key(ALL, "RFC 6120, 8.1.1: whom it is for"),
    attr("from").key(ALL, "RFC 6120, 8.1.2: who sends it"),
    attr("id").key(ALL, "RFC 6120, 8.1.3"),
    attr("type").key(ALL, "RFC 6120, 8.1.4"),
    field("lang", At::Here, Shape::Lang).key(ALL, "RFC 6120, 8.1.5: the language of its texts"),
    // Messages.
    text("body").rule(Rule::Unless("bodies")).key(MESSAGE, "RFC 6121, 5.2.3").implies(Message),
    objects("bodies", "body", "", LANG_TEXT)
        .rule(Rule::Fuller(several_or_lang))
        .key(MESSAGE, "RFC 6121, 5.2.3: the body in several languages")
        .implies(Message),
    text("subject").rule(Rule::Unless("subjects")).key(MESSAGE, "RFC 6121, 5.2.4").implies(Message),
    objects("subjects", "subject", "", LANG_TEXT)
        .rule(Rule::Fuller(several_or_lang))
        .key(MESSAGE, "RFC 6121, 5.2.4: the subject in several languages")
        .implies(Message),
    object("thread", "thread", "", THREAD).key(MESSAGE, "RFC 6121, 5.2.5").implies(Message),
    field(
        "state",
        At::Child("", CHATSTATES),
        Shape::Name(&["active", "inactive", "gone", "composing", "paused"]),
    )
    .key(MESSAGE, "XEP-0085: Chat State Notifications")
    .implies(Message),
    object("oob", "x", OOB_X, URL).key(MESSAGE, "XEP-0066: Out of Band Data"),
    field("oob_url", At::Child("x", OOB_X), Shape::Code(&OOB_URL))
        .rule(Rule::Last)
        .key(ALL, "XEP-0066: Out of Band Data")
        .outer(),
    child_attr("replace", "replace", CORRECT, "id")
        .key(MESSAGE, "XEP-0308: Last Message Correction")
        .implies(Message),
    object("reply", "reply", REPLY, TO_ID).key(MESSAGE, "XEP-0461: Message Replies"),
    object("reactions", "reactions", REACTIONS, REACTION).key(MESSAGE, "XEP-0444: Message Reactions"),
    object("reference", "reference", REFERENCE, REFERRED).key(MESSAGE, "XEP-0372: References"),
    objects("stanza_ids", "stanza-id", SID, STANZA_ID).key(MESSAGE, "XEP-0359: Unique and Stable Stanza IDs"),
    child_attr("origin_id", "origin-id", SID, "id").key(MESSAGE, "XEP-0359: Unique and Stable Stanza IDs"),
    child_attr("attach_to", "attach-to", ATTACH, "id").key(MESSAGE, "XEP-0367: Message Attaching"),
    flag_in("markable", "markable", MARKERS).key(MESSAGE, "XEP-0333: Displayed Markers"),
    child_attr("received", "received", MARKERS, "id").key(MESSAGE, "XEP-0333: Displayed Markers"),
    child_attr("displayed", "displayed", MARKERS, "id").key(MESSAGE, "XEP-0333: Displayed Markers"),
    child_attr("acknowledged", "acknowledged", MARKERS, "id").key(MESSAGE, "XEP-0333: Displayed Markers"),
    flag_in("receipt_request", "request", RECEIPTS).key(MESSAGE, "XEP-0184: Message Delivery Receipts"),
    child_attr("receipt_received", "received", RECEIPTS, "id")
        .key(MESSAGE, "XEP-0184: Message Delivery Receipts"),
    child_attr("encryption", "encryption", EME, "namespace")
        .key(MESSAGE, "XEP-0380: Explicit Message Encryption"),
    flag_in("fallback", "fallback", FALLBACK)
        .rule(Rule::Unless("fallbacks"))
        .key(MESSAGE, "XEP-0428: Fallback Indication"),
    objects("fallbacks", "fallback", FALLBACK, FALLBACK_FOR)
        .rule(Rule::Fuller(fallback_with_more))
        .key(MESSAGE, "XEP-0428: Fallback Indication, with what for and which part of the text"),
    object("invite", "x", CONFERENCE, INVITE).key(MESSAGE, "XEP-0249: Direct MUC Invitations"),
    object("forwarded", "forwarded", FORWARD, FORWARDED).key(MESSAGE, "XEP-0297: Stanza Forwarding"),
    object("archive", "result", MAM, ARCHIVED).key(MESSAGE, "XEP-0313: Message Archive Management"),
    object("carbon_received", "received", CARBONS, CARBON).key(MESSAGE, "XEP-0280: Message Carbons"),
    object("carbon_sent", "sent", CARBONS, CARBON).key(MESSAGE, "XEP-0280: Message Carbons"),
    flag_in("carbon_private", "private", CARBONS).key(MESSAGE, "XEP-0280: Message Carbons"),
    field("hints", At::Each("", HINTS), Shape::Name(&["no-permanent-store", "no-store", "no-copy", "store"]))
        .key(MESSAGE, "XEP-0334: Message Processing Hints"),
    object("retract", "retract", RETRACT, RETRACTION).key(MESSAGE, "XEP-0424: Message Retraction"),
    object("retracted", "retracted", RETRACT, RETRACTION).key(MESSAGE, "XEP-0424: Message Retraction"),
    text_in("spoiler", SPOILER).rule(Rule::Unless("spoilers")).key(MESSAGE, "XEP-0382: Spoiler Messages"),
    objects("spoilers", "spoiler", SPOILER, LANG_TEXT)
        .rule(Rule::Fuller(several_or_lang))
        .key(MESSAGE, "XEP-0382: Spoiler Messages, the hint in several languages"),
    flag_in("attention", "attention", ATTENTION).key(MESSAGE, "XEP-0224: Attention"),
    objects("files", "file-sharing", SFS, SHARED_FILE).key(MESSAGE, "XEP-0447: Stateless File Sharing"),
    object("file_sources", "sources", SFS, FILE_SOURCES).key(MESSAGE, "XEP-0447: Stateless File Sharing"),
    object("pubsub_event", "event", PUBSUB_EVENT, EVENT).key(MESSAGE, "XEP-0060: Publish-Subscribe, events"),
    // Presence.
    object("muc", "x", MUC, JOINED).key(PRESENCE, "XEP-0045: Multi-User Chat, entering a room"),
    field("join", At::Here, Shape::Code(&JOIN))
        .key(PRESENCE, "XEP-0045: entering a room; true is the same as \"muc\": {}")
        .implies(Presence),
    text_as("priority", Scalar::Integer(Bounds::Priority))
        .key(PRESENCE, "RFC 6121, 4.7.2.3")
        .implies(Presence),
    text("show").key(PRESENCE, "RFC 6121, 4.7.2.1").implies(Presence),
    text("status").rule(Rule::Unless("statuses")).key(PRESENCE, "RFC 6121, 4.7.2.2").implies(Presence),
    objects("statuses", "status", "", LANG_TEXT)
        .rule(Rule::Fuller(several_or_lang))
        .key(PRESENCE, "RFC 6121, 4.7.2.2: the status in several languages")
        .implies(Presence),
    object("caps", "c", CAPS, ENTITY_CAPS).key(PRESENCE, "XEP-0115: Entity Capabilities"),
    object("vcard_update", "x", VCARD_UPDATE, &[text("photo")])
        .key(PRESENCE, "XEP-0153: vCard-Based Avatars"),
    child_attr("idle_since", "idle", IDLE, "since")
        .key(PRESENCE, "XEP-0319: Last User Interaction in Presence"),
    // Messages and presence.
    object("muc_user", "x", MUC_USER, ROOM_NEWS).key(Kinds::MESSAGE_PRESENCE, "XEP-0045: Multi-User Chat"),
    child_attr("occupant_id", "occupant-id", OCCUPANT, "id")
        .key(Kinds::MESSAGE_PRESENCE, "XEP-0421: Occupant identifiers for semi-anonymous MUCs"),
    object("geoloc", "geoloc", GEOLOC, LOCATION).key(Kinds::MESSAGE_PRESENCE, "XEP-0080: User Location"),
    // Queries and their answers.
    flag_in("ping", "ping", PING).key(IQ, "XEP-0199: XMPP Ping").implies(Iq),
    object("version", "query", VERSION, &[text("name"), text("version"), text("os")])
        .key(IQ, "XEP-0092: Software Version")
        .implies(Iq),
    object("time", "time", TIME, &[text("tzo"), text("utc")]).key(IQ, "XEP-0202: Entity Time").implies(Iq),
    object("lastactivity", "query", LAST, IDLENESS).key(IQ, "XEP-0012: Last Activity"),
    object("oob", "query", OOB_IQ, URL_QUERY).key(IQ, "XEP-0066: Out of Band Data"),
    field("stats", At::Child("query", STATS), Shape::List(STATISTIC))
        .key(IQ, "XEP-0039: Statistics Gathering"),
    object("extdisco", "services", EXTDISCO, SERVICES).key(IQ, "XEP-0215: External Service Discovery"),
    object("gateway", "query", GATEWAY, &[text("desc"), text("prompt"), text("jid")])
        .key(IQ, "XEP-0100: Gateway Interaction"),
    object("register", "query", REGISTER, REGISTRATION).key(IQ, "XEP-0077: In-Band Registration"),
    object("upload_request", "request", UPLOAD, UPLOAD_REQUEST).key(IQ, "XEP-0363: HTTP File Upload"),
    object("upload_slot", "slot", UPLOAD, UPLOAD_SLOT).key(IQ, "XEP-0363: HTTP File Upload"),
    field("archive", At::Child("query", MAM), Shape::Code(&ARCHIVE_QUERY))
        .key(IQ, "XEP-0313: Message Archive Management")
        .implies(Iq)
        .sets(),
    object("result", "fin", MAM, ARCHIVE_END).key(IQ, "XEP-0313: Message Archive Management"),
    object("archive_prefs", "prefs", MAM, ARCHIVE_PREFS)
        .key(IQ, "XEP-0441: Message Archive Management Preferences")
        .implies(Iq),
    field("block", At::Child("block", BLOCKING), Shape::List(BLOCKED)).key(IQ, "XEP-0191: Blocking Command"),
    field("unblock", At::Child("unblock", BLOCKING), Shape::List(BLOCKED_JID))
        .key(IQ, "XEP-0191: Blocking Command")
        .implies(Iq)
        .sets(),
    field("blocklist", At::Child("blocklist", BLOCKING), Shape::List(BLOCKED_JID))
        .key(IQ, "XEP-0191: Blocking Command"),
    field("carbons", At::Child("", CARBONS), Shape::Name(&["enable", "disable"]))
        .key(IQ, "XEP-0280: Message Carbons")
        .implies(Iq)
        .sets(),
    object("moderate", "moderate", MODERATE, MODERATION)
        .key(IQ, "XEP-0425: Moderated Message Retraction")
        .implies(Iq)
        .sets(),
    object("roster", "query", ROSTER, CONTACTS).key(IQ, "RFC 6121, 2: Managing the Roster").implies(Iq),
    field("private", At::Child("query", PRIVATE), Shape::Xml)
        .key(IQ, "XEP-0049: Private XML Storage")
        .implies(Iq),
    field("muc_admin", At::Child("query", MUC_ADMIN), Shape::List(OCCUPANT_ITEM))
        .key(IQ, "XEP-0045: Multi-User Chat, affiliations and roles")
        .implies(Iq),
    object("muc_owner", "query", MUC_OWNER, ROOM_OWNER)
        .key(IQ, "XEP-0045: Multi-User Chat, configuration of a room")
        .implies(Iq),
    object("pubsub", "pubsub", PUBSUB, PUBLISHING).key(IQ, "XEP-0060: Publish-Subscribe").implies(Iq),
    object("pubsub_owner", "pubsub", PUBSUB_OWNER, PUBSUB_OWNING)
        .key(IQ, "XEP-0060: Publish-Subscribe, by the owner")
        .implies(Iq),
    object("vcard", "vCard", VCARD, CARD).key(IQ, "XEP-0054: vcard-temp").implies(Iq),
    object("vcard4", "vcard", VCARD4, CARD4).key(IQ, "XEP-0292: vCard4 Over XMPP").implies(Iq),
    // All kinds.
    text_in("nick", NICK).key(ALL, "XEP-0172: User Nickname"),
    child_attr("delay", "delay", DELAY, "stamp")
        .rule(Rule::Unless("delayed"))
        .key(ALL, "XEP-0203: Delayed Delivery"),
    object("delayed", "delay", DELAY, DELAYED)
        .rule(Rule::Fuller(delay_with_more))
        .key(ALL, "XEP-0203: Delayed Delivery, with who and why"),
    object("payload", "payload", JSON_MSG, PAYLOAD).key(ALL, "XEP-0432: Simple JSON Messaging"),
    field("json", At::Child("json", JSON), Shape::Json).key(ALL, "XEP-0335: JSON Containers"),
    objects("bob", "data", BOB, BITS).key(ALL, "XEP-0231: Bits of Binary"),
    object("rsm", "set", RSM, &PAGE).key(ALL, "XEP-0059: Result Set Management"),
    // What belongs to the element wherever it is, but only in the stanza itself. Of several the last counts.
    field("html", At::Child("html", XHTML_IM), Shape::Code(&HTML))
        .rule(Rule::Last)
        .key(ALL, "XEP-0071: XHTML-IM")
        .implies(Message)
        .outer(),
    field("disco", At::Child("query", DISCO_INFO), Shape::Code(&DISCO))
        .rule(Rule::Last)
        .key(ALL, "XEP-0030: Service Discovery, what an entity is and can do")
        .implies(Iq)
        .outer(),
    field("items", At::Child("query", DISCO_ITEMS), Shape::Code(&ITEMS))
        .rule(Rule::Last)
        .key(ALL, "XEP-0030: Service Discovery, what belongs to an entity")
        .implies(Iq)
        .outer(),
    field("items_query", At::Child("query", DISCO_ITEMS), Shape::Code(&ITEMS_QUERY))
        .rule(Rule::Last)
        .key(ALL, "XEP-0030 and XEP-0059: the node of a list of items, and which page of it this is")
        .implies(Iq)
        .outer(),
    field("command", At::Child("command", COMMANDS), Shape::Code(&COMMAND))
        .rule(Rule::Last)
        .key(ALL, "XEP-0050: Ad-Hoc Commands")
        .implies(Iq)
        .sets()
        .outer(),
    field("dataform", At::Child("x", DATA), Shape::Code(&FORM))
        .rule(Rule::Last)
        .key(ALL, "XEP-0004: Data Forms")
        .outer(),
    field("formdata", At::Child("", DATA), Shape::Code(&FORM_DATA))
        .rule(Rule::Last)
        .key(ALL, "XEP-0004: Data Forms, as variables and values")
        .outer(),
];
