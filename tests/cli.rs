//! The command line, through the binary.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a line of the log may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the program with an empty environment.
fn restanza(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restanza"));
    command.env_clear().args(arguments);
    command
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file of this test, readable by its owner alone.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("cli-{name}"));
    fs::write(&path, text).expect("the folder can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    path
}

#[test]
fn mistakes_on_the_command_line_are_named_with_status_2() {
    let cases: &[(&[&str], &str)] = &[
        (&["fly"], "there is no command \"fly\""),
        (&["check", "now"], "\"now\" is one argument too many"),
        (&["--loud"], "there is no option --loud"),
        (&["-x"], "there is no option -x"),
        (&["check", "--sample"], "check does not take --sample"),
        (&["--config"], "missing argument for option '--config'"),
        (&["-c", "a", "--config=b"], "--config is given twice"),
        (&["config"], "config needs --sample"),
        (&["convert", "--from", "xml"], "convert needs --to"),
        (&["convert", "--from", "xml", "--to", "yaml"], "\"yaml\" is not one of xml, json, form, cbor, text"),
        (&["config", "--sample=x"], "unexpected argument"),
    ];
    for (arguments, text) in cases {
        let output = restanza(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(text), "{arguments:?}: {}", err(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_and_version() {
    let output = restanza(&["--version"], "");
    let version = format!("restanza {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((output.status.code(), out(&output)), (Some(0), version));
    let output = restanza(&["convert", "-h"], "");
    assert_eq!(output.status.code(), Some(0));
    for part in
        ["run ", "check ", "config ", "convert ", "limits ", "-c, --config FILE", "exit status", "  2  "]
    {
        assert!(out(&output).contains(part), "{part}");
    }
}

#[test]
fn a_closed_output_is_a_failure_without_panic() {
    let mut child =
        command(&["config", "--sample"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    // The text may have fitted into the pipe before it closed.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    assert_eq!(err(&output), "");
}

#[test]
fn the_sample_passes_the_check() {
    let sample = restanza(&["config", "--sample"], "");
    assert_eq!(sample.status.code(), Some(0));
    let path = file("sample.conf", &out(&sample));
    let output = restanza(&["check", "--config", path.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("warning: [component] secret: the secret is that of the sample"));
    assert!(out(&output).contains("good; rest.example.org, 0 tokens, 0 hooks"));
}

#[test]
fn check_names_file_line_key_and_cure_of_all_problems() {
    let path =
        file("bad.conf", "[component]\ndomain = a.example\nsecrte = x\n[hook \"door\"]\nurl = ftp://x/\n");
    let name = path.to_str().unwrap();
    // The log of run has a time and a level in front.
    for (arguments, error) in [(["check", "-c", name], " error:"), (["run", "-c", name], "")] {
        let output = restanza(&arguments, "");
        assert_eq!(output.status.code(), Some(2));
        let text = out(&output) + &err(&output);
        let starts = [
            format!("{name}:1:{error} [component] secret: the key is missing. Write secret = TEXT"),
            format!(
                "{name}:3:{error} [component] secrte: there is no such key. The section knows: server, domain"
            ),
            format!("{name}:5:{error} [hook \"door\"] url: \"ftp://x/\""),
        ];
        assert_eq!(text.lines().count(), starts.len(), "{text}");
        for (line, start) in text.lines().zip(starts) {
            assert!(line.contains(&start), "{line}");
        }
    }
}

#[test]
fn check_reads_variables_and_files_of_secrets() {
    let secret = file("secret", "s3\n");
    let path = file("variables.conf", "[component]\ndomain = a.example\n");
    let check = |variables: &[(&str, &str)], config: &str| {
        command(&["check"])
            .env("RESTANZA_CONFIG", config)
            .envs(variables.iter().copied())
            .output()
            .expect("the program runs")
    };
    let (path, secret_name) = (path.to_str().unwrap(), secret.to_str().unwrap());
    let good = [("RESTANZA_COMPONENT_SECRET_FILE", secret_name)];
    assert_eq!(out(&check(&good, path)), format!("{path}: good; a.example, 0 tokens, 0 hooks\n"));

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let output = check(&good, path);
    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).contains("warning: [component] secret_file: everybody on this machine can read"));

    let output = check(&[("RESTANZA_COMPONENT_SECRET", "x"), ("RESTANZA_HTTP_PROT", "1")], path);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).starts_with("environment variable RESTANZA_HTTP_PROT: error: "), "{}", out(&output));

    let output = check(&good, "/nowhere/at all");
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).starts_with("/nowhere/at all: error: the file cannot be read"), "{}", out(&output));
}

#[test]
fn a_file_with_a_secret_is_not_for_everybody() {
    let path = file("open.conf", "[component]\ndomain = a.example\nsecret = x\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    let output = restanza(&["check", "-c", path.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(0));
    assert!(
        out(&output).contains("open.conf: warning: the file holds a secret and everybody"),
        "{}",
        out(&output)
    );
}

#[test]
fn files_that_are_no_text_are_told() {
    let path = file("latin1.conf", "");
    fs::write(&path, b"[component]\n# \xfc\n").unwrap();
    let output = restanza(&["check", "-c", path.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("latin1.conf:2: error: the line is not UTF-8. Save"), "{}", out(&output));
}

#[test]
fn a_new_token_fits_into_the_configuration() {
    let head = "[component]\ndomain = a.example\nsecret = x\n";
    let path = file("token.conf", head);
    let path = path.to_str().unwrap();
    let output = restanza(&["token", "new", "--name", "pump", "-c", path], "");
    let text = String::from_utf8(output.stdout).unwrap();
    let (token, section) = text.split_once("\n\n").unwrap();
    let token = token.lines().last().unwrap();
    assert!(
        token.len() == 43 && !section.contains(token) && section.contains("jid = pump@a.example"),
        "{text}"
    );
    fs::write(path, format!("{head}{section}")).unwrap();
    let output = restanza(&["check", "-c", path], "");
    assert!(output.status.success(), "{output:?}");
    for wrong in [&["token"][..], &["token", "old"], &["token", "new", "--name", "a b"]] {
        assert_eq!(restanza(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn limits_are_a_table() {
    let path = file(
        "limits.conf",
        "[component]\ndomain = a.example\nsecret = x\n[http]\nlisten = 127.0.0.1:1\n[limits]\nstanza = 12345\n",
    );
    let output = restanza(&["limits", "-c", path.to_str().unwrap()], "");
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    let text = out(&output);
    assert!(
        text.lines().any(|line| line.starts_with("stanza             12345 bytes  The largest")),
        "{text}"
    );
    assert!(text.lines().any(|line| line.starts_with("head_time          10000 ms ")), "{text}");
    let rows = text.lines().take_while(|line| !line.is_empty());
    assert_eq!(rows.count(), restanza::limits::TABLE.len() + restanza::limits::FIXED.len());
    assert!(text.contains("What is used now is not known"), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.ends_with("in all")), "{text}");
}

#[test]
fn convert_turns_one_format_into_another() {
    let xml = "<message to='A@b' type='chat'><body>1 &lt; 2</body></message>";
    let json = r#"{"kind":"message","to":"a@b","type":"chat","body":"1 < 2"}"#;
    let cases = [
        ("xml", "xml", xml, "<message type='chat' to='a@b'><body>1 &lt; 2</body></message>"),
        ("json", "xml", json, "<message type='chat' to='a@b'><body>1 &lt; 2</body></message>"),
        ("xml", "text", xml, "1 < 2"),
        ("text", "xml", "1 < 2", "<message type='chat'><body>1 &lt; 2</body></message>"),
        ("form", "text", "to=a%40b&body=1+%3C+2", "1 < 2"),
    ];
    for (from, to, input, expected) in cases {
        let output = restanza(&["convert", "--from", from, "--to", to], input);
        assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{from} {to}");
        assert_eq!(out(&output), expected, "{from} {to}");
    }
    let output = restanza(&["convert", "--from", "xml", "--to", "json"], xml);
    for part in [r#""to":"a@b""#, r#""type":"chat""#, r#""body":"1 < 2""#] {
        assert!(out(&output).contains(part), "{}", out(&output));
    }
    let several = "<xmpp><message><body>1</body></message><message><body>2</body></message></xmpp>";
    let output = restanza(&["convert", "--from", "xml", "--to", "json"], several);
    assert!(out(&output).starts_with(r#"{"xmpp":[{"#), "{}", out(&output));
}

#[test]
fn convert_keeps_the_unmapped_and_refuses_the_unknown_when_told() {
    let xml = "<message><body>b</body><y xmlns='urn:y'/></message>";
    let convert = |from, to, options: &[&str], input| {
        restanza(&[&["convert", "--from", from, "--to", to], options].concat(), input)
    };
    assert_eq!(out(&convert("xml", "json", &[], xml)), r#"{"kind":"message","body":"b"}"#);
    let kept = r#"{"kind":"message","body":"b","xml":["<y xmlns='urn:y'/>"]}"#;
    assert_eq!(out(&convert("xml", "json", &["--unmapped", "keep"], xml)), kept);
    assert_eq!(out(&convert("json", "xml", &["--unmapped=keep", "--strict"], kept)), xml);
    let refused = convert("json", "xml", &["--strict"], kept);
    assert_eq!((refused.status.code(), out(&refused).as_str()), (Some(1), ""));
    assert!(err(&refused).contains("xml is not a key of a message"), "{}", err(&refused));
    assert_eq!(convert("xml", "json", &["--unmapped", "x"], xml).status.code(), Some(2));
}

#[test]
fn convert_says_what_is_wrong() {
    let cases = [
        ("xml", "<message><body></message>", "not-well-formed: "),
        ("xml", "<massage/>", "unsupported-stanza-type: "),
        ("xml", "<message to='@'/>", "improper-addressing: "),
        ("json", "{", "not-well-formed: "),
        ("json", r#"{"body":1,"to":"a@b"}"#, "bad-format: "),
    ];
    for (from, input, start) in cases {
        let output = restanza(&["convert", "--from", from, "--to", "text"], input);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), ""), "{input}");
        assert!(err(&output).starts_with(&format!("restanza: {start}")), "{}", err(&output));
    }
    let large = format!("<message><body>{}</body></message>", "x".repeat(1 << 20));
    let output = restanza(&["convert", "--from", "xml", "--to", "text"], &large);
    assert!(err(&output).starts_with("restanza: resource-constraint: "), "{}", err(&output));
}

#[test]
fn convert_answers_line_by_line() {
    let lines = [
        (
            r#""<message><body>\u0001x</body></message>""#,
            r#"{"error":{"condition":"not-well-formed","text":""#,
        ),
        (r#""<message><body>\ud83d\ude00\n\"</body></message>""#, r#"{"ok":"😀\n\""}"#),
        ("", r#"{"error":{"condition":"not-well-formed","text":"the line is not JSON"#),
        ("{}", r#"{"error":{"condition":"not-well-formed","text":"the line is not a JSON string"#),
        (r#""<massage/>""#, r#"{"error":{"condition":"unsupported-stanza-type","text":""#),
        (
            "long",
            r#"{"error":{"condition":"resource-constraint","text":"The body is larger than the limit"}}"#,
        ),
        (r#""<message><body>last</body></message>""#, r#"{"ok":"last"}"#),
    ];
    let mut child = command(&["convert", "--from", "xml", "--to", "text", "--ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for (line, expected) in lines {
        let line = if line == "long" { format!("\"{}\"", "x".repeat(7 << 20)) } else { line.to_owned() };
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        // Each answer comes before the next question.
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(expected) && answer.ends_with("}\n"), "{answer}");
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A gateway that runs, with an XMPP server that this test plays.
struct Running {
    child: Child,
    log: mpsc::Receiver<String>,
    /// Where it takes requests.
    http: String,
}

impl Running {
    fn start(name: &str, server: &TcpListener, more: &str) -> (Self, PathBuf) {
        Self::start_as(&mut command(&[]), name, server, more)
    }

    fn start_as(program: &mut Command, name: &str, server: &TcpListener, more: &str) -> (Self, PathBuf) {
        let port = server.local_addr().unwrap().port();
        let text = format!(
            "[component]\nserver = 127.0.0.1:{port}\ndomain = a.example\nsecret = s3\n[http]\nlisten = 0\n{more}"
        );
        let path = file(name, &text);
        let child = program.arg("run").arg("-c").arg(&path).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("it starts");
        let (tell, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let mut running = Self { child, log, http: String::new() };
        let line = running.line("listens on http://");
        let (_, rest) = line.split_once("http://").unwrap();
        rest.split(' ').next().unwrap().clone_into(&mut running.http);
        (running, path)
    }

    /// The next line of the log that has those words.
    fn line(&mut self, words: &str) -> String {
        let mut text = String::new();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            if line.contains(words) {
                return line;
            }
            text += &(line + "\n");
        }
        panic!("no line with {words:?} in:\n{text}");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    fn get(&self, path: &str) -> TcpStream {
        let mut caller = TcpStream::connect(&self.http).unwrap();
        write!(caller, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        caller
    }
}

/// Takes the component's connection and its stream header.
fn taken(server: &TcpListener) -> TcpStream {
    let (mut link, _) = server.accept().unwrap();
    let mut header = Vec::new();
    while !header.ends_with(b">") || !header.windows(7).any(|window| window == b"stream:") {
        let mut byte = [0];
        link.read_exact(&mut byte).unwrap();
        header.push(byte[0]);
    }
    assert!(String::from_utf8_lossy(&header).contains("a.example"));
    link
}

#[test]
fn run_serves_until_it_is_told_to_stop() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut running, _) = Running::start("run.conf", &server, "");
    let link = taken(&server);
    let mut caller = running.get("/nothing");
    let mut status = [0; 12];
    caller.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 404");
    // The kept connection does not hold it up.
    running.signal("TERM");
    running.line("stopping");
    let mut rest = Vec::new();
    caller.read_to_end(&mut rest).unwrap();
    drop(link);
    running.line("stopped");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut running, _) = Running::start("twice.conf", &server, "[limits]\nlink_close_time = 60000\n");
    let mut link = taken(&server);
    // The stream is open as far as the gateway knows, and never closed from here.
    write!(link, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='a.example' id='1'>").unwrap();
    link.read_exact(&mut [0; 10]).unwrap();
    write!(link, "<handshake/>").unwrap();
    running.signal("INT");
    running.line("stopping");
    running.signal("INT");
    running.line("stopped at once");
    assert_eq!(running.child.wait().unwrap().code(), Some(1));
}

#[test]
fn hangup_reads_the_configuration_again() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut running, path) = Running::start("reload.conf", &server, "");
    let old = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{old}[limits]\nbody = 20000\n[hook \"door\"]\nurl = http://127.0.0.1:1/\n"))
        .unwrap();
    running.signal("HUP");
    running.line("[limits] has changed; that takes effect with a restart");
    running.line("reloaded: 0 tokens, 1 hooks");
    fs::write(&path, format!("{old}nonsense")).unwrap();
    running.signal("HUP");
    running.line("reload.conf:7: ");
    running.line("the settings stay as they were");
    running.signal("TERM");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_place_to_listen_that_is_taken_is_told_with_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!(
        "[component]\ndomain = a.example\nsecret = x\n[http]\nlisten = {}\n",
        taken.local_addr().unwrap()
    );
    let path = file("taken.conf", &text);
    let output = restanza(&["run", "-c", path.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("another program listens there"), "{}", err(&output));
}

#[test]
fn when_files_run_out_it_waits_and_serves_on() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut program = Command::new("sh");
    program.args(["-c", "ulimit -n 16; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_restanza")]);
    let (mut running, _) = Running::start_as(&mut program, "files.conf", &server, "");
    let link = taken(&server);
    let callers: Vec<_> = (0..16).map(|_| running.get("/nothing")).collect();
    running.line("cannot take a connection: ");
    drop(callers);
    let mut caller = running.get("/nothing");
    let mut status = [0; 12];
    caller.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 404");
    drop((caller, link));
    running.signal("TERM");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn under_the_journal_a_line_has_its_level_and_no_time() {
    let path = file("journal.log", "");
    let stderr = fs::File::create(&path).unwrap();
    let data = stderr.metadata().unwrap();
    let bad = file("journal.conf", "nonsense\n");
    let run = |stream: String, stderr: fs::File| {
        let status = command(&["run", "-c", bad.to_str().unwrap()])
            .env("JOURNAL_STREAM", stream)
            .stderr(stderr)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(2));
        fs::read_to_string(&path).unwrap()
    };
    let text = run(format!("{}:{}", data.dev(), data.ino()), stderr);
    assert!(text.lines().count() > 1 && text.lines().all(|line| line.starts_with("<3>/")), "{text}");
    // The variable is inherited by programs whose standard error goes elsewhere.
    let text = run("1:1".to_owned(), fs::File::create(&path).unwrap());
    assert!(text.lines().all(|line| line.starts_with("20") && line.contains("Z error /")), "{text}");
}
