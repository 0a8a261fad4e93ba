//! From a script to its simple commands.

use super::{
    COMMANDS_MAX, Command, DEPTH_MAX, base_name, line_at, lines_from,
    scan::{self, Word},
    wrapper::{self, Runs},
};
use crate::dockerfile::{heredoc::Heredoc, lines::Segment};
use std::slice::Iter;

/// Words that begin, part or end compound commands; a command may follow each.
const RESERVED: [&str; 14] = [
    "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "!", "{", "}",
    "coproc",
];

/// Takes one script apart.
pub(super) struct Splitter<'s> {
    text: &'s str,
    segments: &'s [Segment],
    at: usize,
    end: usize,
    found: &'s mut Vec<Command>,
    depth: u32,
    /// Documents that stand below the whole instruction.
    below: Iter<'s, Heredoc>,
    /// The words of the command that is being read.
    words: Vec<Word>,
    /// Documents that it announces.
    documents: Vec<Document>,
    /// Documents of the line, whose texts follow it.
    pending: Vec<Document>,
    /// The commands of the pipeline so far, as indices into `found`: each with what it starts.
    pipeline: Vec<Vec<usize>>,
    /// Where in `case … esac` this is: for each, whether a pattern comes next.
    cases: Vec<bool>,
    /// What reads the output of the whole script.
    reader: Vec<String>,
}

/// A heredoc of a command.
struct Document {
    terminator: String,
    chomp: bool,
    /// Whether substitutions in it are run.
    expands: bool,
    /// Its text and first line, once known.
    text: Option<(String, u32)>,
    is_script: bool,
}

/// The last command that a simple command starts: `sh` of `sudo env A=b sh -c …`.
struct Innermost<'w> {
    program: &'w str,
    runs: Runs,
    /// Where the words begin that were read as a script of their own.
    script: Option<usize>,
}

impl<'s> Splitter<'s> {
    pub(super) fn new(text: &'s str, segments: &'s [Segment], found: &'s mut Vec<Command>) -> Self {
        Self {
            text,
            segments,
            at: 0,
            end: text.len(),
            found,
            depth: 0,
            below: [].iter(),
            words: Vec::new(),
            documents: Vec::new(),
            pending: Vec::new(),
            pipeline: Vec::new(),
            cases: Vec::new(),
            reader: Vec::new(),
        }
    }

    pub(super) fn from(mut self, at: usize) -> Self {
        self.at = at;
        self
    }

    pub(super) fn with_heredocs(mut self, heredocs: &'s [Heredoc]) -> Self {
        self.below = heredocs.iter();
        self
    }

    /// One command whose words are known.
    pub(super) fn exec(mut self, words: Vec<Word>) {
        self.words = words;
        self.finish_command();
        self.finish_pipeline();
    }

    /// The whole script.
    pub(super) fn run(mut self) {
        while self.at < self.end && self.found.len() < COMMANDS_MAX {
            self.step();
        }
        self.finish_command();
        self.finish_pipeline();
        self.read_documents();
    }

    fn rest(&self) -> &'s str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else {
            self.at = self.end;
            return;
        };
        match c {
            '\n' => {
                self.at += 1;
                self.finish_command();
                self.finish_pipeline();
                self.read_documents();
            }
            ' ' | '\t' | '\r' => self.at += 1,
            '\\' if rest.starts_with("\\\n") => self.at += 2,
            ';' | '&' | '|' | '(' | ')' | '<' | '>' if self.is_in_test() => self.at += 1,
            '(' if rest.starts_with("((") && self.is_at_arithmetic() => {
                self.at = scan::after_arithmetic(self.text, self.at).min(self.end);
            }
            '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            ';' | '&' | '|' | '(' | ')' if !rest.starts_with("&>") => self.operator(c, rest),
            '<' | '>' | '&' if !rest.starts_with("<(") && !rest.starts_with(">(") => {
                self.redirection(rest);
            }
            _ => self.word(),
        }
    }

    /// Whether `((` is arithmetic here: as a command, and after `for`.
    fn is_at_arithmetic(&self) -> bool {
        match without_reserved(&self.words) {
            [] => true,
            [word] => word.text == "for" && !word.quoted,
            _ => false,
        }
    }

    /// Whether this is between `[[` and `]]`, where operators are others.
    fn is_in_test(&self) -> bool {
        let is = |word: Option<&Word>, text: &str| word.is_some_and(|word| word.text == text);
        is(without_reserved(&self.words).first(), "[[") && !is(self.words.last(), "]]")
    }

    fn operator(&mut self, c: char, rest: &str) {
        let twice = rest.get(1..).is_some_and(|after| after.starts_with(c));
        self.at += if twice && c != '(' && c != ')' { 2 } else { 1 };
        let expects_pattern = self.cases.last().copied().unwrap_or(false);
        match c {
            ')' if expects_pattern => {
                self.words.clear();
                if let Some(expects) = self.cases.last_mut() {
                    *expects = false;
                }
            }
            _ if expects_pattern => {}
            // `name()` begins a function.
            '(' if rest.trim_start_matches(['(', ' ']).starts_with(')') => self.words.clear(),
            '|' if !twice => {
                self.at += usize::from(rest.starts_with("|&"));
                self.finish_command();
            }
            _ => {
                self.finish_command();
                self.finish_pipeline();
                if (c == ';' && twice || rest.starts_with(";&"))
                    && let Some(expects) = self.cases.last_mut()
                {
                    *expects = true;
                }
            }
        }
    }

    fn word(&mut self) {
        let word = scan::word(self.text, self.at, self.end);
        // Whatever cannot begin a word is stepped over.
        self.at = word.end.max(self.at + self.rest().chars().next().map_or(1, char::len_utf8));
        let expects_pattern = self.cases.last().copied().unwrap_or(false);
        if expects_pattern {
            if word.text == "esac" {
                self.cases.pop();
            }
            return;
        }
        let digits = word.text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && self.rest().starts_with(['<', '>']) {
            // The number of a descriptor.
            return;
        }
        let is_in = word.text == "in" && !word.quoted;
        self.words.push(word);
        let words = without_reserved(&self.words);
        let is_case = words.first().is_some_and(|word| word.text == "case" && !word.quoted);
        if is_case && is_in && words.len() == 3 {
            let subject = std::mem::take(&mut self.words);
            let nothing = Innermost { program: "", runs: Runs::Nothing, script: None };
            self.substitutions(&subject, subject.len(), &nothing);
            self.cases.push(true);
        } else if !is_case {
            self.leave_case();
        }
    }

    /// `esac` where a command stands.
    fn leave_case(&mut self) {
        if let [word] = self.words.as_slice()
            && word.text == "esac"
            && !word.quoted
        {
            self.cases.pop();
        }
    }

    fn redirection(&mut self, rest: &str) {
        const OPERATORS: [&str; 12] =
            ["<<<", "<<-", "<<", "<>", "<&", "<", "&>>", "&>", ">>", ">&", ">|", ">"];
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator));
        self.at += operator.map_or(1, str::len);
        let blanks = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.at += blanks;
        let target = scan::word(self.text, self.at, self.end);
        self.at = target.end.max(self.at);
        if let Some(operator @ ("<<" | "<<-")) = operator {
            let text = self.below.next().map(|document| (document.text(), document.line));
            self.documents.push(Document {
                expands: !target.quoted,
                terminator: target.text,
                chomp: operator == "<<-",
                text,
                is_script: false,
            });
        } else if !target.inner.is_empty() {
            // `< <(curl …)`: the command reads what is inside.
            self.words.push(Word { text: String::new(), quoted: true, ..target });
        }
    }

    /// The texts of the documents that a line announced, which are the lines after it.
    fn read_documents(&mut self) {
        for document in std::mem::take(&mut self.pending) {
            let (text, line) = match document.text {
                Some(known) => known,
                None => self.document_text(&document.terminator, document.chomp),
            };
            let shebang = text.strip_prefix("#!").and_then(|text| text.lines().next());
            let program = shebang.and_then(|line| {
                let mut words = line.split_whitespace().map(base_name);
                words.find(|word| *word != "env" && !word.starts_with('-'))
            });
            if document.is_script && program.is_none_or(wrapper::is_shell) {
                self.nested(&text, &lines_from(&text, line), Vec::new());
            } else if document.expands {
                let lines = lines_from(&text, line);
                for (start, end) in scan::substitutions(&text, 0, text.len()) {
                    self.part(&text, &lines, start, end, Vec::new());
                }
            }
        }
    }

    fn document_text(&mut self, terminator: &str, chomp: bool) -> (String, u32) {
        let line = line_at(self.segments, self.at);
        let mut text = String::new();
        for whole in self.rest().split_inclusive('\n') {
            self.at += whole.len();
            let whole = if chomp { whole.trim_start_matches('\t') } else { whole };
            if whole.trim_end_matches(['\r', '\n']) == terminator {
                break;
            }
            text.push_str(whole);
        }
        (text, line)
    }

    /// A script within this one.
    fn nested(&mut self, text: &str, segments: &[Segment], reader: Vec<String>) {
        self.part(text, segments, 0, text.len(), reader);
    }

    /// A part of a text as a script within this one.
    fn part(
        &mut self,
        text: &str,
        segments: &[Segment],
        start: usize,
        end: usize,
        reader: Vec<String>,
    ) {
        if self.depth < DEPTH_MAX {
            let mut inner = Splitter::new(text, segments, self.found).from(start);
            inner.end = end.min(text.len());
            (inner.depth, inner.reader) = (self.depth + 1, reader);
            inner.run();
        }
    }

    /// Ends the command that is being read.
    fn finish_command(&mut self) {
        let words = std::mem::take(&mut self.words);
        let mut documents = std::mem::take(&mut self.documents);
        let words = without_reserved(&words);
        let is_header = words
            .first()
            .is_some_and(|word| !word.quoted && ["for", "select", "case"].contains(&&*word.text));
        let assignments = words.iter().take_while(|word| wrapper::is_assignment(word)).count();
        let command = words.get(assignments..).filter(|_| !is_header).unwrap_or_default();
        let innermost = self.emit(command);
        for document in &mut documents {
            document.is_script = words.is_empty() || innermost.runs == Runs::Input;
        }
        self.pending.append(&mut documents);
        self.substitutions(words, assignments, &innermost);
    }

    /// Notes a command and what it starts in its turn; says what the innermost one is.
    fn emit<'w>(&mut self, words: &'w [Word]) -> Innermost<'w> {
        let mut group = Vec::new();
        let mut innermost = Innermost { program: "", runs: Runs::Nothing, script: None };
        let mut words = words;
        // Each round takes words away.
        while let Some(first) = words.first().filter(|first| !first.text.is_empty()) {
            if self.found.len() >= COMMANDS_MAX {
                break;
            }
            let last = words.last().unwrap_or(first);
            let text = self.text.get(first.start..last.end).unwrap_or_default();
            let joined = || words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
            let line = line_at(self.segments, first.start);
            group.push(self.found.len());
            self.found.push(Command {
                name: base_name(&first.text).to_owned(),
                arguments: words.iter().skip(1).filter_map(argument).collect(),
                text: if text.is_empty() { joined() } else { text.trim().to_owned() },
                line,
                piped_to: Vec::new(),
            });
            innermost = Innermost {
                runs: wrapper::runs(words),
                program: base_name(&first.text),
                script: None,
            };
            match innermost.runs {
                Runs::Program(at) => words = words.get(at..).unwrap_or_default(),
                Runs::Script(at) => {
                    innermost.script = self.inline_script(words.get(at..=at), line);
                    break;
                }
                Runs::Arguments => {
                    innermost.script = self.inline_script(words.get(1..), line);
                    break;
                }
                Runs::Input | Runs::Nothing => break,
            }
        }
        self.pipeline.push(group);
        innermost
    }

    /// A script in the arguments of a command; gives where they begin. One that is nothing but a
    /// substitution is left to [`Self::substitutions`].
    fn inline_script(&mut self, words: Option<&[Word]>, line: u32) -> Option<usize> {
        let first = words?.first()?;
        if first.text.starts_with("$(") || first.text.starts_with('`') {
            return None;
        }
        let script = words?.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
        let line = line.max(line_at(self.segments, first.start));
        self.nested(&script, &lines_from(&script, line), self.reader.clone());
        Some(first.start)
    }

    /// The scripts inside the words of a command. A shell runs what they print.
    fn substitutions(&mut self, words: &[Word], assignments: usize, innermost: &Innermost<'_>) {
        let program = innermost.program;
        let runs_output = matches!(innermost.runs, Runs::Script(_) | Runs::Arguments);
        let reads_files = wrapper::is_shell(program) || matches!(program, "source" | ".");
        let seen = innermost.script.unwrap_or(usize::MAX);
        let mut scripts = Vec::new();
        for (position, word) in words.iter().enumerate().filter(|(_, word)| word.start < seen) {
            let is_read = reads_files && (word.text.starts_with("<(") || word.text.is_empty());
            let is_run = position >= assignments && (runs_output || is_read);
            let reader = if is_run { vec![program.to_owned()] } else { Vec::new() };
            scripts.extend(word.inner.iter().map(|inner| (*inner, reader.clone())));
        }
        for ((start, end), reader) in scripts {
            self.part(self.text, self.segments, start, end.min(self.end), reader);
        }
    }

    /// Ends the pipeline: each of its commands is told what comes after it.
    fn finish_pipeline(&mut self) {
        let pipeline = std::mem::take(&mut self.pipeline);
        let mut after = self.reader.clone();
        for group in pipeline.into_iter().rev() {
            let mut names = Vec::new();
            for at in group {
                if let Some(command) = self.found.get_mut(at) {
                    command.piped_to.clone_from(&after);
                    names.push(command.name.clone());
                }
            }
            after.splice(..0, names);
            after.truncate(PIPELINE_MAX);
        }
    }
}

/// Programs of a pipeline that each command is told of.
const PIPELINE_MAX: usize = 16;

/// The text of a word; none for a redirection that is kept for its substitution.
fn argument(word: &Word) -> Option<String> {
    let is_redirection = word.text.is_empty() && !word.inner.is_empty();
    (!is_redirection).then(|| word.text.clone())
}

/// What follows the reserved words at the front.
fn without_reserved(words: &[Word]) -> &[Word] {
    let mut rest = words;
    while let Some((first, after)) = rest.split_first().filter(|(first, _)| !first.quoted) {
        rest = match &*first.text {
            "function" => after.get(1..).unwrap_or_default(),
            word if RESERVED.contains(&word) => after,
            _ => break,
        };
    }
    rest
}
