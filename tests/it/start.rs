//! The start page: `layercake` alone, on whatever machine, for whoever asks.

use std::path::Path;
use std::process::Command;

use crate::support::LAYERCAKE;

/// The page for somebody whose answers are in this folder.
fn page(home: &Path, args: &[&str]) -> String {
    let output = Command::new(LAYERCAKE)
        .args(args)
        .env("LAYERCAKE_HOME", home)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the binary runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn layercake_alone_says_what_there_is_on_one_screen() {
    let home = tempfile::tempdir().expect("a folder");
    for args in [[].as_slice(), &["--width", "120"], &["--charset", "ascii"], &["--color", "never"]] {
        let page = page(home.path(), args);
        assert!(page.lines().count() < 24, "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        assert!(page.contains("layercake lesson next         01 One packet"), "{page}");
        assert!(!args.contains(&"ascii") || page.is_ascii(), "{page}");
    }
    let spoken = page(home.path(), &["--describe"]);
    assert!(spoken.lines().all(|line| line.ends_with(['.', ':'])), "{spoken}");
    assert!(!spoken.chars().any(|c| ('\u{2500}'..='\u{259f}').contains(&c)), "{spoken}");
}

#[test]
fn every_command_on_the_page_is_one_that_there_is() {
    let home = tempfile::tempdir().expect("a folder");
    let spoken = page(home.path(), &["--describe"]);
    let commands = spoken.lines().filter_map(|line| line.split_once(": ")?.0.strip_prefix("layercake "));
    let mut tried = 0;
    for words in commands {
        // Only asked what it is for: that needs no rights and no network.
        let output = Command::new(LAYERCAKE).args(words.split(' ')).arg("--help").output().expect("the binary runs");
        assert!(output.status.success(), "{words}");
        tried += 1;
    }
    assert!(tried >= 4, "{spoken}");
}

#[test]
fn a_home_that_cannot_be_read_is_no_reason_to_fail() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("progress.json"), "broken").expect("written");
    for home in [folder.path(), Path::new("/dev/null"), Path::new("/nowhere/at/all")] {
        assert!(page(home, &[]).contains("15 lessons: predict"), "{}", home.display());
    }
    let nobody = Command::new(LAYERCAKE).env_clear().output().expect("the binary runs");
    assert!(nobody.status.success());
}

#[test]
fn whoever_has_begun_a_lesson_is_led_back_to_it() {
    let home = tempfile::tempdir().expect("a folder");
    let mut start = Command::new(LAYERCAKE);
    start.args(["lesson", "start", "03", "--describe"]).env("LAYERCAKE_HOME", home.path());
    let mut child =
        start.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().expect("the binary runs");
    let typed = std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"\n\n");
    typed.expect("read");
    child.wait().expect("it ends");
    assert!(page(home.path(), &[]).contains("layercake lesson resume       03 "), "{}", page(home.path(), &[]));
}
