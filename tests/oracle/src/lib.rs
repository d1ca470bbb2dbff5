//! What the tests against other readers share.

pub mod corpora;
pub mod json;
