//! `layercake browse` in a terminal of its own: keys go in, screens come out. Then the same without a terminal.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use layercake::dissect::Packet;
use layercake::save::PcapNg;
use layercake::source::{Event, Source, wire};

use crate::goldens::golden;
use crate::support::{LAYERCAKE, have};

/// So long a screen is waited for: only a program that hangs takes it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program in a terminal.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    all: Vec<u8>,
}

impl Terminal {
    /// `script` gives it the terminal; `None` where there is no such tool.
    fn open(width: u16, height: u16, args: &str) -> Option<Self> {
        if !have("script") {
            return None;
        }
        // The shell outlives its terminal, so that it can note how the program ended.
        let command = format!(
            "trap '' HUP; stty rows {height} cols {width}; {LAYERCAKE} browse {args}; code=$?; echo; echo left with $code"
        );
        let mut child = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .envs([("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8"), ("SHELL", "/bin/sh")])
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("script runs");
        let keys = child.stdin.take().expect("piped");
        let mut out = child.stdout.take().expect("piped");
        let (send, bytes) = channel();
        std::thread::spawn(move || {
            let mut chunk = vec![0; 65536];
            while let Ok(n @ 1..) = out.read(&mut chunk) {
                if send.send(chunk[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let size = |n: u16| std::num::NonZero::new(n).expect("a size");
        let screen = vt100::Parser::new(size(height), size(width), 0);
        Some(Terminal { child, keys, bytes, screen, all: Vec::new() })
    }

    fn text(&self) -> String {
        let rows: Vec<_> = self.screen.screen().rows(0, u16::MAX).map(|row| row.trim_end().to_owned() + "\n").collect();
        rows.concat()
    }

    /// Whether the last picture has come to its end.
    fn is_whole(&self) -> bool {
        let last = |mark: &[u8]| self.all.windows(mark.len()).rposition(|w| w == mark);
        last(b"\x1b[?2026h") <= last(b"\x1b[?2026l")
    }

    /// Waits until the screen is as `ready` wants it; gives it.
    fn until(&mut self, what: &str, ready: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        while !(self.is_whole() && ready(&self.text())) {
            match self.bytes.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.all.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < PATIENCE => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{what} did not come; the screen is\n{}", self.text())
                }
            }
        }
        self.text()
    }

    fn shows(&mut self, words: &str) -> String {
        // Threads look through the packets meanwhile: what they have found so far changes.
        self.until(words, |text| text.contains(words) && !text.contains("% looked at") && !text.contains("% searched"))
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).expect("keys are taken");
        self
    }

    /// The terminal is given back: its own screen, its cursor, no mouse.
    fn given_back(&mut self) {
        self.shows("left with");
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DOWN: &str = "\x1b[B";
const ESCAPE: &str = "\x1b";

#[test]
fn the_first_screen_and_a_field_that_is_lit_at_four_sizes_and_in_ascii() {
    // The list fills as packets come: it is whole with the time of its last row.
    for (width, height, args, name, last) in [
        (80, 24, "--demo", "80", "7  0.001000"),
        (160, 48, "--demo", "160", "13  0.002200"),
        (80, 24, "--demo --charset ascii --theme mono", "ascii", "7  0.001000"),
        (64, 16, "--demo", "smallest", "4  0.000600"),
    ] {
        let Some(mut terminal) = Terminal::open(width, height, args) else { return };
        let first = terminal.until("the whole list", |text| text.contains("packet 1 of 13") && text.contains(last));
        golden(&format!("browse/first-{name}.txt"), &first);
        // To the packet that says "Hello", into its layers, to the length of its payload.
        terminal.press("/hello\r").shows("packet 8 of 13");
        terminal.press("\t").press(&DOWN.repeat(5));
        let field = terminal.shows("websocket.payload_length");
        golden(&format!("browse/field-{name}.txt"), &field);
        assert!(field.lines().all(|line| line.chars().count() <= usize::from(width)));
        assert!(name != "ascii" || field.is_ascii() && first.is_ascii(), "{field}");
        terminal.press("q").given_back();
        terminal.shows("left with 0");
    }
}

#[test]
fn a_byte_leads_to_its_field_and_unmasked_bytes_stand_beside_the_masked_ones() {
    let Some(mut terminal) = Terminal::open(80, 24, "--demo") else { return };
    terminal.shows("packet 1 of 13");
    terminal.press("g8\r").shows("packet 8 of 13");
    // From the list over the layers to the bytes; six on from the frame's beginning the masked text begins.
    terminal.press("\t\t").press(&"\x1b[C".repeat(6));
    let screen = terminal.shows("read as 5 bytes");
    golden("browse/made-80.txt", &screen);
    assert!(screen.contains("[48 65 6c 6c 6f]") && screen.contains("Hello"), "{screen}");
    // A click on a byte of the IP header chooses its TTL.
    terminal.press("g7\r").shows("packet 7 of 13");
    terminal.press("\x1b[<0;2;3M\x1b[<0;2;3m").shows("packet 3 of 13");
    terminal.press("q").given_back();
}

#[test]
fn the_filter_line_completes_says_what_is_wrong_and_why_a_packet_matches() {
    let Some(mut terminal) = Terminal::open(80, 24, "--demo") else { return };
    terminal.shows("packet 1 of 13");
    let wrong = terminal.press("ftcp.zzz").shows("has no field");
    golden("browse/filter-wrong-80.txt", &wrong);
    assert!(wrong.contains("^^^"), "{wrong}");
    terminal.press("\x15tcp.flags.s").shows("tcp.flags.syn");
    terminal.press("\t").shows("❯ tcp.flags.syn");
    let found = terminal.press("\r").shows("match 1 of 2");
    golden("browse/filtered-80.txt", &found);
    assert!(found.contains("◆ matches the filter by tcp.flags."), "{found}");
    terminal.press(DOWN).shows("match 2 of 2");
    terminal.press(ESCAPE).shows("packet 4 of 13\n");
    // Only this conversation, and back.
    terminal.press("c").shows("only conversation 1");
    terminal.press("c").until("all packets", |text| !text.contains("only conversation"));
    // What is chosen becomes a filter, for the terminal's clipboard too.
    terminal.press("y").shows("copied: tcp.flags == 0x");
    assert!(String::from_utf8_lossy(&terminal.all).contains("\x1b]52;c;dGNwLmZsYWdzID09IDB4"));
    terminal.press("\x03").given_back();
}

#[test]
fn ladder_statistics_conversations_and_keys_are_pages_that_are_left_again() {
    let Some(mut terminal) = Terminal::open(80, 24, "--demo") else { return };
    terminal.shows("packet 1 of 13");
    for (key, words, name) in [
        ("l", "handshake 1 of 3", "ladder"),
        ("w", "192.168.1.9:8000", "flows"),
        ("s", "top talkers", "statistics"),
        ("?", "Find", "keys"),
    ] {
        let page = terminal.press(key).until(words, |text| text.contains(words) && text.contains(" lines 1 to "));
        golden(&format!("browse/page-{name}-80.txt"), &page);
        terminal.press("q").until("the screen", |text| !text.contains("lines 1 to") && text.contains("packet 1 of 13"));
    }
    terminal.press("q").given_back();
}

#[test]
fn marked_packets_are_saved_and_what_exists_is_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let (packets, json) = (folder.path().join("two.pcapng"), folder.path().join("two.json"));
    let Some(mut terminal) = Terminal::open(120, 30, "--demo") else { return };
    terminal.shows("packet 1 of 13");
    terminal.press("g5\rmm").shows("packet 7 of 13");
    terminal.press("e").shows("Save the 2 marked packets");
    terminal.press(&format!("{}\r", packets.display())).shows("2 packets saved to");
    terminal.press("e").press(&format!("{}\r", packets.display())).shows("exists already");
    terminal.press(&format!("\x15{}\r", json.display())).shows("2 packets saved to");
    terminal.press("q").given_back();
    let counted = Command::new(LAYERCAKE).args(["capture", "--count", "-r"]).arg(&packets).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&counted.stdout), "2\n");
    let json = std::fs::read_to_string(&json).expect("written");
    assert_eq!(json.lines().count(), 2);
    assert!(json.starts_with("{\"number\":5,"), "{json}");
}

#[test]
fn the_terminal_is_given_back_to_whoever_ends_the_program_and_after_an_error() {
    let Some(mut terminal) = Terminal::open(80, 24, "--demo") else { return };
    terminal.shows("packet 1 of 13");
    assert!(terminal.screen.screen().alternate_screen());
    // The children of `script`: its shell, and of that the program.
    let children = |parent: u32| {
        let found = Command::new("pgrep").args(["-P", &parent.to_string()]).output().expect("pgrep runs");
        String::from_utf8_lossy(&found.stdout).lines().filter_map(|l| l.parse::<u32>().ok()).collect::<Vec<_>>()
    };
    let shell = children(terminal.child.id());
    let program = shell.iter().flat_map(|s| children(*s)).next().expect("the program");
    Command::new("kill").args(["-TERM", &program.to_string()]).status().expect("kill runs");
    terminal.given_back();

    // A file that ends in the middle of a packet: all before it is there, and what is wrong is said.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.pcapng");
    save(&path, &mut wire::demo());
    let bytes = std::fs::read(&path).expect("read");
    std::fs::write(&path, &bytes[..bytes.len() - 30]).expect("written");
    let Some(mut terminal) = Terminal::open(100, 24, &path.display().to_string()) else { return };
    terminal.shows("packet 1 of 12");
    terminal.shows("ends in the middle of packet 13");
    terminal.press("q").given_back();
    terminal.shows("left with 1");
}

fn save(path: &Path, source: &mut dyn Source) {
    let mut file = PcapNg::new(std::fs::File::create(path).expect("created")).expect("begun");
    let mut known = 0;
    while let Ok(Event::Packet(packet)) = source.next() {
        let packet: Packet<'_> = packet;
        while known < packet.interfaces.len() {
            file.interface(&packet.interfaces[known]).expect("written");
            known += 1;
        }
        file.packet(packet.interface, &packet).expect("written");
    }
    file.flush().expect("written");
}

#[test]
fn when_the_terminal_is_gone_the_program_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let ended = folder.path().join("ended");
    let Some(mut terminal) = Terminal::open(80, 24, &format!("--demo; echo $? > {}", ended.display())) else { return };
    terminal.shows("packet 1 of 13");
    terminal.child.kill().expect("killed");
    terminal.child.wait().expect("ended");
    let begun = Instant::now();
    while std::fs::read_to_string(&ended).map_or(true, |code| code.is_empty()) {
        assert!(begun.elapsed() < PATIENCE, "it lives on without a terminal");
        std::thread::sleep(Duration::from_millis(50));
    }
    // 129 as it noticed that nobody is there, or 1 as a picture could not be written to nobody: whichever came first.
    let code = std::fs::read_to_string(&ended).expect("noted");
    assert!(["1", "129"].contains(&code.trim()), "{code}");
}

#[test]
fn a_window_that_is_too_small_says_so_and_q_leaves() {
    let Some(mut terminal) = Terminal::open(40, 10, "--demo") else { return };
    terminal.shows("40 columns and 10 lines");
    terminal.press("q").given_back();
}

fn spoken(commands: &str, args: &[&str]) -> (String, String, Option<i32>) {
    let mut child = Command::new(LAYERCAKE)
        .arg("browse")
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // It may end before it has read all.
    let _ = child.stdin.take().expect("piped").write_all(commands.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn the_same_view_is_told_in_sentences_by_commands() {
    let commands = "next\nlayers\nfields\n8\nwebsocket\npayload_length\nbytes\nfilter tcp.flags.sny\nfilter http\nnext\nnext\nall\n\
        search hello\nagain\nagain\nconversation\nmark\nfirst\nttl\nnonsense\nhelp\nquit\n";
    let (told, _, code) = spoken(commands, &["--demo", "--describe"]);
    golden("browse/spoken.txt", &told);
    assert_eq!(code, Some(0));
    assert!(told.lines().all(|line| line.ends_with(['.', ':'])), "{told}");
}

#[test]
fn without_a_terminal_one_sentence_says_what_to_do() {
    let (out, error, code) = spoken("", &["--demo"]);
    assert_eq!((out.as_str(), code), ("", Some(2)));
    assert!(error.contains("needs a terminal") && error.contains("hint: add --describe"), "{error}");
    let (_, error, code) = spoken("", &["--describe"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("nothing to look at"), "{error}");
}
