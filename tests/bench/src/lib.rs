//! restanza measured: what the programs of this package share.

pub mod corpus;
pub mod job;
