//! The keys about TLS, of each section that has connections.

use super::keys::{Key, Preset};
use super::problem::Wrong;
use super::{Config, values};

pub(super) const KEYS: &[Key] = &[
    key(
        "component",
        "tls_ca",
        "FILE",
        "/etc/restanza/ca.pem",
        "The authorities that may have signed the server's certificate, in PEM; without it those of the system.",
    ),
    key(
        "component",
        "tls_pin",
        PIN,
        PIN_EXAMPLE,
        "The public key that the server must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
    ),
    key(
        "component",
        "tls_cert",
        "FILE",
        "/etc/restanza/client.pem",
        "A certificate that we show to the server when it asks for one, in PEM, followed by those that lead to its authority.",
    ),
    key("component", "tls_key", "FILE", "/etc/restanza/client.key", "The private key of tls_cert, in PEM."),
    key(
        "http",
        "tls_cert",
        "FILE",
        "/etc/restanza/server.pem",
        "The certificate of this server, in PEM, followed by those that lead to its authority. With it the server speaks https. SIGHUP reads the file again.",
    ),
    key("http", "tls_key", "FILE", "/etc/restanza/server.key", "The private key of tls_cert, in PEM."),
    key(
        "http",
        "tls_client_ca",
        "FILE",
        "/etc/restanza/callers.pem",
        "Callers have to show a certificate signed by one of these authorities, and their credentials as well.",
    ),
    key(
        "introspection",
        "tls_ca",
        "FILE",
        "/etc/restanza/ca.pem",
        "The authorities that may have signed the certificate of the server, when its url begins with https, in PEM; without it those of the system.",
    ),
    key(
        "introspection",
        "tls_pin",
        PIN,
        PIN_EXAMPLE,
        "The public key that the server must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
    ),
    key(
        "introspection",
        "tls_cert",
        "FILE",
        "/etc/restanza/client.pem",
        "A certificate that we show to the server when it asks for one, in PEM, followed by those that lead to its authority.",
    ),
    key(
        "introspection",
        "tls_key",
        "FILE",
        "/etc/restanza/client.key",
        "The private key of tls_cert, in PEM.",
    ),
    key(
        "hook",
        "tls_ca",
        "FILE",
        "/etc/restanza/ca.pem",
        "The authorities that may have signed the certificate of an https webhook, in PEM; without it those of the system.",
    ),
    key(
        "hook",
        "tls_pin",
        PIN,
        PIN_EXAMPLE,
        "The public key that the webhook must have. Without tls_ca the key alone decides, and a certificate signed by itself, for another name or out of date will do.",
    ),
    key(
        "hook",
        "tls_cert",
        "FILE",
        "/etc/restanza/client.pem",
        "A certificate that we show to the webhook when it asks for one, in PEM, followed by those that lead to its authority.",
    ),
    key("hook", "tls_key", "FILE", "/etc/restanza/client.key", "The private key of tls_cert, in PEM."),
];

const PIN: &str = "sha256//BASE64";
const PIN_EXAMPLE: &str = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const fn key(
    section: &'static str,
    name: &'static str,
    syntax: &'static str,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key { section, name, syntax, preset: Preset::Nothing, example, about, set }
}

fn set(key: &Key, config: &mut Config, at: usize, text: &str) -> Result<(), Wrong> {
    let tls = match key.section {
        "component" => &mut config.link_tls,
        "http" => &mut config.listen_tls,
        "introspection" => &mut config.introspection.tls,
        _ => &mut config.hooks[at].tls,
    };
    match key.name {
        "tls_pin" => tls.pin = Some(values::pin(text)?),
        "tls_cert" => tls.cert = Some(values::tls_file(text)?),
        "tls_key" => tls.key = Some(values::tls_file(text)?),
        _ => tls.ca = Some(values::tls_file(text)?),
    }
    // The others say by their address whether they are encrypted.
    if (key.section, key.name) == ("http", "tls_cert") {
        tls.on = true;
    }
    Ok(())
}
