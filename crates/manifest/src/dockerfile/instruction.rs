//! One instruction: its name, flags, arguments and heredocs.

use super::{
    heredoc::Heredoc,
    lines::{Logical, Segment},
    words::{self, Json},
};
use crate::{Span, dockerfile::stages::Word};

/// One instruction of a Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Instruction {
    /// Its name in upper case: `RUN`. Any word may stand there; [`NAMES`] are those that exist.
    pub name: String,
    /// The flags, quotes and escapes taken off: `--from=build`.
    pub flags: Vec<String>,
    /// What `arguments` are.
    pub form: Form,
    /// The arguments as written, variables not replaced. In shell form one text; ENV and LABEL
    /// have [`Self::pairs`] instead.
    pub arguments: Vec<String>,
    /// Names and values of ENV and LABEL as written, quotes kept.
    pub pairs: Vec<Pair>,
    /// What `arguments` come to once variables are replaced, or the values of `pairs`, or the
    /// defaults of ARG; none for RUN, CMD and other instructions that replace nothing.
    pub values: Vec<Word>,
    /// The documents below it, in order.
    pub heredocs: Vec<Heredoc>,
    /// What ONBUILD does later.
    pub trigger: Option<Box<Instruction>>,
    /// The instruction as one line, continuations joined, comments taken out.
    pub text: String,
    /// First line, 1 at the top of the file.
    pub line: u32,
    /// Last line, heredocs included.
    pub end_line: u32,
    /// Where it stands in the file's text, heredocs included.
    pub span: Span,
    /// The stage it belongs to, by index; absent before the first FROM.
    pub stage: Option<usize>,
    /// Where `arguments` begin in `text`.
    pub(super) rest_at: usize,
    pub(super) segments: Vec<Segment>,
}

/// What the arguments of an instruction are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Words.
    #[default]
    Words,
    /// One text, for a shell.
    Shell,
    /// The strings of a JSON list, for no shell.
    Exec,
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name as written.
    pub name: String,
    /// The value as written, quotes kept.
    pub value: String,
    /// Whether `=` stands between them, rather than blanks.
    pub equals: bool,
}

/// The instructions that exist.
pub const NAMES: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

impl Instruction {
    /// Reads a logical line. What is wrong with it comes beside as much as could be read.
    pub(super) fn parse(logical: Logical, escape: char) -> (Self, Option<String>) {
        let Logical { text, segments, line, end_line, start, end } = logical;
        let (mut instruction, fault) = Self::parse_text(&text, escape, false);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        instruction.span = Span { start: offset(start), end: offset(end) };
        (instruction.line, instruction.end_line) = (line, end_line);
        if let Some(trigger) = &mut instruction.trigger {
            trigger.rest_at += instruction.rest_at;
            trigger.segments.clone_from(&segments);
            (trigger.line, trigger.end_line) = (line, end_line);
            trigger.span = instruction.span;
        }
        instruction.segments = segments;
        instruction.text = text;
        (instruction, fault)
    }

    fn parse_text(text: &str, escape: char, is_trigger: bool) -> (Self, Option<String>) {
        let trimmed = text.trim();
        let (name, rest) = words::split_first(trimmed).unwrap_or((trimmed, ""));
        let (flags, rest) = words::flags(rest, escape);
        let rest = rest.trim();
        let name = name.to_uppercase();
        // `rest` is a part of `text`, at its end but for white space.
        let rest_at = text.trim_end().len() - rest.len();
        let mut instruction =
            Self { name, flags, rest_at, text: text.to_owned(), ..Self::default() };
        let fault = instruction.arguments(rest, escape, is_trigger).err();
        (instruction, fault)
    }

    fn arguments(&mut self, rest: &str, escape: char, is_trigger: bool) -> Result<(), String> {
        match &*self.name {
            "ENV" | "LABEL" => self.pairs = pairs(&self.name, rest, escape)?,
            "ARG" => self.arguments = words::quoted_words(rest, escape),
            "ADD" | "COPY" | "VOLUME" => self.exec_or(rest, Form::Words)?,
            "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" => self.exec_or(rest, Form::Shell)?,
            "MAINTAINER" | "STOPSIGNAL" | "USER" | "WORKDIR" if !rest.is_empty() => {
                self.arguments.push(rest.to_owned());
            }
            "HEALTHCHECK" => {
                let at = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (kind, command) = rest.split_at_checked(at).unwrap_or((rest, ""));
                let trimmed = command.trim_start();
                self.rest_at += rest.len() - trimmed.len();
                self.exec_or(trimmed, Form::Shell)?;
                if !kind.is_empty() {
                    self.arguments.insert(0, kind.to_owned());
                }
            }
            // Chains of ONBUILD are refused anyway: one level is all there is.
            "ONBUILD" if !rest.is_empty() && !is_trigger => {
                let (trigger, fault) = Self::parse_text(rest, escape, true);
                self.trigger = Some(Box::new(trigger));
                return fault.map_or(Ok(()), Err);
            }
            "EXPOSE" | "FROM" if !rest.is_empty() => self.arguments = words::split_all(rest),
            _ => {}
        }
        Ok(())
    }

    /// A JSON list of strings, or else what `form` says.
    fn exec_or(&mut self, rest: &str, form: Form) -> Result<(), String> {
        self.form = form;
        match words::json(rest) {
            Json::Strings(strings) => (self.form, self.arguments) = (Form::Exec, strings),
            Json::OtherList => {
                return Err("a JSON list here must be of strings only".to_owned());
            }
            Json::None if rest.is_empty() => {}
            Json::None if form == Form::Words => self.arguments = words::split_all(rest),
            Json::None => self.arguments.push(rest.to_owned()),
        }
        Ok(())
    }

    /// Whether words such as `<<EOF` announce documents here.
    pub(super) fn takes_heredocs(&self) -> bool {
        let inner = self.trigger.as_deref().unwrap_or(self);
        matches!(&*inner.name, "RUN" | "COPY" | "ADD") && inner.form != Form::Exec
    }

    /// The value of a flag, the last if it stands twice: `from` for `--from=build`. A flag
    /// without a value has an empty one.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flag_values(name).last()
    }

    /// The values of a flag that may stand several times.
    pub fn flag_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.flags.iter().filter_map(move |flag| {
            let rest = flag.strip_prefix("--")?.strip_prefix(name)?;
            if rest.is_empty() { Some("") } else { rest.strip_prefix('=') }
        })
    }
}

/// The names and values of ENV and LABEL: `NAME=VALUE …`, or the old `NAME VALUE`.
fn pairs(name: &str, rest: &str, escape: char) -> Result<Vec<Pair>, String> {
    let words = words::quoted_words(rest, escape);
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    if !first.contains('=') {
        let Some((key, value)) = words::split_first(rest) else {
            return Err(format!("{name} must have two arguments"));
        };
        let pair = Pair { name: key.to_owned(), value: value.to_owned(), equals: false };
        return Ok(vec![pair]);
    }
    let pair = |word: &String| {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| format!("{word:?} of {name} is not of the form name=value"))?;
        Ok(Pair { name: key.to_owned(), value: value.to_owned(), equals: true })
    };
    words.iter().map(pair).collect()
}
