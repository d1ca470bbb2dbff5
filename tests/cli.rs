//! The command line, through the binary.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

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
        (&["convert", "--from", "xml", "--to", "cbor"], "\"cbor\" is not one of xml, json, form, text"),
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
        file("bad.conf", "[component]\ndomain = a.example\nsecrte = x\n[hook \"door\"]\nurl = https://x/\n");
    let name = path.to_str().unwrap();
    for arguments in [["check", "-c", name], ["run", "-c", name]] {
        let output = restanza(&arguments, "");
        assert_eq!(output.status.code(), Some(2));
        let text = out(&output) + &err(&output);
        let starts = [
            format!("{name}:1: error: [component] secret: the key is missing. Write secret = TEXT"),
            format!(
                "{name}:3: error: [component] secrte: there is no such key. The section knows: server, domain"
            ),
            format!("{name}:5: error: [hook \"door\"] url: \"https://x/\" needs TLS"),
        ];
        assert_eq!(text.lines().count(), starts.len(), "{text}");
        for (line, start) in text.lines().zip(starts) {
            assert!(line.starts_with(&start), "{line}");
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
fn limits_are_a_table() {
    let path = file("limits.conf", "[component]\ndomain = a.example\nsecret = x\n[limits]\nstanza = 12345\n");
    let output = restanza(&["limits", "-c", path.to_str().unwrap()], "");
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    let text = out(&output);
    assert!(
        text.lines().any(|line| line.starts_with("stanza             12345 bytes  The largest")),
        "{text}"
    );
    assert!(text.lines().any(|line| line.starts_with("head_time          10000 ms ")), "{text}");
    assert_eq!(text.lines().count(), restanza::limits::TABLE.len());
}
