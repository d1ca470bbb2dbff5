//! The same names in a build without TLS: nothing is encrypted, and the configuration refuses what would have to be.

use std::convert::Infallible;

use super::config::Config;
use super::config::problem::Problem;
pub(super) use super::socket::Socket as Stream;

/// Nobody holds anything.
pub(super) const MEMORY: usize = 0;

/// Nothing.
#[derive(Default)]
pub(super) struct Tls;

/// There is none.
pub(super) struct Acceptor(Infallible);

/// There is none.
pub(super) struct Dialer(Infallible);

impl Tls {
    #[expect(clippy::unnecessary_wraps, reason = "with TLS it can fail")]
    pub(super) fn prepare(_: &Config) -> Result<Self, Problem> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "with TLS it is in there")]
    pub(super) fn acceptor(&self) -> Option<Acceptor> {
        None
    }

    #[expect(clippy::unused_self, reason = "with TLS it is in there")]
    pub(super) fn link(&self) -> Option<Dialer> {
        None
    }

    #[expect(clippy::unused_self, reason = "with TLS it is in there")]
    pub(super) fn introspection(&self) -> Option<Dialer> {
        None
    }

    #[expect(clippy::unused_self, reason = "with TLS it is in there")]
    pub(super) fn hook(&self, _: usize) -> Option<Dialer> {
        None
    }
}

impl Acceptor {
    #[expect(clippy::unused_async, reason = "with TLS it takes a while")]
    pub(super) async fn accept(&self, _: Stream) -> Result<Stream, String> {
        match self.0 {}
    }
}

impl Dialer {
    #[expect(clippy::unused_async, reason = "with TLS it takes a while")]
    pub(super) async fn connect(&self, _: &str, _: Stream) -> Result<Stream, String> {
        match self.0 {}
    }
}
