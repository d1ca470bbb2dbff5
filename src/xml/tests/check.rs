//! What is refused and by what name, what is accepted and how it reads.

use super::super::{Element, STANZA, STREAM, Source, Why, XML};
use super::{meaning, read};

/// A body, and why it is refused; the rows that a plain tokeniser lets through come first.
#[rustfmt::skip]
const REFUSED: &[(&str, Why)] = &[
    ("<a></b>", Why::Mismatch),
    ("<a><b></a></b>", Why::Mismatch),
    ("<a/></a>", Why::Mismatch),
    ("</a>", Why::Mismatch),
    ("<p:a xmlns:p='u' xmlns:q='u'></q:a>", Why::Mismatch),
    ("<a></aa>", Why::Mismatch),
    ("<aa></a>", Why::Mismatch),
    ("<a>", Why::Unclosed),
    ("<a><b></b>", Why::Unclosed),
    ("<a><b/>text", Why::Unclosed),
    ("<a", Why::Unclosed),
    ("<a b", Why::Unclosed),
    ("<a b='c", Why::Unclosed),
    ("<a b='c'", Why::Unclosed),
    ("<a/", Why::Unclosed),
    ("<a></a", Why::Unclosed),
    ("<a><![CDATA[x", Why::Unclosed),
    ("<a x='1' x='2'/>", Why::DuplicateAttribute),
    ("<a x='1' y='' x='1'/>", Why::DuplicateAttribute),
    ("<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>", Why::DuplicateAttribute),
    ("<a p:x='' q:x='' xmlns:p='u' xmlns:q='&#117;'/>", Why::DuplicateAttribute),
    ("<a p:x='' p:x='' xmlns:p='u'/>", Why::DuplicateAttribute),
    ("<a xml:lang='a' xml:lang='b'/>", Why::DuplicateAttribute),
    ("<a xmlns='u' xmlns='v'/>", Why::DuplicateAttribute),
    ("<a xmlns:p='u' xmlns:p='v'/>", Why::DuplicateAttribute),
    ("<p:a/>", Why::UnboundPrefix),
    ("<a p:x=''/>", Why::UnboundPrefix),
    ("<a><b xmlns:p='u'/><p:c/></a>", Why::UnboundPrefix),
    ("<a><b xmlns:p='u'></b><p:c/></a>", Why::UnboundPrefix),
    ("<stream:a/>", Why::UnboundPrefix),
    ("<a>&nbsp;</a>", Why::Reference),
    ("<a>&amp</a>", Why::Reference),
    ("<a>& </a>", Why::Reference),
    ("<a>&</a>", Why::Reference),
    ("<a>&;</a>", Why::Reference),
    ("<a>&AMP;</a>", Why::Reference),
    ("<a x='&nbsp;'/>", Why::Reference),
    ("<a x='a&b'/>", Why::Reference),
    ("<a x='&'/>", Why::Reference),
    ("<a xmlns='&b;'/>", Why::Reference),
    ("<a>&#0;</a>", Why::Reference),
    ("<a>&#x0;</a>", Why::Reference),
    ("<a>&#1;</a>", Why::Reference),
    ("<a>&#x1F;</a>", Why::Reference),
    ("<a>&#xB;</a>", Why::Reference),
    ("<a>&#xD800;</a>", Why::Reference),
    ("<a>&#xDFFF;</a>", Why::Reference),
    ("<a>&#xFFFE;</a>", Why::Reference),
    ("<a>&#xFFFF;</a>", Why::Reference),
    ("<a>&#x110000;</a>", Why::Reference),
    ("<a>&#4294967361;</a>", Why::Reference),
    ("<a>&#xFFFFFFFFFFFFFFFFFF;</a>", Why::Reference),
    ("<a>&#;</a>", Why::Reference),
    ("<a>&#x;</a>", Why::Reference),
    ("<a>&#X41;</a>", Why::Reference),
    ("<a>&#6F;</a>", Why::Reference),
    ("<a>&# 65;</a>", Why::Reference),
    ("<a>&#65</a>", Why::Reference),
    ("<a x='&#0;'/>", Why::Reference),
    ("<a><!-- x --></a>", Why::Comment),
    ("<!-- x --><a/>", Why::Comment),
    ("<a/><!-- x -->", Why::Comment),
    ("<a><!-", Why::Syntax),
    ("<a><?x y?></a>", Why::Instruction),
    ("<?x y?><a/>", Why::Instruction),
    ("<a/><?x y?>", Why::Instruction),
    ("<?xml-stylesheet href='x'?><a/>", Why::Instruction),
    ("<!DOCTYPE a><a/>", Why::Doctype),
    ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Why::Doctype),
    ("<a><!DOCTYPE a></a>", Why::Doctype),
    ("<a><!ELEMENT a></a>", Why::Syntax),
    ("<a/><a/>", Why::SecondRoot),
    ("<a></a> <b/>", Why::SecondRoot),
    ("<a/>x", Why::Outside),
    ("x<a/>", Why::Outside),
    ("<a/>&amp;", Why::Outside),
    ("<![CDATA[x]]><a/>", Why::Outside),
    ("<a/><![CDATA[]]>", Why::Outside),
    ("\u{feff}\u{feff}<a/>", Why::Outside),
    ("<a/>\u{feff}", Why::Outside),
    ("{}", Why::Outside),
    ("", Why::Empty),
    (" \r\n\t", Why::Empty),
    ("\u{feff}", Why::Empty),
    ("<?xml version='1.0'?>", Why::Empty),
    // The XML declaration.
    (" <?xml version='1.0'?><a/>", Why::Declaration),
    ("<a><?xml version='1.0'?></a>", Why::Declaration),
    ("<?xml version='1.0'?><?xml version='1.0'?><a/>", Why::Declaration),
    ("<?xml version='1.1'?><a/>", Why::Declaration),
    ("<?xml version='1.0\"?><a/>", Why::Declaration),
    ("<?xml version=1.0?><a/>", Why::Declaration),
    ("<?xml?><a/>", Why::Declaration),
    ("<?xml ?><a/>", Why::Declaration),
    ("<?xml encoding='utf-8'?><a/>", Why::Declaration),
    ("<?xml encoding='utf-8' version='1.0'?><a/>", Why::Declaration),
    ("<?xml version='1.0'encoding='utf-8'?><a/>", Why::Declaration),
    ("<?xml version='1.0' version='1.0'?><a/>", Why::Declaration),
    ("<?xml version='1.0' standalone='maybe'?><a/>", Why::Declaration),
    ("<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>", Why::Declaration),
    ("<?xml version='1.0' x='y'?><a/>", Why::Declaration),
    ("<?xml version='1.0'><a/>", Why::Declaration),
    ("<?XML version='1.0'?><a/>", Why::Instruction),
    ("<?xml version='1.0' encoding='latin1'?><a/>", Why::Encoding),
    ("<?xml version='1.0' encoding='UTF-16'?><a/>", Why::Encoding),
    // Prefixes that mean something by themselves.
    ("<xmlns:a/>", Why::Reserved),
    ("<a xmlns:xmlns='u'/>", Why::Reserved),
    ("<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>", Why::Reserved),
    ("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", Why::Reserved),
    ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", Why::Reserved),
    ("<a xmlns:xml='u'/>", Why::Reserved),
    ("<a xmlns:xml=''/>", Why::Reserved),
    ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", Why::Reserved),
    ("<a xmlns='http://www.w3.org/XML/1998/namespace'/>", Why::Reserved),
    ("<a xmlns='http://www.w3.org/XML/1998/names&#112;ace'/>", Why::Reserved),
    ("<a xmlns:p=''/>", Why::EmptyPrefix),
    // Names.
    ("<:a/>", Why::Name),
    ("<a:/>", Why::Name),
    ("<a:b:c xmlns:a='u'/>", Why::Name),
    ("<a :x=''/>", Why::Name),
    ("<a x:=''/>", Why::Name),
    ("<a x:y:z='' xmlns:x='u'/>", Why::Name),
    ("<1/>", Why::Name),
    ("<a><ä/></a>", Why::ForeignName),
    ("<a ä=''/>", Why::ForeignName),
    ("<a xmlns:ä='u'/>", Why::ForeignName),
    ("<\u{1f600}/>", Why::ForeignName),
    ("<-a/>", Why::Name),
    ("<a 1=''/>", Why::Name),
    ("<p:1 xmlns:p='u'/>", Why::Name),
    ("<a xmlns:1='u'/>", Why::Name),
    ("<a xmlns:='u'/>", Why::Name),
    ("< a/>", Why::Name),
    ("<>", Why::Name),
    ("<\u{d7}/>", Why::Name),
    ("<\u{37e}/>", Why::Name),
    ("<a></ a>", Why::Name),
    ("<a></>", Why::Name),
    // Syntax.
    ("<a b='c'd='e'/>", Why::Syntax),
    ("<a b/>", Why::Syntax),
    ("<a b=c/>", Why::Syntax),
    ("<a b='c\"/>", Why::Unclosed),
    ("<a b='<'/>", Why::Syntax),
    ("<a / >", Why::Syntax),
    ("<a></a b='c'>", Why::Syntax),
    ("<a\u{d7}/>", Why::Syntax),
    ("<a$/>", Why::Syntax),
    ("<a>]]></a>", Why::SectionEnd),
    ("<a>x]]]>y</a>", Why::SectionEnd),
    ("<a><![CDATA[]]]]>]]></a>", Why::SectionEnd),
    ("<a><![cdata[x]]></a>", Why::Syntax),
    ("<", Why::Syntax),
    // Characters.
    ("<a>\0</a>", Why::Character),
    ("<a>\u{1}</a>", Why::Character),
    ("<a>\u{b}</a>", Why::Character),
    ("<a>\u{1f}</a>", Why::Character),
    ("<a>\u{fffe}</a>", Why::Character),
    ("<a>\u{ffff}</a>", Why::Character),
    ("<a x='\u{1}'/>", Why::Character),
    ("<a x='\u{ffff}'/>", Why::Character),
    ("<a><![CDATA[\u{1}]]></a>", Why::Character),
    ("<a><![CDATA[\u{fffe}]]></a>", Why::Character),
];

#[test]
fn refuses_by_name() {
    for (text, why) in REFUSED {
        let got = read(text, Source::Body, meaning_of_root).map_err(|error| error.why);
        assert_eq!(got, Err(*why), "{text}");
    }
}

fn meaning_of_root(document: super::Document<'_>) -> String {
    meaning(document.root())
}

/// A body, and what it says.
#[rustfmt::skip]
const ACCEPTED: &[(&str, &str)] = &[
    ("<a/>", r#"{}a[]("")"#),
    ("<a />", r#"{}a[]("")"#),
    ("<a></a >", r#"{}a[]("")"#),
    ("<a\n\tx = \"1\"\r\n/>", r#"{}a[{}x="1" ]("")"#),
    ("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='no' ?>\r\n<a/>\n", r#"{}a[]("")"#),
    ("<?xml version='1.0' standalone='yes'?><a/>", r#"{}a[]("")"#),
    ("<?xml\tversion = '1.0'?> <a/>", r#"{}a[]("")"#),
    ("<a>x<b/>y</a>", r#"{}a[]("x"{}b[]("")"y")"#),
    ("<a>&lt;&gt;&amp;&quot;&apos;</a>", r#"{}a[]("<>&\"'")"#),
    ("<a>&#65;&#x42;&#x1F600;&#0000000067;&#x9;</a>", r#"{}a[]("AB😀C\t")"#),
    ("<a>1\r\n2\r3\n4&#13;&#xD;&#10;</a>", r#"{}a[]("1\n2\n3\n4\r\r\n")"#),
    ("<a x='1\r\n2\r3\n4\t5&#13;&#10;&#9;'/>", r#"{}a[{}x="1 2 3 4 5\r\n\t" ]("")"#),
    ("<a x=\"'\" y='\"&apos;>'/>", r#"{}a[{}x="'" {}y="\"'>" ]("")"#),
    ("<a><![CDATA[<&amp;>\r\n]]]]>x<![CDATA[]]></a>", r#"{}a[]("<&amp;>\n]]x")"#),
    ("<a>]] > ]></a>", r#"{}a[]("]] > ]>")"#),
    ("<a>\u{7f}\u{85}\u{fffd}\u{10ffff}\u{fefe}</a>", "{}a[](\"\\u{7f}\\u{85}\u{fffd}\\u{10ffff}\\u{fefe}\")"),
    ("<_a-.1/>", r#"{}_a-.1[]("")"#),
    ("<a xmlns='u'><b/><c xmlns='v'><d/></c><e xmlns=''/></a>",
     r#"{u}a[](""{u}b[]("")""{v}c[](""{v}d[]("")"")""{}e[]("")"")"#),
    ("<p:a xmlns:p='u' x='' p:x=''><b/><p:c xmlns:p='v'/><p:d/></p:a>",
     r#"{u}a[{}x="" {u}x="" ](""{}b[]("")""{v}c[]("")""{u}d[]("")"")"#),
    ("<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>",
     r#"{}a[{http://www.w3.org/XML/1998/namespace}lang="en" ]("")"#),
    ("<xml:a xmlfoo='1'/>", r#"{http://www.w3.org/XML/1998/namespace}a[{}xmlfoo="1" ]("")"#),
    // Every way to be in the stanza namespace reads the same.
    ("<a xmlns='jabber:client'><b xmlns='u'><a xmlns='jabber:client'/></b></a>",
     r#"{}a[](""{u}b[](""{}a[]("")"")"")"#),
    ("<c:a xmlns:c='jabber:cl&#105;ent'><b/></c:a>", r#"{}a[](""{}b[]("")"")"#),
    ("<a xmlns='jabber:component:accept'/>", r#"{jabber:component:accept}a[]("")"#),
    ("<a xmlns='jabber:server'/>", r#"{jabber:server}a[]("")"#),
];

#[test]
fn accepts_and_reads() {
    for (text, expected) in ACCEPTED {
        let got = read(text, Source::Body, meaning_of_root);
        assert_eq!(got.as_deref(), Ok(*expected), "{text}");
    }
}

#[test]
fn a_stanza_of_the_stream_stands_alone_in_its_namespace() {
    for text in ["<a/>", "<a xmlns='jabber:client'/>", "<a xmlns='jabber:component:accept'/>"] {
        assert_eq!(read(text, Source::Stanza, |d| d.root().is("a", STANZA)), Ok(true), "{text}");
    }
    assert_eq!(read("<stream:error/>", Source::Stanza, |d| d.root().is("error", STREAM)), Ok(true));
    assert_eq!(
        read("<a xmlns:stream='u'><stream:b/></a>", Source::Stanza, |d| d.root().child("b", "u").is_some()),
        Ok(true)
    );
    // What the server could read is no reason to lose the stream.
    assert_eq!(
        read("<a><ä·-.1 é=''/></a>", Source::Stanza, |d| d.root().child("ä·-.1", STANZA).is_some()),
        Ok(true)
    );
    let refused = [("\u{feff}<a/>", Why::Outside), ("<?xml version='1.0'?><a/>", Why::Declaration)];
    for (text, why) in refused {
        assert_eq!(read(text, Source::Stanza, |_| ()).map_err(|e| e.why), Err(why), "{text}");
    }
}

#[test]
fn a_start_tag_is_read_without_its_element() {
    let open = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' \
                xmlns='jabber:component:accept' id='3BF96D32' from='bot.example'>";
    let id = read(open, Source::StreamOpen, |d| {
        let root = d.root();
        (root.is("stream", STREAM), root.attr("id").map(|id| id.to_string()), root.children().count())
    });
    assert_eq!(id, Ok((true, Some("3BF96D32".into()), 0)));
    let cut = "<iq type='get' id='1' from='a@b' to='c'><query xmlns='u'><item x='";
    let attrs = read(cut, Source::StartTag, |d| (d.root().attrs().count(), d.root().children().count()));
    assert_eq!(attrs, Ok((4, 0)));
    assert_eq!(read("<a>", Source::StreamOpen, |d| d.root().name().len()), Ok(1));
    assert_eq!(read("<a><b>", Source::StreamOpen, |_| ()).map_err(|e| e.why), Err(Why::Outside));
    assert_eq!(read("</a>", Source::StartTag, |_| ()).map_err(|e| e.why), Err(Why::Mismatch));
    assert_eq!(read("", Source::StartTag, |_| ()).map_err(|e| e.why), Err(Why::Empty));
}

type Make = fn(usize) -> String;

/// Each limit: the largest document within it is read, the next one is refused by its name.
#[test]
fn limits_have_their_own_errors() {
    let cases: [(Make, usize, Why); 5] = [
        (|n| "<a>".repeat(n) + &"</a>".repeat(n), 32, Why::TooDeep),
        (
            |n| format!("<a xmlns='u' xmlns:p='u' {}/>", numbered(n, |i| format!("a{i}='' "))),
            32,
            Why::TooManyAttributes,
        ),
        (|n| numbered(n, |i| format!("<a xmlns:p{i}='u'>")) + &"</a>".repeat(n), 16, Why::TooManyPrefixes),
        (|n| "<a xmlns:p='u'>".repeat(n) + &"</a>".repeat(n), 16, Why::TooManyPrefixes),
        (|n| format!("<a>{}</a>", "<p:b xmlns:p='u' p:c=''/>".repeat(n)), 1365, Why::TooManyNodes),
    ];
    for (make, most, why) in cases {
        assert_eq!(read(&make(most), Source::Body, |_| ()), Ok(()), "{why:?}");
        let over = read(&make(most + 1), Source::Body, |_| ()).unwrap_err();
        assert_eq!((over.why, over.why.is_limit()), (why, true));
        assert!(why == Why::TooManyNodes || over.to_string().contains(&most.to_string()), "{over}");
    }
    let name = "n".repeat(65_536);
    assert_eq!(read(&format!("<{name}/>"), Source::Body, |_| ()).map_err(|e| e.why), Err(Why::TooLong));
    assert_eq!(read(&format!("<{}/>", &name[1..]), Source::Body, |_| ()), Ok(()));
    assert_eq!(read(&" ".repeat(1 << 24), Source::Body, |_| ()).map_err(|e| e.why), Err(Why::TooLong));
}

fn numbered(n: usize, part: impl Fn(usize) -> String) -> String {
    (0..n).map(part).collect()
}

#[test]
fn an_error_says_where() {
    for (text, at) in [
        ("<a><b></a>", 6),
        ("<a x='1' yy='' x='2'/>", 15),
        ("<a>ab&c;</a>", 5),
        ("<a x='1&'/>", 7),
        ("<a b='c' 1=''/>", 8),
    ] {
        assert_eq!(read(text, Source::Body, |_| ()).map_err(|e| e.at), Err(at), "{text}");
    }
    let mut nodes = [super::Node::default(); 4];
    let error = super::parse(b"<a>\xff</a>", Source::Body, &mut nodes).map(|_| ()).unwrap_err();
    assert_eq!((error.why, error.at), (Why::Utf8, 3));
}

#[test]
fn reads_what_it_is_asked_for() {
    let text = "<message to='a&amp;b' xml:lang='en'>\n <body>one</body><body xml:lang='de'>ein&#115;<![CDATA[ & ]]></body>\
                <x xmlns='u'><body>not this</body></x></message>";
    read(text, Source::Body, |document| {
        let root = document.root();
        assert_eq!(root.attr("to"), Some("a&b".into()));
        assert!(
            root.attr("to")
                .is_some_and(|to| to == "a&b" && to != "a&" && to != "a&bc" && to.as_plain().is_none())
        );
        assert_eq!((root.attr("lang"), root.lang()), (None, Some("en".into())));
        let of_xml = root.attrs().find(|attr| attr.name == "lang" && attr.ns == *XML);
        assert_eq!(of_xml.map(|attr| attr.value), root.lang());
        assert_eq!(root.elements().map(Element::name).collect::<Vec<_>>(), ["body", "body", "x"]);
        assert_eq!(root.child("body", STANZA).and_then(|b| b.text().as_plain()), Some("one"));
        assert!(root.child("body", "u").is_none());
        let second = root.elements().nth(1).unwrap();
        assert_eq!((second.text().as_plain(), second.text().pieces().count()), (None, 2));
        assert!(second.text() == "eins & " && second.text() != "eins" && second.text() != "eins & x");
        assert_eq!(second.text().chars().collect::<String>(), "eins & ");
        assert!(root.only_text().is_none() && second.only_text().is_some());
        assert!(root.text() == "\n " && !root.text().is_empty());
    })
    .unwrap();
}
