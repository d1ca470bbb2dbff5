//! What the program does: the table of its commands with their options, and a function for each.

use std::fmt::Write as _;

use super::{Exit, Flags, print, tell, usage};
#[cfg(feature = "cbor")]
use crate::mapping::Format;
use crate::mapping::Options;
use crate::shell::config::{self, Config, Reading};
use crate::shell::tls::Tls;
use crate::shell::{budget, convert, hook_test, run, token};

/// Something the program does.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// What the user names behind it.
    pub(super) operand: Option<&'static str>,
    pub(super) options: &'static [&'static Flag],
    pub(super) run: fn(&Flags) -> Exit,
}

/// An option.
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) short: Option<char>,
    /// What its value is, when it has one.
    pub(super) value: Option<&'static str>,
    pub(super) about: &'static str,
}

pub(super) const CONFIG: Flag = Flag {
    name: "config",
    short: Some('c'),
    value: Some("FILE"),
    about: "the configuration; without it $RESTANZA_CONFIG, then /etc/restanza/restanza.conf",
};
const SAMPLE: Flag = Flag {
    name: "sample",
    short: None,
    value: None,
    about: "print a configuration with every key explained",
};
const FROM: Flag = Flag {
    name: "from",
    short: None,
    value: Some("xml|json|form|cbor|text"),
    about: "the format of standard input",
};
const TO: Flag = Flag {
    name: "to",
    short: None,
    value: Some("xml|json|form|cbor|text"),
    about: "the format of standard output",
};
const NDJSON: Flag = Flag {
    name: "ndjson",
    short: None,
    value: None,
    about: "each line of input is a payload as a JSON string, each line of output {\"ok\":…} or {\"error\":…}",
};
const UNMAPPED: Flag = Flag {
    name: "unmapped",
    short: None,
    value: Some("drop|keep"),
    about: "what becomes of elements without a key: with keep they stand as strings in the key xml, and are taken there",
};
const STRICT: Flag =
    Flag { name: "strict", short: None, value: None, about: "refuse unknown keys instead of ignoring them" };
const NAME: Flag = Flag {
    name: "name",
    short: None,
    value: Some("NAME"),
    about: "the name of the section, and of the address before @",
};
pub(super) const HELP: Flag = Flag { name: "help", short: Some('h'), value: None, about: "print this" };
pub(super) const VERSION: Flag =
    Flag { name: "version", short: Some('V'), value: None, about: "print name and version" };

/// Options that every command takes.
pub(super) const ALWAYS: &[&Flag] = &[&HELP, &VERSION];

/// The first one is meant when none is named.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        about: "be the gateway, until SIGTERM (the default)",
        operand: None,
        options: &[&CONFIG],
        run: gateway,
    },
    Command {
        name: "check",
        about: "say what is wrong with the configuration and how to cure it",
        operand: None,
        options: &[&CONFIG],
        run: check,
    },
    Command {
        name: "config",
        about: "help with writing a configuration",
        operand: None,
        options: &[&SAMPLE],
        run: sample,
    },
    Command {
        name: "convert",
        about: "turn a payload on standard input into another format on standard output",
        operand: None,
        options: &[&FROM, &TO, &UNMAPPED, &STRICT, &NDJSON],
        run: convert_payload,
    },
    Command {
        name: "token new",
        about: "make a token at random; print it, and the section that lets it in without showing it",
        operand: None,
        options: &[&NAME, &CONFIG],
        run: new_token,
    },
    Command {
        name: "hook test",
        about: "send a sample to a hook; show the request, the answer and what the sender would get",
        operand: Some("NAME"),
        options: &[&CONFIG],
        run: hook_test,
    },
    Command {
        name: "limits",
        about: "print the limits of the configuration, what a running gateway uses of them, and the most memory they can take",
        operand: None,
        options: &[&CONFIG],
        run: limits_table,
    },
];

fn gateway(flags: &Flags) -> Exit {
    run::run(&flags.source())
}

fn check(flags: &Flags) -> Exit {
    let source = flags.source();
    let (reading, file) = (source.load(), source.file.to_string_lossy());
    let mut text = problems(&reading, &file);
    let tls = Tls::prepare(&reading.config);
    if let Err(problem) = &tls
        && reading.usable()
    {
        let _ = writeln!(text, "{}", problem.in_file(&file));
    }
    if !reading.usable() || tls.is_err() {
        print(&text);
        return Exit::Usage;
    }
    let Config { tokens, hooks, domain, .. } = &reading.config;
    let _ = writeln!(text, "{file}: good; {domain}, {} tokens, {} hooks", tokens.len(), hooks.len());
    print(&text)
}

/// One line for each problem.
fn problems(reading: &Reading, file: &str) -> String {
    reading
        .problems
        .iter()
        .fold(String::new(), |text, problem| text + &format!("{}\n", problem.in_file(file)))
}

fn sample(flags: &Flags) -> Exit {
    if !flags.has(&SAMPLE) {
        return usage("config needs --sample");
    }
    print(&config::sample())
}

fn hook_test(flags: &Flags) -> Exit {
    let source = flags.source();
    let reading = source.load();
    let file = source.file.to_string_lossy();
    tell(&problems(&reading, &file));
    if !reading.usable() {
        return Exit::Usage;
    }
    let tls = match Tls::prepare(&reading.config) {
        Ok(tls) => tls,
        Err(problem) => {
            tell(&format!("{}\n", problem.in_file(&file)));
            return Exit::Usage;
        }
    };
    match hook_test::test(&reading.config, &tls, &flags.operand) {
        Ok(report) => match (print(&report.text), report.good) {
            (Exit::Good, false) => Exit::Failed,
            (exit, _) => exit,
        },
        Err(wrong) => usage(&wrong),
    }
}

fn limits_table(flags: &Flags) -> Exit {
    let source = flags.source();
    let reading = source.load();
    tell(&problems(&reading, &source.file.to_string_lossy()));
    match (print(&budget::report(&reading.config)), reading.usable()) {
        (Exit::Good, false) => Exit::Usage,
        (exit, _) => exit,
    }
}

fn new_token(flags: &Flags) -> Exit {
    let name = flags.get(&NAME).unwrap_or("new");
    if !config::is_name(name) {
        return usage(&format!("{name:?} is no name of a section: 1 to 32 letters, digits, - and _"));
    }
    match token::new(name, &flags.source().load().config) {
        Ok(text) => print(&text),
        Err(error) => {
            tell(&format!("restanza: the system has no random numbers: {error}\n"));
            Exit::Failed
        }
    }
}

fn convert_payload(flags: &Flags) -> Exit {
    let format = |flag: &Flag| {
        let name = flags.get(flag).ok_or_else(|| format!("convert needs --{}", flag.name))?;
        convert::format(name).ok_or_else(|| match name {
            "cbor" => "this build has no cbor".to_owned(),
            _ => format!("{name:?} is not one of xml, json, form, cbor, text"),
        })
    };
    let keep = match flags.get(&UNMAPPED) {
        None | Some("drop") => Ok(false),
        Some("keep") => Ok(true),
        Some(word) => Err(format!("{word:?} is not one of drop, keep")),
    };
    match (format(&FROM), format(&TO), keep) {
        #[cfg(feature = "cbor")]
        (Ok(Format::Cbor), ..) | (_, Ok(Format::Cbor), _) if flags.has(&NDJSON) => {
            usage("a line of text cannot hold cbor: not with --ndjson")
        }
        (Ok(from), Ok(to), Ok(keep)) => {
            let options = Options { keep, strict: flags.has(&STRICT), id: None };
            convert::convert(from, to, options, flags.has(&NDJSON))
        }
        (Err(wrong), ..) | (_, Err(wrong), _) | (_, _, Err(wrong)) => usage(&wrong),
    }
}
