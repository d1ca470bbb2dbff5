//! The gateway: events of all connections in, actions out. See [`Gateway`].

pub mod host;
pub mod line;
pub mod settings;
