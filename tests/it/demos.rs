//! The demos, played from their first screen to their last as an ordinary user without a home: every command does its
//! work, every number that is said was really seen, every line fits.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use layercake::lesson::Demo;

use crate::support::{LAYERCAKE, have};

fn all() -> Vec<Demo> {
    let all = Demo::all(None).unwrap_or_else(|fault| panic!("{fault} ({})", fault.hint));
    assert!(all.len() >= 7, "only {} demos are built in", all.len());
    all
}

fn succeeds(command: &mut Command) -> String {
    let output = command.env_remove("HOME").env_remove("LAYERCAKE_HOME").env("LC_ALL", "C.UTF-8").output();
    let output = output.expect("the binary runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The binary as somebody without rights, where that can be tried.
fn ordinary(folder: &Path) -> Command {
    let copy = folder.join("layercake");
    if !copy.exists() {
        std::fs::copy(LAYERCAKE, &copy).expect("a copy");
    }
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let other = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let works = |other: &[&str]| Command::new("setpriv").args(other).arg("true").status().is_ok_and(|s| s.success());
    if root && have("setpriv") && works(&other) {
        use std::os::unix::fs::PermissionsExt as _;
        for path in [folder, &copy] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("ours");
        }
        let mut command = Command::new("setpriv");
        command.args(other).arg(copy);
        return command;
    }
    Command::new(copy)
}

/// Numbers with two digits and more, as they are written.
fn numbers(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .map(|number| number.trim_matches(['.', ',']))
        .filter(|number| number.len() > 1)
        .collect()
}

#[test]
fn every_command_of_every_demo_works_and_every_number_that_is_said_was_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    for demo in all() {
        let said = succeeds(ordinary(folder.path()).args(["demo", &demo.name, "--format", "json"]));
        let steps: Vec<serde_json::Value> =
            said.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!(steps.len(), demo.steps.len(), "{}", demo.name);
        let mut seen = String::new();
        for run in steps.iter().flat_map(|step| step["runs"].as_array().expect("runs")) {
            let output = run["output"].as_str().expect("text");
            assert!(!output.contains("[--]") && !output.trim().is_empty(), "{}: {run:#}", demo.name);
            seen += &format!("{} {output}\n", run["command"].as_str().expect("text"));
        }
        let mut seen = numbers(&seen);
        seen.extend(demo.known.iter().map(String::as_str));
        for step in &demo.steps {
            for words in [&step.ask, &step.say, &step.look, &step.answer, &step.tell] {
                for number in numbers(words) {
                    // "2000 ms" is 2000.00 in a ladder.
                    let whole = || seen.iter().any(|other| other.starts_with(&format!("{number}.")));
                    assert!(seen.contains(number) || whole(), "{}: nobody has seen {number}: {words}", demo.name);
                }
            }
        }
    }
}

#[test]
fn a_demo_as_text_fits_80_columns_and_its_screens_24_lines() {
    for demo in all() {
        for look in [["--color", "never"].as_slice(), &["--charset", "ascii"], &["--color", "always", "--width", "120"]]
        {
            let mut command = Command::new(LAYERCAKE);
            command.args(["demo", &demo.name, "--notes", "--big"]).args(look);
            let text = succeeds(&mut command);
            assert!(!look.contains(&"ascii") || text.is_ascii(), "{}: {text}", demo.name);
            let plain = text.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
            for line in plain.lines() {
                assert!(line.chars().count() <= 80 && !line.contains('\u{1b}'), "{}: {line}", demo.name);
            }
            // What commands print is cut into parts where there are keys; the rest has to fit as it is.
            let title = plain.lines().next().and_then(|line| line.split('[').next()).expect("a title").trim_end();
            for screen in plain.split(title).filter(|screen| !screen.contains("$ layercake")) {
                assert!(screen.lines().count() <= 24, "{}: {screen}", demo.name);
            }
        }
    }
}

#[test]
fn a_spoken_demo_has_no_pictures_and_says_all() {
    for demo in all() {
        let said = succeeds(Command::new(LAYERCAKE).args(["demo", &demo.name, "--notes", "--describe"]));
        assert!(!said.chars().any(|c| ('\u{2500}'..='\u{259f}').contains(&c)), "{}: {said}", demo.name);
        let flat = |text: &str| text.replace(['*', '`'], "").split_whitespace().collect::<Vec<_>>().join(" ");
        let all = flat(&said);
        for step in &demo.steps {
            for words in [&step.ask, &step.say, &step.look, &step.answer, &step.tell] {
                assert!(all.contains(&flat(words)), "{} does not say {words:?}", demo.name);
            }
        }
    }
}

#[test]
fn a_demo_takes_as_long_as_it_says() {
    for demo in all() {
        let steps = demo.steps.iter().flat_map(|s| [&s.ask, &s.say, &s.look, &s.answer, &s.tell]);
        let words: usize = steps.chain([&demo.purpose, &demo.takeaway]).map(|t| t.split_whitespace().count()).sum();
        // Read aloud, 130 words a minute; the room thinks for a minute about each question.
        let minutes = words as f64 / 130.0 + demo.steps.iter().filter(|step| !step.ask.is_empty()).count() as f64;
        assert!((minutes - f64::from(demo.minutes)).abs() <= 1.0, "{} takes {minutes:.1} minutes", demo.name);
    }
}

#[test]
fn demos_of_ones_own_are_played_and_mistakes_in_them_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    let text = "title = \"T\"\nminutes = 5\npurpose = \"p\"\ntakeaway = \"t\"\n[[step]]\ntitle = \"s\"\nrun = [\"layercake ladder --demo\"]\nlook = \"l\"\n";
    std::fs::write(&file, text).expect("written");
    let demo = |name: &str| {
        let mut command = Command::new(LAYERCAKE);
        command.arg("demo").arg(name).arg("--demos").arg(folder.path());
        command
    };
    assert!(succeeds(&mut demo("mine")).contains("handshake 1 of 3"));
    let complaint = |name| String::from_utf8(demo(name).output().expect("it runs").stderr).expect("text");
    assert!(complaint("other").contains("hint: there are: mine"), "{}", complaint("other"));
    std::fs::write(&file, text.replace("minutes = 5", "minutes = \"five\"")).expect("written");
    assert!(complaint("mine").contains("mine.toml:2:"), "{}", complaint("mine"));
}
