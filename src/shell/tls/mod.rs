//! TLS 1.2 and 1.3: who we say we are, whom we trust, and the encryption of a line.
//!
//! Everything is made from the configuration and its files at once by [`Tls::prepare`], at the start and again with
//! every reload; what is wrong with a file is a problem of the configuration like any other. Nothing of a certificate
//! is guessed: without a CA, a pin or the system's bundle there is no encrypted connection.

mod callers;
mod stream;
mod trust;
mod words;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures_rustls::{TlsAcceptor, TlsConnector};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ServerSessionMemoryCache;
use rustls::{ClientConfig, ServerConfig};

use super::config::problem::{Origin, Problem, Weight, Wrong};
use super::config::{Config, TlsKeys};
use super::socket::Socket;
use callers::Callers;
use stream::Counted;
pub(super) use stream::{MEMORY, Stream};
use trust::Trust;

/// How many sessions are kept for a quicker handshake next time, on each side.
const SESSIONS: usize = 16;

/// The protocol that both sides of HTTP speak (RFC 7301).
const HTTP: &[u8] = b"http/1.1";

/// What is in force.
#[derive(Default)]
pub(super) struct Tls {
    listener: Option<Arc<ServerConfig>>,
    link: Option<Arc<ClientConfig>>,
    introspection: Option<Arc<ClientConfig>>,
    /// For each hook, in the order of the configuration; none for one without TLS.
    hooks: Vec<Option<Arc<ClientConfig>>>,
}

/// Takes the handshake of a caller.
pub(super) struct Acceptor(TlsAcceptor);

/// Begins the handshake with a server.
pub(super) struct Dialer(TlsConnector);

impl Tls {
    /// Reads all files that `config` names.
    pub(super) fn prepare(config: &Config) -> Result<Self, Problem> {
        let provider = Arc::new(ring::default_provider());
        let trust = Trust::new(&provider);
        let Config { listen_tls, link_tls, hooks, introspection, .. } = config;
        let listener = listen_tls.on.then(|| server(listen_tls, &provider)).transpose()?;
        let link = link_tls.on.then(|| client(link_tls, "[component]", &[], &trust)).transpose()?;
        let asked = introspection.url.as_ref().filter(|url| url.secure);
        let keys = &introspection.tls;
        let introspection = asked.map(|_| client(keys, "[introspection]", &[HTTP], &trust)).transpose()?;
        let hooks = hooks.iter().map(|hook| {
            let section = format!("[hook \"{}\"]", hook.name);
            hook.url.secure.then(|| client(&hook.tls, &section, &[HTTP], &trust)).transpose()
        });
        Ok(Self { listener, link, introspection, hooks: hooks.collect::<Result<_, _>>()? })
    }

    /// For callers, when they are to speak TLS.
    pub(super) fn acceptor(&self) -> Option<Acceptor> {
        self.listener.clone().map(|config| Acceptor(config.into()))
    }

    /// For the link, when it is to speak TLS.
    pub(super) fn link(&self) -> Option<Dialer> {
        self.link.clone().map(|config| Dialer(config.into()))
    }

    /// For the server that knows tokens, when its address is one of https.
    pub(super) fn introspection(&self) -> Option<Dialer> {
        self.introspection.clone().map(|config| Dialer(config.into()))
    }

    /// For the hook at that place, when its address is one of https.
    pub(super) fn hook(&self, at: usize) -> Option<Dialer> {
        self.hooks.get(at).cloned().flatten().map(|config| Dialer(config.into()))
    }
}

impl Acceptor {
    /// The handshake with a caller; the error says in words what went wrong.
    pub(super) async fn accept(&self, socket: Socket) -> Result<Stream, String> {
        let stream = self
            .0
            .accept_with(Counted::new(socket), |session| stream::bound(session))
            .await
            .map_err(|error| words::of(&error))?;
        Ok(Stream::Tls(Box::pin(stream.into())))
    }
}

impl Dialer {
    /// The handshake with `host`; the error says in words what went wrong.
    pub(super) async fn connect(&self, host: &str, socket: Socket) -> Result<Stream, String> {
        // The final dot of a name is for the resolver alone (RFC 6066 section 3).
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
            .map_err(|_| format!("{host:?} cannot be the name in a certificate"))?;
        let stream = self
            .0
            .connect_with(name, Counted::new(socket), |session| stream::bound(session))
            .await
            .map_err(|error| words::of(&error))?;
        Ok(Stream::Tls(Box::pin(stream.into())))
    }
}

fn server(keys: &TlsKeys, provider: &Arc<CryptoProvider>) -> Result<Arc<ServerConfig>, Problem> {
    let section = "[http]";
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| problem(section, "tls_cert", error.to_string()))?;
    let builder = match &keys.ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let roots = trust::roots(section, "tls_client_ca", file)?;
            builder.with_client_cert_verifier(Arc::new(Callers::of(roots, provider)))
        }
    };
    let (chain, key) = identity(keys, section)?;
    let mut config = builder.with_single_cert(chain, key).map_err(|error| mismatch(section, &error))?;
    // curl names the older version when it is told to use it; a caller that names none is welcome, too.
    config.alpn_protocols = vec![HTTP.to_vec(), b"http/1.0".to_vec()];
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

fn client(
    keys: &TlsKeys,
    section: &str,
    protocols: &[&[u8]],
    trust: &Trust,
) -> Result<Arc<ClientConfig>, Problem> {
    let builder = trust.client(keys, section)?;
    let mut config = if keys.cert.is_some() {
        let (chain, key) = identity(keys, section)?;
        builder.with_client_auth_cert(chain, key).map_err(|error| mismatch(section, &error))?
    } else {
        builder.with_no_client_auth()
    };
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(Arc::new(config))
}

/// The certificates and the key that we show. The configuration has both files, or neither.
fn identity(
    keys: &TlsKeys,
    section: &str,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Problem> {
    let chain = certificates(section, "tls_cert", keys.cert.as_deref().unwrap_or(Path::new("")))?;
    let file = keys.key.as_deref().unwrap_or(Path::new(""));
    let key = PrivateKeyDer::from_pem_slice(&pem(section, "tls_key", file)?).map_err(|_| {
        problem(section, "tls_key", format!("{} holds no private key in PEM", file.display()))
    })?;
    Ok((chain, key))
}

/// All certificates of a file in PEM; at least one.
fn certificates(section: &str, key: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem(section, key, file)?).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| problem(section, key, format!("{} holds no certificate in PEM", file.display())))
}

fn pem(section: &str, key: &str, file: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(file)
        .map_err(|error| problem(section, key, format!("{} cannot be read: {error}", file.display())))
}

fn mismatch(section: &str, error: &rustls::Error) -> Problem {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            problem(section, "tls_key", "the key is not that of the certificate in tls_cert".to_owned())
        }
        error => problem(section, "tls_cert", error.to_string()),
    }
}

fn problem(section: &str, key: &str, what: String) -> Problem {
    let cure = "Name a readable file in PEM, as openssl and ACME clients write it.";
    let key = format!("{section} {key}");
    Problem { weight: Weight::Error, origin: Origin::File, key, wrong: Wrong::new(what, cure) }
}
