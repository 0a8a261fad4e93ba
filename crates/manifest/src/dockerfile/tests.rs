//! Our reading against BuildKit's, and what BuildKit has no word on.

mod buildkit;
mod commands;

use super::{Dockerfile, is_dockerfile, read};
use cofferdam_bounds::Meter;
use cofferdam_model::{Problem, ProblemKind};

/// Reads a text under the name `Dockerfile`.
fn parse(text: &str) -> (Dockerfile, Vec<Problem>) {
    read("Dockerfile", text.into(), &Meter::default())
}

#[test]
fn names() {
    for name in [
        "Dockerfile",
        "dockerfile",
        "Containerfile",
        "Dockerfile.web",
        "Dockerfile-dev",
        "web.Dockerfile",
        "web.dockerfile",
        "Dockerfile.alpine3.20",
    ] {
        assert!(is_dockerfile(name), "{name}");
    }
    for name in [
        "Dockerfile.dockerignore",
        "dockerfile.go",
        "Dockerfile.j2",
        "Dockerfile.md",
        "Dockerfile~",
        "Dockerfiles",
        "Dockerfile.",
        ".dockerfile",
        "docker-compose.yml",
        "MyDockerfile",
    ] {
        assert!(!is_dockerfile(name), "{name}");
    }
}

#[test]
fn every_problem_names_file_and_line_and_the_rest_is_read() {
    let (file, problems) = parse("FROM alpine\nENV A\nRUM x\nUSER app\nCOPY --frm=a b c\n");
    let found: Vec<_> = problems.iter().map(|problem| &*problem.detail).collect();
    assert_eq!(
        found,
        [
            "line 2: ENV must have two arguments",
            "line 3: unknown instruction: RUM",
            "line 5: COPY has no flag --frm"
        ]
    );
    assert!(problems.iter().all(|problem| problem.location.as_ref().unwrap().path == "Dockerfile"));
    assert_eq!(file.stages[0].user, Some(3));
    assert_eq!(file.instructions.len(), 5);
}

#[test]
fn spans_cover_whole_instructions() {
    let text = "# c\nFROM alpine\n  RUN a \\\n    b\nCOPY <<f /f\nx\nf\nCMD ü\r\n";
    let (file, _) = parse(text);
    let found: Vec<_> = file
        .instructions
        .iter()
        .map(|it| &text[it.span.start as usize..it.span.end as usize])
        .collect();
    assert_eq!(found, ["FROM alpine", "RUN a \\\n    b", "COPY <<f /f\nx\nf", "CMD ü"]);
}

#[test]
fn stages_that_make_the_image() {
    let (file, _) = parse("FROM a AS x\nFROM b AS y\nFROM x AS z\nFROM Z\n");
    assert_eq!(file.final_stages(), [3, 2, 0]);
}

#[test]
fn budgets() {
    let doubling = format!("FROM scratch\nENV A=xxxxxxxx\n{}", "ENV A=$A$A\n".repeat(60));
    let (file, problems) = parse(&doubling);
    assert_eq!(file.instructions.len(), 62);
    assert!(problems[0].detail.contains("over its limit of 65536 bytes"), "{problems:?}");

    let value = "x".repeat(60_000);
    let long = format!("FROM scratch\nENV A={value}\n{}", "LABEL a=$A\n".repeat(2_000));
    let (_, problems) = parse(&long);
    assert_eq!(problems[0].kind, ProblemKind::BudgetExceeded);

    let nested = format!("FROM scratch\nENV A={}x{}\n", "${B:-".repeat(90), "}".repeat(90));
    assert_eq!(parse(&nested).1[0].detail, "line 2: variables are nested deeper than 32");

    let many = format!("FROM scratch\n{}", "USER 1\n".repeat(30_000));
    let (file, problems) = parse(&many);
    assert_eq!(file.instructions.len(), 20_000);
    assert_eq!(problems[0].kind, ProblemKind::BudgetExceeded);

    let (file, problems) = parse(&"#".repeat(5 << 20));
    assert!(file.instructions.is_empty());
    assert_eq!(problems[0].kind, ProblemKind::BudgetExceeded);
}
