//! The sample: a file with every key explained, valid as it stands.

use std::fmt::Write as _;

use super::keys::{self, Key, Preset};

/// The width of its comments.
const WIDTH: usize = 100;

/// The text of `restanza config --sample`.
pub fn sample() -> String {
    let mut out = String::new();
    comment(
        &mut out,
        "The configuration of restanza. What is commented out is the default, or an example when there is none. \
         Every key can be given by the environment variable named with it, which replaces what stands here; \
         in a name of a section, write - as _. restanza check says what is wrong with a file.",
    );
    for section in keys::SECTIONS {
        out.push('\n');
        comment(&mut out, section.about);
        let name = match section.name {
            "token" => "sensors",
            "user" => "juliet",
            _ => "door",
        };
        if section.named {
            let _ = writeln!(out, "#[{} \"{name}\"]", section.name);
        } else {
            let _ = writeln!(out, "[{}]", section.name);
        }
        for key in keys::keys_of(section.name) {
            out.push('\n');
            entry(&mut out, key, if section.named { name } else { "" });
        }
    }
    out
}

fn entry(out: &mut String, key: &Key, name: &str) {
    comment(out, key.about);
    let preset = match key.preset {
        Preset::Needed => "needed".to_owned(),
        Preset::Nothing => "no default".to_owned(),
        Preset::Text(text) => format!("default {text}"),
        Preset::Number(number) => format!("default {number}"),
    };
    let variable = keys::variable(key, if name.is_empty() { "" } else { "NAME" });
    comment(out, &format!("{} ({preset}) {variable}", key.syntax));
    let value = match key.preset {
        Preset::Needed | Preset::Nothing => key.example.to_owned(),
        Preset::Text(text) => text.to_owned(),
        Preset::Number(number) => number.to_string(),
    };
    // The component cannot do without a secret, either.
    let needed = key.preset == Preset::Needed || key.section == "component" && key.name == "secret";
    let mark = if needed && name.is_empty() { "" } else { "#" };
    let _ = writeln!(out, "{mark}{} = {value}", key.name);
}

/// `text` in lines that start with `# `.
fn comment(out: &mut String, text: &str) {
    let mut width = 0;
    for word in text.split(' ') {
        if width == 0 || width + 1 + word.len() > WIDTH {
            if width > 0 {
                out.push('\n');
            }
            out.push('#');
            width = 1;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + word.len();
    }
    out.push('\n');
}
