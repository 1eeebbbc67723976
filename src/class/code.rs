//! A prediction as eight letters, to be pasted into any chat: seven carry lesson, question, answer and how sure, the
//! eighth is a check letter. Nobody's name is in it, and it is no secret: who has layercake can read it.
//!
//! 34 bits: version 2, lesson 7, question 5, answer 10, sure 2, fingerprint of the question's id 8.

use super::vote::Vote;
use crate::lesson::{Found, Question, seed_of};

/// No 0, 1, I, L and O, which people take for one another. 31 is a prime: so a weighted sum finds each wrong letter and
/// each two that changed places (as ISBN-10 does with 11).
pub(super) const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const BASE: u64 = 31;
const BITS: u64 = (1 << 34) - 1;
const VERSION: u64 = 1;
/// Spreads neighbours far apart, so that two codes of one question do not look alike; odd, so that it can be undone.
const SPREAD: u64 = 0x2_5c3b_98d7;

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// The question.
    pub question: String,
    /// The vote.
    pub vote: Vote,
}

/// The number that undoes [`SPREAD`] modulo 2^34 (Newton: each round doubles the bits that are right).
const fn undo() -> u64 {
    let (mut inverse, mut round) = (1_u64, 0);
    while round < 6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(SPREAD.wrapping_mul(inverse)));
        round += 1;
    }
    inverse & BITS
}

fn fingerprint(question: &Question) -> u64 {
    seed_of("code", &question.id) & 0xff
}

/// The code of a vote; `None` where the lesson has no such question, or one of too high a number.
pub fn encode(course: &[Found], id: &str, vote: Vote) -> Option<String> {
    course.iter().find_map(|found| {
        let (at, (question, _)) = found.lesson.questions().enumerate().find(|(_, (question, _))| question.id == id)?;
        let number = u64::from(found.lesson.number());
        if number > 127 || at > 31 {
            return None;
        }
        let head = VERSION << 32 | number << 25 | (at as u64) << 20;
        let bits = head | u64::from(vote.answer & 0x3ff) << 10 | u64::from(vote.sure & 3) << 8 | fingerprint(question);
        Some(letters(bits.wrapping_mul(SPREAD) & BITS))
    })
}

fn letters(mut number: u64) -> String {
    let mut digits = [0_u64; 8];
    for digit in &mut digits[..7] {
        *digit = number % BASE;
        number /= BASE;
    }
    digits[7] = check(&digits[..7]);
    digits.iter().map(|digit| char::from(LETTERS[*digit as usize])).collect()
}

/// The weights 1 to 7 make every exchange of two letters change the sum.
fn check(digits: &[u64]) -> u64 {
    digits.iter().zip(1..).map(|(digit, weight)| digit * weight).sum::<u64>() % BASE
}

/// What a code says; capital letters or not, one dash in the middle or not.
///
/// # Errors
/// One sentence: it is none, it was mistyped, or it belongs to lessons that are not here.
pub fn decode(course: &[Found], code: &str) -> Result<Coded, String> {
    let digits = digits(code).ok_or("a code has eight letters and digits, without 0, 1, I, L and O")?;
    if check(&digits[..7]) != digits[7] {
        return Err("one letter of it is wrong, or two have changed places: its check letter does not fit".to_owned());
    }
    let number = digits[..7].iter().rev().fold(0, |sum, digit| sum * BASE + digit);
    let bits = number.wrapping_mul(const { undo() }) & BITS;
    if number > BITS || bits >> 32 != VERSION {
        return Err("it is no code of this layercake".to_owned());
    }
    let lesson = course.iter().find(|found| u64::from(found.lesson.number()) == bits >> 25 & 127);
    let question = lesson.and_then(|found| found.lesson.questions().nth((bits >> 20 & 31) as usize));
    let (question, _) = question
        .filter(|(question, _)| fingerprint(question) == bits & 0xff)
        .ok_or("it belongs to other lessons than those that are here")?;
    let vote = Vote { answer: (bits >> 10 & 0x3ff) as u16, sure: (bits >> 8 & 3) as u8 };
    Ok(Coded { question: question.id.clone(), vote })
}

fn digits(code: &str) -> Option<[u64; 8]> {
    let mut digits = [0; 8];
    let mut count = 0;
    for byte in code.bytes().filter(|byte| *byte != b'-') {
        let at = LETTERS.iter().position(|letter| *letter == byte.to_ascii_uppercase())?;
        *digits.get_mut(count)? = at as u64;
        count += 1;
    }
    (count == 8).then_some(digits)
}

/// All codes in a text, as a chat gives it: names, colons and other words do not matter. Beside them the words that look
/// like a code and are none, each with the reason.
pub fn codes_in(course: &[Found], text: &str) -> (Vec<Coded>, Vec<(String, String)>) {
    let (mut coded, mut strange) = (Vec::new(), Vec::new());
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| looks_like(word)) {
        match decode(course, word) {
            Ok(found) => coded.push(found),
            Err(why) => strange.push((word.to_owned(), why)),
        }
    }
    (coded, strange)
}

/// Eight letters of ours of which one is a digit or all are capitals: "although" is a word, `K7QFM2XP` is meant as a code.
fn looks_like(word: &str) -> bool {
    let capitals = word.bytes().any(|b| b.is_ascii_digit()) || !word.bytes().any(|b| b.is_ascii_lowercase());
    capitals && digits(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Shelf;

    fn course() -> Vec<Found> {
        Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"))
    }

    #[test]
    fn every_question_answer_and_sureness_comes_back() {
        let course = course();
        for found in &course {
            for (question, _) in found.lesson.questions() {
                for (answer, sure) in [(0, 0), (1, 1), (3, 3), (super::super::vote::OTHER, 2)] {
                    let vote = Vote { answer, sure };
                    let code = encode(&course, &question.id, vote).expect("a code");
                    assert_eq!(code.len(), 8);
                    let said = Ok(Coded { question: question.id.clone(), vote });
                    assert_eq!(decode(&course, &code), said);
                    assert_eq!(decode(&course, &format!("{}-{}", &code[..4], &code[4..]).to_lowercase()), said);
                }
            }
        }
    }

    #[test]
    fn each_wrong_letter_and_each_exchange_is_noticed() {
        let course = course();
        let id = &course[6].lesson.questions().next().expect("a question").0.id;
        let code = encode(&course, id, Vote { answer: 2, sure: 3 }).expect("a code").into_bytes();
        for at in 0..8 {
            for letter in LETTERS.iter().filter(|letter| **letter != code[at]) {
                let mut other = code.clone();
                other[at] = *letter;
                assert!(decode(&course, std::str::from_utf8(&other).expect("letters")).is_err());
            }
            for with in (0..8).filter(|with| code[*with] != code[at]) {
                let mut other = code.clone();
                other.swap(at, with);
                assert!(decode(&course, std::str::from_utf8(&other).expect("letters")).is_err(), "{at} {with}");
            }
        }
    }

    #[test]
    fn codes_are_found_in_a_chat() {
        let course = course();
        let id = &course[6].lesson.questions().next().expect("a question").0.id;
        let code = encode(&course, id, Vote { answer: 1, sure: 2 }).expect("a code");
        let broken: String = code.chars().rev().collect();
        let chat = format!(
            "Ada: {code}\n10:02 <bob> mine is {}!! although, between, PREDICT\nEve: {broken}\n",
            code.to_lowercase()
        );
        let (coded, strange) = codes_in(&course, &chat);
        let lower_counts = code.bytes().any(|b| b.is_ascii_digit());
        assert_eq!(coded.len(), if lower_counts { 2 } else { 1 });
        assert_eq!(strange.len(), 1, "{strange:?}");
    }
}
