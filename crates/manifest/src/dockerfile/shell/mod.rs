//! What RUN hands to a shell, as simple commands.
//!
//! This is no shell: it knows quotes, operators, reserved words, heredocs and substitutions well
//! enough to say which programs are started with which words, and evaluates nothing.

mod scan;
mod split;
mod wrapper;

use super::{
    Dockerfile, Form, Instruction,
    lines::{Segment, line_at},
};
use split::Splitter;

/// Commands of one instruction.
const COMMANDS_MAX: usize = 5_000;

/// Substitutions within scripts within substitutions.
const DEPTH_MAX: u32 = 8;

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The program without its folders, quotes taken off: `apt-get`.
    pub name: String,
    /// Its words, quotes taken off, variables as written.
    pub arguments: Vec<String>,
    /// The command as written.
    pub text: String,
    /// The line of the file where it begins.
    pub line: u32,
    /// The programs further down its pipeline; for `sh -c "$(curl …)"` the shell is one of them.
    pub piped_to: Vec<String>,
}

/// The commands of an instruction: RUN, CMD, ENTRYPOINT, HEALTHCHECK, or what ONBUILD holds. Empty
/// where the shell is none that this knows, such as PowerShell.
pub fn commands(file: &Dockerfile, instruction: &Instruction) -> Vec<Command> {
    if let Some(trigger) = &instruction.trigger {
        let trigger = Instruction {
            heredocs: instruction.heredocs.clone(),
            text: instruction.text.clone(),
            stage: instruction.stage,
            ..(**trigger).clone()
        };
        return commands(file, &trigger);
    }
    let words = match &*instruction.name {
        "RUN" | "CMD" | "ENTRYPOINT" => instruction.arguments.as_slice(),
        "HEALTHCHECK" => instruction.arguments.get(1..).unwrap_or_default(),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    if instruction.form == Form::Exec {
        let words = words.iter().map(|word| scan::Word::plain(word, instruction.rest_at)).collect();
        Splitter::new(&instruction.text, &instruction.segments, &mut found).exec(words);
    } else if has_known_shell(file, instruction) {
        Splitter::new(&instruction.text, &instruction.segments, &mut found)
            .from(instruction.rest_at)
            .with_heredocs(&instruction.heredocs)
            .run();
    }
    found
}

/// The commands of a shell script that begins in this line.
pub fn script(text: &str, line: u32) -> Vec<Command> {
    let mut found = Vec::new();
    Splitter::new(text, &lines_from(text, line), &mut found).run();
    found
}

/// Whether the SHELL in force is one for scripts as POSIX has them.
fn has_known_shell(file: &Dockerfile, instruction: &Instruction) -> bool {
    let stage = instruction.stage.and_then(|at| file.stages.get(at));
    let shell = stage.and_then(|stage| stage.shell).and_then(|at| file.instructions.get(at));
    match shell.and_then(|shell| shell.arguments.first()) {
        Some(program) => wrapper::is_shell(base_name(program)),
        // A backtick escapes where backslashes part folders: on Windows.
        None => file.escape == '\\',
    }
}

/// Each line of a text has the number after the one before it.
fn lines_from(text: &str, first: u32) -> Vec<Segment> {
    let after = text.match_indices('\n').map(|(at, _)| at + 1);
    let offsets = std::iter::once(0).chain(after);
    offsets.zip(first..).map(|(offset, line)| Segment { offset, line }).collect()
}

/// A program without its folders.
fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
