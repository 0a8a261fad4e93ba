//! Tests of hostile files: every one is read in time, and says what was too much.

use super::{DOCUMENTS_MAX, Source, read};
use crate::yaml::ALIASED_MAX;
use cofferdam_bounds::{Limits, Meter};
use cofferdam_model::ProblemKind;
use std::{
    ops::Range,
    time::{Duration, Instant},
};

/// Reads a text and expects so many documents, and one problem of a kind that says these words.
fn check(
    name: &str,
    text: String,
    documents: usize,
    problem: Option<(ProblemKind, &str)>,
) -> Source {
    let started = Instant::now();
    let source = read(name, text.into(), &Meter::default());
    assert!(started.elapsed() < Duration::from_secs(20), "{name}: {:?}", started.elapsed());
    assert_eq!(source.documents.len(), documents, "{name}: {:?}", source.problems);
    let found: Vec<(ProblemKind, &str)> =
        source.problems.iter().map(|problem| (problem.kind, &*problem.detail)).collect();
    match problem {
        None => assert!(found.is_empty(), "{name}: {found:?}"),
        Some((kind, words)) => {
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert_eq!(found[0].0, kind, "{name}: {found:?}");
            assert!(found[0].1.contains(words), "{name}: {found:?}");
        }
    }
    source
}

/// A line for each number.
fn numbered(numbers: Range<usize>, line: impl Fn(usize) -> String) -> String {
    numbers.map(line).collect()
}

const BUDGET: ProblemKind = ProblemKind::BudgetExceeded;

#[test]
fn alias_bombs_are_refused() {
    let list = |name: usize| vec![format!("*a{name}"); 9].join(", ");
    let lists = numbered(1..9, |name| format!("a{name}: &a{name} [{}]\n", list(name - 1)));
    let text = format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{lists}---\nok: 1\n");
    check("bomb", text, 1, Some((BUDGET, "aliases stand for")));
    // Merge keys expand too.
    let maps = numbered(1..17, |name| {
        let before = name - 1;
        format!(
            "a{name}: &a{name}\n  <<: *a{before}\n  m{name}: *a{before}\n  n{name}: *a{before}\n"
        )
    });
    let text = format!("a0: &a0 {{k1: {{x: 1, y: 2}}}}\n{maps}---\nok: 1\n");
    check("merge bomb", text, 1, Some((BUDGET, "aliases stand for")));
    // The allowance is the file's, not the document's.
    let small = format!("a: &a [{}]\nb: [{}]\n---\n", "x, ".repeat(999), "*a, ".repeat(300));
    let source = read("many", small.repeat(4).into(), &Meter::default());
    assert_eq!(source.documents.len(), ALIASED_MAX / 300_000);
    assert_eq!(source.problems.len(), 3);
}

#[test]
fn depth_is_bounded() {
    let deep = (BUDGET, "depth of the document");
    let ok = "\n---\nok: 1\n";
    let indented = numbered(0..2_000, |level| format!("{}a:\n", " ".repeat(level)));
    for (name, text) in [
        ("brackets", "[".repeat(100_000)),
        ("braces", "{a: ".repeat(100_000)),
        ("dashes", "- ".repeat(100_000)),
        ("question marks", "? ".repeat(100_000)),
        ("indentation", indented),
    ] {
        check(name, format!("{text}{ok}"), 1, Some(deep));
    }
    check("JSON", format!("{{}}{{}}{{\"a\":{}", "[".repeat(100_000)), 2, Some(deep));
    check("deep enough", format!("{}1{}", "[".repeat(200), "]".repeat(200)), 1, None);
    // Aliases within aliases are as deep as what they stand for.
    let nested = numbered(1..4, |number| {
        format!("a{number}: &a{number} {}*a{}{}\n", "[".repeat(90), number - 1, "]".repeat(90))
    });
    check("aliases", format!("a0: &a0 x\n{nested}"), 0, Some(deep));
}

#[test]
fn nothing_is_quadratic() {
    let many = 100_000;
    let lines = |line: &str| line.repeat(many);
    let keys = numbered(0..many, |number| format!("k{number}: 1\n"));
    let source = check("keys", keys.clone(), 1, None);
    let root = source.documents[0].tree.root();
    assert!((0..many).all(|number| root.get(&format!("k{number}")).is_some()));
    check("equal keys", lines("k: 1\n"), 1, None);
    check("equal keys in braces", format!("{{\"a\": {{{}}}}}", lines("b: 1, ")), 1, None);
    check("documents", lines("a: 1\n---\n"), many, None);
    check("empty documents", lines("---\n\n"), 0, None);
    check("comments", format!("a:\n{}  b: 1\n", lines("# c\n")), 1, None);
    check("blank lines", format!("a: b\n{}  c\n", lines("\n")), 1, None);
    check("blank lines in a literal", format!("a: |\n{}  c\n", lines("  \n")), 1, None);
    check("folded lines", format!("a: >\n{}", lines("  b\n\n")), 1, None);
    check("a long line", format!("a: {}\n", lines("b c: ".trim_end_matches(": "))), 1, None);
    check("spaces", format!("a: \"{}\"\n", lines("        ")), 1, None);
    check("anchors", numbered(0..many, |number| format!("- &a{number} x\n")), 1, None);
    check("aliases", format!("- &a x\n{}", lines("- *a\n")), 1, None);
    check("quotes", lines("- 'it''s'\n"), 1, None);
    check("escapes", format!("a: \"{}\"", lines("\\n\\u00e4")), 1, None);
    check("tags", lines("- !!str 1\n"), 1, None);
    let open = (ProblemKind::Truncated, "never closed");
    check("an open quote", format!("a: '{}", lines("b\n")), 0, Some(open));
    check("an open list", format!("a: [{}", lines("b,\n")), 0, Some(open));
    check("end markers", lines("a: 1\n...\n"), many, None);
}

#[test]
fn documents_and_problems_are_counted() {
    let source = read("many", "- 1\n---\n".repeat(DOCUMENTS_MAX + 5).into(), &Meter::default());
    assert_eq!(source.documents.len(), DOCUMENTS_MAX);
    assert!(source.problems[0].detail.contains("number of documents"), "{:?}", source.problems);

    let source = read("broken", "]\n---\n".repeat(5_000).into(), &Meter::default());
    let limit = Limits::default().problems;
    assert_eq!(source.problems.len(), limit + 1);
    assert_eq!(source.problems[limit].detail, "4000 more documents that cannot be read");
    assert_eq!(source.problems[7].detail, "line 15, column 1: expected a value");

    let late = Meter::new(Limits { time: Duration::ZERO, ..Limits::default() });
    let source = read("late", "a: 1\n---\nb: 2\n".into(), &late);
    assert_eq!(source.problems.len(), 1);
    assert_eq!(source.problems[0].kind, BUDGET);
}

#[test]
fn a_broken_document_hides_no_other() {
    let text = "a: 1\n---\nb: [\n---\nc: {{ .Values.x }}\n---\n---\nd: 4\n";
    let source = read("templates.yaml", text.into(), &Meter::default());
    let found: Vec<usize> = source.documents.iter().map(|document| document.index).collect();
    assert_eq!(found, [0, 4]);
    let details: Vec<&str> = source.problems.iter().map(|problem| &*problem.detail).collect();
    assert_eq!(
        details,
        [
            "line 3, column 4: a bracket that is never closed",
            "line 5, column 5: a list or a map as a key (it looks like a template that is not rendered)",
        ]
    );
    assert_eq!(source.problems[0].location.as_ref().unwrap().path, "templates.yaml");
}
