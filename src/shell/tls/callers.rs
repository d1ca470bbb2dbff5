//! Whom the listener trusts when `tls_client_ca` is set: callers with a certificate that one of its authorities signed.
//!
//! rustls' own judge of that also asks lists of revoked certificates, which nobody gives us, and brings their reader.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use webpki::{EndEntityCert, KeyUsage};

/// Decides about a caller's certificate; none is refused.
#[derive(Debug)]
pub(super) struct Callers {
    authorities: Arc<RootCertStore>,
    /// Their names, which tell a caller the certificate to show.
    names: Vec<DistinguishedName>,
    known: WebPkiSupportedAlgorithms,
}

impl Callers {
    pub(super) fn new(authorities: Arc<RootCertStore>, known: WebPkiSupportedAlgorithms) -> Self {
        Self { names: authorities.subjects(), authorities, known }
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
        let roots = &self.authorities.roots;
        EndEntityCert::try_from(cert)
            .and_then(|cert| {
                let usage = KeyUsage::client_auth();
                cert.verify_for_usage(self.known.all, roots, others, now, usage, None, None).map(drop)
            })
            .map_err(|error| Error::InvalidCertificate(refusal(error)))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.known.supported_schemes()
    }
}

/// The reason as rustls has it, from which the alert follows that the caller is told (RFC 8446 section 6.2).
fn refusal(error: webpki::Error) -> CertificateError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) => CertificateError::BadEncoding,
        E::CertExpired { time, not_after } => CertificateError::ExpiredContext { time, not_after },
        E::CertNotValidYet { time, not_before } => CertificateError::NotValidYetContext { time, not_before },
        E::UnknownIssuer => CertificateError::UnknownIssuer,
        E::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        E::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
        error => CertificateError::Other(OtherError(Arc::new(error))),
    }
}
