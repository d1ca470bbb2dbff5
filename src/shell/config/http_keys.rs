//! Section `[http]`: where requests are taken, and from whom.

use super::keys::{Key, Preset};
use super::{address, values};
use crate::time::Duration;

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "http",
        name: "listen",
        syntax: "IP:PORT|PORT",
        preset: Preset::Text("127.0.0.1:8080"),
        example: "0.0.0.0:8080",
        about: "Where requests are taken. A port alone is on loopback; port 0 is any free one, the log says which.",
        set: |_, config, _, text| {
            config.listen = address::listen(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "iq_timeout",
        syntax: "SECONDS",
        preset: Preset::Number(120),
        example: "30",
        about: "How long a request waits for the answer to its iq when it does not say so itself in the header Prosody-Rest-Timeout.",
        set: |_, config, _, text| {
            config.iq_timeout = Duration::from_secs(values::number(text, 1, 3600)?.into());
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "iq_timeout_max",
        syntax: "SECONDS",
        preset: Preset::Number(300),
        example: "600",
        about: "The longest wait that a request may ask for; a longer one is cut to it.",
        set: |_, config, _, text| {
            config.iq_timeout_max = Duration::from_secs(values::number(text, 1, 3600)?.into());
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "allow",
        syntax: "IP[/BITS], ...",
        preset: Preset::Nothing,
        example: "127.0.0.0/8, 192.168.7.0/24",
        about: "The networks that requests may come from; without this key, all.",
        set: |_, config, _, text| {
            config.access.allow = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "proxies",
        syntax: "IP[/BITS], ...",
        preset: Preset::Nothing,
        example: "127.0.0.1",
        about: "Reverse proxies that are trusted to say in X-Forwarded-For where a request came from. Without it every request that a proxy passes on comes from the proxy.",
        set: |_, config, _, text| {
            config.access.proxies = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "anonymous",
        syntax: "JID",
        preset: Preset::Nothing,
        example: "anybody@rest.example.org",
        about: "The address that callers without credentials send as. Without this key they get 401.",
        set: |_, config, _, text| {
            config.access.anonymous = Some(values::jid(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "anonymous_from",
        syntax: "IP[/BITS], ...",
        preset: Preset::Text("127.0.0.0/8, ::1"),
        example: "192.168.7.0/24",
        about: "Where callers without credentials may come from.",
        set: |_, config, _, text| {
            config.access.anonymous_from = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "origins",
        syntax: "ORIGIN, ...|*",
        preset: Preset::Nothing,
        example: "https://app.example.org",
        about: "The web sites whose pages may send requests and read the answers (CORS). Without this key, none but the gateway's own.",
        set: |_, config, _, text| {
            config.access.origins = values::origins(text)?;
            Ok(())
        },
    },
];
