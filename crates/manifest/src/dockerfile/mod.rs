//! Dockerfiles, read as BuildKit reads them.
//!
//! [`read`] gives the instructions with their lines, the build stages, and the values that the
//! file itself gives to variables. What BuildKit would refuse is a problem here, and the rest of
//! the file is read all the same. [`commands`] takes apart what RUN hands to a shell.
//!
//! ```
//! use cofferdam_bounds::Meter;
//! use cofferdam_manifest::dockerfile;
//!
//! let text = "ARG TAG=12\nFROM debian:$TAG AS base\nRUN apt-get update \\\n  && apt-get -y upgrade\n";
//! let (file, problems) = dockerfile::read("Dockerfile", text.into(), &Meter::default());
//! assert!(problems.is_empty());
//! assert_eq!(file.stages[0].base.text, "debian:12");
//! let commands = dockerfile::commands(&file, &file.instructions[2]);
//! assert_eq!((&*commands[1].name, commands[1].line), ("apt-get", 4));
//! ```

mod directive;
mod expand;
mod heredoc;
mod instruction;
mod lines;
mod name;
mod pattern;
mod shell;
mod stages;
#[cfg(test)]
mod tests;
mod validate;
mod words;

pub use directive::Directive;
pub use heredoc::Heredoc;
pub use instruction::{Form, Instruction, NAMES, Pair};
pub use name::is_dockerfile;
pub use shell::{Command, commands, script};
pub use stages::{Stage, Word};

use cofferdam_bounds::Meter;
use cofferdam_model::{Problem, ProblemKind};
use lines::{Fault, Reader};
use stages::Walk;
use std::sync::Arc;

/// Bytes of one Dockerfile. The largest ones that people write have some 100 KiB.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Instructions of one Dockerfile.
const INSTRUCTIONS_MAX: usize = 20_000;

/// Problems listed for one Dockerfile.
const PROBLEMS_MAX: usize = 100;

/// A Dockerfile.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// The path it was read under.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// The parser directives at its top.
    pub directives: Vec<Directive>,
    /// The escape character.
    pub escape: char,
    /// The instructions, in order.
    pub instructions: Vec<Instruction>,
    /// The build stages, in order; the last one is what a build makes.
    pub stages: Vec<Stage>,
}

impl Dockerfile {
    /// The stages whose files end up in the image: the last one, and those it starts from.
    pub fn final_stages(&self) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = self.stages.len().checked_sub(1);
        // A stage starts from an earlier one, so this ends.
        while let Some(stage) = next.and_then(|at| self.stages.get(at)) {
            found.push(stage.index);
            next = stage.base_stage.filter(|base| *base < stage.index);
        }
        found
    }
}

/// Reads a Dockerfile. `path` is for the problems.
pub fn read(path: &str, text: Arc<str>, meter: &Meter) -> (Dockerfile, Vec<Problem>) {
    let mut problems = Problems { path, list: Vec::new() };
    let text_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let over = match meter.add_bytes(text_bytes) {
        Err(exceeded) => Some(exceeded.to_string()),
        Ok(()) if text.len() > TEXT_BYTES_MAX => {
            Some(format!("a Dockerfile is over its limit of {TEXT_BYTES_MAX} bytes"))
        }
        Ok(()) => None,
    };
    if let Some(detail) = over {
        problems.add(ProblemKind::BudgetExceeded, detail);
    }
    let body = if problems.list.is_empty() { Arc::clone(&text) } else { "".into() };
    let mut reader = Reader::new(&body);
    let mut instructions = read_instructions(&mut reader, &mut problems);
    let escape = reader.escape();
    let mut walk = Walk::new(escape);
    for (index, instruction) in instructions.iter_mut().enumerate() {
        walk.step(index, instruction);
    }
    let Walk { stages, faults, is_exhausted, .. } = walk;
    problems.faults(faults);
    if is_exhausted {
        let detail = "the values of variables are too long to be worked out";
        problems.add(ProblemKind::BudgetExceeded, detail.to_owned());
    }
    if stages.is_empty() && problems.list.is_empty() {
        problems.add(ProblemKind::Malformed, "there is no FROM".to_owned());
    }
    let directives = reader.into_directives();
    let path = path.to_owned();
    let mut list = problems.list;
    list.truncate(PROBLEMS_MAX);
    (Dockerfile { path, text, directives, escape, instructions, stages }, list)
}

fn read_instructions(reader: &mut Reader<'_>, problems: &mut Problems<'_>) -> Vec<Instruction> {
    let mut instructions = Vec::new();
    let mut has_stage = false;
    while let Some(mut logical) = reader.logical() {
        if instructions.len() >= INSTRUCTIONS_MAX {
            let detail = format!("there are more than {INSTRUCTIONS_MAX} instructions");
            problems.add(ProblemKind::BudgetExceeded, detail);
            break;
        }
        let line = logical.line;
        let text = logical.text.clone();
        let (mut instruction, fault) = Instruction::parse(logical.clone(), reader.escape());
        let mut fault = fault.or_else(|| validate::fault(&instruction));
        if instruction.takes_heredocs() && text.contains("<<") {
            match heredoc::announced(&text) {
                Ok(heredocs) => instruction.heredocs = heredocs,
                Err(detail) => fault = fault.or(Some(detail)),
            }
            for heredoc in &mut instruction.heredocs {
                if !reader.heredoc(heredoc, &mut logical) {
                    let detail = format!("the heredoc {} has no end", heredoc.name);
                    fault = fault.or(Some(detail));
                }
            }
            instruction.end_line = logical.end_line;
            instruction.span.end = u32::try_from(logical.end).unwrap_or(u32::MAX);
            if let Some(trigger) = &mut instruction.trigger {
                (trigger.end_line, trigger.span) = (logical.end_line, instruction.span);
            }
        }
        has_stage |= instruction.name == "FROM";
        if !has_stage && instruction.name != "ARG" {
            fault = fault.or_else(|| Some(format!("{} stands before FROM", instruction.name)));
        }
        if let Some(detail) = fault {
            reader.fault(line, detail);
        }
        instructions.push(instruction);
    }
    problems.faults(std::mem::take(&mut reader.faults));
    instructions
}

/// Problems as they are found.
struct Problems<'p> {
    path: &'p str,
    list: Vec<Problem>,
}

impl Problems<'_> {
    fn add(&mut self, kind: ProblemKind, detail: String) {
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(Problem::at(kind, self.path, detail));
        }
    }

    fn faults(&mut self, faults: Vec<Fault>) {
        for Fault { line, detail } in faults {
            self.add(ProblemKind::Malformed, format!("line {line}: {detail}"));
        }
    }
}
