//! Which callers come in when `tls_client_ca` is set: those that show a certificate for clients, signed by it.
//!
//! As rustls' own verifier decides, but for lists of revoked certificates: nobody can give us one, and the reading of
//! them would come along.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme, client,
};
use webpki::{EndEntityCert, KeyUsage};

use super::trust::refuse;

/// Decides about a caller's certificate.
#[derive(Debug)]
pub(super) struct Callers {
    provider: Arc<CryptoProvider>,
    authorities: Arc<RootCertStore>,
    /// The names of the authorities, which callers are told.
    names: Vec<DistinguishedName>,
}

impl Callers {
    pub(super) fn of(authorities: Arc<RootCertStore>, provider: &Arc<CryptoProvider>) -> Self {
        Self { provider: Arc::clone(provider), names: authorities.subjects(), authorities }
    }
}

impl ClientCertVerifier for Callers {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.names
    }

    fn verify_client_cert(
        &self,
        cert: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        let authorities = &self.authorities.roots;
        EndEntityCert::try_from(cert)
            .and_then(|cert| {
                cert.verify_for_usage(
                    algorithms,
                    authorities,
                    others,
                    now,
                    KeyUsage::client_auth(),
                    None,
                    None,
                )
                .map(|_| ClientCertVerified::assertion())
            })
            .map_err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<client::danger::HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<client::danger::HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn refused(error: webpki::Error) -> Error {
    let why = match error {
        webpki::Error::UnknownIssuer => CertificateError::UnknownIssuer,
        webpki::Error::CertExpired { time, not_after } => {
            CertificateError::ExpiredContext { time, not_after }
        }
        webpki::Error::CertNotValidYet { time, not_before } => {
            CertificateError::NotValidYetContext { time, not_before }
        }
        error => return refuse(format!("the certificate is refused: {error}")),
    };
    Error::InvalidCertificate(why)
}
