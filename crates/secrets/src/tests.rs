//! Every kind against its fixtures: `corpus/<kind>.txt`.
//!
//! A fixture file has sections. `=== fires PATH LINE MASK` is followed by a file with exactly one
//! credential of that kind; `=== silent PATH reason` by one with nothing. Paths `ENV:NAME`,
//! `LABEL:NAME`, `COMMAND` and `HISTORY` stand for the image configuration. `<|>` is taken out when read: no
//! fixture holds anything that a scanner of repositories, ours included, would take for real.

use super::*;
use cofferdam_model::{History, ImageConfig, Secret, SecretPlace};
use std::{collections::BTreeSet, path::Path};

fn scan(scanner: &Scanner, path: &str, text: &str) -> Vec<Secret> {
    let mut config = ImageConfig::default();
    if let Some(name) = path.strip_prefix("ENV:") {
        config.env.push((name.into(), text.trim_end().into()));
    } else if let Some(name) = path.strip_prefix("LABEL:") {
        config.labels.push((name.into(), text.trim_end().into()));
    } else if path == "COMMAND" {
        config.command = text.split_whitespace().map(Into::into).collect();
    } else if path == "HISTORY" {
        config.history.push(History { created_by: text.trim_end().into(), empty_layer: false });
    } else {
        assert!(scanner.wants(text.len() as u64, text.as_bytes()) || text.len() < 16, "{path}");
        let (secrets, problems) =
            scanner.file(path, text.len() as u64, &mut text.as_bytes()).unwrap();
        assert!(problems.is_empty());
        return secrets;
    }
    let (secrets, problems) = scanner.image_config(&config);
    assert!(problems.is_empty());
    secrets
}

fn check(kind: &str, section: &str) -> bool {
    let (head, text) = section.split_once('\n').unwrap();
    let (fires, rest) = head.split_once(' ').unwrap();
    let (path, rest) = rest.split_once(' ').unwrap();
    let found: Vec<_> = scan(&Scanner::new(), path, text)
        .into_iter()
        .map(|secret| format!("{} {} {}", secret.kind, secret.line.unwrap_or(1), secret.masked))
        .collect();
    let expected: Vec<_> =
        (fires == "fires").then(|| format!("{kind} {rest}")).into_iter().collect();
    assert_eq!(found, expected, "{kind}: {head}");
    fires == "fires"
}

fn corpus(kind: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/{kind}.txt"));
    cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap().replace("<|>", "")
}

#[test]
fn every_kind_fires_and_keeps_silent() {
    for kind in kinds() {
        let text = corpus(kind.id);
        let fired: Vec<_> =
            text.split("=== ").skip(1).map(|section| check(kind.id, section)).collect();
        assert!(fired.contains(&true) && fired.contains(&false), "{} needs both", kind.id);
    }
}

#[test]
fn every_fixture_and_every_line_of_the_page_has_a_kind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known: BTreeSet<_> = kinds().iter().map(|kind| kind.id.to_owned()).collect();
    assert_eq!(known.len(), kinds().len(), "an id is used twice");
    let fixtures: BTreeSet<_> = std::fs::read_dir(root.join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(fixtures, known);
    let page =
        cofferdam_bounds::file::read_text(&root.join("../../docs/secrets.md"), 1 << 20).unwrap();
    let rows: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let table: Vec<_> = kinds().iter().map(|kind| format!("{}` {}", kind.id, kind.title)).collect();
    assert_eq!(rows, table);
}

/// A token whose checksum is right, made of this body: 30 characters.
fn github_token() -> String {
    corpus("github-token").lines().nth(1).unwrap().replace("token: ", "")
}

#[test]
fn a_credential_is_found_wherever_the_window_cuts() {
    let scanner = Scanner::new();
    let token = github_token();
    for filler in [65_536 - 50, 65_536, 69_632 - 39, 69_632, 69_633, 73_728 - 20, 200_000] {
        let text = format!("{}\n {token}\n", "x".repeat(filler));
        let found = scan(&scanner, "a.txt", &text);
        assert_eq!(found.len(), 1, "{filler}");
        assert_eq!(found[0].line, Some(2));
    }
}

#[test]
fn every_offset_near_the_edge() {
    let scanner = Scanner::new();
    let key = corpus("private-key");
    let pem = key.split("=== ").nth(1).unwrap().split_once('\n').unwrap().1;
    for filler in (60_000..74_000).step_by(97) {
        let text = format!("{}\n{pem}", "-\n".repeat(filler / 2));
        let found = scan(&scanner, "a.txt", &text);
        assert_eq!(found.len(), 1, "{filler}");
        assert_eq!(found[0].line, Some(u32::try_from(filler / 2).unwrap() + 2));
        assert_eq!(found[0].evidence, "decodes as a private key");
    }
}

#[test]
fn an_encrypted_key_says_so() {
    for section in corpus("private-key").split("=== ").skip(1) {
        let (head, text) = section.split_once('\n').unwrap();
        let locked = ["encrypted", "traditional", "locked"].iter().any(|word| head.contains(word));
        for secret in scan(&Scanner::new(), "a", text) {
            assert_eq!(secret.evidence.contains("passphrase"), locked, "{head}");
        }
    }
}

#[test]
fn one_finding_for_one_secret() {
    let scanner = Scanner::new();
    let token = github_token();
    let repeated = format!("{token}\n").repeat(100);
    assert_eq!(scan(&scanner, "a.txt", &repeated).len(), 1);
    let url = format!("https://bob:{token}@github.com/a.git\n");
    let found = scan(&scanner, "root/.git-credentials", &url);
    assert_eq!(found.iter().map(|secret| secret.kind).collect::<Vec<_>>(), ["github-token"]);
    let config = ImageConfig {
        env: vec![("DEPLOY_TOKEN".into(), token.clone())],
        history: vec![History {
            created_by: format!("ENV DEPLOY_TOKEN={token}"),
            empty_layer: true,
        }],
        ..ImageConfig::default()
    };
    let (found, _) = scanner.image_config(&config);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, SecretPlace::Env("DEPLOY_TOKEN".into()));
    let aws = corpus("aws-access-key");
    let lines: Vec<_> = aws.lines().skip(2).take(2).collect();
    let env = lines.iter().filter_map(|line| line.split_once(" = "));
    let env = env.map(|(name, value)| (name.to_uppercase(), value.to_owned())).collect();
    let (found, _) = scanner.image_config(&ImageConfig { env, ..ImageConfig::default() });
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].evidence, "key id and secret key together");
}

#[test]
fn more_than_the_limit_is_counted() {
    let limits = cofferdam_bounds::Limits { secrets: 2, ..Default::default() };
    let lines: Vec<_> =
        (10..20).map(|n| format!("postgres://app:Kw9rotterdam{n}@db:5432/shop")).collect();
    let text = lines.join("\n");
    let (secrets, problems) = Scanner::with_limits(&limits)
        .file("a.txt", text.len() as u64, &mut text.as_bytes())
        .unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(problems[0].detail.starts_with("8 more"));
    let command = lines.clone();
    let env = lines.iter().map(|url| ("URL".into(), url.clone())).collect();
    for config in [
        ImageConfig { command, ..ImageConfig::default() },
        ImageConfig { env, ..ImageConfig::default() },
    ] {
        let (secrets, problems) = Scanner::with_limits(&limits).image_config(&config);
        assert_eq!(secrets.len(), 2);
        assert!(problems[0].detail.starts_with("8 more"), "{problems:?}");
    }
}

#[test]
fn the_command_line_is_searched_as_it_runs() {
    let token = github_token();
    let check = |entrypoint: &[&str], command: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let config = ImageConfig {
            entrypoint: owned(entrypoint),
            command: owned(command),
            history: vec![History { created_by: command.join(" "), empty_layer: true }],
            ..ImageConfig::default()
        };
        let (found, problems) = Scanner::new().image_config(&config);
        assert!(problems.is_empty());
        found.into_iter().map(|secret| (secret.kind, secret.place)).collect::<Vec<_>>()
    };
    let expected = [("github-token", SecretPlace::Command)];
    assert_eq!(check(&[], &["app", &format!("--token={token}")]), expected);
    assert_eq!(check(&["app", "--token", &token], &["serve"]), expected);
    assert_eq!(check(&["app"], &["serve", "--port=8080"]), []);
}

#[test]
fn binaries_are_not_wanted() {
    let scanner = Scanner::new();
    for head in [&b"\x7FELF\x02\x01\x01\0"[..], b"\xCB\r\r\n\0\0\0\0", b"\x1F\x8B\x08\x08", b"a\0b"]
    {
        assert!(!scanner.wants(1_000, head));
    }
    assert!(scanner.wants(1_000, b"plain text"));
    assert!(!scanner.wants(3, b"abc"));
}

#[test]
fn an_error_of_the_content_is_passed_on() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    let mut content = std::io::BufReader::new(Broken);
    assert!(Scanner::new().file("a", 100, &mut content).is_err());
}

#[test]
fn every_pattern_compiles_and_every_remedy_is_a_sentence() {
    for kind in kinds() {
        assert!(kind.remedy.ends_with(['.', ')']) && super::kind(kind.id).is_some(), "{}", kind.id);
    }
}
