//! The signals that we obey, as something to wait for.
//!
//! They are blocked and read from a descriptor (signalfd(2)), so no code of ours ever runs in a handler.

use std::io;

use async_io::Async;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Signals that were sent to us and not yet taken; two of the same sort may be one.
pub(super) struct Signals(Async<SignalFd>);

/// From now on these signals do nothing but to wait for [`Signals::take`]. Before there is a second thread, for each
/// has a mask of its own, which it takes over from the one that started it.
pub(super) fn block(signals: &[Signal]) -> io::Result<SigSet> {
    let mask: SigSet = signals.iter().copied().collect();
    mask.thread_block()?;
    Ok(mask)
}

impl Signals {
    /// Those that are blocked.
    pub(super) fn take(mask: &SigSet) -> io::Result<Self> {
        let source = SignalFd::with_flags(mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Self(Async::new_nonblocking(source)?))
    }

    /// The next one.
    pub(super) async fn next(&self) -> io::Result<Signal> {
        loop {
            self.0.readable().await?;
            if let Some(taken) = self.0.get_ref().read_signal()? {
                return Ok(Signal::try_from(taken.ssi_signo.cast_signed())?);
            }
        }
    }
}
