//! Stages, and the values of variables as the file itself gives them.

use super::{
    expand::{Environment, Expanded, Lexer, Variable},
    heredoc,
    instruction::{Form, Instruction},
    lines::Fault,
};

/// Bytes of all expanded values together. A file of 100 KiB uses about as much.
const VALUES_BYTES_MAX: usize = 16 << 20;

/// What the builder decides: never in the file.
const PLATFORM_ARGUMENTS: [&str; 11] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
];

/// A text after its variables are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text. A variable that only the builder or a base image knows stands in it as written.
    pub text: String,
    /// Whether there is no such variable.
    pub is_known: bool,
}

/// A build stage.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// Its position, from 0.
    pub index: usize,
    /// Its name, in lower case.
    pub name: Option<String>,
    /// What it starts from: an image, `scratch`, or a stage.
    pub base: Word,
    /// The stage that it starts from, by index.
    pub base_stage: Option<usize>,
    /// The platform that it asks for.
    pub platform: Option<Word>,
    /// Its FROM, an index into the instructions.
    pub from: usize,
    /// The last USER, its own or that of the stages it starts from: an index into the
    /// instructions.
    pub user: Option<usize>,
    /// The last SHELL likewise.
    pub shell: Option<usize>,
}

/// Walks over the instructions once and fills in what they come to.
#[derive(Debug)]
pub(super) struct Walk {
    lexer: Lexer,
    /// What stands before the first FROM.
    global: Environment,
    /// The environment at the end of each finished stage, or in the current one.
    environments: Vec<Environment>,
    pub(super) stages: Vec<Stage>,
    pub(super) faults: Vec<Fault>,
    spent: usize,
    /// Whether there was no room for all values.
    pub(super) is_exhausted: bool,
}

impl Walk {
    pub(super) fn new(escape: char) -> Self {
        let mut global = Environment::empty();
        for name in PLATFORM_ARGUMENTS {
            global.set(name, None);
        }
        Self {
            lexer: Lexer::new(escape),
            global,
            environments: Vec::new(),
            stages: Vec::new(),
            faults: Vec::new(),
            spent: 0,
            is_exhausted: false,
        }
    }

    /// The next instruction, which is the one at `index`.
    pub(super) fn step(&mut self, index: usize, instruction: &mut Instruction) {
        if instruction.name == "FROM" {
            self.from(index, instruction);
        }
        instruction.stage = self.stages.len().checked_sub(1);
        let environment = match self.environments.last_mut() {
            Some(environment) => std::mem::take(environment),
            None if instruction.name == "ARG" => return self.global_arguments(instruction),
            None => return,
        };
        let environment = self.in_stage(index, instruction, environment);
        if let Some(last) = self.environments.last_mut() {
            *last = environment;
        }
    }

    fn in_stage(
        &mut self,
        index: usize,
        instruction: &mut Instruction,
        mut environment: Environment,
    ) -> Environment {
        let line = instruction.line;
        match &*instruction.name {
            "ARG" => {
                let global = std::mem::take(&mut self.global);
                for argument in &instruction.arguments {
                    let (name, value) = self.argument(argument, &environment, line);
                    let value = value.or_else(|| inherited(&global, &name));
                    instruction.values.push(value.clone().unwrap_or_default());
                    environment.set(&name, value.and_then(Word::known));
                }
                self.global = global;
            }
            "ENV" | "LABEL" => {
                // All of one instruction see what was before it.
                let mut names = Vec::new();
                for pair in &instruction.pairs {
                    names.push(self.expand(&pair.name, &environment, line).text);
                    instruction.values.push(self.expand(&pair.value, &environment, line));
                }
                if instruction.name == "ENV" {
                    for (name, value) in names.iter().zip(&instruction.values) {
                        environment.set(name, value.clone().known());
                    }
                }
            }
            "EXPOSE" => {
                for port in &instruction.arguments {
                    let Expanded { words, unknown, .. } = self.expanded(port, &environment, line);
                    let word = |text| Word { text, is_known: !unknown };
                    instruction.values.extend(words.into_iter().map(word));
                }
            }
            "ADD" | "COPY" | "VOLUME" | "USER" | "WORKDIR" | "STOPSIGNAL" => {
                for argument in &instruction.arguments {
                    let value = match heredoc::parse(argument) {
                        Ok(Some(_)) => Word { text: argument.clone(), is_known: true },
                        _ => self.expand(argument, &environment, line),
                    };
                    instruction.values.push(value);
                }
            }
            _ => {}
        }
        if let Some(stage) = self.stages.last_mut() {
            match &*instruction.name {
                "USER" if !instruction.values.is_empty() => stage.user = Some(index),
                "SHELL" if instruction.form == Form::Exec => stage.shell = Some(index),
                _ => {}
            }
        }
        environment
    }

    fn global_arguments(&mut self, instruction: &mut Instruction) {
        let mut global = std::mem::take(&mut self.global);
        for argument in &instruction.arguments {
            let (name, value) = self.argument(argument, &global, instruction.line);
            instruction.values.push(value.clone().unwrap_or_default());
            // Without a value the builder may give one.
            if value.is_some() || global.entry(&name).is_none() {
                global.set(&name, value.and_then(Word::known));
            }
        }
        self.global = global;
    }

    /// A word of ARG: its name and default.
    fn argument(
        &mut self,
        argument: &str,
        environment: &Environment,
        line: u32,
    ) -> (String, Option<Word>) {
        match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(self.expand(value, environment, line))),
            None => (argument.to_owned(), None),
        }
    }

    fn from(&mut self, index: usize, instruction: &mut Instruction) {
        let line = instruction.line;
        let global = std::mem::take(&mut self.global);
        let written = instruction.arguments.first().map_or("", String::as_str);
        let base = self.expand(written, &global, line);
        if base.is_known && base.text.is_empty() && !written.is_empty() {
            let detail = format!("the base image {written} comes to nothing");
            self.faults.push(Fault { line, detail });
        }
        let platform = instruction.flag("platform").map(|text| self.expand(text, &global, line));
        self.global = global;
        instruction.values.push(base.clone());
        let name = match instruction.arguments.as_slice() {
            [_, middle, name] if middle.eq_ignore_ascii_case("as") => Some(name.to_lowercase()),
            _ => None,
        };
        let base_stage = if base.is_known { self.stage_named(&base.text) } else { None };
        let stage = base_stage.and_then(|at| self.stages.get(at));
        let (user, shell) = stage.map_or((None, None), |stage| (stage.user, stage.shell));
        let environment = match base_stage.and_then(|at| self.environments.get(at)) {
            Some(environment) => environment.clone(),
            None => Environment::new(base.text != "scratch"),
        };
        self.spend(environment.bytes());
        let environment = if self.is_exhausted { Environment::new(true) } else { environment };
        self.environments.push(environment);
        let position = self.stages.len();
        let stage =
            Stage { index: position, name, base, base_stage, platform, from: index, user, shell };
        self.stages.push(stage);
    }

    /// The last stage of a name, in any case.
    fn stage_named(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        self.stages.iter().rposition(|stage| stage.name.as_ref() == Some(&name))
    }

    fn expand(&mut self, text: &str, environment: &Environment, line: u32) -> Word {
        let Expanded { text, unknown, .. } = self.expanded(text, environment, line);
        Word { text, is_known: !unknown }
    }

    fn expanded(&mut self, text: &str, environment: &Environment, line: u32) -> Expanded {
        let as_written =
            || Expanded { text: text.to_owned(), words: vec![text.to_owned()], unknown: true };
        if self.is_exhausted {
            return as_written();
        }
        match self.lexer.expand(text, environment) {
            Ok(expanded) => {
                self.spend(expanded.text.len());
                expanded
            }
            Err(detail) => {
                self.faults.push(Fault { line, detail });
                as_written()
            }
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes);
        self.is_exhausted |= self.spent > VALUES_BYTES_MAX;
    }
}

/// What an ARG without a default takes from above the first FROM, where that says.
fn inherited(global: &Environment, name: &str) -> Option<Word> {
    match global.get(name) {
        Variable::Set(value) => Some(Word { text: value.to_owned(), is_known: true }),
        Variable::Unset | Variable::Unknown => None,
    }
}

impl Word {
    /// The text, if it is known.
    pub fn known(self) -> Option<String> {
        self.is_known.then_some(self.text)
    }
}
