//! The key log that `--keys` names: read once for a file, again and again while a live conversation needs more.
//! Only this flag opens one: no environment variable makes layercake decrypt what nobody asked for.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use super::{Console, Error};
use crate::dissect::Secrets;

/// Most bytes that are read of a key log.
const MAX_FILE: u64 = 16 * 1024 * 1024;
/// A browser writes its keys a moment after the server's first packet; so long a live capture waits for them, once
/// for each conversation.
const WAIT: Duration = Duration::from_millis(40);

/// Puts the lines of the file at `path` into `secrets`; with `live` also those that come later.
pub(super) fn read(path: &str, secrets: &Secrets, live: bool, console: &mut Console) -> Result<(), Error> {
    if !std::path::Path::new(path).exists() {
        return Err(Error::asked(
            format!("there is no key log {path}"),
            "programs write it where SSLKEYLOGFILE points; for a live capture make an empty one first (`touch FILE`), it is followed",
        ));
    }
    let failed = |source| crate::source::Error::Open { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()).into());
    }
    let mut text = Vec::new();
    let begin = (&mut file).take(MAX_FILE + 1).read_to_end(&mut text);
    begin.map_err(|source| crate::source::Error::Read { path: path.to_owned(), source })?;
    let long = text.len() as u64 > MAX_FILE;
    text.truncate(MAX_FILE as usize);
    secrets.add(&text);
    if live {
        let mut at = text.len() as u64;
        secrets.ask(move |first| {
            let begun = Instant::now();
            loop {
                let new = more(&mut file, &mut at);
                if !new.is_empty() || !first || begun.elapsed() > WAIT {
                    return new;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
    } else {
        secrets.end();
    }
    if secrets.is_empty() && !live {
        let what = if text.is_empty() { "is empty" } else { "holds no secrets" };
        return Err(Error::asked(
            format!("{} {what}", super::console::tame(path)),
            "a key log has lines such as CLIENT_RANDOM 0011… 2233…; SSLKEYLOGFILE=FILE makes browsers and curl write one",
        ));
    }
    match secrets.bad_lines() {
        0 => {}
        1 => console.remark("one line is no line of a key log and was left out"),
        n => console.remark(&format!("{n} lines are no lines of a key log and were left out")),
    }
    if long || secrets.full() {
        console.remark("the key log is longer than layercake keeps: its end was left out");
    }
    Ok(())
}

/// What has been written since.
fn more(file: &mut File, at: &mut u64) -> Vec<u8> {
    let length = file.metadata().map_or(0, |m| m.len());
    if length < *at {
        *at = 0; // written anew
    }
    let mut new = Vec::new();
    // A file that cannot be read any more brings nothing new, and the capture goes on.
    if length > *at && file.seek(SeekFrom::Start(*at)).is_ok() && file.take(MAX_FILE).read_to_end(&mut new).is_ok() {
        *at += new.len() as u64;
    }
    new
}
