//! Web pages of other sites (the Fetch standard): which of them may ask, and how a browser is told.
//!
//! Without an origin in the settings no page of another site may read an answer, as if there were no such thing.

use core::net::IpAddr;

use crate::http::Request;

use super::settings::Settings;

/// What a browser may send beside the headers that it always may.
pub(super) const HEADERS: &str = "Accept, Authorization, Content-Type, Prefer, Prosody-Rest-Timeout";
/// What a page may read beside the headers that it always may.
pub(super) const EXPOSED: &str = "Allow, Retry-After, WWW-Authenticate";
/// How long a browser may remember it, in seconds; as mod_rest has it.
pub(super) const MAX_AGE: &str = "7200";

/// The place, among the origins of the settings, of the site that the request is made for.
pub(super) fn origin_of(request: Request<'_>, settings: &dyn Settings) -> Option<usize> {
    let origin = own_origin(request)?;
    origins(settings).position(|row| row == "*" || row.as_bytes().eq_ignore_ascii_case(origin))
}

/// The origin at that place.
pub(super) fn origin_at(at: usize, settings: &dyn Settings) -> Option<&str> {
    origins(settings).nth(at)
}

/// Whether another site made the request that is not in the settings by its name.
pub(super) fn is_foreign(request: Request<'_>, settings: &dyn Settings) -> bool {
    let site = request.fields().all("sec-fetch-site").next();
    let Some(origin) = own_origin(request) else {
        return matches!(site, Some(b"cross-site" | b"same-site"));
    };
    let host = origin.iter().position(|&byte| byte == b'/').and_then(|at| origin.get(at + 2..));
    let own = host.is_some_and(|host| host.eq_ignore_ascii_case(request.authority().as_bytes()));
    !own && !origins(settings).any(|row| row.as_bytes().eq_ignore_ascii_case(origin))
}

/// Whether the host of a request is an address or `localhost`: a name that nobody else can point here.
pub(super) fn names_this_machine(authority: &str) -> bool {
    let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = host.map_or(authority, |(host, _)| host);
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn own_origin(request: Request<'_>) -> Option<&[u8]> {
    request.fields().sole("origin").ok().flatten()
}

fn origins(settings: &dyn Settings) -> impl Iterator<Item = &str> {
    settings.access().origins.split(',').map(str::trim).filter(|origin| !origin.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine() {
        for host in ["localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]:8080", "[::1]"] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in ["", "rest.example", "127.0.0.1.nip.example", "localhost.example:80", "xlocalhost"] {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}
