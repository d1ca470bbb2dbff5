//! Completing and checking what a caller wants to send, as mod_rest does (and where it lets trouble through, better).
//!
//! Addresses are prepared; `to` must be there, `from` must be the caller's or one that the caller covers; an id is
//! made up where there is none; an iq must be a question with exactly one child.

use super::{Kind, Stanza};
use crate::arena::Arena;
use crate::fault::{Fault, Reason, reason};
use crate::ids::Ids;
use crate::jid::{self, Jid, Wrong};

/// Checks and completes a stanza that `principal` wants to send; what is prepared or made up lies in `arena`.
pub fn complete<'s, 'n: 's>(
    stanza: Stanza<'s>,
    principal: Jid<'s>,
    ids: &mut Ids,
    arena: &mut Arena<'n>,
) -> Result<Stanza<'s>, Fault> {
    let to = stanza.to.ok_or(&reason::NO_TO)?;
    let to = address(to, &reason::BAD_TO, arena)?;
    let from = match stanza.from {
        None => principal,
        Some(from) => {
            let from = address(from, &reason::BAD_FROM, arena)?;
            if !jid::covers(principal, from) {
                let detail = format_args!("{}: you may send as {principal}", reason::FROM_REFUSED.text);
                return Err(Fault::with(&reason::FROM_REFUSED, detail));
            }
            from
        }
    };
    if stanza.kind == Kind::Iq {
        if !matches!(stanza.type_, Some("get" | "set")) {
            return Err(Fault::new(&reason::IQ_TYPE));
        }
        if stanza.children != 1 {
            return Err(Fault::new(&reason::IQ_CHILDREN));
        }
    }
    let id = match stanza.id {
        Some(id) => id,
        None => arena.text(ids.id()).map_err(|_| &reason::STANZA_TOO_LARGE)?,
    };
    Ok(Stanza { to: Some(to.as_str()), from: Some(from.as_str()), id: Some(id), ..stanza })
}

/// Prepares an address, or refuses it for that reason.
pub fn address<'n>(text: &str, reason: &'static Reason, arena: &mut Arena<'n>) -> Result<Jid<'n>, Fault> {
    jid::prepare(text, arena).map_err(|error| match error.wrong {
        Wrong::NoRoom => Fault::new(&reason::STANZA_TOO_LARGE),
        _ => Fault::with(reason, format_args!("{}: {error}", reason.text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: Stanza<'_> = Stanza {
        kind: Kind::Message,
        to: Some("user@example.org"),
        from: None,
        id: None,
        type_: None,
        lang: None,
        payload: "<body>x</body>",
        children: 1,
    };
    const IQ: Stanza<'_> =
        Stanza { kind: Kind::Iq, type_: Some("get"), payload: "<ping xmlns='urn:xmpp:ping'/>", ..MESSAGE };

    fn done<'s>(stanza: Stanza<'s>, principal: &'s str, memory: &'s mut [u8]) -> Result<Stanza<'s>, Fault> {
        let principal = Jid::new(principal).unwrap();
        complete(stanza, principal, &mut Ids::new([0; 32]), &mut Arena::new(memory))
    }

    #[test]
    fn addresses_are_prepared_and_what_is_missing_is_added() {
        let mut memory = [0; 256];
        let given = Stanza { to: Some("User@Example.ORG/Ab"), type_: Some("anything"), ..MESSAGE };
        let stanza = done(given, "rest.example.org", &mut memory).unwrap();
        let id = Some("xag6lujyowcudrpqkjs22fck");
        let to = Some("user@example.org/Ab");
        assert_eq!(stanza, Stanza { to, from: Some("rest.example.org"), id, ..given });

        let mut memory = [0; 256];
        let given = Stanza { id: Some(""), from: Some("Bot@rest.example.org"), lang: Some("de"), ..IQ };
        let stanza = done(given, "rest.example.org", &mut memory).unwrap();
        assert_eq!(stanza, Stanza { from: Some("bot@rest.example.org"), ..given });
    }

    #[test]
    fn from_is_covered_or_refused() {
        let (domain, bare, full) = ("rest.example.org", "bot@rest.example.org", "bot@rest.example.org/a");
        for (principal, from, reason) in [
            (domain, bare, None),
            (domain, full, None),
            (domain, "rest.example.org/x", None),
            (domain, "bot@example.org", Some(&reason::FROM_REFUSED)),
            (domain, "bot@evil.rest.example.org", Some(&reason::FROM_REFUSED)),
            (domain, "@rest.example.org", Some(&reason::BAD_FROM)),
            (domain, "", Some(&reason::BAD_FROM)),
            (bare, bare, None),
            (bare, full, None),
            (bare, "BOT@REST.example.org/a", None),
            (bare, domain, Some(&reason::FROM_REFUSED)),
            (bare, "other@rest.example.org", Some(&reason::FROM_REFUSED)),
            (full, full, None),
            (full, bare, Some(&reason::FROM_REFUSED)),
            (full, "bot@rest.example.org/A", Some(&reason::FROM_REFUSED)),
        ] {
            let mut memory = [0; 256];
            let result = done(Stanza { from: Some(from), ..MESSAGE }, principal, &mut memory);
            assert_eq!(result.err().map(|fault| fault.reason), reason, "{principal} as {from}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (stanza, reason) in [
            (Stanza { to: None, ..MESSAGE }, &reason::NO_TO),
            (Stanza { to: None, ..IQ }, &reason::NO_TO),
            (Stanza { to: None, kind: Kind::Presence, ..MESSAGE }, &reason::NO_TO),
            (Stanza { to: Some(""), ..MESSAGE }, &reason::BAD_TO),
            (Stanza { to: Some("a b@example.org"), ..MESSAGE }, &reason::BAD_TO),
            // In the order of mod_rest: addresses first.
            (Stanza { to: Some("@"), from: Some("@"), type_: None, ..IQ }, &reason::BAD_TO),
            (Stanza { type_: None, ..IQ }, &reason::IQ_TYPE),
            (Stanza { type_: Some("result"), ..IQ }, &reason::IQ_TYPE),
            (Stanza { type_: Some("error"), ..IQ }, &reason::IQ_TYPE),
            (Stanza { type_: Some("GET"), ..IQ }, &reason::IQ_TYPE),
            (Stanza { children: 0, payload: "", ..IQ }, &reason::IQ_CHILDREN),
            (Stanza { children: 2, ..IQ }, &reason::IQ_CHILDREN),
        ] {
            let mut memory = [0; 256];
            assert_eq!(
                done(stanza, "rest.example.org", &mut memory).unwrap_err().reason,
                reason,
                "{stanza:?}"
            );
        }
    }

    #[test]
    fn no_memory_is_no_fault_of_the_address() {
        for size in [0, 8, 20, 30] {
            let mut memory = [0; 30];
            let fault = done(MESSAGE, "rest.example.org", &mut memory[..size]).unwrap_err();
            assert_eq!(fault.reason, &reason::STANZA_TOO_LARGE, "{size}");
        }
    }
}
