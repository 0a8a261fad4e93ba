//! The corpus as BuildKit reads it: `corpus/dockerfile.json` is what its own parser and lexer say,
//! made by `tests/oracle/dockerfile` with the version that it names. Differences are listed here.

use crate::dockerfile::{Command, Dockerfile, Form, Heredoc, Instruction, Word, commands, read};
use cofferdam_bounds::Meter;
use cofferdam_model::Problem;
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

#[derive(Deserialize)]
struct Golden {
    version: String,
    files: Vec<File>,
}

#[derive(Deserialize, Debug, PartialEq, Eq, Default)]
#[serde(default, deny_unknown_fields)]
struct File {
    #[serde(rename = "file")]
    name: String,
    error: String,
    error_lines: Vec<u32>,
    escape: String,
    directives: BTreeMap<String, String>,
    instructions: Vec<Node>,
    stages: Vec<StageNode>,
}

#[derive(Deserialize, Debug, PartialEq, Eq, Default)]
#[serde(default, deny_unknown_fields)]
struct Node {
    name: String,
    flags: Vec<String>,
    arguments: Vec<String>,
    json: bool,
    heredocs: Vec<Document>,
    line: u32,
    end: u32,
    text: String,
    values: Vec<Value>,
    trigger: Option<Box<Node>>,
    commands: Vec<Vec<String>>,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    descriptor: u64,
    expand: bool,
    chomp: bool,
    content: String,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Value {
    text: String,
    known: bool,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct StageNode {
    name: String,
    base: Value,
}

/// Files that are read in another way, and why.
const LEDGER: &[(&str, &str)] = &[
    (
        "unknown-onbuild.Dockerfile",
        "BuildKit gives an instruction that it does not know one empty argument; here it has none",
    ),
    (
        "flag-unicode.Dockerfile",
        "BuildKit takes flags byte by byte and garbles what is not ASCII; here it stays as written",
    ),
    (
        "json-lone-surrogate.Dockerfile",
        "BuildKit takes half a surrogate pair in JSON for U+FFFD; here it is no JSON",
    ),
];

fn value(word: &Word) -> Value {
    let text = if word.is_known { word.text.clone() } else { String::new() };
    Value { text, known: word.is_known }
}

fn document(heredoc: &Heredoc) -> Document {
    let Heredoc { name, descriptor, expand, chomp, content, .. } = heredoc.clone();
    Document { name, descriptor, expand, chomp, content }
}

fn node(instruction: &Instruction) -> Node {
    // Words of EXPOSE that are not known: BuildKit drops them, here they stay as written.
    let shown = |word: &&Word| word.is_known || instruction.name != "EXPOSE";
    let pairs = instruction.pairs.iter().flat_map(|pair| {
        let sign = if pair.equals { "=" } else { "" };
        [pair.name.clone(), pair.value.clone(), sign.to_owned()]
    });
    Node {
        name: instruction.name.clone(),
        flags: instruction.flags.clone(),
        arguments: instruction.arguments.iter().cloned().chain(pairs).collect(),
        json: instruction.form == Form::Exec,
        heredocs: instruction.heredocs.iter().map(document).collect(),
        line: instruction.line,
        end: instruction.end_line,
        text: instruction.text.clone(),
        values: instruction.values.iter().filter(shown).map(value).collect(),
        trigger: instruction.trigger.as_deref().map(node).map(Box::new),
        commands: Vec::new(),
    }
}

fn ours(name: &str, file: &Dockerfile) -> File {
    let directives = file.directives.iter();
    File {
        name: name.to_owned(),
        escape: file.escape.to_string(),
        directives: directives.map(|it| (it.name.to_owned(), it.value.clone())).collect(),
        instructions: file.instructions.iter().map(node).collect(),
        stages: file
            .stages
            .iter()
            .map(|stage| StageNode {
                name: stage.name.clone().unwrap_or_default(),
                base: value(&stage.base),
            })
            .collect(),
        ..File::default()
    }
}

fn without_commands(node: &mut Node) {
    node.commands.clear();
    node.trigger.as_deref_mut().into_iter().for_each(without_commands);
}

fn golden() -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dockerfile.json");
    serde_json::from_str(&cofferdam_bounds::file::read_text(&path, 8 << 20).unwrap()).unwrap()
}

fn corpus(name: &str) -> (Dockerfile, Vec<Problem>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dockerfile").join(name);
    let text = cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap();
    read(name, text.into(), &Meter::default())
}

/// The commands of RUN, as shfmt's parser has them. Those that `sudo` and `sh -c` start in their
/// turn are ours alone.
#[test]
fn shells_start_what_shfmt_reads() {
    const WRAPPERS: [&str; 5] = ["sudo", "sh", "bash", "env", "eval"];
    let mut count = 0;
    for expected in golden().files.into_iter().filter(|file| file.escape == "\\") {
        let (file, _) = corpus(&expected.name);
        for (node, instruction) in expected.instructions.iter().zip(&file.instructions) {
            let mut theirs = node.commands.clone();
            for words in &mut theirs {
                words[0] = words[0].rsplit('/').next().unwrap().to_owned();
            }
            let words = |it: Command| [vec![it.name], it.arguments].concat();
            let mut ours: Vec<_> = commands(&file, instruction).into_iter().map(words).collect();
            count += theirs.len();
            if theirs.is_empty() {
                continue;
            }
            if ours.iter().any(|words| WRAPPERS.contains(&&*words[0])) {
                ours.retain(|words| theirs.contains(words));
            }
            // `[[` is a word of the shell there.
            ours.retain(|words| words[0] != "[[");
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "{}:{}", expected.name, node.line);
        }
    }
    assert!(count >= 190, "{count}");
}

#[test]
fn the_corpus_is_read_as_buildkit_reads_it() {
    let golden = golden();
    assert!(golden.version.starts_with('v') && golden.files.len() >= 120);
    let mut differences = Vec::new();
    for mut expected in golden.files {
        for node in expected.instructions.iter_mut().filter(|node| node.name == "EXPOSE") {
            node.values.retain(|value| value.known);
        }
        let (file, problems) = corpus(&expected.name);
        // Commands have a test of their own.
        expected.instructions.iter_mut().for_each(without_commands);
        let agrees = if expected.error.is_empty() {
            let ours = ours(&expected.name, &file);
            if ours != expected {
                println!("{}\nours     {ours:?}\nBuildKit {expected:?}\n", expected.name);
            }
            problems.is_empty() && ours == expected
        } else {
            // BuildKit counts the lines of directives from 0.
            let range = expected.error_lines.first().zip(expected.error_lines.last());
            problems.iter().any(|problem| {
                let line = problem.detail.strip_prefix("line ").and_then(|it| it.split(':').next());
                let line: Option<u32> = line.and_then(|line| line.parse().ok());
                line.zip(range).is_none_or(|(line, (first, last))| {
                    (*first..=*last).contains(&line)
                        || expected.error.contains("directive") && line == first + 1
                        || expected.error.contains("escape token") && line == first + 1
                        || expected.error.contains("max allowed size") && line == first + 1
                })
            })
        };
        if !agrees && !LEDGER.iter().any(|(name, _)| *name == expected.name) {
            println!("{}: {} ≠ {problems:?}", expected.name, expected.error);
            differences.push(expected.name);
        }
    }
    assert!(differences.is_empty(), "{differences:?}");
}
