//! The manual pages and the completion for bash, made from the tables: `RESTANZA_WRITE_MAN=1 cargo test man` writes
//! them to `boards/man`, and without the variable the test fails when they are not what the tables say.

use std::fmt::Write as _;
use std::path::Path;

use super::{ALWAYS, COMMANDS, Command, EXITS, Flag};
use crate::shell::config::keys::{self, Preset};

#[test]
fn the_manual_says_what_the_tables_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("boards/man");
    for (name, text) in
        [("restanza.1", program()), ("restanza.conf.5", configuration()), ("restanza.bash", completion())]
    {
        let path = folder.join(name);
        if std::env::var_os("RESTANZA_WRITE_MAN").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{} is out of date: RESTANZA_WRITE_MAN=1 cargo test man", path.display());
    }
}

fn program() -> String {
    let mut page = String::from(
        ".TH RESTANZA 1 \"\" \"restanza\" \"User Commands\"\n.SH NAME\nrestanza \\- a gateway between HTTP and XMPP\n.SH SYNOPSIS\n.B restanza\n[\\fICOMMAND\\fR] [\\fIOPTION\\fR]...\n.SH DESCRIPTION\nConnects to any XMPP server as an external component (XEP\\-0114). A program POSTs a stanza as XML, JSON, a form or\nplain text and gets the answer to an iq in the same request; what arrives from XMPP is POSTed to a webhook, and what\nthat answers becomes the reply.\n.SH COMMANDS\n",
    );
    for command in COMMANDS {
        let _ = writeln!(page, ".TP\n.B {}\n{}.", roff(command.name), roff(command.about));
    }
    page.push_str(".SH OPTIONS\n");
    let mut told: Vec<&str> = Vec::new();
    for flag in COMMANDS.iter().flat_map(|command| command.options).chain(ALWAYS) {
        if told.contains(&flag.name) {
            continue;
        }
        told.push(flag.name);
        let takers: Vec<_> = COMMANDS
            .iter()
            .filter(|command| command.options.iter().any(|option| option.name == flag.name))
            .map(|command| command.name)
            .collect();
        let takers = if takers.is_empty() { "every command".to_owned() } else { takers.join(", ") };
        let _ = writeln!(page, ".TP\n{}\nWith {takers}: {}.", option(flag), roff(flag.about));
    }
    page.push_str(".SH EXIT STATUS\n");
    for (exit, about) in EXITS {
        let _ = writeln!(page, ".TP\n.B {}\n{}.", *exit as u8, roff(about));
    }
    page.push_str(".SH SIGNALS\n.TP\n.B SIGHUP\nReads tokens, hooks, certificates and keys again, and how much the log tells.\n.TP\n.BR SIGTERM \", \" SIGINT\nFinishes what is under way, then ends; a second one ends it at once.\n.SH FILES\n.I /etc/restanza/restanza.conf\n.SH SEE ALSO\n.BR restanza.conf (5)\n");
    page
}

fn option(flag: &Flag) -> String {
    let short = flag.short.map_or(String::new(), |short| format!("\\fB\\-{short}\\fR, "));
    let value = flag.value.map_or(String::new(), |value| format!(" \\fI{}\\fR", roff(value)));
    format!("{short}\\fB\\-\\-{}\\fR{value}", roff(flag.name))
}

fn configuration() -> String {
    let mut page = String::from(
        ".TH RESTANZA.CONF 5 \"\" \"restanza\" \"File Formats\"\n.SH NAME\nrestanza.conf \\- the configuration of restanza(1)\n.SH DESCRIPTION\nSections in brackets, some with a name in quotes, and below each keys with a value up to the end of the line. A\ncomment has its own line and starts with #. Quotes keep blanks and # in a value. Every key can be given by the\nenvironment variable named with it, too, which replaces what the file says. \\fBrestanza check\\fR says what is wrong\nwith a file, \\fBrestanza config \\-\\-sample\\fR prints one.\n",
    );
    for section in keys::SECTIONS {
        let name = if section.named { " \"NAME\"" } else { "" };
        let _ = writeln!(page, ".SH [{}{name}]\n{}", section.name, roff(section.about));
        if section.reloads {
            page.push_str("A change takes effect with SIGHUP.\n");
        }
        for key in keys::keys_of(section.name) {
            let preset = match key.preset {
                Preset::Needed => "needed".to_owned(),
                Preset::Nothing => "no default".to_owned(),
                Preset::Text(text) => format!("default {text}"),
                Preset::Number(number) => format!("default {number}"),
            };
            let variable = keys::variable(key, if section.named { "NAME" } else { "" });
            let _ = writeln!(
                page,
                ".TP\n\\fB{}\\fR = \\fI{}\\fR ({})\n{}\n.br\n{}",
                roff(key.name),
                roff(key.syntax),
                roff(&preset),
                roff(key.about),
                roff(&variable)
            );
        }
    }
    page.push_str(".SH SEE ALSO\n.BR restanza (1)\n");
    page
}

/// Text that troff takes as it is.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

fn completion() -> String {
    let mut script = String::from(
        "# Completion of restanza(1) for bash.\n_restanza() {\n    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n    local line=\"${COMP_WORDS[*]:1:COMP_CWORD-1} \"\n    case $before in\n",
    );
    let mut told: Vec<&str> = Vec::new();
    for flag in COMMANDS.iter().flat_map(|command| command.options) {
        let Some(value) = flag.value.filter(|_| !told.contains(&flag.name)) else { continue };
        told.push(flag.name);
        let short = flag.short.map_or(String::new(), |short| format!(" | -{short}"));
        let replies = if value.contains('|') {
            format!("COMPREPLY=($(compgen -W '{}' -- \"$word\"))", value.replace('|', " "))
        } else {
            "COMPREPLY=($(compgen -f -- \"$word\"))".to_owned()
        };
        let _ = writeln!(script, "        --{}{short}) {replies}; return ;;", flag.name);
    }
    script.push_str("    esac\n    case $line in\n");
    let mut offer = |pattern: &str, words: &str| {
        let _ = writeln!(script, "        {pattern}) COMPREPLY=($(compgen -W '{words}' -- \"$word\")) ;;");
    };
    let long =
        |flags: &[&Flag]| flags.iter().map(|flag| format!("--{}", flag.name)).collect::<Vec<_>>().join(" ");
    for command in COMMANDS {
        let flags = [command.options, ALWAYS].concat();
        offer(&format!("'{} '*", command.name), &long(&flags));
    }
    let (mut first, mut told) = (Vec::new(), Vec::new());
    for command in COMMANDS {
        let word = command.name.split(' ').next().unwrap_or_default();
        if !first.contains(&word) {
            first.push(word);
        }
    }
    for (word, _) in COMMANDS.iter().filter_map(|command| command.name.split_once(' ')) {
        if !told.contains(&word) {
            told.push(word);
            let second = |command: &Command| command.name.strip_prefix(word)?.strip_prefix(' ');
            let seconds: Vec<_> = COMMANDS.iter().filter_map(second).collect();
            offer(&format!("'{word} '*"), &seconds.join(" "));
        }
    }
    offer("*", &format!("{} {}", first.join(" "), long(ALWAYS)));
    script.push_str("    esac\n}\ncomplete -F _restanza restanza\n");
    script
}
