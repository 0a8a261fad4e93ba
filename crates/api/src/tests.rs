//! The whole server over a real store and a real listener, asked as clients ask.

mod access;
mod client;
mod faults;
mod guard;
mod house;
mod lists;
mod sessions;
mod shown;
mod streams;
