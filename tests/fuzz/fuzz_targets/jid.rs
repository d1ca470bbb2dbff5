//! A prepared address stays as it is, splits into its parts, and covers what it must and no more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restanza::arena::Arena;
use restanza::jid::{Jid, LONGEST, PART, covers, may_answer, prepare};

fuzz_target!(|text: &str| {
    let (mut memory, mut more) = ([0; LONGEST], [0; LONGEST]);
    let Ok(jid) = prepare(text, &mut Arena::new(&mut memory)) else { return };
    assert_eq!(prepare(jid.as_str(), &mut Arena::new(&mut more)), Ok(jid));
    assert_eq!(Jid::new(jid.as_str()), Ok(jid));
    let node = jid.node().map_or(String::new(), |node| format!("{node}@"));
    let resource = jid.resource().map_or(String::new(), |resource| format!("/{resource}"));
    assert_eq!(format!("{node}{}{resource}", jid.domain()), jid.as_str());
    assert_eq!(format!("{node}{}", jid.domain()), jid.bare());
    for part in [jid.node(), Some(jid.domain()), jid.resource()].into_iter().flatten() {
        assert!((1..=PART).contains(&part.len()) && !part.contains(char::is_control));
    }
    let (bare, domain) = (Jid::new(jid.bare()).unwrap(), Jid::new(jid.domain()).unwrap());
    assert!(covers(jid, jid) && covers(bare, jid) && covers(domain, jid) && may_answer(jid, jid));
    assert_eq!(covers(jid, bare), jid.resource().is_none());
    assert_eq!(covers(jid, domain), jid == domain);
});
