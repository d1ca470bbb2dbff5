//! The parts of the mapping table for publish-subscribe (XEP-0060).

use super::forms::FORM_IN;
use super::ns::RSM;
use super::objects::{PAGE, texts_attr};
use super::shape::{
    At, Field, NATURAL, Scalar, Shape, attr, attr_as, child_attr, field, flag, object, objects,
};

const BOOLEAN: Scalar = Scalar::Boolean;

const PUBLISHED: Field = objects(
    "items",
    "item",
    "",
    &[attr("id"), attr("publisher"), attr("ver"), field("xml", At::Here, Shape::Xml)],
);
const ITEM_IDS: Field = objects("items", "item", "", &[attr("id")]);
const SUBSCRIPTION: &[Field] = &[
    attr("node"),
    attr("jid"),
    attr("subid"),
    attr("subscription"),
    attr("expiry"),
    object("options", "subscribe-options", "", &[flag("required")]),
];
const AFFILIATION: &[Field] = &[attr("node"), attr("jid"), attr("affiliation")];
const SUBSCRIPTIONS: Field = object(
    "subscriptions",
    "subscriptions",
    "",
    &[attr("node"), objects("subscriptions", "subscription", "", SUBSCRIPTION)],
);
const AFFILIATIONS: Field = object(
    "affiliations",
    "affiliations",
    "",
    &[attr("node"), objects("affiliations", "affiliation", "", AFFILIATION)],
);
const NODE: &[Field] = &[attr("node")];
const NODE_FORM: &[Field] = &[attr("node"), FORM_IN];
pub(super) const EVENT: &[Field] = &[
    object(
        "items",
        "items",
        "",
        &[attr("node"), attr("ver"), PUBLISHED, texts_attr("retracted", "retract", "id")],
    ),
    object("purge", "purge", "", NODE),
    object("delete", "delete", "", &[attr("node"), child_attr("redirect", "redirect", "", "uri")]),
    object("configuration", "configuration", "", NODE_FORM),
    object("subscription", "subscription", "", SUBSCRIPTION),
    object("collection", "collection", "", NODE),
];
pub(super) const PUBLISHING: &[Field] = &[
    object("create", "create", "", NODE),
    object("configure", "configure", "", NODE_FORM),
    object("publish", "publish", "", &[attr("node"), attr("ver"), PUBLISHED]),
    object("publish_options", "publish-options", "", &[FORM_IN]),
    object("retract", "retract", "", &[attr("node"), attr_as("notify", BOOLEAN), ITEM_IDS]),
    object(
        "items",
        "items",
        "",
        &[
            attr("node"),
            attr("subid"),
            field("max_items", At::Here, Shape::Attr("max_items", NATURAL)),
            PUBLISHED,
        ],
    ),
    object("subscribe", "subscribe", "", &[attr("node"), attr("jid")]),
    object("unsubscribe", "unsubscribe", "", &[attr("node"), attr("jid"), attr("subid")]),
    object("subscription", "subscription", "", SUBSCRIPTION),
    SUBSCRIPTIONS,
    AFFILIATIONS,
    object("options", "options", "", &[attr("node"), attr("jid"), attr("subid"), FORM_IN]),
    object("default", "default", "", NODE_FORM),
    object("page", "set", RSM, &PAGE),
];
pub(super) const PUBSUB_OWNING: &[Field] = &[
    object("configure", "configure", "", NODE_FORM),
    object("default", "default", "", NODE_FORM),
    object("delete", "delete", "", &[attr("node"), child_attr("redirect", "redirect", "", "uri")]),
    object("purge", "purge", "", NODE),
    SUBSCRIPTIONS,
    AFFILIATIONS,
];
