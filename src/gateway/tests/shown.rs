//! What the gateway shows of itself: the page and the description of the interface.

use super::*;

#[test]
fn the_page_and_the_description_are_shown_in_windows() {
    for answer_limit in [4_096, Limits::DEFAULT.answer] {
        let mut world = World::new(Limits { answer: answer_limit, ..Limits::DEFAULT });
        for (path, media_type, end) in [
            ("/", "text/html; charset=utf-8", "</html>\n"),
            ("/page.css", "text/css; charset=utf-8", "}\n"),
            ("/page.js", "text/javascript; charset=utf-8", "look();\n"),
            ("/openapi.json", "application/json", "}}}"),
        ] {
            let answer = world.answer("GET", path, "", "");
            assert_eq!(status(&answer), "200", "{answer}");
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let field = |name: &str| {
                let value = head.split(&format!("\r\n{name}: ")).nth(1);
                value.and_then(|rest| rest.split("\r\n").next()).unwrap_or_else(|| panic!("{name}: {head}"))
            };
            assert_eq!(field("Content-Type"), media_type);
            assert_eq!(field("Content-Length"), body.len().to_string());
            assert!(body.ends_with(end), "{path}");
            assert!(field("Content-Security-Policy").starts_with("default-src 'none'"));
            let tag = format!("If-None-Match: \"other\", W/{}\r\n", field("ETag"));
            let known = world.answer("GET", path, &tag, "");
            assert!(status(&known) == "304" && known.ends_with("\r\n\r\n"), "{known}");
            let other = world.answer("GET", path, "If-None-Match: \"other\"\r\n", "");
            assert_eq!(status(&other), "200");
            let head_alone = world.answer("HEAD", path, "", "");
            assert_eq!(head_alone.strip_suffix("\r\n\r\n"), Some(head));
        }
    }
}

#[test]
fn a_request_behind_a_long_document_is_answered_after_it() {
    let mut world = World::new(Limits { answer: 4_096, ..Limits::DEFAULT });
    let line = world.caller();
    world.give(line, b"GET /page.js HTTP/1.1\r\nHost: gw\r\n\r\nGET /healthz HTTP/1.1\r\nHost: gw\r\n\r\n");
    let answers = world.take(line);
    assert!(answers.ends_with("alive\n") && answers.matches("HTTP/1.1 200 OK").count() == 2, "{answers}");
}
