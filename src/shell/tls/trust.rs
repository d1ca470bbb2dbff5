//! Whom a connection of ours trusts: the system's authorities, one of our own, or exactly one key.

use std::cell::OnceCell;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme, client,
};

use super::{Problem, TlsKeys, certificates, problem};

/// Where systems keep the authorities that they trust: Debian, OpenWrt and Alpine, Fedora, openSUSE.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];

/// Makes what decides about the certificates of others.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    /// The system's authorities, read when the first connection needs them.
    system: OnceCell<Arc<RootCertStore>>,
}

type Builder = ConfigBuilder<ClientConfig, client::WantsClientCert>;

impl Trust {
    pub(super) fn new(provider: &Arc<CryptoProvider>) -> Self {
        Self { provider: Arc::clone(provider), system: OnceCell::new() }
    }

    /// The beginning of a client's settings, with whom it trusts by `keys`.
    pub(super) fn client(&self, keys: &TlsKeys, section: &str) -> Result<Builder, Problem> {
        let authorities = match (&keys.ca, keys.pin) {
            (Some(file), _) => Some(roots(section, "tls_ca", file)?),
            // A pin alone is enough: the key is known.
            (None, Some(_)) => None,
            (None, None) => Some(self.system(section)?),
        };
        let judge = Judge { provider: Arc::clone(&self.provider), authorities, pin: keys.pin };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| problem(section, "tls_ca", error.to_string()))?;
        Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(judge)))
    }

    fn system(&self, section: &str) -> Result<Arc<RootCertStore>, Problem> {
        if let Some(roots) = self.system.get() {
            return Ok(Arc::clone(roots));
        }
        let bundle = BUNDLES.iter().find_map(|path| fs::read(path).ok()).ok_or_else(|| {
            let what = format!(
                "this system has no bundle of authorities, neither {}; install ca-certificates or ca-bundle, or name one",
                BUNDLES.join(" nor ")
            );
            problem(section, "tls_ca", what)
        })?;
        let mut roots = RootCertStore::empty();
        // Some bundles have a certificate that cannot be read; the others are as good as before.
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&bundle).flatten());
        Ok(Arc::clone(self.system.get_or_init(|| Arc::new(roots))))
    }
}

/// The authorities of a file.
pub(super) fn roots(section: &str, key: &str, file: &Path) -> Result<Arc<RootCertStore>, Problem> {
    let mut roots = RootCertStore::empty();
    let (good, _) = roots.add_parsable_certificates(certificates(section, key, file)?);
    if good == 0 {
        let what = format!("{} holds no certificate that can be read", file.display());
        return Err(problem(section, key, what));
    }
    Ok(Arc::new(roots))
}

/// Decides about a server's certificate.
#[derive(Debug)]
struct Judge {
    provider: Arc<CryptoProvider>,
    /// Who must have signed it, for the name and the time; none when the pin says all.
    authorities: Option<Arc<RootCertStore>>,
    /// The SHA-256 of its public key (RFC 7469 section 2.4: the whole SubjectPublicKeyInfo).
    pin: Option<[u8; 32]>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        cert: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(cert)?;
        let key = pin_of(&parsed);
        if self.pin.is_some_and(|pin| pin != key) {
            return Err(refuse(format!("its key is not that of tls_pin but {}", Pin(key))));
        }
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        let known = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, authorities, others, now, known).map_err(
            |error| match error {
                Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                    refuse(format!("unknown authority; cure: tls_ca, or tls_pin = {}", Pin(key)))
                }
                error => error,
            },
        )?;
        verify_server_name(&parsed, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn pin_of(cert: &ParsedCertificate<'_>) -> [u8; 32] {
    let mut pin = [0; 32];
    let key = cert.subject_public_key_info();
    pin.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, &key).as_ref());
    pin
}

pub(super) fn refuse(words: String) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Words(words)))))
}

/// A pin as the configuration and curl have it.
struct Pin([u8; 32]);

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 44];
        let text = Base64::encode(&self.0, &mut text).unwrap_or_default();
        write!(f, "sha256//{text}")
    }
}

#[derive(Debug)]
struct Words(String);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Words {}
