//! The classroom: answers of many learners, as files, as codes of eight letters, and as votes from browsers. What is
//! merged, counted and graded again is decided here. Not here: files and keys (`cli`), what a board looks like (`render`).

mod board;
mod code;
mod gradebook;
mod hall;
mod record;
mod regrade;
mod room;
mod schedule;
mod seats;
mod spans;
mod table;
mod vote;

pub use board::{Bar, Board, Gathered, Round};
pub use code::{Coded, codes_in, decode, encode};
pub use gradebook::{Gradebook, Row};
pub use hall::{Hall, join_code};
pub use record::{Entry, Imported, Record};
pub use regrade::{Finding, Regraded, regrade};
pub use room::{Asked, Kept, Phase, Room};
pub use schedule::{Plan, Planned, Sitting, schedule};
pub use spans::Picture;
pub use table::csv;
pub use vote::{CLASS_SEED, OTHER, Vote};
