//! Preparing addresses against the `jid` crate (RFC 6122, with all its tables) and a PRECIS implementation (RFC 7622).

use jid::Jid;
use precis_core::profile::PrecisFastInvocation;
use precis_core::{DerivedPropertyValue, Error};
use precis_profiles::{OpaqueString, UsernameCaseMapped};
use proptest::prelude::*;
use restanza::arena::Arena;
use restanza::jid::{LONGEST, covers, prepare};
use restanza_oracle::cases;

fn prepared(text: &str) -> Option<String> {
    let mut memory = [0; LONGEST];
    prepare(text, &mut Arena::new(&mut memory)).ok().map(|jid| jid.to_string())
}

/// What the `jid` crate would say if it followed RFC 7622 in the domain: letters, digits and hyphens, no final dot.
/// We take underscores, too, since hosts in private networks have them.
fn by_jid(text: &str) -> Option<String> {
    let (bare, resource) = text.split_at(text.find('/').unwrap_or(text.len()));
    let (node, domain) = bare.split_at(bare.find('@').map_or(0, |at| at + 1));
    if !domain.starts_with('[') && !domain.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return None;
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.ends_with('.') {
        return None;
    }
    Jid::new(&format!("{node}{domain}{resource}")).ok().map(|jid| jid.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(20_000), failure_persistence: None, ..ProptestConfig::default() })]

    /// ASCII addresses are prepared exactly.
    #[test]
    fn ascii_is_exact(text in "([\\x00-\\x7f]{0,4}@)?[a-zA-C0-9.\\[\\]:@_ -]{0,6}(/[\\x00-\\x7f]{0,4})?") {
        prop_assert_eq!(prepared(&text), by_jid(&text), "{:?}", text);
    }

    /// Whatever we find the same, the `jid` crate finds the same.
    #[test]
    fn permission_is_never_given_in_doubt(
        node in "[a-cA-CßẞſKkΣσςİıéÉ\u{301}ａⅣ]{1,2}",
        other in "[a-cA-CßẞſKkΣσςİıéÉ\u{301}ａⅣ]{1,2}",
    ) {
        let (one, two) = (format!("{node}@d"), format!("{other}@d"));
        let (mut memory, mut more) = ([0; LONGEST], [0; LONGEST]);
        let ours = (prepare(&one, &mut Arena::new(&mut memory)), prepare(&two, &mut Arena::new(&mut more)));
        if let (Ok(ours_one), Ok(ours_two)) = ours {
            // What goes on the wire is the prepared form, so that is what has to mean the same.
            if covers(ours_one, ours_two) {
                let theirs = (Jid::new(ours_one.as_str()).ok(), Jid::new(ours_two.as_str()).ok());
                prop_assert_eq!(theirs.0, theirs.1, "{} {}", one, two);
            }
        }
    }

    #[test]
    fn preparing_again_changes_nothing(text in any::<String>()) {
        for text in [format!("{text}@d"), text.clone(), format!("d/{text}")] {
            if let Some(once) = prepared(&text) {
                prop_assert_eq!(prepared(&once), Some(once.clone()));
            }
        }
    }
}

/// Why PRECIS refuses a character.
fn refusal(result: Result<impl Sized, Error>) -> Option<Option<DerivedPropertyValue>> {
    match result {
        Ok(_) => None,
        Err(Error::BadCodepoint(info)) => Some(Some(info.property)),
        Err(_) => Some(None),
    }
}

/// Characters in a resource: the FreeformClass, but for what servers take all the same.
#[test]
fn resources_are_free_text() {
    let mut taken = String::new();
    for c in '\0'..=char::MAX {
        let ours = prepared(&format!("d/a{c}a")).is_some();
        match refusal(OpaqueString::enforce(format!("a{c}a"))) {
            None => assert!(ours, "{c:?} is refused"),
            // The implementation has the tables of Unicode 6.3; what came later it does not know.
            Some(Some(DerivedPropertyValue::Unassigned)) => (),
            Some(_) if ours => taken.push(c),
            Some(_) => (),
        }
    }
    // RFC 5892: contextual rules of appendix A, and exceptions of section 2.6. The Arabic tatweel is in many a nickname.
    let contextual = "\u{b7}\u{375}\u{5f3}\u{5f4}\u{30fb}";
    let exceptions = "\u{640}\u{7fa}\u{302e}\u{302f}\u{3031}\u{3032}\u{3033}\u{3034}\u{3035}\u{303b}";
    let mut wanted: Vec<_> = contextual.chars().chain(exceptions.chars()).collect();
    wanted.sort_unstable();
    assert_eq!(taken.chars().collect::<Vec<_>>(), wanted);
}

/// Characters in a node: no letter of the IdentifierClass is refused but for a few that need mapping or are rare.
#[test]
fn nodes_take_letters() {
    let mut refused = Vec::<(u32, u32)>::new();
    for c in '\u{80}'..=char::MAX {
        let theirs = UsernameCaseMapped::enforce(format!("a{c}a"));
        if theirs.is_ok() && prepared(&format!("a{c}a@d")).is_none() {
            match refused.last_mut() {
                Some(last) if last.1 + 1 == c as u32 => last.1 += 1,
                _ => refused.push((c as u32, c as u32)),
            }
        }
    }
    let wanted = [
        (0x20D0, 0x20DC), // Combining marks for symbols.
        (0x20E1, 0x20E1),
        (0x20E5, 0x20F0),
        (0x2132, 0x2132), // Turned capital F, turned small f, reversed C.
        (0x214E, 0x214E),
        (0x2183, 0x2184),
        (0x2E2F, 0x2E2F), // Vertical tilde.
        (0xFF01, 0xFF5E), // Full-width ASCII and half-width kana, which have to be mapped.
        (0xFF66, 0xFF9F),
        (0x1D165, 0x1D169), // Combining marks of musical notation.
        (0x1D16D, 0x1D172),
        (0x1D17B, 0x1D182),
        (0x1D185, 0x1D18B),
        (0x1D1AA, 0x1D1AD),
        (0x1D242, 0x1D244),
    ];
    assert_eq!(refused, wanted);
}
