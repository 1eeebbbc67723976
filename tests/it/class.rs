//! The classroom with the real binary: answers handed in, merged, shown and graded again, also from files that somebody
//! edited; and a class in browsers: two hundred of them at once, one that does not read, and Chromium.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use layercake::lesson::{Progress, Shelf, seed_of};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{LAYERCAKE, have, root};

fn layercake(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(LAYERCAKE)
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .env_remove("LAYERCAKE_A11Y")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // It may have heard enough before all is written.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A student who has answered all questions; the `wrong`th prediction wrongly.
fn student(folder: &Path, name: &str, wrong: usize) -> String {
    let home = folder.join(name);
    let mut progress = Progress::new(seed_of("tea", name));
    for (at, found) in Shelf::BuiltIn.all().expect("built in").iter().enumerate() {
        let lesson = found.dealt(progress.seed).expect("dealt");
        for (question, prediction) in lesson.questions() {
            let Some(right) = question.reference() else { continue };
            let slip = prediction && at == 6 && wrong > 0 && !question.wrong.is_empty();
            let typed = if slip { question.wrong[wrong - 1].text.clone() } else { right };
            let given = question.read(&typed, progress.seed).expect("an answer");
            let verdict = question.judged(&given).unwrap_or_else(|| question.verdict(&given));
            progress.answer(&question.id, &lesson.id, prediction, &given, &verdict).sure = 3;
        }
        progress.done.push(lesson.id.clone());
    }
    progress.save(&home).expect("saved");
    let file = folder.join(format!("{name}.json")).display().to_string();
    let home = home.display().to_string();
    let written = layercake(&["progress", "export", "--home", &home, "--out", &file, "--student", name], "");
    assert!(written.status.success(), "{}", complaint(&written));
    file
}

#[test]
fn answers_are_handed_in_merged_and_graded_again_and_an_edited_file_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<String> =
        ["ada", "bob", "eve"].iter().zip(0..).map(|(name, wrong)| student(folder.path(), name, wrong)).collect();
    let bad = folder.path().join("bad.json").display().to_string();
    fs::write(&bad, &fs::read_to_string(&files[0]).expect("a file")[..500]).expect("written");
    let table = folder.path().join("grades.csv").display().to_string();
    let merged = layercake(&["class", "merge", &files[0], &files[1], &bad, &files[2], "-o", &table], "");
    assert_eq!(merged.status.code(), Some(1), "one file was left out");
    assert!(complaint(&merged).contains("bad.json is no JSON"), "{}", complaint(&merged));
    let table = fs::read_to_string(&table).expect("a table");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4, "{table}");
    // Predictions are taking part: who was wrong has as many as who was right.
    assert!(rows[1..].iter().all(|row| row[2] == rows[1][2] && row[2] == row[3] && row[4] == rows[1][4]), "{table}");
    let honest = layercake(&["class", "regrade", "--class", "tea", &files[0], &files[1], &files[2]], "");
    assert!(honest.status.success(), "{}", out(&honest));
    assert!(out(&honest).contains("tamper-evident at best"), "{}", out(&honest));

    let text = fs::read_to_string(&files[1]).expect("a file");
    let mut edited: Value = serde_json::from_str(&text).expect("JSON");
    let answers = edited["answers"].as_array_mut().expect("answers");
    let slip = answers.iter_mut().find(|entry| entry["first_right"] == false).expect("bob's slip");
    slip["first_right"] = true.into();
    let question = slip["question"].as_str().expect("an id").to_owned();
    fs::write(&files[1], edited.to_string()).expect("written");
    let again = layercake(&["class", "regrade", "--class", "tea", &files[0], &files[1]], "");
    assert_eq!(again.status.code(), Some(1));
    let wanted = format!("{question}: the first answer is said to be right, and is wrong");
    assert!(out(&again).contains(&wanted), "{}", out(&again));
    assert!(out(&again).contains("ada.json: ada"), "{}", out(&again));

    edited["student"] = "mallory".into();
    fs::write(&files[1], edited.to_string()).expect("written");
    let stolen = layercake(&["class", "regrade", "--class", "tea", "--format", "json", &files[1]], "");
    let document: Value = serde_json::from_str(&out(&stolen)).expect("JSON");
    assert!(document["differs"].as_array().expect("a list").len() > 2, "{document}");
    let none = layercake(&["class", "merge", &bad], "");
    assert!(complaint(&none).contains("hint: "), "{}", complaint(&none));
}

#[test]
fn predictions_become_a_board_from_files_and_from_codes_in_a_chat() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut files, mut chat) = (Vec::new(), String::from("teacher: your codes please!\n"));
    for (name, wrong) in [("ada", 0), ("bob", 1), ("eve", 1), ("joe", 2)] {
        files.push(student(folder.path(), name, wrong));
        let home = folder.path().join(name).display().to_string();
        let code = layercake(&["progress", "code", "07-what-is-read", "--home", &home], "");
        assert_eq!(out(&code).trim().len(), 8, "{}", complaint(&code));
        chat += &format!("{name}: {}", out(&code));
    }
    let ask = ["class", "board", "--question", "07-what-is-read", "--format", "json"];
    let from_files = layercake(&[&ask[..], &files.iter().map(String::as_str).collect::<Vec<_>>()].concat(), "");
    let from_chat = layercake(&[&ask[..], &["-"]].concat(), &chat);
    assert_eq!(out(&from_files), out(&from_chat), "{}", complaint(&from_chat));
    let board: Value = serde_json::from_str(&out(&from_chat)).expect("JSON");
    assert_eq!(board["answered"], 4);
    let options = board["options"].as_array().expect("a list");
    let mut counts: Vec<u64> = options.iter().filter_map(|option| option["first"]["count"].as_u64()).collect();
    counts.sort_unstable();
    assert_eq!(counts[counts.len() - 3..], [1, 1, 2]);

    let ask = ["class", "board", "--question", "07-what-is-read", "--width", "80"];
    let drawn = layercake(&[&ask[..], &["--charset", "ascii", "-"]].concat(), &format!("{chat}again\n{chat}"));
    assert!(out(&drawn).contains("4 answered, 4 again") && out(&drawn).contains("2nd ####"), "{}", out(&drawn));
    assert!(out(&drawn).is_ascii() && !out(&drawn).contains(" *") && !out(&drawn).contains("ada"), "{}", out(&drawn));
    let spoken = layercake(&[&ask[..], &["--describe", "--reveal", "-"]].concat(), &chat);
    assert!(out(&spoken).contains("2 of 4, on average 3.0 of 3 sure. Not so."), "{}", out(&spoken));
    let empty = layercake(&["class", "board", "-"], "nothing here");
    assert!(complaint(&empty).contains("nobody has predicted"), "{}", complaint(&empty));
}

/// A class that ends with the test.
struct Class {
    child: Child,
    teacher: Option<ChildStdin>,
    said: Arc<Mutex<String>>,
    port: u16,
    code: String,
}

impl Class {
    fn start(more: &[&str]) -> Self {
        let mut child = Command::new(LAYERCAKE)
            .args(["class", "serve", "07", "--port", "0"])
            .args(more)
            .env("LC_ALL", "C.UTF-8")
            .env("COLUMNS", "80")
            .env_remove("LAYERCAKE_A11Y")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary starts");
        let said = Arc::new(Mutex::new(String::new()));
        let (mut lines, kept) = (BufReader::new(child.stdout.take().expect("piped")), Arc::clone(&said));
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                *kept.lock().expect("no panic") += &line;
                line.clear();
            }
        });
        let mut class = Class { teacher: child.stdin.take(), child, said, port: 0, code: String::new() };
        class.says("Nobody is asked for a name");
        let text = class.text();
        let rest = text.split("://localhost:").nth(1).expect("an address");
        let words: Vec<&str> = rest.split_whitespace().collect();
        class.port = words[0].parse().expect("a port");
        words[4].clone_into(&mut class.code);
        class
    }

    fn text(&self) -> String {
        self.said.lock().expect("no panic").clone()
    }

    fn says(&self, text: &str) {
        let begun = Instant::now();
        while !self.text().contains(text) {
            assert!(begun.elapsed() < Duration::from_secs(30), "`{text}` is never said:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn teaches(&mut self, word: &str) {
        writeln!(self.teacher.as_mut().expect("still teaching"), "{word}").expect("it listens");
    }

    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/join?code={}", self.port, self.code)
    }

    fn asks(&self, request: &str) -> String {
        let mut tcp = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        tcp.write_all(request.as_bytes()).expect("open");
        let mut heard = String::new();
        let _ = tcp.read_to_string(&mut heard);
        heard
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Socket = tokio_tungstenite::WebSocketStream<TokioTcp>;
type TokioTcp = tokio::net::TcpStream;

async fn join(port: u16, url: &str) -> Socket {
    let tcp = TokioTcp::connect(("127.0.0.1", port)).await.expect("it listens");
    tcp.set_nodelay(true).expect("a socket");
    tokio_tungstenite::client_async(url, tcp).await.expect("joined").0
}

/// The next message of a kind; others are passed over.
async fn hears(socket: &mut Socket, kind: &str) -> Value {
    let wait = async {
        loop {
            let message = socket.next().await.expect("still open").expect("no error");
            let Message::Text(text) = message else { continue };
            let value: Value = serde_json::from_str(&text).expect("JSON");
            if value["t"] == kind {
                return value;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.unwrap_or_else(|_| panic!("`{kind}` never comes"))
}

fn vote(state: &Value, answer: &str, sure: u8) -> Message {
    let (question, second) = (&state["question"], &state["second"]);
    Message::text(
        serde_json::json!({ "question": question, "second": second, "answer": answer, "sure": sure }).to_string(),
    )
}

const STUDENTS: usize = 200;

#[test]
fn two_hundred_students_vote_change_their_minds_and_one_of_them_never_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("votes.txt").display().to_string();
    let mut class = Class::start(&["--save", &saved]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (port, url) = (class.port, class.url());
    let (mut sockets, state, times) = runtime.block_on(async {
        // This one never reads: it is skipped, and nobody waits for it.
        let deaf = join(port, &url).await;
        let joined = (0..STUDENTS).map(|_| async {
            let mut socket = join(port, &url).await;
            let state = hears(&mut socket, "state").await;
            (socket, state)
        });
        let joined = futures_util::future::join_all(joined).await;
        let state = joined[0].1.clone();
        assert!(state["board"].is_null() && state["why"].is_null() && state["phase"] == "open", "{state}");
        let voting = joined.into_iter().enumerate().map(|(at, (mut socket, state))| async move {
            let mut times = Vec::new();
            for answer in ["a", ["b", "c"][usize::from(at % 4 == 0)]] {
                let begun = Instant::now();
                socket.send(vote(&state, answer, 1 + (at % 3) as u8)).await.expect("open");
                let kept = hears(&mut socket, "kept").await;
                times.push(begun.elapsed());
                assert_eq!(kept["answer"], answer);
            }
            (socket, times)
        });
        let voted = futures_util::future::join_all(voting).await;
        let (sockets, times): (Vec<Socket>, Vec<Vec<Duration>>) = voted.into_iter().unzip();
        ((sockets, deaf), state, times.concat())
    });
    let mut times = times;
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    eprintln!("{STUDENTS} students vote at once: p50 {:?}, p95 {:?}, slowest {:?}", at(50), at(95), at(100));

    class.teaches("close");
    let counts = runtime.block_on(async {
        let mut all = Vec::new();
        for socket in &mut sockets.0 {
            let state = loop {
                let state = hears(socket, "state").await;
                if state["phase"] == "closed" {
                    break state;
                }
            };
            socket.send(vote(&state, "a", 1)).await.expect("open");
            assert!(hears(socket, "no").await["why"].as_str().is_some_and(|why| why.contains("closed")));
            all.push(state);
        }
        assert!(all.iter().all(|state| *state == all[0]));
        all.swap_remove(0)
    });
    let bars = counts["board"]["bars"].as_array().expect("bars");
    let by_letter: BTreeMap<&str, u64> = bars
        .iter()
        .map(|bar| (bar["letter"].as_str().expect("a letter"), bar["counts"][0].as_u64().expect("a count")))
        .collect();
    assert_eq!((by_letter["a"], by_letter["b"], by_letter["c"]), (0, 150, 50), "{counts}");
    assert!(bars.iter().all(|bar| bar["right"].is_null()), "nothing tells what is right yet");

    class.teaches("again");
    runtime.block_on(async {
        let socket = &mut sockets.0[0];
        let state = hears(socket, "state").await;
        assert_eq!((&state["second"], &state["phase"]), (&true.into(), &"open".into()));
        socket.send(vote(&state, "a", 3)).await.expect("open");
        hears(socket, "kept").await;
    });
    class.teaches("reveal");
    class.says("revealed");
    class.teaches("quit");
    drop(class.teacher.take());
    assert!(class.child.wait().expect("it ends").success());
    let board = layercake(&["class", "board", &saved, "--format", "json"], "");
    let board: Value = serde_json::from_str(&out(&board)).expect("JSON");
    assert_eq!((&board["answered"], &board["answered_again"]), (&200.into(), &1.into()), "{board}");
    assert_eq!(board["question"], state["question"]);
}

#[test]
fn who_has_no_code_or_comes_from_elsewhere_stays_out_and_nonsense_ends_one_connection_only() {
    let class = Class::start(&["--students", "2"]);
    let local = format!("localhost:{}", class.port);
    let get = |path: &str, host: &str, more: &str| {
        class.asks(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n"))
    };
    let page = get("/", &local, "");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("default-src 'none'"), "{page}");
    assert!(get("/", "evil.example", "").starts_with("HTTP/1.1 403"));
    assert!(get("/check?code=AAAAAA", &local, "").starts_with("HTTP/1.1 403"));
    assert!(get(&format!("/check?code={}", class.code.to_lowercase()), &local, "").starts_with("HTTP/1.1 200"));
    assert!(get("/votes", &local, "").starts_with("HTTP/1.1 404"));
    let upgrade = |code: &str, origin: &str| {
        class.asks(&format!(
            "GET /join?code={code} HTTP/1.1\r\nHost: {local}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\u{1}"
        ))
    };
    assert!(upgrade("AAAAAA", &format!("http://{local}")).starts_with("HTTP/1.1 403"));
    assert!(upgrade(&class.code, "http://evil.example").starts_with("HTTP/1.1 403"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut first = join(class.port, &class.url()).await;
        let welcome = hears(&mut first, "welcome").await;
        let state = hears(&mut first, "state").await;
        first.send(vote(&state, "z", 2)).await.expect("open");
        assert!(hears(&mut first, "no").await["why"].as_str().is_some_and(|why| why.contains("letters")));
        first.send(vote(&state, "b", 2)).await.expect("open");
        hears(&mut first, "kept").await;
        let mut second = join(class.port, &class.url()).await;
        hears(&mut second, "state").await;
        second.send(Message::text("{\"question\":1}")).await.expect("open");
        let ended = loop {
            match second.next().await {
                Some(Ok(Message::Close(close))) => break close,
                Some(Ok(_)) => {}
                other => panic!("no goodbye: {other:?}"),
            }
        };
        assert_eq!(u16::from(ended.expect("a reason").code), 1008);
        // The seat is found again, and what was voted with it.
        drop(first);
        let url = format!("{}&token={}", class.url(), welcome["token"].as_str().expect("a token"));
        let mut again = join(class.port, &url).await;
        assert_eq!(hears(&mut again, "kept").await["answer"], "b");
        again.close(None).await.expect("open");
    });
}

#[test]
fn chromium_joins_votes_by_keyboard_alone_and_sees_board_and_picture() {
    let modules = root().join("target/peers/node_modules");
    if !have("chromium") || !have("node") || !modules.join("ws").exists() {
        eprintln!("skipped: chromium, node or the packages of target/peers (test.sh installs them) are missing");
        return;
    }
    let mut class = Class::start(&[]);
    let mut page = Command::new("timeout");
    page.args(["90", "node"]).arg(root().join("tests/peers/class_page.js"));
    page.args([&format!("http://localhost:{}/", class.port), &class.code]);
    if let Some(shots) = std::env::var_os("LAYERCAKE_SHOTS") {
        page.arg(shots);
    }
    page.env("NODE_PATH", modules).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut page = page.spawn().expect("node runs");
    let mut told = BufReader::new(page.stdout.take().expect("piped"));
    let mut seen = Value::Null;
    // The page says what the teacher is to do next, and at last what it saw.
    let mut line = String::new();
    while told.read_line(&mut line).is_ok_and(|n| n > 0) {
        match line.trim().strip_prefix("teacher: ") {
            Some(word) => class.teaches(word),
            None => seen = serde_json::from_str(line.trim()).unwrap_or(Value::Null),
        }
        line.clear();
    }
    assert!(page.wait().expect("it ends").success());
    assert_eq!(seen["refused"], "That is not the code of this class.");
    assert!(seen["kept"].as_str().is_some_and(|text| text.starts_with("Kept: b, certain")), "{seen}");
    assert_eq!((&seen["hidden"], &seen["bars"], &seen["right"]), (&true.into(), &5.into(), &1.into()), "{seen}");
    assert!(seen["picture"].as_u64().is_some_and(|lines| lines > 5), "{seen}");
    assert_eq!((&seen["wide"], &seen["unlabelled"]), (&true.into(), &0.into()), "{seen}");
    assert_eq!(seen["trouble"], serde_json::json!([]), "no error, no breach of the policy");
    let foreign = |url: &Value| !url.as_str().is_some_and(|url| url.contains("localhost") || url.starts_with("data:"));
    assert!(!seen["asked"].as_array().expect("a list").iter().any(foreign), "{seen}");
}
