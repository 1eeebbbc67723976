//! A class that votes in its browsers: which question is asked, whether it is open, who voted what. All in memory. Nothing
//! here reads a clock or a socket. Not here: connections (`hall`), keys (`cli`), the page (`page.html`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::board::{Board, board};
use super::encode;
use super::spans::Picture;
use super::vote::{CLASS_SEED, Vote};
use crate::lesson::{Found, Kind, Question, order};

/// A prediction that is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The lesson's number.
    pub lesson: u16,
    /// The lesson's title.
    pub title: String,
    /// The question.
    pub question: Question,
}

/// How far a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Votes are taken, and may be changed.
    #[default]
    Open,
    /// No more votes; what was voted is shown.
    Closed,
    /// What is right is shown, too.
    Revealed,
}

/// One question and its votes.
#[derive(Debug)]
struct Poll {
    asked: Asked,
    phase: Phase,
    /// It is the second vote.
    again: bool,
    /// By member, first and second.
    votes: [BTreeMap<u64, (Vote, String)>; 2],
}

/// The class.
#[derive(Debug)]
pub struct Room {
    polls: Vec<Poll>,
    at: usize,
    picture: Option<Picture>,
    /// Counts every change that all have to see.
    serial: u64,
}

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// As letters, or as it was typed.
    pub answer: String,
    /// How sure.
    pub sure: u8,
}

impl Room {
    /// A class that is asked these, beginning with the first; `None` where there is none.
    pub fn new(asked: Vec<Asked>) -> Option<Self> {
        let poll = |asked| Poll { asked, phase: Phase::Open, again: false, votes: Default::default() };
        let polls: Vec<Poll> = asked.into_iter().map(poll).collect();
        (!polls.is_empty()).then_some(Room { polls, at: 0, picture: None, serial: 1 })
    }

    fn poll(&self) -> &Poll {
        &self.polls[self.at]
    }

    /// The present question's id.
    pub fn question(&self) -> &str {
        &self.poll().asked.question.id
    }

    /// Its lesson.
    pub fn lesson(&self) -> u16 {
        self.poll().asked.lesson
    }

    /// Its place, from 1, and how many there are.
    pub fn place(&self) -> (usize, usize) {
        (self.at + 1, self.polls.len())
    }

    /// How far it is.
    pub fn phase(&self) -> Phase {
        self.poll().phase
    }

    /// Whether it is voted on for the second time.
    pub fn is_second(&self) -> bool {
        self.poll().again
    }

    /// How many voted in the present round.
    pub fn answered(&self) -> usize {
        self.poll().votes[usize::from(self.poll().again)].len()
    }

    /// Whether a picture is shown.
    pub fn has_picture(&self) -> bool {
        self.picture.is_some()
    }

    /// Goes to the question before or after; whether there is one. The picture goes away.
    pub fn turn(&mut self, on: bool) -> bool {
        let to = if on { self.at + 1 } else { self.at.wrapping_sub(1) };
        if to >= self.polls.len() {
            return false;
        }
        self.at = to;
        self.picture = None;
        self.serial += 1;
        true
    }

    /// Ends the vote, or opens it again.
    pub fn close(&mut self, closed: bool) {
        self.polls[self.at].phase = if closed { Phase::Closed } else { Phase::Open };
        self.serial += 1;
    }

    /// Shows what is right. There are no votes afterwards.
    pub fn reveal(&mut self) {
        self.polls[self.at].phase = Phase::Revealed;
        self.serial += 1;
    }

    /// Opens the second vote. After what is right was shown it would say nothing: then it is not opened.
    pub fn again(&mut self) -> bool {
        let poll = &mut self.polls[self.at];
        if poll.phase == Phase::Revealed {
            return false;
        }
        (poll.again, poll.phase) = (true, Phase::Open);
        self.serial += 1;
        true
    }

    /// Shows a picture to everybody, or takes it away.
    pub fn show(&mut self, picture: Option<Picture>) {
        self.picture = picture;
        self.serial += 1;
    }

    /// A member votes on the question and round that the page showed.
    ///
    /// # Errors
    /// Why it does not count, for the member.
    pub fn vote(&mut self, member: u64, question: &str, second: bool, typed: &str, sure: u8) -> Result<Kept, String> {
        let poll = &mut self.polls[self.at];
        if poll.asked.question.id != question || poll.again != second {
            return Err("the class has gone on to another question".to_owned());
        }
        if poll.phase != Phase::Open {
            return Err("the vote is closed".to_owned());
        }
        if !(1..=3).contains(&sure) {
            return Err("say how sure you are".to_owned());
        }
        let typed = typed.trim();
        let given = poll.asked.question.read(typed, CLASS_SEED).map_err(|misread| misread.0)?;
        let answer: String = typed.chars().filter(|c| !c.is_control()).take(200).collect();
        let vote = Vote::new(&poll.asked.question, &given, sure);
        poll.votes[usize::from(second)].insert(member, (vote, answer.clone()));
        Ok(Kept { answer, sure })
    }

    /// What a member has voted in the present round.
    pub fn mine(&self, member: u64) -> Option<Kept> {
        let (vote, answer) = self.poll().votes[usize::from(self.poll().again)].get(&member)?;
        Some(Kept { answer: answer.clone(), sure: vote.sure })
    }

    /// The board of the present question.
    pub fn board(&self, of: usize) -> Board {
        let poll = self.poll();
        let votes = |round: usize| poll.votes[round].values().map(|(vote, _)| *vote).collect::<Vec<_>>();
        board(poll.asked.lesson, &poll.asked.question, &[votes(0), votes(1)], Some(of))
    }

    /// What every page shows: nothing of what was voted while votes are open, nothing of what is right until that is
    /// revealed.
    pub fn state(&self) -> Value {
        let poll = self.poll();
        let question = &poll.asked.question;
        let kind = match question.kind {
            Kind::Choice => "choice",
            Kind::Ticks => "ticks",
            Kind::Number => "number",
            Kind::Order => "order",
            Kind::Bytes => "bytes",
            Kind::Text => "text",
        };
        let phase = match poll.phase {
            Phase::Open => "open",
            Phase::Closed => "closed",
            Phase::Revealed => "revealed",
        };
        let revealed = poll.phase == Phase::Revealed;
        json!({
            "t": "state", "serial": self.serial, "question": question.id, "second": poll.again, "phase": phase,
            "lesson": poll.asked.lesson, "title": poll.asked.title, "place": [self.at + 1, self.polls.len()],
            "kind": kind, "prompt": question.prompt, "unit": question.unit, "options": options(question),
            "board": if poll.phase == Phase::Open { Value::Null } else { counted(&self.board(0), revealed) },
            "why": revealed.then_some(&question.why),
            "picture": self.picture.as_ref().map(Picture::json),
        })
    }

    /// All votes as codes, for `class board`: no names, and sorted, so that nothing tells who was first.
    pub fn codes(&self, course: &[Found]) -> String {
        let mut text =
            String::from("# layercake class serve: anonymous votes; `layercake class board FILE` shows them\n");
        for poll in self.polls.iter().filter(|poll| poll.votes.iter().any(|votes| !votes.is_empty())) {
            text += &format!("# {}\n", poll.asked.question.id);
            for (votes, round) in poll.votes.iter().zip(["first", "again"]).filter(|(votes, _)| !votes.is_empty()) {
                let all = votes.values().filter_map(|(vote, _)| encode(course, &poll.asked.question.id, *vote));
                let mut codes: Vec<String> = all.collect();
                codes.sort_unstable();
                text += &format!("{round}\n{}\n", codes.join("\n"));
            }
        }
        text
    }
}

/// The options as the class sees them, with their letters.
fn options(question: &Question) -> Vec<Value> {
    let shown = order(&question.id, CLASS_SEED, question.options());
    let letter = |at: usize| char::from(b'a' + at.min(25) as u8).to_string();
    let option = |(at, number): (usize, usize)| json!({ "letter": letter(at), "text": question.option(number) });
    shown.into_iter().enumerate().map(option).collect()
}

fn counted(board: &Board, revealed: bool) -> Value {
    let bars: Vec<Value> = board
        .bars
        .iter()
        .map(|bar| {
            let [first, second] = bar.rounds;
            json!({
                "letter": bar.letter.to_string(), "text": bar.words, "right": revealed.then_some(bar.right),
                "counts": [first.count, second.count], "sure": [first.sure, second.sure],
            })
        })
        .collect();
    json!({ "voters": board.answered, "bars": bars })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::lesson::Shelf;

    /// A class that is asked the predictions of lesson 07.
    pub(in crate::class) fn room() -> (Room, Vec<Found>) {
        let course = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"));
        let lesson = &course[6].lesson;
        let asked = lesson.questions().filter(|(_, prediction)| *prediction).map(|(question, _)| Asked {
            lesson: lesson.number(),
            title: lesson.title.clone(),
            question: question.clone(),
        });
        (Room::new(asked.collect()).expect("it has predictions"), course)
    }

    #[test]
    fn a_vote_may_be_changed_until_the_teacher_closes() {
        let (mut room, _) = room();
        let id = room.question().to_owned();
        assert!(room.vote(1, &id, false, "a", 0).expect_err("not sure").contains("how sure"));
        assert!(room.vote(1, &id, false, "z", 2).expect_err("no letter").contains("letters"));
        assert_eq!(room.vote(1, &id, false, "a", 2), Ok(Kept { answer: "a".into(), sure: 2 }));
        assert_eq!(room.vote(1, &id, false, "b", 3).map(|kept| kept.answer).as_deref(), Ok("b"));
        assert_eq!((room.answered(), room.mine(1).expect("voted").answer.as_str()), (1, "b"));
        room.close(true);
        assert!(room.vote(1, &id, false, "a", 2).expect_err("closed").contains("closed"));
        let board = room.board(5);
        assert_eq!(board.bars[1].rounds[0].count, 1);
        assert!(room.again());
        assert!(room.vote(1, &id, false, "a", 2).is_err(), "the page still shows the first vote");
        assert!(room.vote(1, &id, true, "a", 2).is_ok());
        room.reveal();
        assert!(!room.again(), "who knows what is right has nothing to vote");
        assert!(room.turn(true) && room.vote(1, &id, true, "a", 2).is_err());
        assert_eq!(room.answered(), 0);
    }

    #[test]
    fn pages_are_told_nothing_before_its_time() {
        let (mut room, _) = room();
        let id = room.question().to_owned();
        room.vote(1, &id, false, "a", 2).expect("a vote");
        let state = room.state();
        assert_eq!((&state["board"], &state["why"]), (&Value::Null, &Value::Null));
        room.close(true);
        let state = room.state();
        assert_eq!(state["board"]["voters"][0], 1);
        assert!(state["board"]["bars"].as_array().expect("bars").iter().all(|bar| bar["right"].is_null()));
        room.reveal();
        let state = room.state();
        let right = state["board"]["bars"].as_array().expect("bars").iter().filter(|bar| bar["right"] == true).count();
        assert!(right == 1 && state["why"].is_string());
    }

    #[test]
    fn what_is_saved_is_what_a_board_reads() {
        let (mut room, course) = room();
        let id = room.question().to_owned();
        for member in 0..5 {
            room.vote(member, &id, false, if member < 2 { "a" } else { "b" }, 2).expect("a vote");
        }
        room.again();
        room.vote(0, &id, true, "b", 3).expect("a vote");
        let text = room.codes(&course);
        let (coded, strange) = super::super::codes_in(
            &course,
            &text.lines().filter(|l| !l.starts_with('#')).collect::<Vec<_>>().join("\n"),
        );
        assert_eq!((coded.len(), strange.len()), (6, 0), "{text}");
        assert!(text.contains("first\n") && text.contains("again\n"));
    }
}
