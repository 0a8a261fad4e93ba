//! Pod Security Standards: every pod in the test data of `k8s.io/pod-security-admission`, whose
//! folders say at which level and version it must pass, or which check it must fail; and the words
//! of the reference evaluator for each of them at every level and version.

use crate::files::{golden, module};
use cofferdam_bounds::{Meter, file};
use cofferdam_manifest::{Object, Pod, Source, read};
use cofferdam_posture::pod_security::{Level, Standard, Version, check, checks};
use sha2::{Digest as _, Sha256};
use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

const MODULE: &str = "k8s.io/pod-security-admission@v0.37.2";

/// A pod with its path below the folder of the test data.
struct Case {
    path: String,
    source: Source,
}

impl Case {
    fn pod(&self) -> Pod<'_> {
        assert!(self.source.problems.is_empty(), "{}: {:?}", self.path, self.source.problems);
        let document = &self.source.documents[0];
        let object = Object::of(document.tree.view(document.objects[0])).unwrap();
        Pod::of(&object).unwrap()
    }
}

fn cases() -> Vec<Case> {
    let root = module(MODULE).join("test/testdata");
    let mut cases = Vec::new();
    collect(&root, &root, &mut cases);
    cases.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(cases.len() > 4500, "only {} pods", cases.len());
    cases
}

fn collect(root: &Path, folder: &Path, cases: &mut Vec<Case>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, cases);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = file::read_text(&path, 1 << 20).unwrap();
            let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let source = read(&path, text.into(), &Meter::default());
            cases.push(Case { path, source });
        }
    }
}

#[test]
fn every_pod_passes_or_fails_the_check_that_its_file_names() {
    let mut complaints = Vec::new();
    for mut case in cases() {
        // The tests of the reference send these pods through an API server.
        let document = &mut case.source.documents[0];
        cofferdam_manifest::default(&mut document.tree, document.objects[0]);
        // restricted/v1.30/fail/seccompprofile_restricted0.yaml
        let words: Vec<&str> = case.path.split('/').collect();
        let [level, version, verdict, file] = words[..] else { panic!("{}", case.path) };
        let standard: Standard = format!("{level}:{version}").parse().unwrap();
        let found = check(standard.level, standard.version, &case.pod());
        let failed: Vec<&str> = found.iter().map(|violation| violation.check).collect();
        let right = match verdict {
            "pass" => failed.is_empty(),
            _ => failed.contains(&named_check(standard, file)),
        };
        if !right {
            complaints.push(format!("{}: {failed:?}", case.path));
        }
    }
    assert!(complaints.is_empty(), "{} wrong:\n{}", complaints.len(), complaints.join("\n"));
}

/// The check that a file is named for, or the one that takes its place in this standard.
fn named_check(standard: Standard, file: &str) -> &'static str {
    let name = file.trim_end_matches(".yaml").trim_end_matches(|c: char| c.is_ascii_digit());
    let successors = [
        ("capabilities_baseline", "capabilities_restricted"),
        ("hostpathvolumes", "restrictedvolumes"),
        ("procmount", "procmount_restricted"),
        ("seccompprofile_baseline", "seccompprofile_restricted"),
    ];
    let made = |name: &str| {
        let mut ids = checks(standard.level, standard.version);
        ids.find(|id| id.eq_ignore_ascii_case(name))
    };
    let successor = || {
        let (_, successor) = successors.iter().find(|(own, _)| *own == name)?;
        made(successor)
    };
    made(name).or_else(successor).unwrap_or_else(|| panic!("{standard} has no check {name}"))
}

/// One line per level and version: how many pods fail, and the digest over the lines
/// `path message` of all pods, which are those of the reference evaluator.
#[test]
fn every_verdict_has_the_words_of_the_reference() {
    let cases = cases();
    let golden = golden("pod-security/verdicts.txt");
    let mut lines = golden.lines();
    assert_eq!(lines.next(), Some(MODULE), "made with another version: tests/oracles/pod-security");
    let mut count = 0;
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let (level, version): (Level, Version) =
            (words[0].parse().unwrap(), words[1].parse().unwrap());
        let mut digest = Sha256::new();
        let mut failed = 0;
        // Most pods are in the folders of many versions, to the letter.
        let mut known: HashMap<&str, String> = HashMap::new();
        for case in &cases {
            let words = known.entry(&case.source.text).or_insert_with(|| {
                let found = check(level, version, &case.pod());
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                found.join(", ")
            });
            failed += usize::from(!words.is_empty());
            digest.update(format!("{} {words}\n", case.path));
        }
        let mut ours = format!("{level} {version} {failed} ");
        for byte in digest.finalize() {
            write!(ours, "{byte:02x}").unwrap();
        }
        assert_eq!(ours, line);
        count += 1;
    }
    assert_eq!(count, 2 * 39, "levels times versions");
}
