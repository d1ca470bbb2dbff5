//! What the writer makes, what it refuses, and that all it makes parses again.

use super::super::{STANZA, Source, WriteError, Writer};
use super::{Dice, meaning, read};

fn write(size: usize, steps: impl FnOnce(&mut Writer<'_>)) -> Result<String, WriteError> {
    let mut out = vec![0; size];
    let mut writer = Writer::new(&mut out);
    steps(&mut writer);
    let len = writer.finish()?;
    out.truncate(len);
    Ok(String::from_utf8(out).expect("the writer takes and makes text"))
}

type Steps = fn(&mut Writer<'_>);

#[test]
#[rustfmt::skip]
fn writes() {
    let cases: &[(Steps, &str)] = &[
        (|_| (), ""),
        (|w| { w.start("a", STANZA).end(); }, "<a/>"),
        (|w| { w.start("a", STANZA).attr("b", 1).attr("xml:lang", "en").end(); }, "<a b='1' xml:lang='en'/>"),
        (|w| { w.start("a", STANZA).attr_opt("b", None::<&str>).attr_opt("c", Some("d")).end(); }, "<a c='d'/>"),
        (|w| { w.start("a", STANZA).text("").end(); }, "<a/>"),
        (|w| { w.start("a", STANZA).text("x").text('y').end(); }, "<a>xy</a>"),
        (|w| { w.element("a", STANZA, "x").element("b", "u", "y"); }, "<a>x</a><b xmlns='u'>y</b>"),
        (|w| { w.start("ab", STANZA).start("abc", "u").attr("d", "").start("e", "u").end().end().text("f").end(); },
         "<ab><abc xmlns='u' d=''><e/></abc>f</ab>"),
        // A namespace is declared where it changes; that of stanzas is known from outside.
        (|w| { w.start("m", "jabber:client").start("b", STANZA).end().end(); }, "<m><b/></m>"),
        (|w| { w.start("m", STANZA).start("f", "u").start("m", STANZA).start("b", STANZA).end().end().end().end(); },
         "<m><f xmlns='u'><m xmlns='jabber:client'><b/></m></f></m>"),
        (|w| { w.start("a", "u").start("b", "v").start("c", "u").end().end().start("d", "u").end().end(); },
         "<a xmlns='u'><b xmlns='v'><c xmlns='u'/></b><d/></a>"),
        (|w| { w.start("a", "u'<&").start("b", "u'<&").end().end(); }, "<a xmlns='u&apos;&lt;&amp;'><b/></a>"),
        // Escapes.
        (|w| { w.start("a", STANZA).attr("b", "<>&'\"\t\n\r]]>").text("<>&'\"\t\n\r]]>").end(); },
         "<a b='&lt;&gt;&amp;&apos;\"&#9;&#10;&#13;]]&gt;'>&lt;&gt;&amp;'\"\t\n&#13;]]&gt;</a>"),
        (|w| { w.element("a", STANZA, "\u{7f}\u{85}\u{fffd}\u{f000}\u{10ffff}"); },
         "<a>\u{7f}\u{85}\u{fffd}\u{f000}\u{10ffff}</a>"),
        (|w| { w.start("a", STANZA).written("<b/>").end(); }, "<a><b/></a>"),
        (|w| { w.start("a", STANZA).written("").end(); }, "<a/>"),
        (|w| { w.stream_open("bot.example"); },
         "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
          xmlns:stream='http://etherx.jabber.org/streams' to='bot.example'>"),
    ];
    for (steps, expected) in cases {
        assert_eq!(write(1000, steps).as_deref(), Ok(*expected));
    }
}

struct Silent;

impl std::fmt::Display for Silent {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Err(std::fmt::Error)
    }
}

#[test]
#[rustfmt::skip]
fn refuses() {
    let cases: &[(Steps, WriteError)] = &[
        (|w| { w.start("", STANZA).end(); }, WriteError::Name),
        (|w| { w.start("a b", STANZA).end(); }, WriteError::Name),
        (|w| { w.start("a><b", STANZA).end(); }, WriteError::Name),
        (|w| { w.start("p:a", STANZA).end(); }, WriteError::Name),
        (|w| { w.start("1", STANZA).end(); }, WriteError::Name),
        (|w| { w.start("ä", STANZA).end(); }, WriteError::Name),
        (|w| { w.start("a", STANZA).attr("\u{1f600}", "u").end(); }, WriteError::Name),
        (|w| { w.start("a", STANZA).attr("xmlns", "u").end(); }, WriteError::Name),
        (|w| { w.start("a", STANZA).attr("xmlns:p", "u").end(); }, WriteError::Name),
        (|w| { w.start("a", STANZA).attr("p:x", "u").end(); }, WriteError::Name),
        (|w| { w.start("a", STANZA).attr("xml:", "u").end(); }, WriteError::Name),
        (|w| { w.start("a", STANZA).attr("x='' y", "u").end(); }, WriteError::Name),
        (|w| { w.start("a", "http://www.w3.org/XML/1998/namespace").end(); }, WriteError::Namespace),
        (|w| { w.start("a", "http://www.w3.org/2000/xmlns/").end(); }, WriteError::Namespace),
        (|w| { w.start("a", "u").written("<b/>").end(); }, WriteError::Namespace),
        (|w| { w.start("a", STANZA).attr("x", 1).attr("y", "x='").attr("x", 2).end(); }, WriteError::Duplicate),
        (|w| { w.start("a", STANZA).attr("xml:x", 1).attr("xml:x", 2).end(); }, WriteError::Duplicate),
        (|w| { w.attr("x", 1); }, WriteError::Order),
        (|w| { w.end(); }, WriteError::Order),
        (|w| { w.start("a", STANZA); }, WriteError::Order),
        (|w| { w.start("a", STANZA).text("y").attr("x", 1).end(); }, WriteError::Order),
        (|w| { w.start("a", STANZA).end().attr("x", 1); }, WriteError::Order),
        (|w| { w.start("a", STANZA).end().stream_open("b"); }, WriteError::Order),
        (|w| { w.element("a", STANZA, "x\0"); }, WriteError::Forbidden('\0')),
        (|w| { w.element("a", STANZA, "\u{b}"); }, WriteError::Forbidden('\u{b}')),
        (|w| { w.element("a", STANZA, "\u{1f}"); }, WriteError::Forbidden('\u{1f}')),
        (|w| { w.element("a", STANZA, "x\u{fffe}"); }, WriteError::Forbidden('\u{fffe}')),
        (|w| { w.start("a", STANZA).attr("x", "\u{ffff}").end(); }, WriteError::Forbidden('\u{ffff}')),
        (|w| { w.start("a", "\u{1}").end(); }, WriteError::Forbidden('\u{1}')),
        (|w| { w.element("a", STANZA, Silent); }, WriteError::Value),
        (|w| { for _ in 0..33 { w.start("a", STANZA); } for _ in 0..33 { w.end(); } }, WriteError::Depth),
        (|w| { w.start("a", "u"); for i in 0..33 { w.attr(&format!("x{i}"), ""); } w.end(); }, WriteError::Attributes),
        // The first error sticks.
        (|w| { w.start("1", STANZA).text("\0"); }, WriteError::Name),
    ];
    for (steps, expected) in cases {
        assert_eq!(write(1000, steps), Err(*expected));
    }
    let most = write(1000, |w| {
        w.start("a", "u");
        (0..32).for_each(|i| _ = w.attr(&format!("x{i}"), ""));
        (0..31).for_each(|_| _ = w.start("a", "u"));
        (0..32).for_each(|_| _ = w.end());
    });
    assert!(most.is_ok_and(|text| read(&text, Source::Body, |_| ()).is_ok()));
}

#[test]
fn content_leaves_room_for_its_element() {
    let deep = |mut w: Writer<'_>, n: usize| {
        (0..n).for_each(|_| _ = w.start("a", STANZA));
        (0..n).for_each(|_| _ = w.end());
        w.finish()
    };
    let mut out = [0; 1000];
    assert_eq!(deep(Writer::content(&mut out), 32), Err(WriteError::Depth));
    let len = deep(Writer::content(&mut out), 31).unwrap();
    let content = std::str::from_utf8(&out[..len]).unwrap();
    let whole = write(1000, |w| _ = w.start("m", STANZA).attr("to", "x").written(content).end()).unwrap();
    assert_eq!(read(&whole, Source::Body, |d| d.root().elements().count()), Ok(1));
}

#[test]
fn memory_too_small_is_an_error_at_every_size() {
    let steps = |w: &mut Writer<'_>| {
        w.start("message", STANZA).attr("to", "a<b").element("x", "u", "&").end();
    };
    let whole = write(1000, steps).unwrap();
    for size in 0..whole.len() {
        assert_eq!(write(size, steps), Err(WriteError::Full));
    }
    assert_eq!(write(whole.len(), steps), Ok(whole));
}

#[test]
fn copies_in_canonical_form() {
    let cases = [
        ("<m  to = \"a\"><b >x</b ></m>", "<m to='a'><b>x</b></m>"),
        ("<m xmlns='jabber:client' a='1'/>", "<m a='1'/>"),
        (
            "<p:m xmlns:p='u' b='2' a='1'><p:n/><o/></p:m>",
            "<m xmlns='u' b='2' a='1'><n/><o xmlns='jabber:client'/></m>",
        ),
        ("<m><![CDATA[<&]]>x&#65;&#xD;\r\n</m>", "<m>&lt;&amp;xA&#13;\n</m>"),
        ("<m></m>", "<m/>"),
        ("<m><![CDATA[]]></m>", "<m/>"),
        (
            "<m xml:lang='de' xmlns:q='v' q:x='1' xmlns:p='u' p:x='2'/>",
            "<m xml:lang='de' xmlns:q='v' q:x='1' xmlns:p='u' p:x='2'/>",
        ),
        // A prefix is declared where it is used first, and again where it means something else.
        (
            "<m xmlns:p='u'><a p:x=''><b p:x=''/><c xmlns:p='v' p:x=''/></a><d p:x=''/></m>",
            "<m><a xmlns:p='u' p:x=''><b p:x=''/><c xmlns:p='v' p:x=''/></a><d xmlns:p='u' p:x=''/></m>",
        ),
        ("<m xmlns:c='jabber:client' c:x='' x=''/>", "<m xmlns:c='jabber:client' c:x='' x=''/>"),
    ];
    for (text, expected) in cases {
        let copy = read(text, Source::Body, |d| write(1000, |w| _ = w.copy(d.root()))).unwrap();
        assert_eq!(copy.as_deref(), Ok(expected), "{text}");
    }
    let content = read("<m xmlns:p='u'> <a p:x=''/><p:b>x</p:b>y</m>", Source::Body, |d| {
        write(1000, |w| _ = w.copy_content(d.root()))
    });
    assert_eq!(content, Ok(Ok(" <a xmlns:p='u' p:x=''/><b xmlns='u'>x</b>y".into())));
    let stream =
        read("<m stream:x=''><stream:y/></m>", Source::Stanza, |d| write(1000, |w| _ = w.copy(d.root())));
    let expected = "<m xmlns:stream='http://etherx.jabber.org/streams' stream:x=''>\
                    <y xmlns='http://etherx.jabber.org/streams'/></m>";
    assert_eq!(stream, Ok(Ok(expected.into())));
}

const TEXTS: [&str; 14] = [
    "",
    "x",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "<",
    "&",
    "]]>",
    "'\"",
    "ä€\u{1f600}",
    "a longer piece of text",
    "&amp;",
];

/// Random elements, as a caller of the writer would make them.
fn grow(dice: &mut Dice, w: &mut Writer<'_>, depth: usize) {
    w.start(dice.pick(&["a", "b", "_", "a.b-c"]), dice.pick(&[STANZA, "u", "v&'<", "jabber:client", "\t\n"]));
    for name in ["x", "y", "xml:lang", "xmlnsz"] {
        if dice.below(3) == 0 {
            w.attr(name, format_args!("{}{}", dice.pick(&TEXTS), dice.pick(&TEXTS)));
        }
    }
    for _ in 0..dice.below(4) {
        match dice.below(3) {
            0 if depth < 5 => grow(dice, w, depth + 1),
            _ => _ = w.text(dice.pick(&TEXTS)),
        }
    }
    w.end();
}

#[test]
fn what_was_written_parses_and_copies_to_itself() {
    let mut dice = Dice(1);
    for _ in 0..2000 {
        let text = write(100_000, |w| grow(&mut dice, w, 0)).unwrap();
        let copy = read(&text, Source::Body, |d| write(100_000, |w| _ = w.copy(d.root()))).unwrap().unwrap();
        let [said, again] = [&text, &copy].map(|text| read(text, Source::Body, |d| meaning(d.root())));
        assert!(said.is_ok(), "{text}: {said:?}");
        assert_eq!(said, again, "{text}");
        assert_eq!(copy, text);
    }
}

/// Random documents as somebody else would write them: prefixes, both quotes, references, sections.
fn foreign(dice: &mut Dice, out: &mut String, depth: usize) {
    let prefixes = if depth == 0 { &["", "xml:"][..] } else { &["", "", "p:", "q:", "xml:"][..] };
    let name = format!("{}{}", dice.pick(prefixes), dice.pick(&["a", "b"]));
    *out += &format!("<{name}");
    if depth == 0 {
        *out += " xmlns:p='u' xmlns:q='jabber:client'";
    }
    for declaration in [
        " xmlns='u'",
        " xmlns=''",
        " xmlns:r='r&amp;&#13;'",
        " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    ] {
        if dice.below(5) == 0 && !(declaration.starts_with(" xmlns=") && out.ends_with("xmlns='u'")) {
            *out += declaration;
        }
    }
    if depth > 0 && dice.below(3) == 0 {
        *out += dice.pick(&[
            " xmlns:p='v'",
            " xmlns:q = \"u\"",
            "\txmlns:p='w&#x9;&#10;\n'",
            " xmlns:q='jabber:client'",
        ]);
    }
    for attr in ["x", "p:y", "q:z", "xml:lang"] {
        if dice.below(3) == 0 {
            let value = dice.pick(&["''", "\"'\"", "'a\r\n&#13;&#10;&#9;\t'", "'&lt;>&apos;'", "'ä'"]);
            *out += &format!(" {attr}={value}");
        }
    }
    if dice.below(4) == 0 {
        *out += "/>";
        return;
    }
    *out += ">";
    for _ in 0..dice.below(5) {
        match dice.below(4) {
            0 if depth < 6 => foreign(dice, out, depth + 1),
            1 => *out += dice.pick(&["<![CDATA[]]>", "<![CDATA[<&]]>", "<![CDATA[]]]]>", "<![CDATA[\r\n]]>"]),
            2 => *out += dice.pick(&["&lt;", "&#x41;", "&#13;", "&amp;amp;", "&gt;"]),
            _ => *out += dice.pick(&["x", " ", "\r\n", "\r", "ä]]", "x>"]),
        }
    }
    *out += &format!("</{name}>");
}

#[test]
fn a_copy_says_the_same_and_is_canonical() {
    let mut dice = Dice(2);
    let mut read_at_all = 0;
    for _ in 0..4000 {
        let mut text = String::new();
        foreign(&mut dice, &mut text, 0);
        let Ok(copy) = read(&text, Source::Body, |d| write(100_000, |w| _ = w.copy(d.root()))) else {
            continue;
        };
        read_at_all += 1;
        let Ok(copy) = copy else {
            // Elements of the namespace of `xml:` cannot be written without their prefix.
            assert!(copy == Err(WriteError::Namespace) && text.contains("<xml:"), "{text}: {copy:?}");
            continue;
        };
        let [said, again] =
            [&text, &copy].map(|text| read(text, Source::Body, |d| meaning(d.root())).unwrap());
        assert_eq!(said, again, "{text}\n{copy}");
        let twice = read(&copy, Source::Body, |d| write(100_000, |w| _ = w.copy(d.root()))).unwrap();
        assert_eq!(twice.as_ref(), Ok(&copy), "{text}");
    }
    assert!(read_at_all > 1000, "{read_at_all}");
}
