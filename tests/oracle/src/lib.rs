//! What the tests against other readers share.

pub mod canon;
pub mod cbor;
pub mod corpora;
pub mod corrected;
pub mod documents;
pub mod frames;
pub mod http;
pub mod hyper;
pub mod json;
pub mod lent;
pub mod mapping;
pub mod xml;

/// How many cases a property is tried on: `PROPTEST_CASES`, or `usual`.
pub fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}
