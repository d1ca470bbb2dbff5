//! The parts of the mapping table for vCards: vcard-temp (XEP-0054) and vCard4 (XEP-0292).
//!
//! The keys are the names of the elements in lower case, with underscores.

use super::objects::several;
use super::shape::{At, Field, NATURAL, Rule, Scalar, Shape, field, object, objects, text, text_as, texts};

const fn upper(name: &'static str, element: &'static str) -> Field {
    field(name, At::Child(element, ""), Shape::Text(Scalar::String))
}

const fn upper_flag(name: &'static str, element: &'static str) -> Field {
    field(name, At::Child(element, ""), Shape::Flag)
}

const HOME: Field = upper_flag("home", "HOME");
const WORK: Field = upper_flag("work", "WORK");
const PREF: Field = upper_flag("pref", "PREF");
const TYPE: Field = upper("type", "TYPE");
const BINVAL: Field = upper("binval", "BINVAL");
const EXTVAL: Field = upper("extval", "EXTVAL");

const IMAGE: &[Field] = &[TYPE, BINVAL, EXTVAL];

pub(super) const CARD: &[Field] = &[
    upper("version", "VERSION"),
    upper("fn", "FN"),
    object(
        "n",
        "N",
        "",
        &[
            upper("family", "FAMILY"),
            upper("given", "GIVEN"),
            upper("middle", "MIDDLE"),
            upper("prefix", "PREFIX"),
            upper("suffix", "SUFFIX"),
        ],
    ),
    upper("nickname", "NICKNAME"),
    object("photo", "PHOTO", "", IMAGE).rule(Rule::Unless("photos")),
    objects("photos", "PHOTO", "", IMAGE).rule(Rule::Fuller(several)),
    upper("bday", "BDAY"),
    objects(
        "adr",
        "ADR",
        "",
        &[
            HOME,
            WORK,
            upper_flag("postal", "POSTAL"),
            upper_flag("parcel", "PARCEL"),
            PREF,
            upper("pobox", "POBOX"),
            upper("extadd", "EXTADD"),
            upper("street", "STREET"),
            upper("locality", "LOCALITY"),
            upper("region", "REGION"),
            upper("pcode", "PCODE"),
            upper("ctry", "CTRY"),
        ],
    ),
    objects(
        "tel",
        "TEL",
        "",
        &[
            HOME,
            WORK,
            upper_flag("voice", "VOICE"),
            upper_flag("fax", "FAX"),
            upper_flag("pager", "PAGER"),
            upper_flag("msg", "MSG"),
            upper_flag("cell", "CELL"),
            upper_flag("video", "VIDEO"),
            PREF,
            upper("number", "NUMBER"),
        ],
    ),
    objects(
        "email",
        "EMAIL",
        "",
        &[HOME, WORK, upper_flag("internet", "INTERNET"), PREF, upper("userid", "USERID")],
    ),
    upper("jabberid", "JABBERID"),
    upper("tz", "TZ"),
    object("geo", "GEO", "", &[upper("lat", "LAT"), upper("lon", "LON")]),
    upper("title", "TITLE"),
    upper("role", "ROLE"),
    object("logo", "LOGO", "", IMAGE),
    object("org", "ORG", "", &[upper("orgname", "ORGNAME"), texts("orgunit", "ORGUNIT", "")]),
    upper("mailer", "MAILER"),
    upper("note", "NOTE"),
    field("categories", At::Child("CATEGORIES", ""), Shape::List(&texts("", "KEYWORD", ""))),
    upper("prodid", "PRODID"),
    upper("rev", "REV"),
    upper("uid", "UID"),
    upper("url", "URL"),
    upper("desc", "DESC"),
    object("key", "KEY", "", &[TYPE, upper("cred", "CRED")]),
    upper("sort_string", "SORT-STRING"),
];

/// What most properties hold: a value of one of these types, with parameters.
pub(super) static VALUE: [Field; 8] = [
    PARAMETERS,
    text("text"),
    text("uri"),
    text("date"),
    text("date-time"),
    text("timestamp"),
    text("language-tag"),
    text("utc-offset"),
];
/// Parameters of a property (RFC 6351 section 5), by the types of their values.
static PARAMETER_FIELDS: [Field; 8] = [
    field("type", At::Child("type", ""), Shape::List(&texts("", "text", ""))),
    object("pref", "pref", "", &[text_as("integer", NATURAL)]),
    object("language", "language", "", &[text("language-tag")]),
    object("altid", "altid", "", &[text("text")]),
    object("mediatype", "mediatype", "", &[text("text")]),
    object("label", "label", "", &[text("text")]),
    object("tz", "tz", "", &[text("uri"), text("text")]),
    object("geo", "geo", "", &[text("uri")]),
];
const PARAMETERS: Field = object("parameters", "parameters", "", &PARAMETER_FIELDS);

/// A property of several texts.
const TEXTS: &[Field] = &[PARAMETERS, texts("text", "text", "")];

const fn property(name: &'static str) -> Field {
    objects(name, name, "", &VALUE)
}

pub(super) const CARD4: &[Field] = &[
    property("kind"),
    property("fn"),
    objects(
        "n",
        "n",
        "",
        &[
            PARAMETERS,
            texts("surname", "surname", ""),
            texts("given", "given", ""),
            texts("additional", "additional", ""),
            texts("prefix", "prefix", ""),
            texts("suffix", "suffix", ""),
        ],
    ),
    objects("nickname", "nickname", "", TEXTS),
    property("photo"),
    property("bday"),
    property("anniversary"),
    objects("gender", "gender", "", &[text("sex"), text("identity"), text("text")]),
    objects(
        "adr",
        "adr",
        "",
        &[
            PARAMETERS,
            texts("pobox", "pobox", ""),
            texts("ext", "ext", ""),
            texts("street", "street", ""),
            texts("locality", "locality", ""),
            texts("region", "region", ""),
            texts("code", "code", ""),
            texts("country", "country", ""),
        ],
    ),
    property("tel"),
    property("email"),
    property("impp"),
    property("lang"),
    property("tz"),
    property("geo"),
    property("title"),
    property("role"),
    property("logo"),
    objects("org", "org", "", TEXTS),
    objects("categories", "categories", "", TEXTS),
    property("note"),
    property("rev"),
    property("uid"),
    property("url"),
    property("key"),
    property("member"),
    property("related"),
];
