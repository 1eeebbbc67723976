//! The language as a whole; what concerns one room is tested in that room.

mod mistakes;
mod terms;
mod words;
