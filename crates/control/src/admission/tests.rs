//! The door, judged by what it answers.
