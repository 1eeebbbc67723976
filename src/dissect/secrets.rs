//! Secrets that somebody has noted down, so that encrypted conversations can be read: lines of "LABEL id secret" in
//! hexadecimal, as browsers write them (the key log of NSS, RFC 9850). Shared by all who read, cheap to clone.
//! Not here: where the lines come from (files, capture files), what a label means (`protocols`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most bytes of all lines together; more are not taken.
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// Most conversations whose secrets are kept.
const MAX_IDS: usize = 200_000;
/// Most bytes of one line.
const MAX_LINE: usize = 1024;

/// The id of a conversation in a key log: the client's random bytes.
pub type SecretId = [u8; 32];

/// Fetches lines that have come since the last time. `true` says that this id is missed for the first time.
type Fetch = Box<dyn FnMut(bool) -> Vec<u8> + Send>;

/// A secret and what it is for.
type Labelled = (Box<str>, Vec<u8>);

/// Secrets by conversation and label.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    known: HashMap<SecretId, Vec<Labelled>>,
    /// All lines that were understood, as they are saved again.
    text: Vec<u8>,
    /// The beginning of a line whose end has not been written yet.
    begun: Vec<u8>,
    bad: u64,
    full: bool,
    fetch: Option<Fetch>,
    missed: Option<SecretId>,
}

/// Secrets are not for logs.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// None known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what stands in a key log; a line without an end waits for it. Gives how many secrets were new.
    pub fn add(&self, text: &[u8]) -> usize {
        self.book().add(text)
    }

    /// The end of a text: a last line needs no line end.
    pub fn end(&self) -> usize {
        self.book().add(b"\n")
    }

    /// Asks `fetch` for more lines whenever a secret is missing: for a key log that is being written.
    pub fn ask(&self, fetch: impl FnMut(bool) -> Vec<u8> + Send + 'static) {
        self.book().fetch = Some(Box::new(fetch));
    }

    /// The secret with this label, of this conversation.
    pub fn get(&self, label: &str, id: &SecretId) -> Option<Vec<u8>> {
        let mut book = self.book();
        if let Some(found) = book.find(label, id) {
            return Some(found);
        }
        let first = book.missed != Some(*id);
        let mut fetch = book.fetch.take()?;
        let text = fetch(first);
        book.fetch = Some(fetch);
        book.missed = Some(*id);
        book.add(&text);
        book.find(label, id)
    }

    /// The lines from byte `from` on, for whoever writes them elsewhere; the next call begins behind them.
    pub fn lines(&self, from: &mut usize) -> Vec<u8> {
        let book = self.book();
        let new = book.text.get(*from..).unwrap_or(&[]).to_vec();
        *from = book.text.len();
        new
    }

    /// Lines that were no secrets and no comments.
    pub fn bad_lines(&self) -> u64 {
        self.book().bad
    }

    /// Whether lines were left out, because there were too many.
    pub fn full(&self) -> bool {
        self.book().full
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.book().known.is_empty()
    }

    /// A reader that failed has not hurt the book: lines are put in whole.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn find(&self, label: &str, id: &SecretId) -> Option<Vec<u8>> {
        self.known.get(id)?.iter().find(|(l, _)| **l == *label).map(|(_, secret)| secret.clone())
    }

    fn add(&mut self, text: &[u8]) -> usize {
        let mut new = 0;
        for piece in text.split_inclusive(|b| *b == b'\n') {
            let room = (MAX_LINE + 1).saturating_sub(self.begun.len());
            self.begun.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.begun);
                new += usize::from(self.line(line.trim_ascii()));
            }
        }
        new
    }

    /// Takes one line; whether it was a secret that was not known.
    fn line(&mut self, line: &[u8]) -> bool {
        if line.is_empty() || line.starts_with(b"#") {
            return false;
        }
        let Some((label, id, secret)) = parse(line) else {
            self.bad += 1;
            return false;
        };
        let Ok(id) = SecretId::try_from(id) else { return false }; // of another kind: named by a session, by a key
        if self.find(label, &id).is_some() {
            return false;
        }
        let too_many = self.known.len() >= MAX_IDS && !self.known.contains_key(&id);
        if too_many || self.text.len() + line.len() + 1 > MAX_TEXT {
            self.full = true;
            return false;
        }
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        self.known.entry(id).or_default().push((label.into(), secret));
        true
    }
}

/// Label, id and secret.
fn parse(line: &[u8]) -> Option<(&str, Vec<u8>, Vec<u8>)> {
    let mut words = std::str::from_utf8(line).ok().filter(|l| l.len() <= MAX_LINE)?.split_ascii_whitespace();
    let (label, id, secret) = (words.next()?, words.next()?, words.next()?);
    let labels = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let fits = label.bytes().all(labels) && words.next().is_none();
    let secret = hex(secret).filter(|s| fits && (16..=64).contains(&s.len()))?;
    Some((label, hex(id)?, secret))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16);
    let pair = |p: &[u8]| Some((digit(*p.first()?)? << 4 | digit(*p.get(1)?)?) as u8);
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    fn line(label: &str, id: u8) -> String {
        format!("{label} {} {}\n", format!("{id:02x}").repeat(32), "ab".repeat(48))
    }

    #[test]
    fn a_secret_is_found_by_its_label_and_by_the_random_bytes_of_the_client() {
        let secrets = Secrets::new();
        assert_eq!(secrets.add(format!("# by a browser\n\n{}", line("CLIENT_RANDOM", 7)).as_bytes()), 1);
        assert_eq!(secrets.get("CLIENT_RANDOM", &[7; 32]), Some(vec![0xab; 48]));
        assert_eq!(secrets.get("CLIENT_RANDOM", &[8; 32]), None);
        assert_eq!(secrets.get("SERVER_TRAFFIC_SECRET_0", &[7; 32]), None);
        assert_eq!(secrets.bad_lines(), 0);
    }

    #[test]
    fn lines_that_make_no_sense_are_counted_and_harm_nothing() {
        let secrets = Secrets::new();
        let long = "CLIENT_RANDOM ".to_owned() + &"ab".repeat(100_000);
        let odd = format!("CLIENT_RANDOM {} {}", "01".repeat(32), "abc");
        let text =
            format!("nonsense\n\u{fe}\u{ff}\nCLIENT_RANDOM zz zz\n{long}\n{odd}\nRSA 0011 {}\n", "00".repeat(48));
        assert_eq!(secrets.add(text.as_bytes()), 0);
        assert_eq!(secrets.bad_lines(), 5);
        assert_eq!(secrets.add(line("CLIENT_RANDOM", 1).as_bytes()), 1);
    }

    #[test]
    fn a_line_may_come_in_pieces_and_stands_in_the_book_once() {
        let secrets = Secrets::new();
        let text = line("CLIENT_RANDOM", 3);
        let (a, b) = text.split_at(40);
        assert_eq!((secrets.add(a.as_bytes()), secrets.add(b.as_bytes())), (0, 1));
        assert_eq!(secrets.add(text.as_bytes()), 0);
        let mut from = 0;
        assert_eq!(secrets.lines(&mut from), text.as_bytes());
        assert!(secrets.lines(&mut from).is_empty());
    }

    #[test]
    fn a_secret_that_is_missing_is_asked_for() {
        let secrets = Secrets::new();
        secrets.ask(|_| line("CLIENT_RANDOM", 9).into_bytes());
        assert!(secrets.get("CLIENT_RANDOM", &[9; 32]).is_some());
    }
}
