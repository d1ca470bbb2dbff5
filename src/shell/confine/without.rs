//! In a build without Landlock nothing is confined by it.

use std::path::Path;

/// Whether this build can.
pub(super) const CAN: bool = false;

/// Does nothing, and says so.
#[expect(clippy::unnecessary_wraps, reason = "with Landlock it can fail")]
pub(super) fn confine<'f>(
    _files: impl Iterator<Item = &'f Path>,
    _sockets: impl Iterator<Item = &'f Path>,
) -> Result<&'static str, String> {
    Ok("not confined: this build has no Landlock")
}
