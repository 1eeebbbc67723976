//! The course: lessons as plain files, the questions in them, what is right and why the rest is not, and what a
//! learner has answered so far. Not here: how a screen looks (`render`), keys and running commands (`cli`).

mod answer;
mod blocks;
mod case;
mod demo;
mod fault;
mod judge;
mod progress;
mod question;
mod session;
mod shelf;
mod shuffle;

pub use answer::{Given, Misread, Verdict};
pub use blocks::{Lesson, Run, Step};
pub use case::Case;
pub use demo::{Demo, DemoStep};
pub use fault::Fault;
pub use judge::{Judge, Requirement};
pub use progress::{Answered, Progress};
pub use question::{Kind, Question, Tick, Wrong};
pub use session::{Deed, Key, Session, Waits};
pub use shelf::{Found, Shelf};
pub use shuffle::{order, seed_of};
