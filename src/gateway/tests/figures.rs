//! What was counted, as it is told.

use super::*;

/// The body of a chunked answer.
fn joined(chunks: &str) -> String {
    let (mut body, mut rest) = (String::new(), chunks);
    loop {
        let (size, after) = rest.split_once("\r\n").expect("the size of a chunk");
        let (chunk, after) = after.split_at(usize::from_str_radix(size, 16).unwrap());
        body += chunk;
        rest = after.strip_prefix("\r\n").expect("the end of a chunk");
        if chunk.is_empty() {
            assert_eq!(rest, "");
            return body;
        }
    }
}

/// Its samples, in order; every one belongs to the name that was announced last, and every name is announced once.
fn samples(text: &str) -> Vec<(&str, &str)> {
    let (mut names, mut family) = (Vec::new(), "");
    let rows = text.lines().filter_map(|line| {
        if line.starts_with("# HELP ") {
            return None;
        }
        if let Some(name) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split(' ').next()) {
            assert!(!names.contains(&name), "{name} twice");
            names.push(name);
            family = name;
            return None;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let rest = sample.strip_prefix(family).unwrap_or_else(|| panic!("{sample} after {family}"));
        assert!(["", "_sum", "_count"].contains(&rest.split('{').next().unwrap()), "{sample} after {family}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        Some((sample, value))
    });
    rows.collect()
}

#[test]
fn figures_of_many_hooks_come_in_pieces() {
    let mut world = World::new(Limits { answer: 4_096, hooks: 128, ..Limits::DEFAULT });
    let name = |at: usize| &*Box::leak(format!("hook \"number\" {at}").into_boxed_str());
    world.config.hooks = (0..128).map(|at| hook(name(at))).collect();
    world.link_up();
    for (version, last) in [("1.1", "Transfer-Encoding: chunked"), ("1.0", "Connection: close")] {
        let line = world.caller();
        world.give(line, format!("GET /metrics HTTP/{version}\r\nHost: gw\r\n{BASIC}\r\n").as_bytes());
        let (mut answer, mut windows) = (String::new(), 0);
        while !world.gateway.pending(line).is_empty() {
            let window = world.gateway.pending(line).to_vec();
            assert!(window.len() <= 4_096);
            answer += std::str::from_utf8(&window).unwrap();
            // A status that is new, a reload that takes a hook away: neither moves the rows.
            match windows {
                2 => assert_eq!(status(&world.answer("GET", "/nothing", "", "")), "404"),
                9 if version == "1.1" => {
                    world.config.hooks.swap(1, 100);
                    world.config.hooks.pop();
                    world.event(Gateway::refresh);
                }
                _ => {}
            }
            windows += 1;
            world.event(|g, cx| g.written(line, window.len(), cx));
        }
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(last) && !head.contains("Content-Length") && windows > 20, "{windows}: {head}");
        let text = if version == "1.1" { joined(body) } else { body.to_string() };
        let samples = samples(&text);
        let mut once: Vec<_> = samples.iter().map(|row| row.0).collect();
        once.sort_unstable();
        assert!(once.windows(2).all(|pair| pair[0] != pair[1]), "{text}");
        for at in 0..127 {
            let label = format!("{{hook=\"hook \\\"number\\\" {at}\"}}");
            let of = |name: &str| once.contains(&&*format!("restanza_hook_{name}{label}"));
            for name in ["accepted_total", "pauses_total", "seconds_sum", "seconds_count", "queued", "paused"]
            {
                assert!(of(name), "{name} {at}");
            }
            assert_eq!(samples.iter().filter(|row| row.0.ends_with(&label)).count(), 13);
        }
        assert_eq!(status(&world.answer("GET", "/healthz", "", "")), "200");
    }
    let line = world.caller();
    world.give(
        line,
        format!("HEAD /metrics HTTP/1.1\r\nHost: gw\r\n{BASIC}\r\nGET /healthz HTTP/1.1\r\nHost: gw\r\n\r\n")
            .as_bytes(),
    );
    let answers = world.take(line);
    assert!(
        answers.contains("chunked\r\n\r\nHTTP/1.1 200 OK\r\n") && answers.ends_with("alive\n"),
        "{answers}"
    );
}

#[test]
fn figures_of_hooks_routes_and_stanzas() {
    let mut world = World::up();
    world.server(
        "<message from='a@b.example' to='bot@gw.example' id='1' type='chat'><body>x</body></message>",
    );
    let line = world.connects.pop_front().unwrap();
    world.event(|g, cx| g.connected(line, cx));
    world.take(line);
    world.wait(1_250);
    world.give(line, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nyo");
    world.take(Line::Link);
    let caller = world.caller();
    world.post(caller, XML, "<presence to='a@b.example'/>");
    world.take(Line::Link);
    world.take(caller);
    world.answer("POST", "/rest/echo", BASIC, "");
    world.answer("DELETE", "/rest", BASIC, "");
    let answer = world.answer("GET", "/metrics", BASIC, "");
    let text = joined(answer.split_once("\r\n\r\n").unwrap().1);
    let samples = samples(&text);
    let value = |name: &str| {
        let row = samples.iter().find(|row| row.0.strip_prefix("restanza_") == Some(name));
        row.unwrap_or_else(|| panic!("{name}: {text}")).1
    };
    for (name, expected) in [
        ("hook_seconds_sum{hook=\"h\"}", "1.250"),
        ("hook_seconds_count{hook=\"h\"}", "1"),
        ("hook_accepted_total{hook=\"h\"}", "1"),
        ("hook_attempts_total{hook=\"h\"}", "1"),
        ("hook_answered_total{hook=\"h\"}", "1"),
        ("hook_failing{hook=\"h\"}", "0"),
        ("stanzas_total{kind=\"message\",direction=\"in\"}", "1"),
        ("stanzas_total{kind=\"message\",direction=\"out\"}", "1"),
        ("stanzas_total{kind=\"presence\",direction=\"out\"}", "1"),
        ("stanzas_total{kind=\"iq\",direction=\"out\"}", "0"),
        ("http_requests_total{method=\"POST\",route=\"/rest\",status=\"2xx\"}", "1"),
        ("http_requests_total{method=\"POST\",route=\"/rest/echo\",status=\"4xx\"}", "1"),
        ("http_requests_total{method=\"other\",route=\"other\",status=\"4xx\"}", "1"),
        ("hook_calls_open", "0"),
        ("queue_stanzas_peak", "1"),
        ("queue_stanzas", "0"),
        ("http_connections_open_peak", "2"),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
    assert!(value("queue_bytes_peak").parse::<u32>().unwrap() > 80);
    assert!(value("outgoing_bytes_peak").parse::<u32>().unwrap() > 20);
}

#[test]
fn who_stops_is_alive_and_not_ready() {
    for (path, expected) in [("healthz", "200"), ("readyz", "503"), ("metrics", "503")] {
        let mut world = World::up();
        let line = world.caller();
        world.give(line, format!("GET /{path} HTTP/1.1\r\n").as_bytes());
        world.event(Gateway::stop);
        world.give(line, format!("Host: gw\r\n{BASIC}\r\n").as_bytes());
        assert_eq!(status(&world.take(line)), expected, "{path}");
    }
}

#[test]
fn figures_that_do_not_fit_are_refused_and_not_cut() {
    let (mut refused, mut whole) = (0, 0);
    for answer in (1_000..2_000).step_by(20) {
        let mut world =
            World::new(Limits { answer, connections: 1, calls: 1, slow_calls: 0, ..Limits::DEFAULT });
        let answer = world.answer("GET", "/metrics", BASIC, "");
        if status(&answer) == "200" {
            let text = joined(answer.split_once("\r\n\r\n").unwrap().1);
            assert!(text.contains("restanza_hook_paused") && samples(&text).len() > 100);
            whole += 1;
        } else {
            refused += 1;
        }
    }
    assert!(refused > 0 && whole > 0, "{refused} {whole}");
}

#[test]
fn a_hook_is_told_as_left_alone_as_long_as_it_is() {
    let mut world = World::up();
    let delivery = Delivery { attempts: 1, breaker: 1, pause: Duration::from_secs(5), ..Delivery::DEFAULT };
    world.config.hooks = vec![Hook { delivery, ..hook("h") }];
    let figure = |world: &mut World| {
        let answer = world.answer("GET", "/metrics", BASIC, "");
        let paused = answer.split("restanza_hook_paused{hook=\"h\"} ").nth(1).map(|rest| &rest[..1]);
        paused.map(str::to_string)
    };
    world.server(
        "<message from='a@b.example' to='bot@gw.example' id='1' type='chat'><body>x</body></message>",
    );
    assert_eq!(figure(&mut world).as_deref(), Some("0"));
    let line = world.connects.pop_front().unwrap();
    world.event(|g, cx| g.ended(line, End::Failed(&"refused"), cx));
    for (wait, paused) in [(0, "1"), (4_999, "1"), (1, "0")] {
        world.wait(wait);
        assert_eq!(figure(&mut world).as_deref(), Some(paused), "after {wait} ms more");
    }
}
