//! What BuildKit refuses in an instruction that it could read.

use super::{
    heredoc,
    instruction::{Form, Instruction, NAMES},
    words,
};

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Text,
    /// Text, and the flag may stand several times.
    Texts,
    Bool,
}

/// What is wrong with an instruction, if anything is.
pub(super) fn fault(instruction: &Instruction) -> Option<String> {
    if NAMES.contains(&&*instruction.name) {
        arguments(instruction).err()
    } else {
        Some(format!("unknown instruction: {}", instruction.name))
    }
}

fn arguments(instruction: &Instruction) -> Result<(), String> {
    let Instruction { name, arguments, .. } = instruction;
    let count = if instruction.pairs.is_empty() {
        arguments.len() + usize::from(instruction.trigger.is_some())
    } else {
        instruction.pairs.len()
    };
    match &**name {
        "MAINTAINER" | "WORKDIR" | "USER" | "STOPSIGNAL" if count != 1 => {
            return Err(format!("{name} needs exactly one argument"));
        }
        "ENV" | "LABEL" | "ARG" | "ONBUILD" | "EXPOSE" | "VOLUME" | "HEALTHCHECK" | "SHELL"
            if count == 0 =>
        {
            return Err(format!("{name} needs at least one argument"));
        }
        "ADD" | "COPY" if count < 2 => {
            return Err(format!("{name} needs a source and a destination"));
        }
        "FROM" => stage(arguments)?,
        "HEALTHCHECK" => health_check(instruction)?,
        _ => {}
    }
    flags(instruction)?;
    match &**name {
        "ENV" | "LABEL" if instruction.pairs.iter().any(|pair| pair.name.is_empty()) => {
            Err(format!("a name in {name} is empty"))
        }
        "ARG" if arguments.iter().any(|argument| argument.starts_with('=')) => {
            Err("a name in ARG is empty".to_owned())
        }
        "ADD" | "COPY" => match arguments.last() {
            Some(last) if heredoc::parse(last).is_ok_and(|found| found.is_some()) => {
                Err(format!("{name} cannot have a heredoc for its destination"))
            }
            _ => Ok(()),
        },
        "VOLUME" if arguments.iter().any(|volume| volume.trim().is_empty()) => {
            Err("a volume is empty".to_owned())
        }
        "SHELL" if instruction.form != Form::Exec => Err("SHELL needs a JSON list".to_owned()),
        "ONBUILD" => trigger(instruction),
        "RUN" => run(instruction),
        _ => Ok(()),
    }
}

fn trigger(instruction: &Instruction) -> Result<(), String> {
    match instruction.trigger.as_deref().map(|trigger| &*trigger.name) {
        Some("ONBUILD") => Err("ONBUILD cannot hold another ONBUILD".to_owned()),
        Some(name @ ("MAINTAINER" | "FROM")) => Err(format!("{name} cannot stand in ONBUILD")),
        _ => Ok(()),
    }
}

fn stage(arguments: &[String]) -> Result<(), String> {
    match arguments {
        [_] => Ok(()),
        [_, middle, name] if middle.eq_ignore_ascii_case("as") => {
            let name = name.to_lowercase();
            let word = |c: char| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.')
            };
            if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(word) {
                Ok(())
            } else {
                Err(format!("{name:?} is not a name for a stage"))
            }
        }
        _ => Err("FROM needs one argument, or three with AS".to_owned()),
    }
}

fn run(instruction: &Instruction) -> Result<(), String> {
    let network = instruction.flag("network").unwrap_or("default");
    if !["default", "none", "host"].contains(&network) {
        return Err(format!("{network:?} is not a network mode"));
    }
    let security = instruction.flag("security").unwrap_or("sandbox");
    if !["insecure", "sandbox"].contains(&security) {
        return Err(format!("{security:?} is not a security mode"));
    }
    for mount in instruction.flag_values("mount") {
        let fields = words::comma_separated(mount)
            .ok_or_else(|| format!("a quote stands where none can be: --mount={mount}"))?;
        for field in fields {
            let Some((key, value)) = field.split_once('=') else { continue };
            let dollar = value.find('$');
            if key.eq_ignore_ascii_case("from") && dollar.is_some_and(|at| at + 1 < value.len()) {
                return Err("the stage of a mount cannot be a variable".to_owned());
            }
        }
    }
    Ok(())
}

fn health_check(instruction: &Instruction) -> Result<(), String> {
    let (kind, command) = match instruction.arguments.split_first() {
        Some((kind, command)) => (kind.to_uppercase(), command),
        None => return Ok(()),
    };
    match &*kind {
        "NONE" if command.is_empty() => Ok(()),
        "NONE" => Err("HEALTHCHECK NONE takes no arguments".to_owned()),
        "CMD" if command.is_empty() => Err("HEALTHCHECK CMD needs a command".to_owned()),
        "CMD" => {
            for name in ["interval", "timeout", "start-period", "start-interval"] {
                match instruction.flag(name) {
                    Some(text) if !text.is_empty() && !is_duration(text) => {
                        return Err(format!("{text:?} is not a duration for --{name}"));
                    }
                    _ => {}
                }
            }
            match instruction.flag("retries") {
                Some(text) if !text.is_empty() && text.parse::<i32>().map_or(true, |n| n < 0) => {
                    Err(format!("{text:?} is not a number of retries"))
                }
                _ => Ok(()),
            }
        }
        _ => Err(format!("HEALTHCHECK is CMD or NONE, not {kind}")),
    }
}

/// A duration as Go writes it, `1m30s`: nothing, or a millisecond and more.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut nanoseconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end).unwrap_or((after, ""));
        let unit = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return false,
        };
        let Ok(number) = number.parse::<f64>() else { return false };
        nanoseconds += number * unit;
        rest = after;
    }
    !text.trim_start_matches('+').is_empty() && (nanoseconds == 0.0 || nanoseconds >= 1e6)
}

/// The flags of each instruction; `None` where they are not even looked at.
fn known_flags(instruction: &Instruction) -> Option<&'static [(&'static str, Takes)]> {
    use Takes::{Bool, Text, Texts};
    let none =
        || instruction.arguments.first().is_some_and(|kind| kind.eq_ignore_ascii_case("NONE"));
    Some(match &*instruction.name {
        "ADD" => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Bool),
            ("keep-git-dir", Bool),
            ("checksum", Text),
            ("unpack", Bool),
            ("exclude", Texts),
        ],
        "COPY" => &[
            ("chown", Text),
            ("from", Text),
            ("chmod", Text),
            ("link", Bool),
            ("exclude", Texts),
            ("parents", Bool),
        ],
        "FROM" => &[("platform", Text)],
        "RUN" => &[("mount", Texts), ("network", Text), ("security", Text), ("device", Texts)],
        "HEALTHCHECK" if !none() => &[
            ("interval", Text),
            ("timeout", Text),
            ("start-period", Text),
            ("start-interval", Text),
            ("retries", Text),
        ],
        "HEALTHCHECK" | "STOPSIGNAL" | "ARG" | "SHELL" if instruction.name != "SHELL" => {
            return None;
        }
        _ => &[],
    })
}

fn flags(instruction: &Instruction) -> Result<(), String> {
    let Some(known) = known_flags(instruction) else { return Ok(()) };
    let mut seen = Vec::new();
    for flag in &instruction.flags {
        let (name, value) =
            flag.split_once('=').map_or((&**flag, None), |(name, value)| (name, Some(value)));
        let short = name.strip_prefix("--").unwrap_or(name);
        let Some((_, takes)) = known.iter().find(|(known, _)| *known == short) else {
            return Err(format!("{} has no flag {name}", instruction.name));
        };
        if *takes != Takes::Texts && seen.contains(&short) {
            return Err(format!("the flag {name} stands twice"));
        }
        seen.push(short);
        match (takes, value) {
            (Takes::Bool, Some(value)) if !["true", "false"].contains(&&*value.to_lowercase()) => {
                return Err(format!("the flag {name} is true or false, not {value:?}"));
            }
            (Takes::Text | Takes::Texts, None) => {
                return Err(format!("the flag {name} needs a value"));
            }
            _ => {}
        }
    }
    Ok(())
}
