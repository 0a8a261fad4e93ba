//! Finds any of a few dozen short words in text at the speed of memory.

use aho_corasick::{
    AhoCorasick, Input, Span,
    packed::{Config, MatchKind, Searcher},
};
use std::iter;

/// A set of words, in two: Teddy looks for as many first bytes as the shortest word of a set has,
/// so three words of three letters would let ordinary text through to forty longer ones. Apart
/// they take half the time (`tests/bench`, "scan").
#[derive(Debug)]
pub(crate) struct Words {
    sets: [Set; 2],
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    /// Its first byte.
    pub(crate) start: usize,
    /// Behind its last byte.
    pub(crate) end: usize,
    /// Its index among all words.
    pub(crate) index: usize,
}

/// Words longer than this are looked for apart.
const SHORT_BYTES: usize = 3;

impl Words {
    pub(crate) fn new(words: &[&str]) -> Self {
        let of = |is_short: bool| {
            let chosen = words.iter().enumerate();
            let chosen = chosen.filter(|(_, word)| (word.len() <= SHORT_BYTES) == is_short);
            let (indices, words): (Vec<usize>, Vec<&str>) = chosen.unzip();
            Set { search: Search::new(&words), indices }
        };
        Self { sets: [of(true), of(false)] }
    }

    /// The words that start at `from` or later, in order. Those of one set do not overlap.
    pub(crate) fn find<'w>(&'w self, bytes: &'w [u8], from: usize) -> impl Iterator<Item = Word> {
        let [short, long] = &self.sets;
        let (mut short, mut long) =
            (short.find(bytes, from).peekable(), long.find(bytes, from).peekable());
        iter::from_fn(move || match (short.peek(), long.peek()) {
            (Some(one), Some(other)) if one < other => short.next(),
            (Some(_), None) => short.next(),
            _ => long.next(),
        })
    }
}

#[derive(Debug)]
struct Set {
    search: Search,
    indices: Vec<usize>,
}

impl Set {
    fn find<'w>(&'w self, bytes: &'w [u8], mut from: usize) -> impl Iterator<Item = Word> {
        iter::from_fn(move || {
            let span = Span { start: from, end: bytes.len() };
            let found = match &self.search {
                Search::Vector(searcher) => searcher.find_in(bytes, span),
                Search::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
            }?;
            from = found.end();
            let index = *self.indices.get(found.pattern().as_usize())?;
            Some(Word { start: found.start(), end: found.end(), index })
        })
    }
}

/// On processors with vector instructions for it this is Teddy, a search for the words' first
/// bytes sixteen or thirty-two at a time; elsewhere it is the automaton, at a fifth of its speed.
#[derive(Debug)]
enum Search {
    Vector(Searcher),
    Automaton(AhoCorasick),
}

impl Search {
    fn new(words: &[&str]) -> Self {
        let vector =
            Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(words).build();
        vector.map_or_else(|| Self::Automaton(automaton(words)), Self::Vector)
    }
}

fn automaton(words: &[&str]) -> AhoCorasick {
    #[expect(clippy::expect_used, reason = "the words are constants; a test builds them")]
    AhoCorasick::new(words).expect("a small automaton")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 5] = ["://", "npm_", "AKIA", "SECRET_ACCESS_KEY", "SG."];

    fn plain() -> Words {
        let mut words = Words::new(&WORDS);
        for set in &mut words.sets {
            let own: Vec<&str> = set.indices.iter().map(|index| WORDS[*index]).collect();
            set.search = Search::Automaton(automaton(&own));
        }
        words
    }

    #[test]
    fn both_ways_find_the_same() {
        let text = format!("{}a://AKIAnpm_{}SECRET_ACCESS_KEY", "-".repeat(70), "/".repeat(3));
        for text in [text.as_bytes(), b"://", b""] {
            let all = |words: &Words| words.find(text, 0).collect::<Vec<_>>();
            assert_eq!(all(&Words::new(&WORDS)), all(&plain()));
        }
    }

    #[test]
    fn words_of_both_sets_come_in_order() {
        let words = Words::new(&WORDS);
        let found = words.find(b"AKIA://npm_ SG. SECRET_ACCESS_KEY", 1);
        let found: Vec<(usize, usize)> = found.map(|word| (word.start, word.index)).collect();
        assert_eq!(found, [(4, 0), (7, 1), (12, 4), (16, 3)]);
    }
}
