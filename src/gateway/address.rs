//! IP addresses: networks, and whose request it is behind proxies.

use core::net::IpAddr;

use super::line::Arrival;
use crate::http::Request;

/// A network: all addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// This machine itself.
    pub const LOOPBACK: [Self; 2] = [
        Self { address: IpAddr::V4(core::net::Ipv4Addr::new(127, 0, 0, 0)), bits: 8 },
        Self { address: IpAddr::V6(core::net::Ipv6Addr::LOCALHOST), bits: 128 },
    ];

    /// `ADDRESS`, or `ADDRESS/BITS`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, bits)| (a, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
        Some(Self { address, bits })
    }

    /// Whether the address lies in it; an IPv4 address written as IPv6 is the IPv4 address.
    pub fn contains(self, address: IpAddr) -> bool {
        let bits = u32::from(self.bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Where a caller comes from that has no address, being on this machine: a Unix socket's.
pub(super) const LOCAL: IpAddr = IpAddr::V4(core::net::Ipv4Addr::LOCALHOST);

impl Arrival {
    /// The address that it counts as.
    pub(super) fn peer(&self) -> IpAddr {
        self.peer.unwrap_or(LOCAL)
    }
}

/// Whether the address lies in one of the networks.
pub fn is_in(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

/// Where a request comes from: the peer of the connection, or, as far as the proxies on the way are trusted, whom
/// `X-Forwarded-For` names; `None` when that cannot be told.
///
/// Every proxy appends the address it got the request from, so the list is read from its end, and only what a trusted
/// one wrote counts.
pub(super) fn origin(peer: IpAddr, request: Request<'_>, trusted: &[Network]) -> Option<IpAddr> {
    let mut from = peer.to_canonical();
    // The fields are one list; few enough to be walked again for each step back.
    let entries =
        || request.fields().all("x-forwarded-for").flat_map(|value| value.split(|&byte| byte == b','));
    for entry in (0..entries().count()).rev().map_while(|at| entries().nth(at)) {
        if !is_in(trusted, from) {
            break;
        }
        from = address(entry.trim_ascii())?.to_canonical();
    }
    Some(from)
}

/// Whether a proxy that nobody told us to trust says that it passed the request on; then nobody knows whose it is.
pub(super) fn is_relayed(request: Request<'_>) -> bool {
    ["x-forwarded-for", "forwarded", "via"].iter().any(|name| request.fields().all(name).next().is_some())
}

/// An address as proxies write it: alone, or with a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(text).ok()?;
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    text.parse().ok().or_else(|| text.split_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_addresses() {
        let cases = [
            ("127.0.0.0/8", "127.9.9.9", true),
            ("127.0.0.0/8", "128.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("192.168.0.0/16", "::ffff:192.168.3.4", true),
        ];
        for (network, address, is_in) in cases {
            let found = Network::parse(network).unwrap().contains(address.parse().unwrap());
            assert_eq!(found, is_in, "{address} in {network}");
        }
        for text in
            ["", "10.0.0.0/33", "::/129", "10.0.0/8", "localhost", "10.0.0.0/", "10.0.0.0/-1", "::1/x"]
        {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_of_proxies() {
        let cases = [
            ("10.0.0.1", Some("10.0.0.1")),
            ("10.0.0.1:80", Some("10.0.0.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]:80", Some("2001:db8::1")),
            ("unknown", None),
            ("", None),
            ("[::1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(address(text.as_bytes()), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }
}
