//! Section `[mapping]`: how stanzas and JSON become each other.

use super::keys::{Key, Preset};
use super::values;

/// Whether elements without a key are kept.
pub(super) const UNMAPPED: &[(&str, bool)] = &[("drop", false), ("keep", true)];

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "mapping",
        name: "unmapped",
        syntax: "drop|keep",
        preset: Preset::Text("drop"),
        example: "keep",
        about: "What becomes of elements of a stanza that have no key in JSON. With keep they stand as strings in the list xml, and those of which the keys say only a part in the list whole beside their keys; both are taken in what is sent, whole instead of those keys. A request says it by ?unmapped=keep.",
        set: |_, config, _, text| {
            config.mapping.keep = values::choice(text, UNMAPPED)?;
            Ok(())
        },
    },
    Key {
        section: "mapping",
        name: "strict",
        syntax: "yes|no",
        preset: Preset::Text("no"),
        example: "yes",
        about: "Whether keys of JSON that are not known are refused, with status 422 and by name, or ignored as in mod_rest. A request says it by ?strict=yes.",
        set: |_, config, _, text| {
            config.mapping.strict = values::yes_or_no(text)?;
            Ok(())
        },
    },
];
