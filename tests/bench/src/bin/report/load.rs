//! Who posts: wrk for the figures, and a few threads of our own where every request has to be counted.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::Outcome;

/// The message that is posted, as in the recordings of mod_rest.
const BODY: &str =
    r#"{"kind":"message","type":"chat","to":"sink@ext.example.org","body":"Hello benchmark world"}"#;
/// `rest.example.org:benchsecret`
const CREDENTIALS: &str = "Basic cmVzdC5leGFtcGxlLm9yZzpiZW5jaHNlY3JldA==";

/// What wrk tells.
pub(crate) struct Figures {
    pub(crate) requests: u64,
    /// Answers that were not 2xx, and connections that broke.
    pub(crate) failed: u64,
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Posts for some seconds over so many connections.
pub(crate) fn wrk(address: SocketAddr, connections: usize, seconds: u32) -> Outcome<Figures> {
    wrk_at(address, "/rest", connections, seconds)
}

/// The same, somewhere else.
pub(crate) fn wrk_at(address: SocketAddr, path: &str, connections: usize, seconds: u32) -> Outcome<Figures> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("post.lua");
    let threads = connections.min(2);
    let output = Command::new("wrk")
        .args(["--latency", "--script"])
        .arg(script)
        .arg(format!("--threads={threads}"))
        .arg(format!("--connections={connections}"))
        .arg(format!("--duration={seconds}s"))
        .arg(format!("http://{address}{path}"))
        .env("BODY", BODY)
        .env("AUTHORIZATION", CREDENTIALS)
        .output()
        .map_err(|error| format!("wrk: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("FIGURES ")).ok_or_else(|| text.to_string())?;
    let figures: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let &[requests, failed, per_second, p50, p99] = &figures[..] else { return Err(line.into()) };
    Ok(Figures { requests: requests as u64, failed: failed as u64, per_second, p50, p99 })
}

/// Posts so many messages over each of so many connections, one after the answer to the other; gives the number of
/// 202s.
pub(crate) fn counted(address: SocketAddr, connections: usize, each: usize) -> Outcome<u64> {
    let threads: Vec<_> =
        (0..connections).map(|_| thread::spawn(move || Client::open(address)?.accepted(each))).collect();
    let mut accepted = 0;
    for thread in threads {
        accepted += thread.join().map_err(|_| "a client failed")??;
    }
    Ok(accepted)
}

/// Whether one message is taken.
pub(crate) fn is_taken(address: SocketAddr) -> bool {
    Client::open(address).and_then(|mut client| client.accepted(1)).is_ok_and(|accepted| accepted == 1)
}

/// A connection.
struct Client {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Client {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { answers: BufReader::new(stream.try_clone()?), stream })
    }

    fn accepted(&mut self, times: usize) -> io::Result<u64> {
        let request = format!(
            "POST /rest HTTP/1.1\r\nHost: rest.example.org\r\nAuthorization: {CREDENTIALS}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
            BODY.len()
        );
        let mut accepted = 0;
        for _ in 0..times {
            self.stream.write_all(request.as_bytes())?;
            accepted += u64::from(self.status()? == 202);
        }
        Ok(accepted)
    }

    /// Reads an answer.
    fn status(&mut self) -> io::Result<u16> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("not an answer: {line:?}")))?;
        let mut length = 0;
        loop {
            line.clear();
            self.answers.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        self.answers.read_exact(&mut vec![0; length])?;
        Ok(status)
    }
}
