//! The command line: what was asked for is found in the table of commands (`commands`), which yields the help as well.

mod commands;
#[cfg(test)]
mod man;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use lexopt::{Arg, Parser};

use super::run::Source;
use commands::{ALWAYS, COMMANDS, CONFIG, Command, Flag, HELP, VERSION};

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

/// The options given.
struct Flags {
    command: &'static Command,
    operand: String,
    given: Vec<(&'static Flag, String)>,
}

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
