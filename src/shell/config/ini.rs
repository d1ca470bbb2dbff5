//! The lines of a configuration file: sections, keys and values, not yet what they mean.
//!
//! ```text
//! # A comment has its own line; `;` starts one, too.
//! [section]
//! key = value up to the end of the line, blanks around it dropped
//! [section "name"]
//! key = " in quotes blanks, # and ; stay "
//! ```
//!
//! A name is 1 to 32 ASCII letters, digits, `-` and `_`, so that it fits into the name of a variable. Nothing is
//! guessed: a line that is none of these is refused, with the cure.

use super::problem::Wrong;

/// A line that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'t> {
    /// `[kind]` or `[kind "name"]`.
    Section { kind: &'t str, name: Option<&'t str> },
    /// `key = value`.
    Entry { key: &'t str, value: &'t str },
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) wrong: Wrong,
    /// It was to begin a section, so what follows belongs nowhere.
    pub(crate) header: bool,
}

/// The items of `text`, each with its line number from 1.
pub(crate) fn items(text: &str) -> impl Iterator<Item = (usize, Result<Item<'_>, Bad>)> {
    // Editors on Windows put a byte order mark at the start and a carriage return at the line ends.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n').enumerate().filter_map(|(at, line)| {
        let line = line.trim();
        let item = match line.chars().next() {
            None | Some('#' | ';') => return None,
            Some('[') => section(line).map_err(|wrong| Bad { wrong, header: true }),
            Some(_) => entry(line).map_err(|wrong| Bad { wrong, header: false }),
        };
        Some((at + 1, item))
    })
}

/// Whether `name` can be the name of a section.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether `text` has a control character other than a tabulator.
pub(super) fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\t')
}

fn section(line: &str) -> Result<Item<'_>, Wrong> {
    let wrong = || {
        let what = format!("the section header {line} cannot be read");
        Wrong::new(what, "Write [section] or [section \"name\"].")
    };
    let inner = line[1..].strip_suffix(']').ok_or_else(wrong)?.trim();
    let (kind, name) = match inner.split_once('"') {
        None => (inner, None),
        Some((kind, name)) => (kind.trim_end(), Some(name.strip_suffix('"').ok_or_else(wrong)?)),
    };
    if kind.is_empty() || kind.contains(char::is_whitespace) {
        return Err(wrong());
    }
    if let Some(name) = name.filter(|name| !is_name(name)) {
        return Err(Wrong::new(
            format!("{name:?} cannot be the name of a section"),
            "Use 1 to 32 ASCII letters, digits, '-' and '_'.",
        ));
    }
    Ok(Item::Section { kind, name })
}

fn entry(line: &str) -> Result<Item<'_>, Wrong> {
    let Some((key, value)) = line.split_once('=') else {
        return Err(Wrong::new(
            "the line is neither a section, nor a key with a value, nor a comment",
            "Write key = value, or put a # before a comment.",
        ));
    };
    let (key, value) = (key.trim_end(), value.trim_start());
    if has_control(line) {
        return Err(Wrong::new(
            "the line contains a control character",
            "Remove it; if it is part of a secret, choose another secret.",
        ));
    }
    if let Some(rest) = value.strip_prefix('"') {
        // Such a line comes out of Prosody's configuration, where it may end so.
        let rest = if key.starts_with("rest_callback_") { rest.trim_end_matches([';', ' ']) } else { rest };
        let value = rest.strip_suffix('"').ok_or_else(|| {
            Wrong::new(
                "the value starts with a quote and does not end with one",
                "Put quotes on both sides, or on neither; a comment needs its own line.",
            )
        })?;
        return Ok(Item::Entry { key, value });
    }
    if [" #", "\t#", " ;", "\t;"].iter().any(|comment| value.contains(comment)) {
        return Err(Wrong::new(
            "the value has a comment after it, or looks so",
            "Move the comment to its own line; if it belongs to the value, put the value in quotes.",
        ));
    }
    Ok(Item::Entry { key, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_strictly() {
        let cases: &[(&str, Result<Item<'_>, &str>)] = &[
            ("[a]", Ok(Item::Section { kind: "a", name: None })),
            ("  [ a ]\r", Ok(Item::Section { kind: "a", name: None })),
            ("[a \"b-C_1\"]", Ok(Item::Section { kind: "a", name: Some("b-C_1") })),
            ("[a\"b\"]", Ok(Item::Section { kind: "a", name: Some("b") })),
            ("[a \t \"b\" ]", Ok(Item::Section { kind: "a", name: Some("b") })),
            ("[a b]", Err("header")),
            ("[a \"b]", Err("header")),
            ("[a b\"]", Err("header")),
            ("[a \"b\" c]", Err("header")),
            ("[a \"\"]", Err("cannot be the name")),
            ("[a \"ü\"]", Err("cannot be the name")),
            ("[a \"b\"c\"]", Err("cannot be the name")),
            ("[]", Err("header")),
            ("[a", Err("header")),
            ("[", Err("header")),
            ("k = v", Ok(Item::Entry { key: "k", value: "v" })),
            ("k=v=w#x;y", Ok(Item::Entry { key: "k", value: "v=w#x;y" })),
            ("k =", Ok(Item::Entry { key: "k", value: "" })),
            ("= v", Ok(Item::Entry { key: "", value: "v" })),
            ("k = \" v # ; \"\"", Ok(Item::Entry { key: "k", value: " v # ; \"" })),
            ("k = \"\"", Ok(Item::Entry { key: "k", value: "" })),
            ("rest_callback_url = \"v\" ;", Ok(Item::Entry { key: "rest_callback_url", value: "v" })),
            ("k = \"v\";", Err("quote")),
            ("k = \"", Err("quote")),
            ("k = \"v\" # c", Err("quote")),
            ("k = v # c", Err("comment")),
            ("k = v\t; c", Err("comment")),
            ("k = v\u{1}w", Err("control")),
            ("k", Err("neither")),
        ];
        for (line, expected) in cases {
            let mut found = items(line);
            let (at, item) = found.next().expect(line);
            assert_eq!(at, 1);
            match (item, expected) {
                (Err(Bad { wrong, .. }), Err(part)) => {
                    assert!(wrong.what.contains(part), "{line}: {wrong:?}");
                }
                (item, expected) => assert_eq!(item.ok(), expected.ok(), "{line}"),
            }
            assert!(found.next().is_none());
        }
    }

    #[test]
    fn comments_and_blank_lines_count_as_lines() {
        let text = "\u{feff}# c\r\n; c\n\n \t \nk=v\n\n[s]";
        let lines: Vec<_> = items(text).map(|(at, item)| (at, item.is_ok())).collect();
        assert_eq!(lines, [(5, true), (7, true)]);
    }
}
