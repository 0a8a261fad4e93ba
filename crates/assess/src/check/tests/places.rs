//! Where findings are said to stand, when their facts stand in several files.

use super::{BUILT_IN, judged, question};
use crate::check::{Check, Place};
use cofferdam_policy::{Bundle, ExceptionStatus, PolicyFile};
use std::{collections::BTreeMap, fs, path::Path};

/// A place is one of a file that was read: its lines are there, its columns too, and it does not
/// end before it begins.
fn assert_true(check: &Check, texts: &BTreeMap<String, &str>) {
    for found in &check.findings {
        let told = || format!("{} {:?} {}", found.about, found.place, check.path(found));
        let text = texts.get(check.path(found)).unwrap_or_else(|| panic!("{}", told()));
        let Place { line, column, end_line, end_column } = found.place;
        assert!((end_line, end_column) >= (line, column), "{}", told());
        for (line, column) in [(line, column), (end_line, end_column)] {
            // A place may end where the file does, behind its last line.
            let mut lines = text.split('\n');
            let written = lines.nth(line as usize - 1).unwrap_or_else(|| panic!("{}", told()));
            let columns = 1..=written.chars().count() + 1;
            assert!(columns.contains(&(column as usize)), "{}", told());
        }
    }
}

const WORKLOAD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: deployer
  containers: [{name: web, image: 'web:1'}]
";

/// Longer than the other file, and with characters of several bytes before the place.
const RIGHTS: &str = "\
# ä
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deployer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: deployer}
subjects: [{kind: ServiceAccount, name: deployer, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: deployer}
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    verbs: [escalate]
";

#[test]
fn what_a_role_gives_stands_with_the_role_and_is_told_of_the_workload() {
    let check = judged(&[("a.yaml", WORKLOAD), ("b.yaml", RIGHTS)], &question(&BUILT_IN));
    let is_it = |code: &str| code == "CFD-ACC-0033";
    let found = check.findings.iter().find(|one| is_it(&check.rule(one).unwrap().code)).unwrap();
    assert_eq!(check.subject(found).unwrap().title(), "Pod shop/web");
    assert_eq!((check.path(found), check.own_path(found)), ("b.yaml", "a.yaml"));
    // `apiGroups`, with which the rule of the role begins.
    assert_eq!(found.place, Place { line: 16, column: 5, end_line: 16, end_column: 14 });
}

/// `paths` of an exception name the file of the object, wherever what was found stands.
#[test]
fn an_exception_for_a_file_is_for_the_objects_in_it() {
    let used = |path: &str| {
        let text = format!(
            "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata: {{name: e}}\n\
             spec: {{owner: o, reason: r, expires: 2026-12-31, policies: [CFD-ACC-0033], \
             match: {{paths: [{path}]}}}}\n"
        );
        let bundle = Bundle::with(&[PolicyFile { place: "e.yaml".into(), text }]).unwrap();
        let check = judged(&[("a.yaml", WORKLOAD), ("b.yaml", RIGHTS)], &question(&bundle));
        check.exceptions[0].status
    };
    assert_eq!(used("a.yaml"), ExceptionStatus::Used(1));
    assert_eq!(used("b.yaml"), ExceptionStatus::Unused);
}

/// The documents of every file that fires a rule, in one file and in a file each.
#[test]
fn places_of_every_rule_are_there_in_the_files_that_they_name() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let question = question(&BUILT_IN);
    let (mut tried, mut elsewhere) = (0, 0);
    for area in fs::read_dir(rules).unwrap() {
        let Ok(folders) = fs::read_dir(area.unwrap().path()) else { continue };
        for file in folders.filter_map(|folder| fs::read_dir(folder.unwrap().path()).ok()).flatten()
        {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if !name.starts_with("fires") || path.extension() != Some("yaml".as_ref()) {
                continue;
            }
            let text = cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap();
            // Backwards, so that what others are joined with comes in any order; behind empty
            // lines, so that each stands elsewhere in its file than in another.
            let apart = text.split("\n---\n").enumerate();
            let apart: Vec<(String, String)> = apart
                .map(|(at, text)| (format!("{:03}.yaml", 999 - at), "\n".repeat(7 * at) + text))
                .collect();
            let together = [("x.yaml".to_owned(), text.clone())];
            for files in [&together[..], &apart[..]] {
                let inputs: Vec<(&str, &str)> =
                    files.iter().map(|(path, text)| (&**path, &**text)).collect();
                let check = judged(&inputs, &question);
                assert_true(
                    &check,
                    &files.iter().map(|(path, text)| (path.clone(), &**text)).collect(),
                );
                tried += check.findings.len();
                elsewhere += check.findings.iter().filter(|found| found.file.is_some()).count();
            }
        }
    }
    assert!(tried > 1000 && elsewhere > 10, "{tried} places, {elsewhere} in other files");
}
