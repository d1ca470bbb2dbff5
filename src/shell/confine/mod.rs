//! Shuts off what the gateway does not use of the system, for good: Landlock (landlock(7)), where the kernel has it.
//!
//! From then on nothing can be written, made, deleted or executed anywhere, no further port be opened, and read only
//! what a reload or a look-up of names may need: the configuration, the folders of the files it names, and what the
//! system keeps in `/etc` and `/run`. Folders and not files, because editors, ACME clients and DHCP put new files in
//! the place of the old. It holds for the thread that asks and for those that it starts, so it comes before them.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};

/// Whether this build can.
pub(super) const CAN: bool = true;

/// What the system's own look-ups read: names, libraries that a dynamic binary loads for them, authorities; on OpenWrt
/// the name servers are written to /tmp.
const SYSTEM: &[&str] =
    &["/etc", "/run", "/lib", "/lib64", "/usr/lib", "/usr/share/ca-certificates", "/tmp/resolv.conf.d"];

/// The newest rights that we know to do without. Later ones could be about what we need.
const KNOWN: ABI = ABI::V6;

/// Allows only to read, and that only below the folders of `files` and the system's, and to take `sockets` away when
/// the end comes. Says what has become of it.
pub(super) fn confine<'f>(
    files: impl Iterator<Item = &'f Path>,
    sockets: impl Iterator<Item = &'f Path>,
) -> Result<&'static str, String> {
    let to_read: Vec<_> = SYSTEM.iter().map(PathBuf::from).chain(files.flat_map(folders)).collect();
    let to_remove_from: Vec<_> = sockets.filter_map(Path::parent).collect();
    match restrict(&to_read, &to_remove_from).map_err(|error| error.to_string())? {
        RulesetStatus::FullyEnforced => Ok("confined by Landlock"),
        RulesetStatus::PartiallyEnforced => Ok("confined by Landlock as far as this kernel can"),
        RulesetStatus::NotEnforced => Ok("not confined: this kernel has no Landlock"),
    }
}

fn restrict(to_read: &[PathBuf], to_remove_from: &[&Path]) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::Signal)?
        .create()?
        .add_rules(path_beneath_rules(to_read, read))?
        .add_rules(path_beneath_rules(to_remove_from, AccessFs::RemoveFile))?;
    Ok(rules.restrict_self()?.ruleset)
}

/// Where a file is, and where it really is when links lead to it.
fn folders(file: &Path) -> [PathBuf; 2] {
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    [file, &real].map(|file| match file.parent() {
        // The root of all files is no folder to open up.
        Some(folder) if folder.parent().is_some() => folder.to_owned(),
        Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
        _ => file.to_owned(),
    })
}
