//! The adapter between the gateway and another implementation of the traits: connections made of text.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::format;
use std::string::{String, ToString};
use std::sync::Mutex;
use std::vec::Vec;

use embedded_svc::http::server::Handler as _;
use embedded_svc::http::{Headers, Method, Query, Status, client, server};
use embedded_svc::io::{ErrorType, Read, Write};

use super::{Door, Error, HEAD, Host, call};
use crate::gateway::Gateway;
use crate::gateway::line::{Cx, Line, Want};
use crate::gateway::tests::World;

/// The platform of the tests, and all that the XMPP server got: whoever waits lets it answer, or time pass.
struct Platform(Mutex<World>, Mutex<String>);

impl Host for &Platform {
    fn with<T>(&self, event: impl FnOnce(&mut Gateway<'_>, Cx<'_>) -> T) -> T {
        self.0.lock().unwrap().event(event)
    }

    fn wait(&self, _: Line) {
        let mut world = self.0.lock().unwrap();
        let sent = world.take(Line::Link);
        self.1.lock().unwrap().push_str(&sent);
        // The server gives every query its id back.
        match sent.split_once("id='").and_then(|(_, rest)| rest.split_once('\'')) {
            Some((id, _)) if sent.contains("<iq") => {
                let to = "gw.example";
                world.server(&format!("<iq type='result' id='{id}' from='juliet@example.net' to='{to}'/>"));
            }
            _ => world.wait(1000),
        }
    }
}

fn platform() -> Platform {
    Platform(Mutex::new(World::up()), Mutex::default())
}

/// A request that came, or one that we make; and what is said to it.
#[derive(Default)]
struct Mock {
    method: Option<Method>,
    uri: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    status: u16,
    answer_headers: BTreeMap<String, String>,
    answer: Vec<u8>,
    initiated: bool,
}

fn lower(headers: &[(&str, &str)]) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_string())).collect()
}

impl Mock {
    fn request(method: Method, uri: &str, headers: &[(&str, &str)], body: &str) -> Self {
        Self {
            method: Some(method),
            uri: uri.into(),
            headers: lower(headers),
            body: body.into(),
            ..Self::default()
        }
    }

    fn answered(&self) -> (u16, String, String) {
        let media = self.answer_headers.get("content-type").cloned().unwrap_or_default();
        (self.status, media, String::from_utf8_lossy(&self.answer).into_owned())
    }
}

/// At most 7 bytes at once, as a slow network has them.
fn drip(source: &mut Vec<u8>, out: &mut [u8]) -> usize {
    let n = source.len().min(out.len()).min(7);
    out[..n].copy_from_slice(&source[..n]);
    source.drain(..n);
    n
}

/// A server's connection.
struct Served(Mock);

impl ErrorType for Served {
    type Error = Infallible;
}

impl Query for Served {
    fn uri(&self) -> &str {
        &self.0.uri
    }

    fn method(&self) -> Method {
        self.0.method.unwrap_or(Method::Get)
    }
}

impl Headers for Served {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.get(&name.to_ascii_lowercase()).map(String::as_str)
    }
}

impl Read for Served {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Infallible> {
        Ok(drip(&mut self.0.body, out))
    }
}

impl Write for Served {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        assert!(self.0.initiated);
        self.0.answer.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl server::Connection for Served {
    type Headers = Self;
    type RawConnection = Self;
    type RawConnectionError = Infallible;
    type Read = Self;

    fn split(&mut self) -> (&Self, &mut Self) {
        unimplemented!("nobody needs both at once")
    }

    fn initiate_response(
        &mut self,
        status: u16,
        _: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Result<(), Infallible> {
        assert!(!self.0.initiated, "one answer");
        (self.0.status, self.0.answer_headers, self.0.initiated) = (status, lower(headers), true);
        Ok(())
    }

    fn is_response_initiated(&self) -> bool {
        self.0.initiated
    }

    fn raw_connection(&mut self) -> Result<&mut Self, Infallible> {
        Ok(self)
    }
}

/// A client's connection; its answer is set before.
struct Called(Mock);

impl ErrorType for Called {
    type Error = Infallible;
}

impl Status for Called {
    fn status(&self) -> u16 {
        self.0.status
    }

    fn status_message(&self) -> Option<&str> {
        None
    }
}

impl Headers for Called {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.answer_headers.get(&name.to_ascii_lowercase()).map(String::as_str)
    }
}

impl Read for Called {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Infallible> {
        Ok(drip(&mut self.0.answer, out))
    }
}

impl Write for Called {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.body.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl client::Connection for Called {
    type Headers = Self;
    type RawConnection = Self;
    type RawConnectionError = Infallible;
    type Read = Self;

    fn initiate_request(
        &mut self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> Result<(), Infallible> {
        (self.0.method, self.0.uri, self.0.headers) = (Some(method), uri.into(), lower(headers));
        Ok(())
    }

    fn is_request_initiated(&self) -> bool {
        self.0.method.is_some()
    }

    fn initiate_response(&mut self) -> Result<(), Infallible> {
        self.0.initiated = true;
        Ok(())
    }

    fn is_response_initiated(&self) -> bool {
        self.0.initiated
    }

    fn split(&mut self) -> (&Self, &mut Self) {
        unimplemented!("nobody needs both at once")
    }

    fn raw_connection(&mut self) -> Result<&mut Self, Infallible> {
        Ok(self)
    }
}

const KEY: (&str, &str) = ("Authorization", "Basic Z3cuZXhhbXBsZTpzZWNyZXQ="); // gw.example:secret

const XML: (&str, &str) = ("Content-Type", "application/xmpp+xml");

fn served(platform: &Platform, request: Mock) -> (u16, String, String) {
    let mut connection = Served(request);
    Door(platform).handle(&mut connection).unwrap();
    connection.0.answered()
}

#[test]
fn a_message_a_refusal_and_an_iq() {
    let platform = platform();
    let message = "<message to='juliet@example.net' type='chat'><body>x</body></message>";
    let length = message.len().to_string();
    for headers in [&[KEY, XML][..], &[KEY, XML, ("Content-Length", &length)]] {
        let (status, _, body) = served(&platform, Mock::request(Method::Post, "/rest", headers, message));
        assert_eq!((status, body.as_str()), (202, ""));
        let sent = std::mem::take(&mut *platform.1.lock().unwrap());
        assert!(sent.contains("to='juliet@example.net'") && sent.contains("<body>x</body>"), "{sent}");
    }
    let (status, ..) = served(&platform, Mock::request(Method::Post, "/rest", &[XML], message));
    assert_eq!(status, 401);
    let too_long = "x".repeat(3 * crate::limits::Limits::DEFAULT.body as usize / 2);
    let (status, ..) = served(&platform, Mock::request(Method::Post, "/rest", &[KEY, XML], &too_long));
    assert_eq!(status, 413);
    let (status, media, body) =
        served(&platform, Mock::request(Method::Get, "/rest/ping/juliet@example.net", &[KEY], ""));
    assert_eq!((status, media.as_str()), (200, "application/xmpp+xml"), "{body}");
    assert!(body.contains("type='result'") || body.contains("type=\"result\""), "{body}");
    assert_eq!(platform.0.lock().unwrap().gateway.want(Line::Link), Want::Open);
}

#[test]
fn no_value_makes_a_line_of_its_own() {
    let platform = platform();
    for (uri, value) in
        [("/rest\r\nX: y", "a"), ("/rest a", "a"), ("/rest", "a\r\nX: y"), ("/rest", &"a".repeat(HEAD))]
    {
        let request = Mock::request(Method::Post, uri, &[KEY, ("Accept", value)], "");
        assert!(
            matches!(Door(&platform).handle(&mut Served(request)), Err(Error::Head)),
            "{uri:?} {value:?}"
        );
    }
    let (status, ..) = served(&platform, Mock::request(Method::Post, "/rest", &[], ""));
    assert_eq!(status, 401, "the places are free again");
}

#[test]
fn a_webhook_is_posted_to_and_its_answer_is_the_reply() {
    for (status, answer, expected) in [
        (200, "<message><body>re</body></message>", "<body>re</body>"),
        (404, "", "item-not-found"),
        (204, "", ""),
    ] {
        let platform = platform();
        platform.0.lock().unwrap().server(
            "<message from='juliet@example.net/b' to='bot@gw.example' type='chat' id='7'><body>hello</body></message>",
        );
        let asked = platform.0.lock().unwrap().connects.pop_front();
        assert_eq!(asked, Some(Line::Call(0)));
        let mut connection = Called(Mock { status, answer: answer.into(), ..Mock::default() });
        connection.0.answer_headers = lower(&[XML]);
        call(&&platform, 0, "https", &mut connection);
        let Mock { method, uri, headers, body, .. } = connection.0;
        assert_eq!((method, uri.as_str()), (Some(Method::Post), "https://hook.example:8000/in"));
        assert_eq!(headers.get("content-length"), Some(&body.len().to_string()));
        assert!(String::from_utf8(body).unwrap().contains("<body>hello</body>"));
        let sent = platform.0.lock().unwrap().take(Line::Link);
        assert!(sent.contains(expected) && sent.is_empty() == expected.is_empty(), "{status}: {sent}");
    }
}
