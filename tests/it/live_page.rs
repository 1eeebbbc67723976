//! `layercake live` with the real binary: keys are needed, and Chromium looks on by click and by keyboard.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{LAYERCAKE, have, root};

struct Page {
    child: Child,
    told: Value,
}

impl Page {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(LAYERCAKE)
            .args(["live", "--port", "0", "--format", "json"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        Page { child, told: serde_json::from_str(&line).expect("JSON") }
    }

    fn url(&self, who: &str) -> &str {
        self.told[who].as_str().or_else(|| self.told[who][0].as_str()).expect("an address")
    }

    fn asks(&self, path: &str, more: &str) -> String {
        let host = self.url("viewers").trim_start_matches("http://").split('/').next().expect("a host");
        let mut tcp = TcpStream::connect(host.replace("localhost", "127.0.0.1")).expect("it listens");
        write!(tcp, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n").expect("open");
        let mut heard = String::new();
        let _ = tcp.read_to_string(&mut heard);
        heard
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_has_no_key_sees_a_page_that_says_so_and_who_has_one_a_page_that_may_load_nothing() {
    let page = Page::start(&["--demo"]);
    let refused = page.asks("/?key=guessed", "");
    assert!(refused.starts_with("HTTP/1.1 403") && refused.contains("The address is not complete"), "{refused}");
    assert!(page.asks("/", "").starts_with("HTTP/1.1 403") && page.asks("/look", "").starts_with("HTTP/1.1 403"));
    let key = page.url("viewers").split_once('?').expect("a key").1;
    let shown = page.asks(&format!("/?{key}"), "");
    assert!(shown.starts_with("HTTP/1.1 200") && shown.contains("default-src 'none'"), "{shown}");
    let upgrade = "Origin: http://evil.example\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade\r\n";
    assert!(!page.asks(&format!("/look?{key}"), upgrade).starts_with("HTTP/1.1 101"));
}

#[test]
fn chromium_sees_layers_and_bytes_light_each_other_and_follows_the_teacher() {
    let modules = root().join("target/peers/node_modules");
    if !have("chromium") || !have("node") || !modules.join("ws").exists() {
        eprintln!("skipped: chromium, node or the packages of target/peers (test.sh installs them) are missing");
        return;
    }
    let page = Page::start(&["--demo"]);
    let mut look = Command::new("timeout");
    look.args(["90", "node"]).arg(root().join("tests/peers/live_page.js"));
    look.args([page.url("teacher"), page.url("viewers")]).args(std::env::var_os("LAYERCAKE_SHOTS"));
    let look = look.env("NODE_PATH", modules).stderr(Stdio::inherit()).output().expect("node runs");
    assert!(look.status.success());
    let seen: Value = serde_json::from_slice(&look.stdout).expect("JSON");
    assert_eq!(seen["address"], page.url("viewers"), "the teacher's key is not projected");
    assert!(seen["hovered"][0].as_str().is_some_and(|text| text.starts_with("2 Ethernet · ")), "{seen}");
    assert_eq!(seen["hovered"][1], "02", "a byte that fields share shows the smallest one");
    assert!(seen["keyed"][0].as_str().is_some_and(|text| text.starts_with("4 TCP · from port")), "{seen}");
    assert_eq!(seen["keyed"][1], "1f 40", "{seen}");
    assert_eq!((&seen["bare"], &seen["wide"]), (&0.into(), &true.into()), "{seen}");
    assert_eq!((&seen["followed"], &seen["free"]), (&"true".into(), &"false".into()), "{seen}");
    assert_eq!(seen["trouble"], serde_json::json!([]), "no error, no breach of the policy");
}
