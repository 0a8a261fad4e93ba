//! One pass over a file through a bounded window.

use crate::{
    finding::{Finding, resolve},
    kind::{Gate, Pattern},
    table::KINDS,
    window::{Search, Window},
    words::Words,
};
use cofferdam_bounds::Limits;
use cofferdam_model::{Location, Problem, ProblemKind, Secret, SecretPlace};
use regex::bytes::{Regex, RegexBuilder};
use std::{
    io::{self, BufRead},
    sync::OnceLock,
};

/// Finds credentials. Made once and shared: it holds nothing of what it reads.
#[derive(Debug)]
pub struct Scanner {
    /// Finds the words of all patterns at once.
    words: Words,
    /// For each word the patterns it opens, as indices into `patterns`.
    opens: Vec<Vec<usize>>,
    patterns: Vec<Compiled>,
    /// What stands before `=` in the words that end with it.
    assigned: Vec<&'static str>,
    secrets_max: usize,
}

/// A pattern of the table and its regular expression, compiled when first needed: most images
/// need few.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) kind: usize,
    pub(crate) pattern: &'static Pattern,
    regex: OnceLock<Regex>,
}

impl Scanner {
    /// A scanner for every kind, within the default limits.
    pub fn new() -> Self {
        Self::with_limits(&Limits::default())
    }

    /// A scanner that lists at most `limits.secrets` of one file.
    pub fn with_limits(limits: &Limits) -> Self {
        let patterns: Vec<_> = KINDS
            .iter()
            .enumerate()
            .flat_map(|(kind, of)| of.patterns.iter().map(move |pattern| (kind, pattern)))
            .map(|(kind, pattern)| Compiled { kind, pattern, regex: OnceLock::new() })
            .collect();
        let mut words: Vec<&'static str> = Vec::new();
        let mut opens: Vec<Vec<usize>> = Vec::new();
        for (index, compiled) in patterns.iter().enumerate() {
            let (Gate::Word(gate) | Gate::Within(gate, _) | Gate::Before(gate, ..)) =
                compiled.pattern.gate
            else {
                continue;
            };
            for word in gate {
                if let Some(known) = words.iter().position(|known| known == word) {
                    if let Some(open) = opens.get_mut(known) {
                        open.push(index);
                    }
                } else {
                    words.push(word);
                    opens.push(vec![index]);
                }
            }
        }
        let assigned = words.iter().filter_map(|word| word.strip_suffix('=')).collect();
        Self { words: Words::new(&words), opens, patterns, assigned, secrets_max: limits.secrets }
    }

    /// Whether a file is worth reading: text, by its first bytes. What has a NUL there (programs,
    /// libraries, byte code, images, fonts, UTF-16) or the magic of a compressor is not searched.
    /// No folder is left out: credentials turn up under `usr/share/doc` too.
    pub fn wants(&self, size_bytes: u64, head: &[u8]) -> bool {
        const COMPRESSED: [&[u8]; 4] = [b"\x1F\x8B", b"\xFD7zXZ", b"BZh", b"\x28\xB5\x2F\xFD"];
        size_bytes >= SHORTEST_SECRET
            && memchr::memchr(0, head).is_none()
            && !COMPRESSED.iter().any(|magic| head.starts_with(magic))
    }

    /// The credentials in one file of this many bytes, in order of their lines. Errors are those
    /// of `content`.
    pub fn file(
        &self,
        path: &str,
        size_bytes: u64,
        content: &mut dyn BufRead,
    ) -> io::Result<(Vec<Secret>, Vec<Problem>)> {
        let (findings, dropped) = self.search(path, size_bytes, content)?;
        let secrets = findings.into_iter().map(|finding| {
            let line = Some(finding.line);
            let location = Location::path(path);
            finding
                .secret(SecretPlace::File { location, deleted_in: None, published_by: None }, line)
        });
        let problems = (dropped > 0).then(|| {
            let detail = format!("{dropped} more matches of secrets in this file are not listed");
            Problem::at(ProblemKind::BudgetExceeded, path, detail)
        });
        Ok((secrets.collect(), problems.into_iter().collect()))
    }

    /// What `content` holds, and how many hits did not fit in the list.
    pub(crate) fn search(
        &self,
        path: &str,
        size_bytes: u64,
        content: &mut dyn BufRead,
    ) -> io::Result<(Vec<Finding>, usize)> {
        let named: Vec<_> = self.file_patterns(path).collect();
        let mut search = Search::new(self.secrets_max);
        let buffered = content.fill_buf()?;
        if u64::try_from(buffered.len()) == Ok(size_bytes) {
            self.window(&Window::whole(buffered), &named, &mut search);
            return Ok((resolve(search.found), search.dropped));
        }
        let mut window = Window::default();
        loop {
            let end = window.fill(content)?;
            self.window(&window, &named, &mut search);
            if end {
                return Ok((resolve(search.found), search.dropped));
            }
            window.advance();
        }
    }

    fn window(&self, window: &Window<'_>, named: &[&Compiled], search: &mut Search) {
        self.at_words(window, search);
        for compiled in named {
            compiled.everywhere(window, search);
        }
    }

    pub(crate) fn has_word(&self, text: &[u8]) -> bool {
        self.words.find(text, 0).next().is_some()
    }

    /// Whether a word begins in a name and ends with the `=` behind it.
    pub(crate) fn begins_word(&self, name: &str) -> bool {
        self.assigned.iter().any(|word| name.ends_with(word))
    }

    pub(crate) const fn secrets_max(&self) -> usize {
        self.secrets_max
    }

    fn file_patterns(&self, path: &str) -> impl Iterator<Item = &Compiled> {
        self.patterns.iter().filter(move |compiled| match compiled.pattern.gate {
            Gate::File(is_named) => is_named(path),
            _ => false,
        })
    }

    /// The patterns of settings that may find something in this one.
    pub(crate) fn setting_patterns(&self, setting: &[u8]) -> impl Iterator<Item = &Compiled> {
        self.patterns.iter().filter(move |compiled| match compiled.pattern.gate {
            Gate::Setting(may_hold) => may_hold(setting),
            _ => false,
        })
    }

    /// Tries the patterns whose words stand in the new part of the window.
    fn at_words(&self, window: &Window<'_>, search: &mut Search) {
        let bytes = &window.bytes;
        for word in self.words.find(bytes, window.from) {
            if word.start >= window.until {
                break;
            }
            let open = self.opens.get(word.index).into_iter().flatten();
            for index in open {
                let Some(compiled) = self.patterns.get(*index) else { continue };
                let start = match compiled.pattern.gate {
                    Gate::Word(_) if !window.is_boundary(word.start) => continue,
                    Gate::Before(_, _, follows) if !follows(window.ahead(word.end)) => continue,
                    Gate::Within(_, extends) | Gate::Before(_, extends, _) => {
                        let start = search.step_back(*index, window, word.start, extends);
                        let Some(start) = start else { continue };
                        start
                    }
                    _ => word.start,
                };
                if let Some(found) = compiled.regex().captures(window.ahead(start)) {
                    search.judge(compiled, window, start, &found);
                }
            }
        }
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Compiled {
    /// Tries the pattern all over the new part of the window.
    pub(crate) fn everywhere(&self, window: &Window<'_>, search: &mut Search) {
        let mut at = window.from;
        while let Some(found) = self.regex().captures_at(&window.bytes, at) {
            let Some(all) = found.get(0).filter(|all| all.start() < window.until) else { break };
            search.judge(self, window, 0, &found);
            at = all.end().max(at + 1);
        }
    }

    pub(crate) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let pattern = self.pattern.regex;
            let pattern = match self.pattern.gate {
                Gate::Word(_) | Gate::Within(..) | Gate::Before(..) => format!(r"\A(?:{pattern})"),
                Gate::File(_) | Gate::Setting(_) => pattern.to_owned(),
            };
            #[expect(clippy::expect_used, reason = "patterns are constants; a test builds all")]
            RegexBuilder::new(&pattern).unicode(false).build().expect("a valid pattern")
        })
    }
}

/// Shorter than anything that is believed.
const SHORTEST_SECRET: u64 = 16;
