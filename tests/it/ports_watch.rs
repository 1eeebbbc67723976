//! `ports watch` with the real binary, on sockets that the tests open and close.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::{LAYERCAKE, have};

struct Watch {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
}

impl Watch {
    /// Returns once the first look was taken.
    fn begin(arguments: &[&str]) -> Watch {
        let mut command = Command::new(LAYERCAKE);
        command.args(["ports", "watch"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("layercake");
        let mut errors = BufReader::new(child.stderr.take().expect("stderr"));
        let mut first = String::new();
        errors.read_line(&mut first).expect("text");
        assert!(first.starts_with("watching "), "{first}");
        Watch { child, errors }
    }

    /// What it has said, its summary, and whether it ended well.
    fn end(mut self) -> (String, String, bool) {
        let (mut out, mut summary) = (String::new(), String::new());
        self.child.stdout.take().expect("stdout").read_to_string(&mut out).expect("text");
        self.errors.read_to_string(&mut summary).expect("text");
        (out, summary, self.child.wait().expect("an end").success())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_server_that_opens_and_a_guest_that_is_accepted_are_events_with_their_program() {
    let port = free_port();
    let word = format!(":{port}");
    let watch = Watch::begin(&[&word, "--interval", "100ms", "--for", "1500ms", "--format", "json"]);
    let pause = || std::thread::sleep(std::time::Duration::from_millis(300));
    let server = TcpListener::bind(("127.0.0.1", port)).expect("the free port");
    pause();
    let guest = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    pause();
    let host = server.accept().expect("the call").0;
    pause();
    drop(host);
    pause();
    drop((guest, server));
    let (out, _, well) = watch.end();
    assert!(well);
    let events: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let find = |event: &str, state: &str, at_room: bool| {
        let here = |e: &&Value| (e["local_port"] == port) == at_room;
        let all = || events.iter().filter(here).filter(|e| e["event"] == event && e["state"] == state);
        all().next().unwrap_or_else(|| panic!("{event} {state} is missing in\n{out}")).clone()
    };
    let opened = find("opened", "listen", true);
    // A test beside this one may be starting a program just now: until it runs, our copy holds the socket, too.
    let ours = |event: &Value| {
        let all = event["processes"].as_array().expect("a list");
        all.iter().any(|process| process["pid"] == std::process::id())
    };
    assert!(ours(&opened), "{opened}");
    assert!(opened["remote_address"].is_null() && opened["time"].as_str().is_some_and(|t| t.len() == 20), "{opened}");
    let waits = find("opened", "established", true);
    assert_eq!(waits["processes"], Value::Array(Vec::new()), "nobody has accepted it");
    let accepted = find("owner", "established", true);
    assert!(ours(&accepted) && accepted["before"] == Value::Array(vec![]), "{accepted}");
    assert_eq!(find("moved", "close-wait", false)["from"], "established");
    assert_eq!(find("closed", "listen", true)["protocol"], "tcp");
}

#[test]
fn it_waits_for_one_event_and_ends() {
    let port = free_port().to_string();
    let watch = Watch::begin(&[&port, "listening", "--count", "1", "--interval", "0.1s"]);
    let _server = TcpListener::bind(("127.0.0.1", port.parse::<u16>().expect("a port"))).expect("the free port");
    let (out, summary, well) = watch.end();
    assert!(well && out.lines().count() == 1, "{out}");
    assert!(out.contains(&format!("opened tcp 127.0.0.1:{port} LISTEN by ")), "{out}");
    assert!(summary.starts_with("1 opened, 0 closed, 0 state changes, 0 handed over in "), "{summary}");
}

#[test]
fn ctrl_c_is_a_good_end_with_a_summary() {
    let watch = Watch::begin(&["--interval", "1h", "--describe"]);
    kill(Pid::from_raw(watch.child.id().cast_signed()), Signal::SIGINT).expect("a signal");
    let (_, summary, well) = watch.end();
    assert!(well && summary.contains(" opened, "), "{summary}");
}

#[test]
fn on_a_terminal_the_picture_fits_and_the_cursor_comes_back() {
    if !have("script") {
        return;
    }
    let command = format!("stty cols 80 rows 24; {LAYERCAKE} ports watch --for 300ms --interval 100ms");
    let mut run = Command::new("script");
    run.args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").env_remove("COLUMNS");
    let output = run.stdin(Stdio::null()).output().expect("script");
    let text = String::from_utf8_lossy(&output.stdout);
    let (hidden, shown) = (text.find("\u{1b}[?25l"), text.rfind("\u{1b}[?25h"));
    assert!(hidden.is_some() && hidden < shown, "{text:?}");
    assert!(text.matches("own end").count() >= 3, "drawn again: {text:?}");
    let first = text.split("\u{1b}[J").next().unwrap_or_default();
    assert!(first.lines().count() <= 23, "{first}");
}

#[test]
fn words_and_times_that_make_no_sense_are_said_at_once() {
    let run = |arguments: &[&str]| {
        let run = Command::new(LAYERCAKE).args(["ports", "watch"]).args(arguments).output().expect("layercake");
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    let (code, error) = run(&["time-wiat"]);
    assert!(code == Some(1) && error.contains("did you mean `time-wait`?"), "{error}");
    let (code, error) = run(&["--interval", "10ms"]);
    assert!(code == Some(2) && error.contains("0.1s to 1h"), "{error}");
    let (code, error) = run(&["70000"]);
    assert!(code == Some(1) && error.contains("there is no port 70000"), "{error}");
}
