//! From a Dockerfile to its tables of facts.

use super::{DockerfileFacts, Entry, Fact, Table, secrets};
use cofferdam_manifest::{
    Lines, Span,
    dockerfile::{Command, Dockerfile, Form, Instruction, Stage, Word, commands},
};
use cofferdam_model::ImageReference;
use cofferdam_secrets::Scanner;
use std::sync::Arc;

/// Commands of one Dockerfile. The longest that people write have a few hundred.
const COMMANDS_MAX: usize = 20_000;

/// Why the value of a word is unknown.
const BUILDER: &str = "a variable in it is set by whoever builds, or by the base image";

/// Tables as they are made.
#[derive(Default)]
pub(super) struct Tables {
    all: Vec<Table>,
}

impl Tables {
    fn add(&mut self, is_list: bool, entries: Vec<Entry>, span: Span) -> Fact {
        self.all.push(Table { is_list, entries, span });
        Fact::Table(self.all.len() - 1)
    }

    pub(super) fn map<const N: usize>(
        &mut self,
        span: Span,
        members: [(&str, Option<Fact>); N],
    ) -> Fact {
        let entries =
            members.into_iter().filter_map(|(name, fact)| Some(entry(name, fact?))).collect();
        self.add(false, entries, span)
    }

    pub(super) fn list(&mut self, span: Span, facts: Vec<Fact>) -> Fact {
        let entries = facts.into_iter().map(|fact| entry("", fact)).collect();
        self.add(true, entries, span)
    }

    fn texts<'a>(&mut self, span: Span, texts: impl IntoIterator<Item = &'a str>) -> Fact {
        let facts = texts.into_iter().map(text).collect();
        self.list(span, facts)
    }
}

fn entry(name: &str, fact: Fact) -> Entry {
    Entry { name: name.into(), fact, span: None }
}

pub(super) fn text(text: &str) -> Fact {
    Fact::Text(text.to_owned())
}

pub(super) fn number(number: impl TryInto<i64>) -> Fact {
    Fact::Int(number.try_into().unwrap_or(i64::MAX))
}

/// The text of a word, or why there is none.
fn word(word: &Word) -> Fact {
    if word.is_known { text(&word.text) } else { Fact::Unknown(BUILDER.to_owned()) }
}

pub(super) fn facts<'f>(file: &'f Dockerfile, scanner: &Scanner) -> DockerfileFacts<'f> {
    let mut tables = Tables::default();
    // The root comes first, and is filled in at the end.
    tables.add(false, Vec::new(), Span::default());
    let in_image = file.final_stages();
    let lines = LineSpans::of(&file.text);
    let mut instructions = Vec::new();
    let mut all_commands = Vec::new();
    for instruction in &file.instructions {
        let is_in_image = instruction.stage.is_some_and(|stage| in_image.contains(&stage));
        let mut own = Vec::new();
        let room = COMMANDS_MAX.saturating_sub(all_commands.len());
        for command in commands(file, instruction).iter().take(room) {
            let fact = command_fact(&mut tables, command, instruction, is_in_image, &lines);
            if let Fact::Table(index) = fact {
                all_commands.push(Fact::Table(index));
                own.push(Fact::Table(index));
            }
        }
        instructions.push(instruction_fact(&mut tables, instruction, is_in_image, own));
    }
    let stages =
        file.stages.iter().map(|it| stage_fact(&mut tables, file, it, &in_image)).collect();
    let secrets = secrets::facts(&mut tables, file, scanner, &lines);
    let top = file.stages.last().and_then(|stage| file.instructions.get(stage.from));
    let span = top.map(|from| from.span).unwrap_or_default();
    let user = file.stages.last().and_then(|stage| user(file, stage));
    let directives = directives(&mut tables, file);
    let members = [
        ("file", Some(text(&file.path))),
        ("directives", Some(directives)),
        ("stages", Some(tables.list(span, stages))),
        ("instructions", Some(tables.list(span, instructions))),
        ("commands", Some(tables.list(span, all_commands))),
        ("secrets", Some(secrets)),
    ];
    if let Some(root) = tables.all.first_mut() {
        root.span = span;
        root.entries =
            members.into_iter().filter_map(|(name, fact)| Some(entry(name, fact?))).collect();
        if let Some((user, instruction)) = user {
            root.entries.push(Entry { span: Some(instruction.span), ..entry("user", user) });
        }
    }
    DockerfileFacts {
        tables: tables.all,
        file: Arc::from(&*file.path),
        lines: Lines::of(&file.text),
    }
}

fn directives(tables: &mut Tables, file: &Dockerfile) -> Fact {
    let entries = file
        .directives
        .iter()
        .map(|directive| entry(directive.name, text(&directive.value)))
        .collect();
    tables.add(false, entries, Span::default())
}

/// Who a stage runs as at its end, if it says so, and the USER that says it.
fn user<'f>(file: &'f Dockerfile, stage: &Stage) -> Option<(Fact, &'f Instruction)> {
    let instruction = file.instructions.get(stage.user?)?;
    Some((instruction.values.first().map(word)?, instruction))
}

fn stage_fact(tables: &mut Tables, file: &Dockerfile, stage: &Stage, in_image: &[usize]) -> Fact {
    let span = file.instructions.get(stage.from).map(|from| from.span).unwrap_or_default();
    let is_scratch = stage.base_stage.is_none() && stage.base.text == "scratch";
    let names_image = stage.base_stage.is_none() && !is_scratch;
    let parsed = (names_image && stage.base.is_known)
        .then(|| stage.base.text.parse::<ImageReference>())
        .and_then(Result::ok);
    let part = |known: Option<Fact>| {
        let unknown = names_image && !stage.base.is_known;
        if unknown { Some(Fact::Unknown(BUILDER.to_owned())) } else { known }
    };
    let image = parsed.as_ref();
    let base = [
        ("text", Some(text(&stage.base.text))),
        ("registry", part(image.map(|image| text(&image.registry)))),
        ("repository", part(image.map(|image| text(&image.repository)))),
        ("tag", part(image.and_then(|image| image.tag.as_deref()).map(text))),
        ("digest", part(image.and_then(|image| image.digest).map(|d| text(&d.to_string())))),
        ("valid", part(Some(Fact::Bool(image.is_some())))),
        ("stage", stage.base_stage.map(number)),
        ("scratch", Some(Fact::Bool(is_scratch))),
    ];
    let base = tables.map(span, base);
    let members = [
        ("index", Some(number(stage.index))),
        ("name", stage.name.as_deref().map(text)),
        ("base", Some(base)),
        ("platform", stage.platform.as_ref().map(word)),
        ("user", user(file, stage).map(|(user, _)| user)),
        ("final", Some(Fact::Bool(stage.index + 1 == file.stages.len()))),
        ("inImage", Some(Fact::Bool(in_image.contains(&stage.index)))),
        ("line", file.instructions.get(stage.from).map(|from| number(from.line))),
    ];
    tables.map(span, members)
}

fn instruction_fact(
    tables: &mut Tables,
    instruction: &Instruction,
    is_in_image: bool,
    commands: Vec<Fact>,
) -> Fact {
    let span = instruction.span;
    let (shell, exec) = program(tables, instruction);
    let arguments = arguments(tables, instruction);
    let flags = flags(tables, instruction);
    let variables = variables(tables, instruction);
    let mounts = instruction.flag_values("mount").map(|mount| mount_fact(tables, span, mount));
    let mounts = mounts.collect();
    let heredocs = instruction.heredocs.iter().map(|heredoc| {
        let members =
            [("name", Some(text(&heredoc.name))), ("text", Some(Fact::Text(heredoc.text())))];
        tables.map(span, members)
    });
    let heredocs = heredocs.collect();
    let members = [
        ("name", Some(text(&instruction.name))),
        ("text", Some(text(&instruction.text))),
        ("flags", Some(flags)),
        ("arguments", Some(arguments)),
        ("variables", Some(variables)),
        ("heredocs", Some(tables.list(span, heredocs))),
        ("mounts", Some(tables.list(span, mounts))),
        ("shell", shell),
        ("exec", exec),
        ("commands", Some(tables.list(span, commands))),
        ("trigger", instruction.trigger.as_ref().map(|trigger| text(&trigger.name))),
        ("stage", instruction.stage.map(number)),
        ("inImage", Some(Fact::Bool(is_in_image))),
        ("line", Some(number(instruction.line))),
    ];
    tables.map(span, members)
}

/// What a shell, or the kernel without one, is handed.
fn program(tables: &mut Tables, instruction: &Instruction) -> (Option<Fact>, Option<Fact>) {
    let words = match &*instruction.name {
        "RUN" | "CMD" | "ENTRYPOINT" => instruction.arguments.as_slice(),
        "HEALTHCHECK" => instruction.arguments.get(1..).unwrap_or_default(),
        _ => return (None, None),
    };
    match instruction.form {
        Form::Exec => {
            (None, Some(tables.texts(instruction.span, words.iter().map(String::as_str))))
        }
        _ => (words.first().map(|words| text(words)), None),
    }
}

/// The words once variables are replaced, as far as the file says.
fn arguments(tables: &mut Tables, instruction: &Instruction) -> Fact {
    let span = instruction.span;
    match &*instruction.name {
        "ADD" | "COPY" | "EXPOSE" | "USER" | "WORKDIR" | "VOLUME" | "STOPSIGNAL" => {
            tables.texts(span, instruction.values.iter().map(|value| &*value.text))
        }
        _ => tables.texts(span, instruction.arguments.iter().map(String::as_str)),
    }
}

fn flags(tables: &mut Tables, instruction: &Instruction) -> Fact {
    let mut entries: Vec<Entry> = Vec::new();
    for flag in &instruction.flags {
        let flag = flag.trim_start_matches('-');
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        // The last one counts; mounts are listed by themselves.
        entries.retain(|entry| &*entry.name != name);
        entries.push(entry(name, text(value)));
    }
    tables.add(false, entries, instruction.span)
}

/// Names and values of ENV, LABEL and ARG; an ARG without a default has no value.
fn variables(tables: &mut Tables, instruction: &Instruction) -> Fact {
    let span = instruction.span;
    let argument = |argument: &String| {
        let (name, value) =
            argument.split_once('=').map_or((&**argument, false), |(n, _)| (n, true));
        (name.to_owned(), value)
    };
    let names: Vec<(String, bool)> = match &*instruction.name {
        "ARG" => instruction.arguments.iter().map(argument).collect(),
        "ENV" | "LABEL" => instruction.pairs.iter().map(|pair| (pair.name.clone(), true)).collect(),
        _ => Vec::new(),
    };
    let facts = names.iter().zip(&instruction.values).map(|((name, has_value), value)| {
        let value = has_value.then(|| text(&value.text));
        tables.map(span, [("name", Some(text(name))), ("value", value)])
    });
    let facts = facts.collect();
    tables.list(span, facts)
}

/// `type=secret,id=x`: a map, with `type: bind` where nothing else is said.
fn mount_fact(tables: &mut Tables, span: Span, mount: &str) -> Fact {
    let field = |wanted: &[&str]| {
        mount.split(',').find_map(|field| {
            let (key, value) = field.split_once('=')?;
            wanted.iter().any(|wanted| key.eq_ignore_ascii_case(wanted)).then_some(value)
        })
    };
    let members = [
        ("type", Some(text(field(&["type"]).unwrap_or("bind")))),
        ("id", field(&["id"]).map(text)),
        ("from", field(&["from"]).map(text)),
        ("source", field(&["source", "src"]).map(text)),
        ("target", field(&["target", "dst", "destination"]).map(text)),
        ("env", field(&["env"]).map(text)),
    ];
    tables.map(span, members)
}

fn command_fact(
    tables: &mut Tables,
    command: &Command,
    instruction: &Instruction,
    is_in_image: bool,
    lines: &LineSpans,
) -> Fact {
    let span = lines.span(command.line).unwrap_or(instruction.span);
    let arguments = tables.texts(span, command.arguments.iter().map(String::as_str));
    let piped_to = tables.texts(span, command.piped_to.iter().map(String::as_str));
    let members = [
        ("name", Some(text(&command.name))),
        ("arguments", Some(arguments)),
        ("text", Some(text(&command.text))),
        ("pipedTo", Some(piped_to)),
        ("instruction", Some(text(&instruction.name))),
        ("stage", instruction.stage.map(number)),
        ("inImage", Some(Fact::Bool(is_in_image))),
        ("line", Some(number(command.line))),
    ];
    tables.map(span, members)
}

/// Where the lines of a text stand, without the blanks around them.
pub(super) struct LineSpans {
    spans: Vec<Span>,
}

impl LineSpans {
    fn of(text: &str) -> Self {
        let mut offset = 0;
        let spans = text.split_inclusive('\n').map(|line| {
            let start = offset + (line.len() - line.trim_start().len());
            let end = offset + line.trim_end().len();
            offset += line.len();
            let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            Span { start: number(start), end: number(end.max(start)) }
        });
        Self { spans: spans.collect() }
    }

    /// Where a line stands, 1 at the top.
    pub(super) fn span(&self, line: u32) -> Option<Span> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        self.spans.get(index).copied()
    }
}
