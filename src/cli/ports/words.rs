//! From the words behind `layercake ports` to a filter: `3000`, `:3000`, `listening`, `time-wait`, or an expression.

use crate::cli::{Error, vocabulary};
use crate::filter::Filter;
use crate::ports::State;

/// The filter that these words mean; `None` for no words. `programs` are names that exist now, for a hint.
pub(super) fn filter(words: &[String], programs: &dyn Fn() -> Vec<String>) -> Result<Option<Filter>, Error> {
    if words.is_empty() {
        return Ok(None);
    }
    let simple: Option<Vec<Word>> = words.iter().map(|word| Word::read(word)).collect();
    let text = simple.map_or_else(|| words.join(" "), |simple| joined(&simple));
    match Filter::parse(&text, vocabulary::index()) {
        Ok(filter) => Ok(Some(filter)),
        Err(error) => Err(mistaken(words, programs).unwrap_or(Error::Filter { error, text })),
    }
}

/// Words that are no expression: ports are alternatives, and so are states.
enum Word {
    Port(String),
    State(String),
}

impl Word {
    fn read(word: &str) -> Option<Word> {
        let plain = word.to_ascii_lowercase();
        if plain == "listening" {
            return Some(Word::State("socket.state == 10 or (udp and socket.state == 7)".into()));
        }
        if let Some(state) = State::named(&plain) {
            return Some(Word::State(format!("socket.state == {}", state as u8)));
        }
        let port = plain.strip_prefix(':').unwrap_or(&plain);
        let number = |text: &str| text.parse::<u16>().ok();
        match port.split_once('-') {
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                Some(Word::Port(format!("portrange {first}-{last}")))
            }
            None => number(port).map(|port| Word::Port(format!("port {port}"))),
        }
    }
}

fn joined(words: &[Word]) -> String {
    let any = |texts: Vec<&String>| texts.iter().map(|t| format!("({t})")).collect::<Vec<_>>().join(" or ");
    let ports = words.iter().filter_map(|w| if let Word::Port(text) = w { Some(text) } else { None }).collect();
    let states = words.iter().filter_map(|w| if let Word::State(text) = w { Some(text) } else { None }).collect();
    let parts = [any(ports), any(states)];
    parts.into_iter().filter(|p| !p.is_empty()).map(|p| format!("({p})")).collect::<Vec<_>>().join(" and ")
}

/// A single word that is no filter may be a port that does not exist, a state with a slip, or a program.
fn mistaken(words: &[String], programs: &dyn Fn() -> Vec<String>) -> Option<Error> {
    for word in words {
        let digits = word.strip_prefix(':').unwrap_or(word);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_err() {
            return Some(Error::asked(format!("there is no port {digits}"), "ports are 16-bit numbers: 0 to 65535"));
        }
    }
    let [word] = words else { return None };
    if !word.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)) || word.contains('.') {
        return None;
    }
    let running = programs();
    if let Some(name) = running.iter().find(|name| name.eq_ignore_ascii_case(word)) {
        return Some(Error::asked(
            format!("`{word}` is neither a port nor a state, but a program"),
            format!("layercake ports --process {name}"),
        ));
    }
    let states = state_words().chain(["listening".to_owned()]);
    let nearest = nearest(word, states.chain(running))?;
    let hint = if State::named(&nearest).is_some() {
        format!("did you mean `{nearest}`?")
    } else {
        format!("did you mean `--process {nearest}`?")
    };
    Some(Error::asked(format!("`{word}` is neither a port nor a state nor a filter"), hint))
}

/// `time-wait`, `listen`, …
pub(super) fn state_words() -> impl Iterator<Item = String> {
    State::ALL.into_iter().map(|state| state.story().word.to_owned())
}

/// The candidate that `word` was probably meant to be.
pub(super) fn nearest(word: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let word = word.to_lowercase();
    let scored = candidates.map(|c| (strsim::jaro_winkler(&word, &c.to_lowercase()), c));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.75).then_some(best.1)
}
