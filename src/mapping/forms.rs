//! The parts of the mapping table for data forms (XEP-0004), with media (XEP-0221) and validation (XEP-0122).

use super::code::{FIELD_OPTIONS, FIELD_VALUE, FIELD_VALUES, FORM, REPORTED_ITEMS};
use super::ns::{DATA, MEDIA, VALIDATE};
use super::shape::{
    At, Field, NATURAL, Rule, Shape, attr, attr_as, content, field, flag, object, objects, text, texts,
};

pub(super) const FORM_IN: Field = field("form", At::Child("x", DATA), Shape::Code(&FORM));
pub(super) const OPTION: &[Field] = &[attr("label"), text("value")];
pub(super) static FORM_FIELDS: [Field; 6] = [
    attr("type"),
    text("title"),
    text("instructions"),
    objects("fields", "field", "", &FORM_FIELD).rule(Rule::Always),
    field("reported", At::Child("reported", ""), Shape::List(&objects("", "field", "", &FORM_FIELD))),
    field("items", At::Here, Shape::Code(&REPORTED_ITEMS)),
];
pub(super) static FORM_FIELD: [Field; 10] = [
    attr("var"),
    attr("type"),
    attr("label"),
    text("desc"),
    flag("required"),
    field("value", At::Here, Shape::Code(&FIELD_VALUE)).rule(Rule::Unless("values")),
    field("values", At::Here, Shape::Code(&FIELD_VALUES)),
    field("options", At::Here, Shape::Code(&FIELD_OPTIONS)),
    object("media", "media", MEDIA, FIELD_MEDIA),
    object("validate", "validate", VALIDATE, FIELD_VALIDATION),
];
const FIELD_VALIDATION: &[Field] = &[
    attr("datatype"),
    flag("basic"),
    flag("open"),
    object("range", "range", "", &[attr("min"), attr("max")]),
    text("regex"),
    field(
        "list_range",
        At::Child("list-range", ""),
        Shape::Object(&[attr_as("min", NATURAL), attr_as("max", NATURAL)]),
    ),
];
const FIELD_MEDIA: &[Field] = &[
    attr_as("height", NATURAL),
    attr_as("width", NATURAL),
    objects("uris", "uri", "", &[attr("type"), content("uri")]),
];

/// A form whose fields all have a list of values: mod_rest's way in archives.
pub(super) const VALUES_FORM: &[Field] = &[
    attr("type"),
    text("title"),
    text("instructions"),
    objects(
        "fields",
        "field",
        "",
        &[
            attr("var"),
            attr("type"),
            attr("label"),
            text("desc"),
            flag("required"),
            texts("values", "value", ""),
            objects("options", "option", "", OPTION),
        ],
    ),
];
