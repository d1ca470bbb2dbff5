//! Gives up what the gateway does not need: root, and the ability to ever become more than it is.
//!
//! The door is open and the configuration read by then; what comes afterwards, a reload included, has to do with the
//! rights of the user. It happens before there is a second thread, which would keep its own.

use std::io;

use nix::unistd::{Gid, Uid, geteuid, getuid, setgid, setgroups, setuid};

use super::config::problem::Wrong;
use super::users;

/// Whom the gateway runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As the configuration has it.
    pub text: String,
    uid: Uid,
    gid: Gid,
    /// The further groups of the user.
    groups: Vec<Gid>,
}

impl Identity {
    /// `USER` or `USER:GROUP`, each a name or a number; without a group, that of the user.
    pub(super) fn find(text: &str) -> Result<Self, Wrong> {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let unknown = |what| {
            Wrong::new(
                format!("{text:?}: this system has no {what} of that name"),
                "Make it, as with adduser --system, or write the number.",
            )
        };
        let (uid, own) = users::user_and_group(user);
        let gid = group.map_or(own, users::group);
        Ok(Self {
            text: text.to_owned(),
            uid: uid.map(Uid::from_raw).ok_or_else(|| unknown("user"))?,
            gid: gid.map(Gid::from_raw).ok_or_else(|| unknown("group"))?,
            groups: users::groups_of(user).into_iter().map(Gid::from_raw).collect(),
        })
    }
}

/// What is to be told of it.
pub(super) enum Now {
    /// The user was not asked for, or it was already that one.
    Unchanged,
    /// It has become the one it was asked for.
    Dropped,
    /// It is and stays root, for nobody said otherwise.
    Root,
    /// It is not root and cannot become the one it was asked for.
    Another(u32),
}

/// Becomes `identity`, and whatever it is by then, gains nothing by what it starts (prctl(2), PR_SET_NO_NEW_PRIVS).
pub(super) fn drop(identity: Option<&Identity>) -> io::Result<Now> {
    let now = match identity {
        Some(wanted) if wanted.uid == getuid() && wanted.uid == geteuid() => Now::Unchanged,
        Some(_) if !geteuid().is_root() => Now::Another(geteuid().as_raw()),
        Some(wanted) => {
            // The groups first, which takes root.
            setgroups(&wanted.groups)?;
            setgid(wanted.gid)?;
            setuid(wanted.uid)?;
            Now::Dropped
        }
        None if geteuid().is_root() => Now::Root,
        None => Now::Unchanged,
    };
    // A kernel before 3.5 does not know it.
    let _ = nix::sys::prctl::set_no_new_privs();
    Ok(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_found() {
        for (text, expected) in [
            ("root", Some((0, 0))),
            ("root:7", Some((0, 7))),
            ("4711", Some((4711, 4711))),
            ("4711:root", Some((4711, 0))),
            ("no such user", None),
            ("root:no such group", None),
            ("", None),
            (":", None),
            (":0", None),
            ("-1", None),
        ] {
            let found = Identity::find(text).ok().map(|found| (found.uid.as_raw(), found.gid.as_raw()));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
