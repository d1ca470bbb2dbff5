//! `restanza token new`: a token made at random, and the section that lets it in.

use std::fmt::Write as _;
use std::io;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac_sha256::Hash;

use super::config::Config;
use super::random;
use crate::gateway::auth::{HASHED, hex};

/// The octets of a token: nobody guesses 256 bits, so its plain SHA-256 may be kept.
const OCTETS: usize = 32;

/// What is printed: the token, then the lines for the configuration. The error is the system's.
pub(super) fn new(name: &str, config: &Config) -> io::Result<String> {
    let octets: [u8; OCTETS] = random::bytes()?;
    let mut memory = [0; 2 * OCTETS];
    // There is more than enough room.
    let token = Base64UrlUnpadded::encode(&octets, &mut memory).unwrap_or_default();
    let hash = hex(Hash::hash(token.as_bytes()));
    let hash = String::from_utf8_lossy(&hash);
    let domain = if config.domain.is_empty() { "rest.example.org" } else { &config.domain };
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "# For the caller, who sends it as 'Authorization: Bearer TOKEN'; it is kept nowhere else:\n{token}\n\n\
         # For the configuration:\n[token \"{name}\"]\nsecret = {HASHED}{hash}\njid = {name}@{domain}"
    );
    Ok(text)
}
