//! Credentials in a Dockerfile: whoever has the image, or its history, has them.

use super::{
    Fact,
    build::{LineSpans, Tables, number, text},
};
use cofferdam_manifest::{
    Span,
    dockerfile::{Dockerfile, Instruction},
};
use cofferdam_model::Secret;
use cofferdam_secrets::Scanner;
use std::collections::HashSet;

/// Credentials that are told of one Dockerfile.
const SECRETS_MAX: usize = 100;

/// A credential, and where it stands.
struct Found<'f> {
    secret: Secret,
    place: &'static str,
    name: Option<&'f str>,
    instruction: &'f Instruction,
    span: Span,
    line: u32,
}

/// The list `secrets`.
pub(super) fn facts(
    tables: &mut Tables,
    file: &Dockerfile,
    scanner: &Scanner,
    lines: &LineSpans,
) -> Fact {
    let mut seen = HashSet::new();
    let mut facts = Vec::new();
    for instruction in &file.instructions {
        for found in search(instruction, scanner, lines) {
            let Found { secret, place, name, instruction, span, line } = found;
            let is_new = seen.insert((secret.kind, secret.masked.clone(), line));
            if !is_new || facts.len() >= SECRETS_MAX {
                continue;
            }
            let members = [
                ("kind", Some(text(secret.kind))),
                ("title", Some(text(secret.title))),
                ("masked", Some(text(&secret.masked))),
                ("evidence", Some(text(&secret.evidence))),
                ("place", Some(text(place))),
                ("name", name.map(text)),
                ("instruction", Some(text(&instruction.name))),
                ("line", Some(number(line))),
            ];
            facts.push(tables.map(span, members));
        }
    }
    tables.list(Span::default(), facts)
}

fn search<'f>(
    instruction: &'f Instruction,
    scanner: &Scanner,
    lines: &LineSpans,
) -> Vec<Found<'f>> {
    let (span, line) = (instruction.span, instruction.line);
    let told = |secret, place, name| Found { secret, place, name, instruction, span, line };
    let mut found = Vec::new();
    match &*instruction.name {
        "ENV" | "LABEL" => {
            let place = if instruction.name == "ENV" { "env" } else { "label" };
            for (pair, value) in instruction.pairs.iter().zip(&instruction.values) {
                let secrets = scanner.variable(&pair.name, &value.text);
                found.extend(secrets.into_iter().map(|it| told(it, place, Some(&*pair.name))));
            }
        }
        "ARG" => {
            for (argument, value) in instruction.arguments.iter().zip(&instruction.values) {
                let Some((name, _)) = argument.split_once('=') else { continue };
                let secrets = scanner.variable(name, &value.text);
                found.extend(secrets.into_iter().map(|it| told(it, "argument", Some(name))));
            }
        }
        "FROM" | "USER" | "WORKDIR" | "EXPOSE" | "STOPSIGNAL" | "MAINTAINER" => {}
        _ => {
            let secrets = scanner.command(&instruction.text);
            found.extend(secrets.into_iter().map(|secret| told(secret, "command", None)));
        }
    }
    for heredoc in &instruction.heredocs {
        // Reading from memory cannot fail.
        let content = heredoc.content.as_bytes();
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let (secrets, _) = scanner.file(&heredoc.name, size, &mut &*content).unwrap_or_default();
        for secret in secrets {
            let mut told = told(secret, "document", Some(&*heredoc.name));
            // Lines of the document, from 1.
            let line = told.secret.line.unwrap_or(1);
            told.line = heredoc.line.saturating_add(line.saturating_sub(1));
            told.span = lines.span(told.line).unwrap_or(span);
            found.push(told);
        }
    }
    found
}
