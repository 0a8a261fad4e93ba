//! What policies can read of a Dockerfile, by evaluating expressions over it.

use super::DockerfileFacts;
use cofferdam_bounds::Meter;
use cofferdam_cel::{Evaluation, Handle, Map, Program, Scope, Step, Value};
use cofferdam_manifest::dockerfile;
use cofferdam_policy::{
    Provenance,
    facts::{FactSource, TOP},
};
use cofferdam_secrets::Scanner;

const TEXT: &str = r#"# syntax=docker/dockerfile:1
ARG TAG=3.20
FROM golang:1.22@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS build
RUN --mount=type=secret,id=key --security=insecure \
    curl -sSL https://example.com/x | sh
FROM alpine:$TAG AS base
USER app
FROM base
ARG VERSION
ENV API_TOKEN=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 MODE=x
COPY --from=build --chown=1:2 ["/a", "/b c", "/d/"]
RUN echo $VERSION
ENTRYPOINT ["/d/a", "x"]
CMD run this
"#;

/// Whether an expression over the Dockerfile holds.
#[track_caller]
fn check(text: &str, expression: &str) {
    let (file, problems) = dockerfile::read("Dockerfile", text.into(), &Meter::default());
    assert!(problems.is_empty(), "{problems:?}");
    let facts = DockerfileFacts::of(&file, &Scanner::new());
    let mut scope = Scope::default();
    scope.set("dockerfile", Value::Map(Map::Source(Handle::new(&facts, TOP))));
    let program = Program::parse(expression).unwrap();
    assert_eq!(Evaluation::default().condition(&program, &scope), Ok(true), "{expression}");
}

#[test]
fn stages_and_what_they_come_from() {
    for expression in [
        "dockerfile.file == 'Dockerfile' && dockerfile.directives.syntax == 'docker/dockerfile:1'",
        "dockerfile.stages.map(s, s.final) == [false, false, true]",
        "dockerfile.stages.map(s, s.inImage) == [false, true, true]",
        "dockerfile.stages[0].name == 'build' && dockerfile.stages[0].base.digest.startsWith('sha256:0')",
        "dockerfile.stages[0].base.repository == 'library/golang' && dockerfile.stages[0].base.tag == '1.22'",
        "dockerfile.stages[1].base.text == 'alpine:3.20' && !has(dockerfile.stages[1].base.stage)",
        "dockerfile.stages[2].base.stage == 1 && !dockerfile.stages[2].base.scratch",
        "dockerfile.user == 'app' && dockerfile.stages[2].user == 'app' && !has(dockerfile.stages[0].user)",
    ] {
        check(TEXT, expression);
    }
    check("FROM scratch\n", "dockerfile.stages[0].base.scratch && !has(dockerfile.user)");
    check("ARG A\nFROM a:$A\n", "dockerfile.stages[0].base.text == 'a:$A'");
}

#[test]
fn instructions_and_commands() {
    for expression in [
        "dockerfile.instructions.map(i, i.line) == [2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14]",
        "dockerfile.instructions[2].flags == {'mount': 'type=secret,id=key', 'security': 'insecure'}",
        "dockerfile.instructions[2].mounts[0].type == 'secret' && dockerfile.instructions[2].mounts[0].id == 'key'",
        "dockerfile.instructions[8].arguments == ['/a', '/b c', '/d/']",
        "dockerfile.instructions[8].flags.from == 'build'",
        "dockerfile.instructions[6].variables[0].name == 'VERSION' && !has(dockerfile.instructions[6].variables[0].value)",
        "dockerfile.instructions[7].variables[1] == {'name': 'MODE', 'value': 'x'}",
        "dockerfile.instructions[9].shell == 'echo $VERSION' && !has(dockerfile.instructions[9].exec)",
        "dockerfile.instructions[10].exec == ['/d/a', 'x'] && !has(dockerfile.instructions[10].shell)",
        "dockerfile.commands[0].name == 'curl' && dockerfile.commands[0].line == 5",
        "dockerfile.commands[0].arguments[0] == '-sSL' && dockerfile.commands[0].pipedTo == ['sh']",
        "dockerfile.commands.filter(c, c.inImage).map(c, c.instruction) == ['RUN', 'ENTRYPOINT', 'CMD']",
        "dockerfile.instructions[2].commands.map(c, c.name) == ['curl', 'sh']",
    ] {
        check(TEXT, expression);
    }
}

#[test]
fn secrets() {
    check(
        TEXT,
        "dockerfile.secrets.map(s, [s.kind, s.place, s.name]) == [['github-token', 'env', 'API_TOKEN']]",
    );
    check(
        "FROM a\nCOPY <<k /k\nx\ntoken: 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\nk\n",
        "dockerfile.secrets.map(s, [s.place, s.line]) == [['document', 4]]",
    );
}

#[test]
fn places_and_reasons() {
    let text = "FROM a\nARG X\nUSER $X\nRUN a && \\\n    b\n";
    let (file, _) = dockerfile::read("d/Dockerfile", text.into(), &Meter::default());
    let facts = DockerfileFacts::of(&file, &Scanner::new());
    let user = Step::Member("user".into());
    assert!(facts.reason(TOP, &user).contains("whoever builds"));
    let Provenance::Place(place) = facts.provenance(TOP, &user) else { panic!() };
    assert_eq!((&*place.file, place.line, place.column), ("d/Dockerfile", 3, 1));
    // The second command stands in its own line.
    let command = facts.tables.iter().position(|table| {
        table.entries.iter().any(|it| matches!(&it.fact, super::Fact::Text(text) if text == "b"))
    });
    let place = facts.place(cofferdam_cel::Node(command.unwrap() as u64)).unwrap();
    assert_eq!((place.line, place.column), (5, 5));
    assert_eq!(&text[place.start as usize..place.end as usize], "b");
}
