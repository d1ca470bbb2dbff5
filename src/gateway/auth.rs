//! Who asks: the credentials of a request against the settings.
//!
//! As with mod_rest on a component, Basic takes the domain and the component's secret and gives the whole domain; a
//! Bearer token gives the address that its section names. Secrets are compared in constant time for their length,
//! and all tokens are looked at, so that the time tells neither how much was right nor which token it was.

use subtle::ConstantTimeEq as _;

use crate::fault::{Fault, reason};
use crate::http::Request;
use crate::http::auth::{Credentials, DECODED, credentials};

use super::settings::Settings;

/// The address that the caller may send as: everything it covers ([`crate::jid::covers`]).
pub(super) fn principal<'s>(request: Request<'_>, settings: &'s dyn Settings) -> Result<&'s str, Fault> {
    let mut memory = [0; DECODED];
    let known = match credentials(request.fields(), &mut memory)? {
        Credentials::Basic { user, password } => {
            let secret = same(password, settings.secret());
            (user.eq_ignore_ascii_case(settings.domain()) && secret).then(|| settings.domain())
        }
        Credentials::Bearer(given) => {
            let mut known = None;
            let mut at = 0;
            while let Some(token) = settings.token(at) {
                if same(given, token.secret) {
                    known = Some(token.jid);
                }
                at += 1;
            }
            known
        }
    };
    known.ok_or_else(|| Fault::new(&reason::CREDENTIALS_REFUSED))
}

/// An empty secret is nobody's.
fn same(given: &str, secret: &str) -> bool {
    bool::from(given.as_bytes().ct_eq(secret.as_bytes())) && !secret.is_empty()
}
