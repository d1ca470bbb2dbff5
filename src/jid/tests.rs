use super::*;
use crate::arena::Arena;

fn prepared(text: &str) -> Result<String, JidError> {
    prepare(text, &mut Arena::new(&mut [0; LONGEST])).map(|jid| jid.to_string())
}

#[test]
fn addresses_have_one_spelling() {
    let cases = [
        ("example.com", "example.com"),
        ("Juliet@Example.COM/Balcony", "juliet@example.com/Balcony"),
        ("example.com./x", "example.com/x"),
        ("a.example.com/b@example.net", "a.example.com/b@example.net"),
        ("host/a/b c", "host/a/b c"),
        ("my_bot.local-host", "my_bot.local-host"),
        ("u@192.168.1.1", "u@192.168.1.1"),
        ("u@[2001:DB8::1%Eth0]", "u@[2001:db8::1%Eth0]"),
        ("foo\\20bar@example.com", "foo\\20bar@example.com"),
        ("ΣΙΣΥΦΟΣ@Ärger.example/Ä", "σισυφοσ@ärger.example/Ä"),
        ("XN--tst-qla.a--b", "xn--tst-qla.a--b"),
        ("ς@x", "σ@x"),
        ("fußball@x", "fußball@x"),
        ("x/a\u{A0}b\u{3000}c", "x/a b c"),
        ("king@x/♚🍺", "king@x/♚🍺"),
    ];
    for (text, wanted) in cases {
        assert_eq!(prepared(text).as_deref(), Ok(wanted));
        assert_eq!(prepared(wanted).as_deref(), Ok(wanted), "preparing twice changes nothing");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    use Part::{Domain, Node, Resource};
    use Wrong::{Character, Empty, Ipv6, Label, TooLong};
    let long = "x".repeat(PART + 1);
    // Three bytes in lower case where two were written.
    let grows = format!("{}@x", "Ⱥ".repeat(PART / 2));
    let cases = [
        ("", Domain, Empty),
        (".", Domain, Empty),
        ("@x", Node, Empty),
        ("a@", Domain, Empty),
        ("/r", Domain, Empty),
        ("x/", Resource, Empty),
        (&format!("{long}@x"), Node, TooLong),
        (&grows, Node, TooLong),
        (&long, Domain, TooLong),
        (&format!("x/{long}"), Resource, TooLong),
        ("a b@x", Node, Character(' ')),
        ("a'b@x", Node, Character('\'')),
        ("a\u{7F}@x", Node, Character('\u{7F}')),
        ("a&b@x", Node, Character('&')),
        ("Ⅳ@x", Node, Character('Ⅳ')),
        ("♚@x", Node, Character('♚')),
        ("a＠b@x", Node, Character('＠')),
        ("a@b@c", Domain, Character('@')),
        ("a:5222", Domain, Character(':')),
        ("ex。ample", Domain, Character('。')),
        ("a..b", Domain, Label),
        (".a", Domain, Label),
        ("a..", Domain, Label),
        ("-a.b", Domain, Label),
        ("a-.b", Domain, Label),
        ("ab--c.d", Domain, Label),
        ("[::1", Domain, Ipv6),
        ("[::g]", Domain, Ipv6),
        ("[::1%]", Domain, Ipv6),
        ("x/a\u{7}", Resource, Character('\u{7}')),
        ("x/\u{61C}", Resource, Character('\u{61C}')),
        ("x/a\u{200B}", Resource, Character('\u{200B}')),
        ("x/a\u{1FFFE}", Resource, Character('\u{1FFFE}')),
    ];
    for (text, part, wrong) in cases {
        assert_eq!(prepared(text), Err(JidError { part, wrong }), "{text}");
    }
    let mut memory = [0; 10];
    let error = prepare("example.com", &mut Arena::new(&mut memory)).unwrap_err();
    assert_eq!(error.wrong, Wrong::NoRoom);
}

#[test]
fn the_parts_are_found() {
    let cases = [
        ("d", None, "d", None, "d", Form::Host),
        ("d/r/@", None, "d", Some("r/@"), "d", Form::Host),
        ("n@d", Some("n"), "d", None, "n@d", Form::Bare),
        ("n@d/r@s", Some("n"), "d", Some("r@s"), "n@d", Form::Full),
    ];
    for (text, node, domain, resource, bare, form) in cases {
        let jid = Jid::new(text).unwrap();
        assert_eq!(
            (jid.node(), jid.domain(), jid.resource(), jid.bare(), jid.form()),
            (node, domain, resource, bare, form)
        );
    }
}

#[test]
fn permission_needs_the_very_bytes() {
    let cases = [
        ("d", "d", true),
        ("d", "d/r", true),
        ("d", "n@d/r", true),
        ("d", "n@e", false),
        ("d", "n@sub.d", false),
        ("n@d", "n@d", true),
        ("n@d", "n@d/r", true),
        ("n@d", "d", false),
        ("n@d", "m@d", false),
        ("n@d", "nn@d", false),
        ("n@d", "n@de", false),
        ("n@d", "n@de/r", false),
        ("d", "de", false),
        ("de", "d", false),
        ("n@d/r", "n@d/rr", false),
        ("n@d/r", "n@d/r", true),
        ("n@d/r", "n@d", false),
        ("n@d/r", "n@d/s", false),
        ("n@d/r", "n@d/R", false),
        ("d/r", "d/r", true),
        ("d/r", "d", false),
        ("d/r", "n@d/r", false),
        ("fussball@d", "fußball@d", false),
        ("é@d", "e\u{301}@d", false),
        ("é@d", "é@d/r", true),
    ];
    for (principal, jid, wanted) in cases {
        assert_eq!(covers(Jid::new(principal).unwrap(), Jid::new(jid).unwrap()), wanted, "{principal} {jid}");
    }
}

#[test]
fn an_answer_may_come_in_another_spelling_of_the_same_parts() {
    let cases = [
        ("n@d/r", "n@d/r", true),
        ("n@d", "n@d/r", false),
        ("n@d", "m@d", false),
        ("n@d", "n@e", false),
        ("fußball@d", "fussball@d", true),
        ("fußball@d", "fussball@e", false),
        ("fußball@d", "d", false),
        ("xn--tst-qla.d", "täst.d", true),
    ];
    for (asked, from, wanted) in cases {
        assert_eq!(may_answer(Jid::new(asked).unwrap(), Jid::new(from).unwrap()), wanted, "{asked} {from}");
    }
}

#[test]
fn an_error_says_what_is_wrong() {
    let cases = [
        ("a b@x", "the part before the @ must not have the character U+0020"),
        ("a@b@c", "the domain must not have the character @"),
        ("x/", "the resource is empty"),
    ];
    for (text, wanted) in cases {
        assert_eq!(prepared(text).unwrap_err().to_string(), wanted);
    }
}
