//! The same in whole sentences, for screen readers.

use super::calls::{Answer, Said};
use super::{Side, Told, plain, sure};
use crate::render::Style;
use crate::render::quantity::{counted, span};

/// Appends the scenario in sentences, the calls where `all` of it is wanted.
pub fn describe(out: &mut Vec<u8>, style: Style, told: &Told, all: bool) {
    let (number, of) = told.number;
    let mut words = format!("Scenario {number} of {of}, {}: {}. {}\n", told.key, told.title, told.question);
    for (name, side) in [("TCP", &told.tcp), ("UDP", &told.udp)] {
        if all {
            words += &format!("{name} in {}.", counted(side.calls.len() as u64, "step"));
            for said in &side.calls {
                words += &format!(" {}", sentence(said, style));
            }
            words.push('\n');
            words += &String::from_utf8_lossy(&side.picture);
        }
        words += &trouble(name, side);
    }
    for row in &told.rows {
        let value = |cell: &Option<super::Cell>| cell.as_ref().map_or("nothing".to_owned(), |c| c.text(style.charset));
        words += &format!("{}: TCP {}, UDP {}.\n", row.label, value(&row.tcp), value(&row.udp));
    }
    words += told.explain;
    words.push('\n');
    for more in told.caution.iter().copied().chain(told.packets.as_deref()).filter(|_| all) {
        words += more;
        words.push('\n');
    }
    if let Some(predicted) = &told.predicted {
        let verdict = if predicted.right { "right" } else { "wrong" };
        words += &format!(
            "Your prediction was {}, {}. It is {verdict}. {}",
            predicted.letter,
            sure(predicted.sure),
            predicted.why
        );
        if !predicted.right {
            let (letter, text, why) = predicted.answer;
            words += &format!(" The answer is {letter}: {text}. {why}");
        }
        words.push('\n');
    }
    out.extend_from_slice(plain(&words, style).as_bytes());
}

fn trouble(name: &str, side: &Side) -> String {
    side.trouble.as_ref().map_or_else(String::new, |why| format!("{name} could not be played to its end: {why}.\n"))
}

/// "The client calls send("one"): 3 bytes taken, its state is ESTABLISHED."
fn sentence(said: &Said, style: Style) -> String {
    let who = if said.who.ends_with('*') { "The server's accepted socket" } else { capital(said.who) };
    let answer = match &said.answer {
        Answer::Refused(name, message) => format!("refused with {name}, {}", message.to_lowercase()),
        Answer::Done if said.call != "bind" && said.call != "connect" && said.call != "accept" => "done".to_owned(),
        Answer::TimedOut if said.call == "send" => format!("it blocks for {}", span(said.took, style.charset)),
        Answer::TimedOut => format!("nothing comes for {}", span(said.took, style.charset)),
        Answer::End => "0 bytes, which means that was all".to_owned(),
        _ => said.told(style),
    };
    let state = said.state.map_or_else(String::new, |state| format!(", its state is {state}"));
    format!("{who} calls {}: {answer}{state}.", said.words(style))
}

fn capital(who: &str) -> &'static str {
    if who == "client" { "The client" } else { "The server" }
}
