//! Section `[daemon]`: what the process gives up once it has begun.

use super::keys::{Key, Preset};
use super::problem::Wrong;
use super::values;
use crate::shell::confine;
use crate::shell::privileges::Identity;

pub(super) const KEYS: &[Key] = &[
    Key {
        section: "daemon",
        name: "user",
        syntax: "USER[:GROUP]",
        preset: Preset::Nothing,
        example: "nobody",
        about: "Whom to become when started as root, after the port is open and all files are read. SIGHUP reads them as this user.",
        set: |_, config, _, text| {
            config.user = Some(Identity::find(text)?);
            Ok(())
        },
    },
    Key {
        section: "daemon",
        name: "confine",
        syntax: "yes|no",
        preset: Preset::Nothing,
        example: "no",
        about: "Whether to have the kernel take away (by Landlock) the writing of all files, and the reading of all but those below /etc, /run, the system's libraries and the folders of the files that the configuration names; another folder needs a restart. Without this key, yes if this build can.",
        set: |_, config, _, text| {
            config.confine = values::yes_or_no(text)?;
            if config.confine && !confine::CAN {
                return Err(Wrong::new(
                    "the key needs Landlock, which this build does not have",
                    "Take a build with Landlock, or remove the key.",
                ));
            }
            Ok(())
        },
    },
];
