//! The house has one direction: who may use whom. A new arrow is a decision, made in ARCHITECTURE.md.

use std::path::{Path, PathBuf};

use crate::support::root;

/// Room, and the rooms that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("dissect", &[]),
    ("protocols", &["dissect"]),
    ("filter", &["dissect"]),
    ("render", &["dissect"]),
    ("source", &["dissect"]),
    ("save", &["dissect"]),
    ("flow", &["dissect"]),
    ("ports", &["dissect"]),
    ("sockets", &["dissect"]),
    // Packets are read again by offset, in the memory of their conversation; what is seen of it is `render`'s.
    ("view", &["dissect", "protocols", "flow", "filter", "source"]),
    ("websocket", &["dissect", "source"]),
    ("socket_io", &["dissect", "source", "websocket"]),
    (
        "lesson",
        &[
            "ports",
            "sockets",
            "websocket",
            "socket_io",
            "flow",
            "source",
            "save",
            "filter",
            "render",
            "protocols",
            "dissect",
        ],
    ),
    // Votes and grades are about lessons; `class serve` is a server of ours, told in frames and dissected like all.
    ("class", &["lesson", "websocket", "source", "dissect"]),
    // Knows frames and viewers; what stands in them is made by `render` and handed over by `cli`.
    ("gallery", &["websocket"]),
    (
        "cli",
        &[
            "class",
            "gallery",
            "lesson",
            "dissect",
            "protocols",
            "filter",
            "flow",
            "view",
            "render",
            "source",
            "save",
            "ports",
            "sockets",
            "websocket",
            "socket_io",
        ],
    ),
];

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The code of a file without its tests; a file of tests (`tests.rs`, `tests/`, `testing.rs`) has none.
fn code(path: &Path) -> String {
    let of_tests = |part: &std::ffi::OsStr| ["tests", "tests.rs", "testing.rs"].contains(&&*part.to_string_lossy());
    let inside = path.strip_prefix(root()).expect("a file of the project");
    if inside.iter().any(of_tests) {
        return String::new();
    }
    let text = std::fs::read_to_string(path).expect("a source file");
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

pub fn all_files() -> Vec<(String, PathBuf)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    rust_files(&src, &mut paths);
    let room = |path: &PathBuf| {
        let first = path.strip_prefix(&src).ok()?.components().next()?;
        Some(first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned())
    };
    paths.into_iter().filter_map(|p| Some((room(&p)?, p))).collect()
}

#[test]
fn every_room_uses_only_the_rooms_below_it() {
    let mut wrong = Vec::new();
    for (room, path) in all_files() {
        let Some((_, allowed)) = ARROWS.iter().find(|(r, _)| *r == room) else { continue };
        for (number, line) in code(&path).lines().enumerate() {
            let Some((_, used)) = line.split_once("crate::") else { continue };
            let used: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !used.is_empty()
                && used != room
                && !allowed.contains(&used.as_str())
                && !line.trim_start().starts_with("//")
            {
                wrong.push(format!("{}:{}: {room} → {used}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows against the direction of the house:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_of_the_library_has_its_arrows_written_down() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    for line in lib.lines().filter_map(|l| l.strip_prefix("pub mod ")) {
        let room = line.trim_end_matches(';');
        assert!(ARROWS.iter().any(|(r, _)| *r == room), "room `{room}` is missing in ARROWS");
    }
}

#[test]
fn only_the_console_writes_to_stdout_and_only_cli_knows_clap() {
    for (room, path) in all_files() {
        let name = path.display().to_string();
        let text = code(&path);
        if room != "cli" {
            assert!(!text.contains("clap::"), "{name} knows clap");
        }
        for word in ["println!", "print!(", "eprintln!", "dbg!("] {
            assert!(!text.contains(word), "{name} uses {word}");
        }
        let door = name.ends_with("cli/console.rs") || name.ends_with("cli/step.rs") || name.ends_with("cli/output.rs");
        assert!(door || !text.contains("io::stdout()"), "{name} writes to stdout by itself");
    }
}

#[test]
fn no_renderer_asks_for_a_protocol_by_name() {
    for (_, path) in all_files().into_iter().filter(|(r, _)| r == "render") {
        assert!(!code(&path).contains("key == \""), "{} names a protocol or a field", path.display());
    }
}

#[test]
fn no_clock_system_call_or_chance_in_the_pure_rooms() {
    for (room, path) in all_files()
        .into_iter()
        .filter(|(r, _)| ["dissect", "protocols", "filter", "flow", "render"].contains(&r.as_str()))
    {
        let text = code(&path);
        for word in ["Instant::now", "SystemTime", "std::env", "std::fs", "std::process", "libc::", "rand::"] {
            assert!(!text.contains(word), "{} in {room} uses {word}", path.display());
        }
    }
}

#[test]
fn unsafe_code_lives_in_the_live_sources_only_and_says_why_it_is_sound() {
    for (_, path) in all_files() {
        let text = code(&path);
        let blocks = text.lines().filter(|l| !l.trim_start().starts_with("//") && l.contains("unsafe {")).count();
        if blocks > 0 {
            assert!(path.display().to_string().contains("source/live/"), "{} is unsafe", path.display());
            assert!(
                text.matches("SAFETY:").count() >= blocks,
                "{}: {blocks} unsafe blocks, fewer SAFETY comments",
                path.display()
            );
        }
    }
}
