//! Lesson 15: fifty students, fifty captures; and each capture, read again with our own dissector by somebody who has
//! never seen the generator, gives the answers that the lesson holds for right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use layercake::lesson::{Lesson, Shelf, seed_of};
use serde_json::Value;
use tungstenite::handshake::derive_accept_key;

use crate::support::LAYERCAKE;

fn run(home: &Path, args: &[&str]) -> String {
    let mut command = Command::new(LAYERCAKE);
    command.args(args).env("LAYERCAKE_HOME", home).stdin(Stdio::null());
    let output = command.output().expect("the binary runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The capture that lesson 15 puts into a student's folder.
fn dealt(home: &Path, student: &str) -> PathBuf {
    run(home, &["lesson", "start", "15", "--student", student, "--class", "tea"]);
    let files = std::fs::read_dir(home).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut captures = files.filter(|path| path.extension().is_some_and(|kind| kind == "pcapng"));
    let capture = captures.next().expect("a capture");
    assert!(captures.next().is_none(), "one capture, nothing half written");
    capture
}

/// One packet that was read: who to whom, and the fields of each layer.
struct Read {
    from: u16,
    to: u16,
    flags: u64,
    layers: BTreeMap<String, Value>,
}

impl Read {
    fn field(&self, layer: &str, name: &str) -> Option<&Value> {
        self.layers.get(layer)?.get(name)
    }

    fn word(&self, layer: &str, name: &str) -> Option<&str> {
        self.field(layer, name)?.as_str()
    }

    fn number(&self, layer: &str, name: &str) -> Option<u64> {
        self.field(layer, name)?.as_u64()
    }
}

fn packets(home: &Path, capture: &Path) -> Vec<Read> {
    let text = run(home, &["capture", "-r", &capture.to_string_lossy(), "--format", "json"]);
    let packet = |line: &str| {
        let json: Value = serde_json::from_str(line).expect("JSON");
        let layers = json["layers"].as_array().expect("layers").iter();
        let layers: BTreeMap<String, Value> = layers
            .map(|layer| (layer["protocol"].as_str().unwrap_or("").to_owned(), layer["fields"].clone()))
            .collect();
        let port = |name: &str| {
            let found = ["tcp", "udp"].iter().find_map(|layer| layers.get(*layer)?.get(name)?.as_u64());
            found.unwrap_or(0) as u16
        };
        let (from, to) = (port("src_port"), port("dst_port"));
        let flags = layers.get("tcp").and_then(|tcp| tcp["flags"].as_u64()).unwrap_or(0);
        Read { from, to, flags, layers }
    };
    text.lines().map(packet).collect()
}

/// Everything that the lesson asks, found in the packets alone; choices and orders as words that must stand in them.
struct Story {
    opened: usize,
    shut: u16,
    syns: usize,
    addresses: BTreeMap<String, String>,
    sites: BTreeMap<u16, String>,
    password: String,
    proof: &'static str,
    broken: &'static str,
    order: Vec<&'static str>,
}

const SYN: u64 = 2;
const SYN_ACK: u64 = 18;
const RST: u64 = 4;

fn story(packets: &[Read]) -> Story {
    let position = |is: &dyn Fn(&Read) -> bool| packets.iter().position(is).expect("such a packet");
    let began = |client: u16| position(&|p: &Read| p.from == client && p.flags == SYN);
    let refused = &packets[position(&|p: &Read| p.flags & RST != 0)];
    let mut asked: BTreeMap<(u16, u16), usize> = BTreeMap::new();
    for packet in packets.iter().filter(|p| p.flags == SYN) {
        *asked.entry((packet.from, packet.to)).or_default() += 1;
    }
    let ((late, _), syns) = asked.iter().max_by_key(|(_, count)| **count).expect("SYNs");
    let login = &packets[position(&|p: &Read| p.word("http", "body_text").is_some_and(|t| t.contains("password=")))];
    let password = login.word("http", "body_text").and_then(|text| text.split("password=").nth(1)).unwrap_or("");
    let (proof, doubted) = proof(packets);
    let mut order = vec![
        (began(refused.to), "a knock"),
        (began(*late), "a first SYN"),
        (began(doubted), "a GET whose 101"),
        (began(login.from), "a password"),
    ];
    order.sort_unstable();
    Story {
        opened: packets.iter().filter(|p| p.flags == SYN_ACK).map(|p| p.to).collect::<BTreeSet<_>>().len(),
        shut: refused.from,
        syns: *syns,
        addresses: packets
            .iter()
            .filter_map(|p| Some((p.word("dns", "qname")?.to_owned(), p.word("dns", "a")?.to_owned())))
            .collect(),
        sites: packets.iter().filter_map(|p| Some((p.from, p.word("tls", "sni")?.to_owned()))).collect(),
        password: password.to_owned(),
        proof,
        broken: broken(packets),
        order: order.into_iter().map(|(_, words)| words).collect(),
    }
}

/// What is wrong with a 101, in a word of the lesson's, and the port of the client that left.
fn proof(packets: &[Read]) -> (&'static str, u16) {
    let keys: BTreeMap<u16, &str> =
        packets.iter().filter_map(|p| Some((p.from, p.word("http", "sec_websocket_key")?))).collect();
    let answers: Vec<(u16, Option<&str>)> = packets
        .iter()
        .filter(|p| p.number("http", "status") == Some(101))
        .map(|p| (p.to, p.word("http", "sec_websocket_accept")))
        .collect();
    assert_eq!((keys.len(), answers.len()), (2, 2), "two handshakes");
    let (client, accept) = answers
        .iter()
        .find(|(client, accept)| *accept != Some(&derive_accept_key(keys[client].as_bytes())))
        .expect("a proof that does not fit");
    let words = match accept {
        None => "without any proof",
        Some(accept) if *accept == keys[client] => "key back",
        Some(accept) if accept.len() == 40 && accept.bytes().all(|b| b.is_ascii_hexdigit()) => "in hex",
        Some(accept) if answers.iter().filter(|(_, other)| *other == Some(*accept)).count() == 2 => "another key",
        Some(other) => panic!("{other} is a fault that the lesson does not know"),
    };
    (words, *client)
}

/// Which rule the last frame before 1002 breaks.
fn broken(packets: &[Read]) -> &'static str {
    let close = packets.iter().position(|p| p.number("websocket", "close_code") == Some(1002)).expect("a 1002");
    let before = packets[..close].iter().rev();
    let frame = before.into_iter().find(|p| p.from == packets[close].to && p.layers.contains_key("websocket"));
    let frame = frame.expect("a frame of the client");
    let number = |name: &str| frame.number("websocket", name).unwrap_or(0);
    match (number("mask"), number("rsv"), number("opcode"), number("fin"), number("payload_length")) {
        (0, 0, 1, 1, _) => "without a mask",
        (1, 4, 1, 1, _) => "reserved bit",
        (1, 0, 3, 1, _) => "does not exist",
        (1, 0, 9, 0, _) => "cut into pieces",
        (1, 0, 9, 1, 126..) => "more than 125",
        other => panic!("{other:?} is a fault that the lesson does not know"),
    }
}

fn compare(story: &Story, lesson: &Lesson, student: &str) {
    let question = |id: &str| {
        let found = lesson.questions().map(|(question, _)| question).find(|question| question.id == id);
        found.unwrap_or_else(|| panic!("{id} is asked"))
    };
    let answer = |id: &str| question(id).reference().expect("an answer");
    assert_eq!(answer("15-opened"), story.opened.to_string(), "{student}");
    assert_eq!(answer("15-shut-door"), story.shut.to_string(), "{student}");
    assert_eq!(answer("15-patience"), story.syns.to_string(), "{student}");
    let prompt = &question("15-name").prompt;
    let (_, address) = story.addresses.iter().find(|(name, _)| prompt.contains(*name)).expect("a name of the capture");
    assert_eq!(&answer("15-name"), address, "{student}");
    let prompt = &question("15-hidden-site").prompt;
    let (_, site) = story.sites.iter().find(|(port, _)| prompt.contains(&port.to_string())).expect("a port");
    assert_eq!(&answer("15-hidden-site"), site, "{student}");
    assert_eq!(answer("15-password"), story.password, "{student}");
    for (id, words) in [("15-proof", story.proof), ("15-1002", story.broken)] {
        assert!(answer(id).contains(words), "{student}: {id} is {:?}, the capture says {words:?}", answer(id));
    }
    let order = answer("15-order");
    let told: Vec<&str> = order.split(" > ").collect();
    assert!(told.iter().zip(&story.order).all(|(told, seen)| told.starts_with(seen)), "{student}: {told:?}");
}

#[test]
fn fifty_students_have_fifty_captures_and_each_tells_the_answers_of_its_lesson() {
    let (mut captures, mut kinds, mut sizes) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for number in 0..50 {
        let student = format!("s{number}");
        let home = tempfile::tempdir().expect("a folder");
        let capture = dealt(home.path(), &student);
        let packets = packets(home.path(), &capture);
        sizes.push(packets.len());
        let found = Shelf::BuiltIn.one("15").expect("can be read").expect("there");
        let found = found.deal(seed_of("tea", &student)).expect("a case");
        let story = story(&packets);
        compare(&story, &found.lesson, &student);
        kinds.insert(story.proof);
        kinds.insert(story.broken);
        captures.insert(std::fs::read(&capture).expect("there"));
    }
    assert_eq!(captures.len(), 50, "no two students have the same capture");
    assert_eq!(kinds.len(), 9, "each fault happens to somebody: {kinds:?}");
    assert!(sizes.iter().all(|packets| (50..=80).contains(packets)), "about 60 packets: {sizes:?}");
}

#[test]
fn a_student_gets_the_same_capture_again_and_a_second_student_a_folder_of_their_own() {
    let [one, two] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let bytes = |home: &Path, student: &str| std::fs::read(dealt(home, student)).expect("there");
    let first = bytes(one.path(), "s1");
    assert!(first == bytes(one.path(), " S1 ") && first == bytes(two.path(), "s1"));
    let mut command = Command::new(LAYERCAKE);
    command.args(["lesson", "start", "15", "--student", "s2"]).env("LAYERCAKE_HOME", one.path()).stdin(Stdio::null());
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("student s1") && said.contains("--home"), "{said}");
}
