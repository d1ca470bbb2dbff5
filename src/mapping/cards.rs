//! The parts of the mapping table for vCards: vcard-temp (XEP-0054) and vCard4 (XEP-0292).
//!
//! The keys are the names of the elements in lower case, with underscores.

use super::shape::{At, Field, Scalar, Shape, field, object, objects, text, texts};

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
    object("photo", "PHOTO", "", &[TYPE, BINVAL, EXTVAL]),
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
    object("logo", "LOGO", "", &[TYPE, BINVAL, EXTVAL]),
    object("org", "ORG", "", &[upper("orgname", "ORGNAME"), texts("orgunit", "ORGUNIT", "")]),
    upper("note", "NOTE"),
    upper("rev", "REV"),
    upper("uid", "UID"),
    upper("url", "URL"),
    upper("desc", "DESC"),
];

/// What most properties hold: a text, a URI, or a date, each with its parameters left out.
const VALUE: &[Field] = &[text("text"), text("uri"), text("date"), text("date-time")];

const fn property(name: &'static str) -> Field {
    objects(name, name, "", VALUE)
}

pub(super) const CARD4: &[Field] = &[
    property("fn"),
    objects(
        "n",
        "n",
        "",
        &[
            texts("surname", "surname", ""),
            texts("given", "given", ""),
            texts("additional", "additional", ""),
            texts("prefix", "prefix", ""),
            texts("suffix", "suffix", ""),
        ],
    ),
    property("nickname"),
    property("photo"),
    property("bday"),
    property("anniversary"),
    objects("gender", "gender", "", &[text("sex"), text("text")]),
    objects(
        "adr",
        "adr",
        "",
        &[
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
    objects("org", "org", "", &[texts("text", "text", "")]),
    property("note"),
    objects("rev", "rev", "", &[text("timestamp")]),
    property("uid"),
    property("url"),
    property("key"),
];
