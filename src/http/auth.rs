//! The `Authorization` header: Basic (RFC 7617) and Bearer (RFC 6750 section 2.1, and URIs of RFC 8959, such as Prosody's).
//!
//! This only takes the header apart; whether the credentials are good is the gateway's to say.

use base64ct::{Base64, Encoding};

use super::head::Fields;
use crate::fault::{Reason, reason};

/// The memory that decoded Basic credentials may need; longer ones are malformed.
pub const DECODED: usize = 1_024;

/// What a caller presents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// A name and a password; neither holds a control character, the name no colon.
    Basic {
        /// The name.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
    /// A token of RFC 9110's token68 alphabet, and colons.
    Bearer(&'a str),
}

/// Takes the credentials out of a head. Basic ones are decoded into `memory`.
///
/// None, a scheme that is not offered, and a scheme alone are three reasons for a 401; what is malformed is a 403, as
/// in mod_rest; two `Authorization` fields are a 400.
pub fn credentials<'a>(
    fields: Fields<'a>,
    memory: &'a mut [u8; DECODED],
) -> Result<Credentials<'a>, &'static Reason> {
    let value = fields.sole("authorization").map_err(|_| &reason::HEADER_REPEATED)?.unwrap_or_default();
    if value.is_empty() {
        return Err(&reason::NO_CREDENTIALS);
    }
    let end = value.iter().position(|&byte| matches!(byte, b' ' | b'\t')).unwrap_or(value.len());
    let (scheme, rest) = (&value[..end], value[end..].trim_ascii());
    if rest.is_empty() {
        return Err(&reason::CREDENTIALS_UNUSABLE);
    }
    if scheme.eq_ignore_ascii_case(b"basic") {
        basic(rest, memory).ok_or(&reason::CREDENTIALS_MALFORMED)
    } else if scheme.eq_ignore_ascii_case(b"bearer") {
        // As mod_rest has it: whatever is no token is just not the right one.
        token(rest).map(Credentials::Bearer).ok_or(&reason::CREDENTIALS_REFUSED)
    } else {
        Err(&reason::CREDENTIALS_UNUSABLE)
    }
}

fn basic<'a>(encoded: &[u8], memory: &'a mut [u8; DECODED]) -> Option<Credentials<'a>> {
    let decoded = Base64::decode(encoded, memory).ok()?;
    let text = core::str::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    (!text.contains(char::is_control)).then_some(Credentials::Basic { user, password })
}

/// token68 of RFC 9110 section 11.2, and the colon of `secret-token:…` (RFC 8959), which mod_http_oauth2 gives out.
fn token(text: &[u8]) -> Option<&str> {
    let end = text.iter().rposition(|&byte| byte != b'=')? + 1;
    let fits = |&byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/:".contains(&byte);
    text[..end].iter().all(fits).then(|| core::str::from_utf8(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head::{FIELDS, Places};

    fn read(head: &str) -> Result<String, &'static str> {
        let mut headers = [httparse::EMPTY_HEADER; FIELDS];
        let Ok(httparse::Status::Complete((_, headers))) =
            httparse::parse_headers(head.as_bytes(), &mut headers)
        else {
            panic!("{head:?} is no head")
        };
        let places = Places::of(headers, head.as_bytes());
        let mut memory = [0; DECODED];
        match credentials(places.fields(head.as_bytes()), &mut memory) {
            Ok(Credentials::Basic { user, password }) => Ok(format!("{user} {password}")),
            Ok(Credentials::Bearer(token)) => Ok(token.into()),
            Err(reason) => Err(reason.name),
        }
    }

    #[test]
    fn headers_come_apart() {
        let cases: &[(&str, Result<&str, &str>)] = &[
            ("Basic dXNlcjpwYXNz", Ok("user pass")),
            ("bASIC  dXNlcjpwYTpzcw==", Ok("user pa:ss")),
            ("Basic w7xzZXI6", Ok("üser ")),
            ("Basic OnA=", Ok(" p")),
            ("Basic dXNlcjpwYTpzcw", Err("CREDENTIALS_MALFORMED")),
            ("Basic dXNlcg==", Err("CREDENTIALS_MALFORMED")),
            ("Basic dXNlcjr/", Err("CREDENTIALS_MALFORMED")),
            ("Basic dXNlcjoK", Err("CREDENTIALS_MALFORMED")),
            ("Basic dXNl cjpw", Err("CREDENTIALS_MALFORMED")),
            ("Basic !!!!", Err("CREDENTIALS_MALFORMED")),
            ("Basic", Err("CREDENTIALS_UNUSABLE")),
            ("Basic ", Err("CREDENTIALS_UNUSABLE")),
            ("BEARER a-._~+/9==", Ok("a-._~+/9==")),
            ("Bearer secret-token:MjthQGI7eA==", Ok("secret-token:MjthQGI7eA==")),
            ("Bearer a=b", Err("CREDENTIALS_REFUSED")),
            ("Bearer ==", Err("CREDENTIALS_REFUSED")),
            ("Bearer a b", Err("CREDENTIALS_REFUSED")),
            ("Bearer é", Err("CREDENTIALS_REFUSED")),
            ("Digest username=x", Err("CREDENTIALS_UNUSABLE")),
            ("", Err("NO_CREDENTIALS")),
        ];
        for (value, expected) in cases {
            let found = read(&format!("Host: a\r\nauthorization: {value}\r\n\r\n"));
            assert_eq!(found, expected.map(String::from), "{value:?}");
        }
        assert_eq!(read("Host: a\r\n\r\n"), Err("NO_CREDENTIALS"));
        assert_eq!(
            read("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"),
            Err("HEADER_REPEATED")
        );
        let long = "QTpB".repeat(DECODED / 3 + 1);
        assert_eq!(read(&format!("Authorization: Basic {long}\r\n\r\n")), Err("CREDENTIALS_MALFORMED"));
    }
}
