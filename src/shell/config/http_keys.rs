//! Sections `[http]` and `[metrics]`: where requests are taken, and from whom.

use super::keys::{Key, Preset};
use super::{listen, values};
use crate::time::Duration;

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "http",
        name: "listen",
        syntax: "IP:PORT|PORT|unix:PATH|systemd[:NAME], ...",
        preset: Preset::Text("127.0.0.1:8080"),
        example: "127.0.0.1:8080, [::1]:8080, unix:/run/restanza/http.sock",
        about: "Where requests are taken. A port alone is on loopback; port 0 is any free one, the log says which. unix: is a Unix socket, for whom its file's mode and owner let in; who comes by it counts as 127.0.0.1. systemd is what a .socket unit has opened, with a name behind it only what has that name.",
        set: |_, config, _, text| {
            config.listen = listen::places(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "socket_mode",
        syntax: "MODE",
        preset: Preset::Text("660"),
        example: "666",
        about: "The mode of the files of Unix sockets, as chmod has it: who may write may connect.",
        set: |_, config, _, text| {
            config.socket_rights.mode = listen::mode(text)?;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "socket_owner",
        syntax: "USER[:GROUP]|:GROUP",
        preset: Preset::Nothing,
        example: ":www-data",
        about: "Who owns the files of Unix sockets, by name or number. Without this key, whoever restanza runs as.",
        set: |_, config, _, text| {
            (config.socket_rights.user, config.socket_rights.group) = listen::owner(text)?;
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
        about: "Reverse proxies that are trusted to say in X-Forwarded-For where a request came from; 127.0.0.1 is the one behind a Unix socket, too. Without it every request that a proxy passes on comes from the proxy. Forwarded is not read: a proxy that writes one of the two passes the other on as the caller wrote it.",
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
    Key {
        section: "metrics",
        name: "listen",
        syntax: "IP:PORT|PORT|unix:PATH|systemd[:NAME], ...",
        preset: Preset::Nothing,
        example: "127.0.0.1:9180",
        about: "Where /metrics, /healthz and /readyz are served and nothing else. Without this key they are at [http] listen alone, where they always are.",
        set: |_, config, _, text| {
            config.metrics_listen = listen::places(text)?;
            Ok(())
        },
    },
    Key {
        section: "metrics",
        name: "anonymous_from",
        syntax: "IP[/BITS], ...",
        preset: Preset::Text("127.0.0.0/8, ::1"),
        example: "127.0.0.1, 10.1.0.0/16",
        about: "Who gets /metrics at this listener without a login: this machine, and so Unix sockets. Everybody else shows the credentials that [http] asks for.",
        set: |_, config, _, text| {
            config.access.metrics_from = values::networks(text)?;
            Ok(())
        },
    },
    Key {
        section: "metrics",
        name: "tls",
        syntax: "yes|no",
        preset: Preset::Text("no"),
        example: "yes",
        about: "Whether the addresses of TCP here speak https as well, with the certificate of [http].",
        set: |_, config, _, text| {
            config.metrics_tls = values::yes_or_no(text)?;
            if config.metrics_tls { values::with_tls(()) } else { Ok(()) }
        },
    },
];
