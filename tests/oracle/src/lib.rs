//! What the tests against other readers share.

pub mod canon;
pub mod corpora;
pub mod json;
pub mod mapping;
