//! Sections `[component]` and `[log]`: the way to the XMPP server, and what is told.

use super::keys::{Key, Preset};
use super::{address, values};
use crate::gateway::line::Level;

const LEVELS: &[(&str, Level)] =
    &[("error", Level::Error), ("warn", Level::Warn), ("info", Level::Info), ("debug", Level::Debug)];

/// The port of Prosody's and ejabberd's component listener.
const COMPONENT_PORT: u16 = 5347;

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "component",
        name: "server",
        syntax: "HOST[:PORT]",
        preset: Preset::Text("127.0.0.1:5347"),
        example: "xmpp.example.org:5347",
        about: "Where the XMPP server takes components. Without tls the stream is not encrypted: stay on this machine, in a private network or in a tunnel.",
        set: |_, config, _, text| {
            config.server = address::address(text, COMPONENT_PORT)?;
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "domain",
        syntax: "DOMAIN",
        preset: Preset::Needed,
        example: "rest.example.org",
        about: "The component's domain, as the XMPP server has it.",
        set: |_, config, _, text| {
            config.domain = values::domain(text)?;
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "secret",
        syntax: "TEXT",
        preset: Preset::Nothing,
        example: "change-me",
        about: "The secret shared with the XMPP server. It is also the password of the domain for HTTP Basic authentication. This or secret_file.",
        set: |_, config, _, text| config.secret.set(text),
    },
    Key {
        section: "component",
        name: "secret_file",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/component.secret",
        about: "A file that holds the secret alone; a line end after it is dropped.",
        set: |_, config, _, text| config.secret.set_file(text),
    },
    Key {
        section: "component",
        name: "tls",
        syntax: "yes|no",
        preset: Preset::Text("no"),
        example: "yes",
        about: "Whether the connection is encrypted from its first byte on, as a TLS listener of the server or stunnel in front of its component port takes it.",
        set: |_, config, _, text| {
            config.link_tls.on = values::yes_or_no(text)?;
            if config.link_tls.on {
                values::with_tls(())?;
            }
            Ok(())
        },
    },
    Key {
        section: "log",
        name: "level",
        syntax: "error|warn|info|debug",
        preset: Preset::Text("info"),
        example: "debug",
        about: "How much is told. With debug there is a line for each request, with the reason when it is refused, and for each attempt of a webhook. Nothing shows a secret or what a stanza says.",
        set: |_, config, _, text| {
            config.level = values::choice(text, LEVELS)?;
            Ok(())
        },
    },
];
