//! The prediction: a letter and how sure, read as lines, from a keyboard or from whoever writes into standard input.

use std::io::BufRead;

use crate::cli::{Console, Error};
use crate::render::beside::Prediction;
use crate::sockets::compare::Choice;

/// Lines that may be mistyped.
const PATIENCE: usize = 10;

/// Reads "b2", "b 2", or "b" and then "2".
pub(in crate::cli) fn read(
    key: &str,
    choices: &[Choice],
    input: &mut dyn BufRead,
    console: &Console,
) -> Result<Prediction, Error> {
    let letters: Vec<char> = ('a'..).take(choices.len()).collect();
    let last = letters.last().copied().unwrap_or('a');
    let (mut letter, mut sure) = (None, None);
    for _ in 0..PATIENCE {
        match letter {
            None => console.remark(&format!("your prediction, a to {last}, and how sure you are, 1 to 3 (\"b2\"):")),
            Some(_) => console.remark("how sure: 1 a guess, 2 rather sure, 3 sure:"),
        }
        let mut line = String::new();
        if !matches!(input.read_line(&mut line), Ok(length) if length > 0) {
            break;
        }
        for c in line.to_lowercase().chars() {
            match c {
                c if letters.contains(&c) => letter = Some(c),
                '1'..='3' => sure = c.to_digit(10),
                _ => {}
            }
        }
        if let (Some(letter), Some(sure)) = (letter, sure) {
            return Ok(judged(choices, letter, sure as u8));
        }
    }
    Err(Error::asked(
        format!("there was no prediction for `{key}`"),
        format!("type a letter from a to {last} and a number from 1 to 3; without --predict nobody is asked"),
    ))
}

fn judged(choices: &[Choice], letter: char, sure: u8) -> Prediction {
    let lettered = || ('a'..).zip(choices);
    let chosen = lettered().find(|(l, _)| *l == letter).map(|(_, choice)| choice);
    let answer = lettered().find(|(_, choice)| choice.right).map_or(('a', "", ""), |(l, c)| (l, c.text, c.why));
    Prediction { letter, sure, right: chosen.is_some_and(|c| c.right), why: chosen.map_or("", |c| c.why), answer }
}
