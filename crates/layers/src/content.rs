//! The content of one entry of a layer, as its visitor reads it.

use crate::{
    entry::{Content, HEAD_BYTES},
    tap::{Source, read_buffered},
    tar::{Expanded, Stored},
};
use std::io::{self, BufRead, Read};

/// Stored as it is, stored without its holes, or nothing at all.
pub(crate) enum EntryContent<'a, 'm, S> {
    Plain(Stored<'a, S>),
    Sparse(Box<Expanded<'a, 'm, S>>),
    Empty,
}

impl<S: Source> Content for EntryContent<'_, '_, S> {
    fn head(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(content) => content.peek(HEAD_BYTES),
            Self::Sparse(content) => content.peek(HEAD_BYTES),
            Self::Empty => Ok(&[]),
        }
    }
}

impl<S: Source> Read for EntryContent<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

impl<S: Source> BufRead for EntryContent<'_, '_, S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(content) => content.fill_buf(),
            Self::Sparse(content) => content.fill_buf(),
            Self::Empty => Ok(&[]),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Plain(content) => content.consume(count),
            Self::Sparse(content) => content.consume(count),
            Self::Empty => {}
        }
    }
}
