//! Real programs talk to each other over loopback, each pair in a network namespace of its own; what our own binary
//! captured there has to be what they said: every message, to the end, without a gap.
//! The programs are in `tests/peers`; `test.sh` installs what they need into `target/peers`.

mod ftp;
mod mqtt;
mod smtp;
mod socket_io;
mod ssh;
mod tls;
mod web;
mod websocket;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{LAYERCAKE, have, root};

/// Waits for files, listens, stops; `run NAME` starts a server in the background.
const PRELUDE: &str = r#"
set -e
ip link set lo up
appears() { for _ in $(seq 200); do [ -e "$1" ] && return; sleep 0.05; done; echo "$1 did not appear" >&2; exit 9; }
listens() { for _ in $(seq 200); do (exec 3<>/dev/tcp/127.0.0.1/$1) 2> /dev/null && return; sleep 0.05; done; echo "nobody listens on $1" >&2; exit 9; }
says() { for _ in $(seq 200); do grep -q "$2" "$1" 2> /dev/null && return; sleep 0.05; done; echo "$1 does not say $2" >&2; exit 9; }
capture_begins() { "$LAYERCAKE" capture -i lo --count -w talk.pcapng > count.txt 2> capture.txt & capture=$!; says capture.txt listening; }
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
"#;

/// A conversation that was captured: the folder with `talk.pcapng` and what the programs left there.
pub struct Talk {
    pub folder: TempDir,
    pub stdout: String,
    packets: Vec<Value>,
}

/// Runs `script` in a network of its own; `capture_begins` in it starts the capture. `None`, with a message, where a
/// tool is missing or this user may not make a network.
pub fn talk(tools: &[&str], script: &str) -> Option<Talk> {
    if !["unshare", "ip"].iter().chain(tools).all(|tool| present(tool)) {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = format!(
        "{PRELUDE}cd {}\nchmod 777 .\n{script}\nsleep 0.5; kill -INT $capture; wait $capture",
        folder.path().display()
    );
    // Root needs no user namespace, and sshd wants to be root in the real one.
    let network = if Command::new("unshare").args(["-n", "true"]).output().is_ok_and(|o| o.status.success()) {
        "-n"
    } else {
        "-rn"
    };
    let output = Command::new("timeout")
        .args(["60", "unshare", network, "bash", "-c", &script])
        .env("LAYERCAKE", LAYERCAKE)
        .env("PEERS", root().join("tests/peers"))
        .env("NODE_PATH", root().join("target/peers/node_modules"))
        .env("PYTHON", root().join("target/peers/py/bin/python"))
        .output()
        .ok()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if error.contains("unshare failed") || error.starts_with("unshare:") {
        eprintln!("skipped: this user may not make a network namespace");
        return None;
    }
    let told = std::fs::read_to_string(folder.path().join("capture.txt")).unwrap_or_default();
    assert!(output.status.success(), "{error}\n{told}");
    let mut talk = Talk { folder, stdout: String::from_utf8_lossy(&output.stdout).into_owned(), packets: Vec::new() };
    talk.packets = talk.json(&["capture"]);
    Some(talk)
}

/// A tool of the system, or one that `test.sh` installs: `npm:ws`, `pip:aiosmtpd`.
fn present(tool: &str) -> bool {
    let Some((kind, name)) = tool.split_once(':') else { return have(tool) };
    let found = match kind {
        "npm" => root().join("target/peers/node_modules").join(name).is_dir() && have("node"),
        _ => Command::new(root().join("target/peers/py/bin/python"))
            .args(["-c", &format!("import {name}")])
            .output()
            .is_ok_and(|o| o.status.success()),
    };
    if !found {
        eprintln!("skipped: {name} is not installed in target/peers; ./test.sh does that");
    }
    found
}

impl Talk {
    /// Output of our binary about the capture.
    pub fn layercake(&self, args: &[&str]) -> Vec<u8> {
        let output = Command::new(LAYERCAKE)
            .args(args)
            .args(["-r"])
            .arg(self.folder.path().join("talk.pcapng"))
            .output()
            .expect("layercake runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn json(&self, args: &[&str]) -> Vec<Value> {
        let out = self.layercake(&[args, &["--format", "json"]].concat());
        let lines = String::from_utf8_lossy(&out).into_owned();
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The same conversation, read again with this key log of its folder.
    pub fn opened(mut self, keys: &str) -> Talk {
        let keys = self.folder.path().join(keys).to_string_lossy().into_owned();
        self.packets = self.json(&["capture", "--keys", &keys]);
        self
    }

    /// The same, out of a file into which layercake wrote the packets together with the keys.
    pub fn saved_with(mut self, keys: &str) -> Talk {
        let (path, keys) = (self.folder.path().join("saved.pcapng"), self.folder.path().join(keys));
        let (path, keys) = (path.to_string_lossy().into_owned(), keys.to_string_lossy().into_owned());
        self.layercake(&["capture", "-q", "-w", &path, "--keys", &keys]);
        std::fs::remove_file(keys).expect("the key log goes");
        std::fs::rename(path, self.folder.path().join("talk.pcapng")).expect("in the place of the first");
        self.packets = self.json(&["capture"]);
        self
    }

    /// What tshark says about the capture.
    pub fn tshark(&self, args: &[&str]) -> String {
        let capture = self.folder.path().join("talk.pcapng");
        let out = Command::new("tshark").arg("-r").arg(capture).args(args).output().expect("tshark runs");
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The conversations, as `layercake flows` lists them.
    pub fn flows(&self) -> Vec<Value> {
        self.json(&["flows"])
    }

    /// `layercake follow` in words.
    pub fn follow(&self, flow: u64) -> String {
        String::from_utf8_lossy(&self.layercake(&["follow", &flow.to_string()])).into_owned()
    }

    /// The bytes that one side of a conversation sent, as `layercake follow` puts them together.
    pub fn raw(&self, flow: u64, side: &str) -> Vec<u8> {
        self.layercake(&["follow", &flow.to_string(), side, "--as", "raw"])
    }

    /// All layers, with their packet's number.
    pub fn layers(&self) -> impl Iterator<Item = (u64, &Value)> {
        self.packets.iter().flat_map(|p| {
            let number = p["number"].as_u64().expect("a number");
            p["layers"].as_array().into_iter().flatten().map(move |layer| (number, layer))
        })
    }

    /// Every value of a field, in order: `values("http", "target")`. Numbers as they are written.
    pub fn values(&self, protocol: &str, key: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut add = |value: &Value| match value {
            Value::String(text) => all.push(text.clone()),
            other => all.push(other.to_string()),
        };
        for (_, layer) in self.layers().filter(|(_, l)| l["protocol"] == protocol) {
            match &layer["fields"][key] {
                Value::Null => {}
                Value::Array(several) => several.iter().for_each(&mut add),
                one => add(one),
            }
        }
        all
    }

    /// Fails where a byte was not understood: lost, left over, cut short, or part of a message that never ended.
    pub fn is_whole(&self) {
        let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
        for (packet, layer) in self.layers() {
            let protocol = layer["protocol"].as_str().expect("a key");
            let fields = &layer["fields"];
            assert!(!["data", "trailer"].contains(&protocol), "packet {packet}: nobody read {layer}");
            assert_eq!(layer["cut"], false, "packet {packet}: {layer}");
            if protocol == "part" {
                for key in ["missing", "too_long", "early"] {
                    assert!(fields[key].is_null(), "packet {packet}: {key} {layer}");
                }
                if !fields["begins"].is_null() {
                    begun.insert(packet);
                }
                let carriers = fields["carrier"].as_array().cloned().unwrap_or_else(|| vec![fields["carrier"].clone()]);
                ended.extend(carriers.iter().filter_map(Value::as_u64));
            }
        }
        let open: Vec<_> = begun.difference(&ended).collect();
        assert!(open.is_empty(), "messages that begin in packets {open:?} never end");
        assert!(self.packets.len() > 5, "only {} packets", self.packets.len());
    }
}
