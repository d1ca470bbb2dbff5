//! What boards/openwrt says of sections and keys, held against the tables: OpenWrt's files cannot fall behind.

use super::keys::{self, SECTIONS, Section};

const INIT: &str = include_str!("../../../boards/openwrt/files/restanza.init");
const CONFIG: &str = include_str!("../../../boards/openwrt/files/restanza.config");

/// The section that is for the init script alone, and its options.
const OF_THE_SCRIPT: (&str, &[&str]) = ("service", &["enabled", "use_uci", "jail_mount"]);

/// The words of a variable that the init script sets.
fn words(variable: &str) -> Vec<&'static str> {
    let line = INIT.lines().find_map(|line| line.strip_prefix(variable)?.strip_prefix("=\""));
    line.and_then(|rest| rest.strip_suffix('"')).expect(variable).split(' ').collect()
}

#[test]
fn the_init_script_knows_every_section() {
    let names = |fits: fn(&Section) -> bool| -> Vec<_> {
        SECTIONS.iter().filter(|section| fits(section)).map(|section| section.name).collect()
    };
    assert_eq!(words("FIXED"), names(|section| !section.reloads));
    assert_eq!(words("FLEXIBLE"), names(|section| section.reloads));
    assert_eq!(words("NAMED"), names(|section| section.named));
}

#[test]
fn the_sample_for_uci_has_only_what_there_is() {
    let mut current = "";
    let mut seen = 0;
    for line in CONFIG.lines() {
        // An example is a line that would be one of UCI without its first character.
        let mut parts = line.strip_prefix('#').unwrap_or(line).split_whitespace();
        match (parts.next(), parts.next()) {
            (Some("config"), Some(kind)) => {
                assert!(keys::section(kind).is_some() || kind == OF_THE_SCRIPT.0, "{line}");
                current = kind;
            }
            (Some("option" | "list"), Some(name)) if current == OF_THE_SCRIPT.0 => {
                assert!(OF_THE_SCRIPT.1.contains(&name), "{line}");
            }
            (Some("option" | "list"), Some(name)) => {
                assert!(keys::keys_of(current).any(|key| key.name == name), "{current}: {line}");
                seen += 1;
            }
            _ => {}
        }
    }
    assert!(seen > 5, "{seen}");
}
