//! The command line: commands and options as a table that yields the parser and the help.

#[cfg(test)]
mod man;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use lexopt::{Arg, Parser};

use super::config::{self, Config, Reading};
use super::run::Source;
use super::tls::Tls;
use super::{budget, convert, hook_test, run, token};
#[cfg(feature = "cbor")]
use crate::mapping::Format;
use crate::mapping::Options;

/// The variable that names the configuration file when the option does not.
const CONFIG_VARIABLE: &str = "RESTANZA_CONFIG";
/// The configuration file when nothing names one; it may be missing.
const CONFIG_FILE: &str = "/etc/restanza/restanza.conf";

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Good = 0,
    /// It did not work.
    Failed = 1,
    /// The command line or the configuration has to be put right first.
    Usage = 2,
}

const EXITS: &[(Exit, &str)] = &[
    (Exit::Good, "all went well; for run: stopped as asked"),
    (Exit::Failed, "it did not work; standard error says why"),
    (Exit::Usage, "the command line or the configuration has to be put right first"),
];

/// Something the program does.
struct Command {
    name: &'static str,
    about: &'static str,
    /// What the user names behind it.
    operand: Option<&'static str>,
    options: &'static [&'static Flag],
    run: fn(&Flags) -> Exit,
}

/// An option.
struct Flag {
    name: &'static str,
    short: Option<char>,
    /// What its value is, when it has one.
    value: Option<&'static str>,
    about: &'static str,
}

/// The options given.
struct Flags {
    command: &'static Command,
    operand: String,
    given: Vec<(&'static Flag, String)>,
}

const CONFIG: Flag = Flag {
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
const HELP: Flag = Flag { name: "help", short: Some('h'), value: None, about: "print this" };
const VERSION: Flag =
    Flag { name: "version", short: Some('V'), value: None, about: "print name and version" };

/// Options that every command takes.
const ALWAYS: &[&Flag] = &[&HELP, &VERSION];

/// The first one is meant when none is named.
const COMMANDS: &[Command] = &[
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

/// Does what `arguments`, without the program's name, ask for.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    match parse(Parser::from_args(arguments)) {
        Ok(flags) if flags.has(&HELP) => print(&help()),
        Ok(flags) if flags.has(&VERSION) => print(concat!("restanza ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(flags) => (flags.command.run)(&flags),
        Err(wrong) => usage(&wrong),
    }
}

fn parse(mut parser: Parser) -> Result<Flags, String> {
    let mut command: Option<&'static Command> = None;
    let (mut words, mut operand) = (String::new(), String::new());
    let mut given = Vec::new();
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let (name, short) = match argument {
            Arg::Long(name) => (name.to_owned(), None),
            Arg::Short(short) => (String::new(), Some(short)),
            Arg::Value(word) if command.is_none() => {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.push_str(&word.to_string_lossy());
                command = COMMANDS.iter().find(|command| command.name == words);
                let begins = |name: &str| name.strip_prefix(&words).is_some_and(|rest| rest.starts_with(' '));
                if command.is_none() && !COMMANDS.iter().any(|command| begins(command.name)) {
                    return Err(format!("there is no command {words:?}"));
                }
                continue;
            }
            Arg::Value(word)
                if operand.is_empty() && command.is_some_and(|command| command.operand.is_some()) =>
            {
                operand = word.to_string_lossy().into_owned();
                continue;
            }
            Arg::Value(word) => {
                return Err(format!("{:?} is one argument too many", word.to_string_lossy()));
            }
        };
        let known = COMMANDS.iter().flat_map(|command| command.options).chain(ALWAYS);
        let flag = known
            .copied()
            .find(|flag| flag.name == name || short.is_some() && flag.short == short)
            .ok_or_else(|| match short {
                Some(short) => format!("there is no option -{short}"),
                None => format!("there is no option --{name}"),
            })?;
        let value = if flag.value.is_some() {
            let value = parser.value().map_err(|error| error.to_string())?;
            value.into_string().map_err(|_| format!("the value of --{} is not UTF-8", flag.name))?
        } else {
            String::new()
        };
        given.push((flag, value));
    }
    if command.is_none() && !words.is_empty() {
        return Err(format!("there is no command {words:?}"));
    }
    let command = command.unwrap_or(&COMMANDS[0]);
    let fits = |flag: &Flag| command.options.iter().chain(ALWAYS).any(|option| option.name == flag.name);
    for (at, (flag, _)) in given.iter().enumerate() {
        if !fits(flag) {
            return Err(format!("{} does not take --{}", command.name, flag.name));
        }
        if given[..at].iter().any(|(other, _)| other.name == flag.name) {
            return Err(format!("--{} is given twice", flag.name));
        }
    }
    let asks = given.iter().any(|(flag, _)| ALWAYS.iter().any(|always| always.name == flag.name));
    if let Some(name) = command.operand.filter(|_| operand.is_empty() && !asks) {
        return Err(format!("{} needs a {name}", command.name));
    }
    Ok(Flags { command, operand, given })
}

impl Flags {
    fn get(&self, flag: &Flag) -> Option<&str> {
        self.given.iter().find(|(given, _)| given.name == flag.name).map(|(_, value)| value.as_str())
    }

    fn has(&self, flag: &Flag) -> bool {
        self.get(flag).is_some()
    }

    /// The configuration file; the one that nobody named may be missing.
    fn source(&self) -> Source {
        let named = self.get(&CONFIG).map(OsString::from).or_else(|| std::env::var_os(CONFIG_VARIABLE));
        let may_be_missing = named.is_none();
        Source { file: PathBuf::from(named.unwrap_or_else(|| CONFIG_FILE.into())), may_be_missing }
    }
}

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

fn help() -> String {
    let mut text = String::from(
        "restanza: one small binary between HTTP and XMPP\n\nusage: restanza [COMMAND] [OPTION]...\n\ncommands:\n",
    );
    for command in COMMANDS {
        let operand = command.operand.map_or(String::new(), |operand| format!(" {operand}"));
        let _ = writeln!(text, "  {:<10} {}", format!("{}{operand}", command.name), command.about);
        for flag in command.options {
            option(&mut text, flag);
        }
    }
    text.push_str("\nwith every command:\n");
    for flag in ALWAYS {
        option(&mut text, flag);
    }
    text.push_str("\nexit status:\n");
    for (exit, about) in EXITS {
        let _ = writeln!(text, "  {}  {about}", *exit as u8);
    }
    text
}

fn option(text: &mut String, flag: &Flag) {
    let short = flag.short.map_or(String::new(), |short| format!("-{short}, "));
    let value = flag.value.map_or(String::new(), |value| format!(" {value}"));
    let _ = writeln!(text, "             {short}--{}{value}: {}", flag.name, flag.about);
}

fn usage(wrong: &str) -> Exit {
    tell(&format!("restanza: {wrong}; see restanza --help\n"));
    Exit::Usage
}

/// To standard output; a reader that went away is a failure and no panic.
fn print(text: &str) -> Exit {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Exit::Good,
        Err(_) => Exit::Failed,
    }
}

/// To standard error, the last place there is: a failure cannot be told to anyone.
pub(super) fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
