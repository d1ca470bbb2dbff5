//! The keys about TLS, of each section that has connections.

use super::keys::{Key, Preset};
use super::values;

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "component",
        name: "tls_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/ca.pem",
        about: "The authorities that may have signed the server's certificate, in PEM; without it those of the system.",
        set: |_, config, _, text| {
            config.link_tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_pin",
        syntax: "sha256//BASE64",
        preset: Preset::Nothing,
        example: "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        about: "The public key that the server must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
        set: |_, config, _, text| {
            config.link_tls.pin = Some(values::pin(text)?);
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.pem",
        about: "A certificate that we show to the server when it asks for one, in PEM, followed by those that lead to its authority.",
        set: |_, config, _, text| {
            config.link_tls.cert = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "component",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, _, text| {
            config.link_tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/server.pem",
        about: "The certificate of this server, in PEM, followed by those that lead to its authority. With it the server speaks https. SIGHUP reads the file again.",
        set: |_, config, _, text| {
            config.listen_tls.cert = Some(values::tls_file(text)?);
            config.listen_tls.on = true;
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/server.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, _, text| {
            config.listen_tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "http",
        name: "tls_client_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/callers.pem",
        about: "Callers have to show a certificate signed by one of these authorities, and their credentials as well.",
        set: |_, config, _, text| {
            config.listen_tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "tls_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/ca.pem",
        about: "The authorities that may have signed the certificate of the server, when its url begins with https, in PEM; without it those of the system.",
        set: |_, config, _, text| {
            config.introspection.tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "tls_pin",
        syntax: "sha256//BASE64",
        preset: Preset::Nothing,
        example: "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        about: "The public key that the server must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
        set: |_, config, _, text| {
            config.introspection.tls.pin = Some(values::pin(text)?);
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.pem",
        about: "A certificate that we show to the server when it asks for one, in PEM, followed by those that lead to its authority.",
        set: |_, config, _, text| {
            config.introspection.tls.cert = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "introspection",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, _, text| {
            config.introspection.tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_ca",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/ca.pem",
        about: "The authorities that may have signed the certificate of an https webhook, in PEM; without it those of the system.",
        set: |_, config, at, text| {
            config.hooks[at].tls.ca = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_pin",
        syntax: "sha256//BASE64",
        preset: Preset::Nothing,
        example: "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        about: "The public key that the webhook must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
        set: |_, config, at, text| {
            config.hooks[at].tls.pin = Some(values::pin(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_cert",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.pem",
        about: "A certificate that we show to the webhook when it asks for one, in PEM, followed by those that lead to its authority.",
        set: |_, config, at, text| {
            config.hooks[at].tls.cert = Some(values::tls_file(text)?);
            Ok(())
        },
    },
    Key {
        section: "hook",
        name: "tls_key",
        syntax: "FILE",
        preset: Preset::Nothing,
        example: "/etc/restanza/client.key",
        about: "The private key of tls_cert, in PEM.",
        set: |_, config, at, text| {
            config.hooks[at].tls.key = Some(values::tls_file(text)?);
            Ok(())
        },
    },
];
