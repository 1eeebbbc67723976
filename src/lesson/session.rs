//! One learner in one lesson: which screen, what is being typed, what was said to it. Keys come in, deeds come out;
//! nothing here reads a keyboard, draws, runs a command or writes a file, so that the terminal, a browser and a
//! test can all drive it.

use std::collections::BTreeMap;

use super::answer::{Given, Verdict};
use super::judge::Judge;
use super::progress::Progress;
use super::question::{Kind, Question};
use super::{Lesson, Run, Step};

/// Bytes of the longest answer.
const LONGEST: usize = 4096;

/// What a learner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Types.
    Char(char),
    /// Takes back what was typed.
    Backspace,
    /// Says that it is so; runs the run; goes on where there is nothing to say.
    Enter,
    /// Goes on.
    Next,
    /// Goes back.
    Back,
    /// Asks for a hint.
    Hint,
    /// Leaves; all is kept.
    Leave,
}

/// What is to be done then.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// The screen changed.
    Draw,
    /// The screen changed, and progress is to be kept.
    Keep,
    /// These commands are to be run.
    Run(Run),
    /// Only the machine can judge this answer: say the verdict with [`Session::judged`].
    Judge(Given),
    /// The lesson is at its end.
    Done,
    /// Leave.
    Leave,
    /// Nothing.
    Nothing,
}

/// What a question on the screen is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// An answer.
    Answer,
    /// How sure the learner is: 1, 2 or 3.
    Sure,
    /// The run: a prediction is locked until then.
    Run,
    /// Nothing: it has been answered, and what is to be said to it stands there. A check may be tried again.
    Nothing,
}

/// A learner in a lesson.
pub struct Session<'a> {
    lesson: &'a Lesson,
    /// The steps that this learner sees.
    seen: Vec<usize>,
    at: usize,
    typed: String,
    /// What was wrong with what was typed last.
    misread: Option<String>,
    said: BTreeMap<String, (Given, Verdict)>,
    /// Runs that have been run.
    ran: Vec<usize>,
    asks_sure: bool,
    hints: usize,
    seconds: u64,
}

impl<'a> Session<'a> {
    /// At the beginning, or where the learner left. Notes for the teacher are shown to an `instructor` only.
    pub fn new(lesson: &'a Lesson, progress: &Progress, instructor: bool) -> Self {
        let shows = |step: &Step| instructor || !matches!(step, Step::Teacher(_));
        let seen: Vec<usize> = (0..lesson.steps.len()).filter(|at| shows(&lesson.steps[*at])).collect();
        let left = progress.places.get(&lesson.id).copied().unwrap_or(0);
        let at = seen.iter().position(|step| *step >= left).unwrap_or(0);
        // What was run before counts as run: its prediction may be discussed.
        let ran = (0..left).filter(|at| matches!(lesson.steps.get(*at), Some(Step::Run(_)))).collect();
        Session {
            lesson,
            seen,
            at,
            typed: String::new(),
            misread: None,
            said: BTreeMap::new(),
            ran,
            asks_sure: false,
            hints: 0,
            seconds: 0,
        }
    }

    /// The lesson.
    pub fn lesson(&self) -> &'a Lesson {
        self.lesson
    }

    /// The present step; `None` for an empty lesson.
    pub fn step(&self) -> Option<&'a Step> {
        self.lesson.steps.get(*self.seen.get(self.at)?)
    }

    /// The number of the present screen, from 1, and how many there are.
    pub fn place(&self) -> (usize, usize) {
        (self.at + 1, self.seen.len())
    }

    /// What is being typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Why what was typed was no answer.
    pub fn misread(&self) -> Option<&str> {
        self.misread.as_deref()
    }

    /// The hints that were asked for, of the present question.
    pub fn hints(&self) -> &'a [String] {
        self.question().map_or(&[], |(question, _)| &question.hints[..self.hints.min(question.hints.len())])
    }

    /// The present question, and whether it is a prediction.
    pub fn question(&self) -> Option<(&'a Question, bool)> {
        match self.step()? {
            Step::Predict(question) => Some((question, true)),
            Step::Check(question) => Some((question, false)),
            _ => None,
        }
    }

    /// What the present question waits for.
    pub fn waits(&self) -> Waits {
        let Some((question, prediction)) = self.question() else { return Waits::Nothing };
        match (self.said.contains_key(&question.id), prediction) {
            _ if self.asks_sure => Waits::Sure,
            (false, _) => Waits::Answer,
            (true, true) if !self.has_run() => Waits::Run,
            (true, _) => Waits::Nothing,
        }
    }

    /// What was answered to a question in this sitting, and what is to be said to it.
    pub fn said(&self, id: &str) -> Option<&(Given, Verdict)> {
        self.said.get(id)
    }

    /// Whether the run that belongs to the present prediction has been run; also where none follows.
    fn has_run(&self) -> bool {
        let here = self.seen.get(self.at).copied().unwrap_or(0);
        let next = (here + 1..self.lesson.steps.len()).find(|at| matches!(self.lesson.steps[*at], Step::Run(_)));
        next.is_none_or(|run| self.ran.contains(&run))
    }

    /// The predictions that the run before this screen has decided: they are discussed here.
    pub fn decided(&self) -> Vec<(&'a Question, &(Given, Verdict))> {
        let here = self.seen.get(self.at).copied().unwrap_or(0);
        let after_run = here > 0 && matches!(self.lesson.steps[here - 1], Step::Run(_));
        if !after_run || !self.ran.contains(&(here - 1)) {
            return Vec::new();
        }
        let before = self.lesson.steps[..here - 1].iter().rev();
        let mut found: Vec<_> = before
            .take_while(|step| !matches!(step, Step::Observe(_) | Step::Check(_) | Step::Explain(_)))
            .filter_map(|step| match step {
                Step::Predict(question) => Some((&**question, self.said.get(&question.id)?)),
                _ => None,
            })
            .collect();
        found.reverse();
        found
    }

    /// Says how long the present question has stood there.
    pub fn waited(&mut self, seconds: u64) {
        self.seconds = seconds;
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key, progress: &mut Progress) -> Deed {
        let typing = match (self.question(), self.waits()) {
            (None, _) | (_, Waits::Run) => false,
            // A check may be tried again. A prediction is what was said before the run, for ever.
            (Some((_, prediction)), Waits::Nothing) => !prediction,
            _ => true,
        };
        match key {
            Key::Leave => Deed::Leave,
            Key::Next => self.next(progress),
            Key::Back => self.go(self.at.saturating_sub(1), progress),
            Key::Hint => self.hint(progress),
            Key::Char(c) if typing && self.waits() == Waits::Sure => self.sure(c, progress),
            Key::Char(c) if typing => self.put(c),
            Key::Backspace if typing => {
                self.typed.pop();
                Deed::Draw
            }
            Key::Enter if typing => self.enter(progress),
            Key::Enter => match self.step() {
                Some(Step::Run(run)) => Deed::Run(run.clone()),
                _ => self.next(progress),
            },
            Key::Char(_) | Key::Backspace => Deed::Nothing,
        }
    }

    fn put(&mut self, c: char) -> Deed {
        if c.is_control() || self.typed.len() >= LONGEST {
            return Deed::Nothing;
        }
        self.misread = None;
        self.typed.push(c);
        Deed::Draw
    }

    fn next(&mut self, progress: &mut Progress) -> Deed {
        if self.at + 1 >= self.seen.len() {
            if !progress.done.contains(&self.lesson.id) {
                progress.done.push(self.lesson.id.clone());
            }
            progress.places.remove(&self.lesson.id);
            return Deed::Done;
        }
        self.go(self.at + 1, progress)
    }

    fn go(&mut self, to: usize, progress: &mut Progress) -> Deed {
        if to == self.at {
            return Deed::Nothing;
        }
        self.at = to;
        self.typed.clear();
        self.misread = None;
        self.asks_sure = false;
        self.hints = 0;
        progress.places.insert(self.lesson.id.clone(), self.seen[to]);
        progress.last.clone_from(&self.lesson.id);
        Deed::Keep
    }

    fn hint(&mut self, progress: &mut Progress) -> Deed {
        let Some((question, _)) = self.question().filter(|_| self.waits() == Waits::Answer || self.hints > 0) else {
            return Deed::Nothing;
        };
        self.hints = (self.hints + 1).min(question.hints.len());
        progress.hint(&question.id, &self.lesson.id, self.hints as u32);
        Deed::Keep
    }

    /// A line is complete; where several lines make an answer, an empty one ends it.
    fn enter(&mut self, progress: &mut Progress) -> Deed {
        let Some((question, _)) = self.question() else { return Deed::Nothing };
        if self.waits() == Waits::Sure {
            return Deed::Nothing;
        }
        if self.typed.is_empty() {
            return match self.waits() {
                Waits::Answer => self.mistyped("type an answer first; ? gives a hint".to_owned()),
                _ => self.next(progress),
            };
        }
        if question.judge == Some(Judge::Request) && !complete(question, &self.typed) {
            self.typed.push('\n');
            return Deed::Draw;
        }
        match question.read(&self.typed, progress.seed) {
            Err(misread) => self.mistyped(misread.0),
            Ok(given) => self.give(given, progress),
        }
    }

    fn mistyped(&mut self, why: String) -> Deed {
        self.misread = Some(why);
        if self.question().is_some_and(|(question, _)| question.kind != Kind::Text) {
            self.typed.clear();
        }
        Deed::Draw
    }

    fn give(&mut self, given: Given, progress: &mut Progress) -> Deed {
        let Some((question, _)) = self.question() else { return Deed::Nothing };
        match (question.judge, question.judged(&given)) {
            (Some(_), None) => Deed::Judge(given),
            (_, Some(verdict)) => self.judged(given, verdict, progress),
            (None, None) => {
                let verdict = question.verdict(&given);
                self.judged(given, verdict, progress)
            }
        }
    }

    /// Takes the verdict about an answer to the present question.
    pub fn judged(&mut self, given: Given, verdict: Verdict, progress: &mut Progress) -> Deed {
        let Some((question, prediction)) = self.question() else { return Deed::Nothing };
        let kept = progress.answer(&question.id, &self.lesson.id, prediction, &given, &verdict);
        if kept.tries == 1 {
            kept.seconds = self.seconds;
        }
        self.typed.clear();
        self.misread = None;
        self.asks_sure = prediction;
        self.said.insert(question.id.clone(), (given, verdict));
        Deed::Keep
    }

    fn sure(&mut self, c: char, progress: &mut Progress) -> Deed {
        let (Some(sure @ 1..=3), Some((question, _))) = (c.to_digit(10), self.question()) else { return Deed::Nothing };
        if let Some(kept) = progress.answers.get_mut(&question.id) {
            kept.sure = sure as u8;
        }
        self.asks_sure = false;
        Deed::Keep
    }

    /// The commands of the present step have been run.
    pub fn ran(&mut self, progress: &mut Progress) -> Deed {
        if let Some(step) = self.seen.get(self.at).copied().filter(|step| !self.ran.contains(step)) {
            self.ran.push(step);
        }
        self.next(progress)
    }
}

/// Whether an answer of several lines is at its end: an empty line ends a request; a mail's text may hold one, so there
/// it takes the dot, or two of them.
fn complete(question: &Question, typed: &str) -> bool {
    let mail = question.require.protocol.as_deref() == Some("smtp");
    let text = typed.lines().any(|line| line.trim().eq_ignore_ascii_case("data"));
    match (mail, text) {
        (true, true) => typed.ends_with("\n.") || typed.ends_with("\n\n"),
        _ => typed.ends_with('\n'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "+++\ntitle = \"T\"\nminutes = 5\nobjective = \"o\"\n+++\nHello.\n```predict\nid = \"07-p\"\nkind = \"number\"\nprompt = \"How many?\"\nanswer = 3\nwhy = \"three\"\notherwise = \"count again\"\nhints = [\"a\", \"b\", \"c\"]\n[[wrong]]\ntext = \"1\"\nwhy = \"one is too few\"\n[[wrong]]\ntext = \"4\"\nwhy = \"one too many\"\n```\n```run\n$ layercake peel\n```\n```observe\nLook.\n```\n```teacher\nSay it.\n```\n";

    fn lesson() -> Lesson {
        Lesson::parse("07-loss", "f", LESSON).unwrap_or_else(|fault| panic!("{fault}"))
    }

    fn types(session: &mut Session<'_>, progress: &mut Progress, text: &str) -> Deed {
        for c in text.chars() {
            session.key(Key::Char(c), progress);
        }
        session.key(Key::Enter, progress)
    }

    #[test]
    fn a_prediction_is_locked_and_discussed_only_after_the_run() {
        let (lesson, mut progress) = (lesson(), Progress::new(1));
        let mut session = Session::new(&lesson, &progress, false);
        assert_eq!(session.place(), (1, 4));
        session.key(Key::Enter, &mut progress);
        assert_eq!(session.waits(), Waits::Answer);
        assert_eq!(types(&mut session, &mut progress, "many"), Deed::Draw);
        assert_eq!(session.misread(), Some("type a number"));
        assert_eq!(types(&mut session, &mut progress, "1"), Deed::Keep);
        assert_eq!(session.waits(), Waits::Sure);
        session.key(Key::Char('3'), &mut progress);
        assert_eq!(session.waits(), Waits::Run);
        assert_eq!(session.key(Key::Char('4'), &mut progress), Deed::Nothing);
        session.key(Key::Enter, &mut progress);
        assert!(matches!(session.key(Key::Enter, &mut progress), Deed::Run(_)));
        session.ran(&mut progress);
        let decided = session.decided();
        assert_eq!(decided[0].1.1.why, "one is too few");
        assert_eq!(progress.answers["07-p"].sure, 3);
        assert_eq!(session.key(Key::Enter, &mut progress), Deed::Done);
        assert_eq!(progress.done, ["07-loss"]);
    }

    #[test]
    fn it_goes_on_where_it_was_left_and_teachers_see_more() {
        let (lesson, mut progress) = (lesson(), Progress::new(1));
        let mut session = Session::new(&lesson, &progress, false);
        session.key(Key::Next, &mut progress);
        session.key(Key::Next, &mut progress);
        session.key(Key::Hint, &mut progress);
        let mut session = Session::new(&lesson, &progress, true);
        assert_eq!(session.place(), (3, 5));
        session.key(Key::Back, &mut progress);
        session.key(Key::Hint, &mut progress);
        assert_eq!(session.hints(), ["a"]);
        assert_eq!(progress.answers["07-p"].hints, 1);
        assert_eq!(session.key(Key::Leave, &mut progress), Deed::Leave);
    }
}
