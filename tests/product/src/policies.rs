//! Policies and exceptions of a user's own, and time.

use crate::{
    binary::{Home, Report, read_text},
    crafted::{Image, debian},
    databases::SMALL,
};
use serde_json::Value;

const OWN: &str = "\
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata:
  name: no-bash
spec:
  code: OWN-1
  title: No shell
  description: Nobody needs a shell in production.
  severity: low
  stages: [build]
  forEach:
    variable: shell
    in: image.packages.filter(one, one.name == \"bash\")
  subject: shell.name
  validations:
    - expression: \"false\"
      messageExpression: '\"A shell is in the image: \" + shell.name + \".\"'
      message: A shell is in the image.
";

/// An exception of a name, about a CVE, until a day.
fn exception(name: &str, cve: &str, expires: &str) -> String {
    format!(
        "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata:\n  name: {name}\n\
         spec:\n  owner: team-payments\n  reason: not reachable from outside\n  \
         expires: {expires}\n  policies: [CFD-IMG-0001, CFD-IMG-0002]\n  match:\n    \
         vulnerabilities: [{cve}]\n"
    )
}

/// A home with an image that has the one vulnerable package.
fn home() -> Home {
    let home = Home::new();
    home.write("image.tar", Image::of([debian(&[("bash", "5.2.15-8")])]).docker_archive());
    home
}

fn judge(home: &Home, words: &[&str]) -> Report {
    let at = ["--at", "2026-06-05T00:00:00Z"];
    home.scan("image.tar").database(&*SMALL).words(&at).words(words).report()
}

#[test]
fn own_policies_are_asked_beside_the_built_in_ones() {
    let home = home();
    home.write("policies/deep/own.yaml", OWN);
    home.write("policies/notes.txt", "no policy");
    let report = judge(&home, &["--policy", "policies"]);
    assert_eq!(report.outcome("OWN-1"), "fail");
    assert_eq!(report.verdict("OWN-1")["findings"][0]["message"], "A shell is in the image: bash.");
    assert_eq!(report.outcome("CFD-IMG-0001"), "fail", "the built-in ones stay");
    // A policy with the name of a built-in one replaces it.
    let renamed = OWN.replace("no-bash", "known-exploited-vulnerability");
    home.write("policies/deep/own.yaml", renamed);
    let report = judge(&home, &["--policy", "policies"]);
    let codes: Vec<&Value> = report.list("verdicts").iter().map(|one| &one["code"]).collect();
    assert!(codes.iter().all(|code| *code != "CFD-IMG-0001"), "{codes:?}");
}

#[test]
fn exceptions_are_used_unused_or_expired_and_everywhere_seen() {
    let home = home();
    home.write("exceptions/1.yaml", exception("used", "CVE-2026-9001", "2026-12-31"));
    home.write("exceptions/2.yaml", exception("idle", "CVE-2026-1", "2026-12-31"));
    let words = ["--policy", "exceptions", "-o", "table=t", "-o", "sarif=s"];
    let report = judge(&home, &words);
    assert_eq!(report.code, 0, "{:#}", report.json["verdicts"]);
    let exceptions: Vec<(&str, &str, u64)> = report
        .list("exceptions")
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap();
            (text("name"), text("status"), one["findings"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(exceptions, [("idle", "unused", 0), ("used", "used", 2)]);
    let excepted = &report.verdict("CFD-IMG-0001")["findings"][0]["exception"];
    assert_eq!(excepted["owner"], "team-payments");
    let until = "2026-06-08T00:00:00.000000001Z";
    assert_eq!(report.json["decision"]["validUntil"], until, "a week after the advisories");
    let table = read_text(&home.path("t"));
    for word in ["excepted:", "team-payments", "until 2026-12-31", "exception idle"] {
        assert!(table.contains(word), "{word} is not in\n{table}");
    }
    let sarif: Value = serde_json::from_str(&read_text(&home.path("s"))).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "an exception hides nothing");
    for result in results {
        assert_eq!(result["suppressions"][0]["status"], "accepted", "{result:#}");
    }
}

#[test]
fn an_expired_exception_does_nothing_and_says_so() {
    let home = home();
    home.write("exception.yaml", exception("late", "CVE-2026-9001", "2026-06-01"));
    let report = judge(&home, &["--policy", "exception.yaml", "-o", "table=t"]);
    assert_eq!(report.code, 1);
    assert_eq!(report.list("exceptions")[0]["status"], "expired");
    let table = read_text(&home.path("t"));
    assert!(table.contains("has expired and no longer covers 2 findings"), "{table}");
}

#[test]
fn a_verdict_can_be_had_again_and_changes_with_time() {
    let home = home();
    let judge = |at: &str| home.scan("image.tar").database(&*SMALL).words(&["--at", at]).report();
    // The published day of an end is the last one with support. Debian's extended support is free.
    assert_eq!(judge("2026-07-11T23:59:59Z").outcome("CFD-IMG-0004"), "pass");
    let before = judge("2028-06-30T23:59:59Z");
    assert_eq!(before.outcome("CFD-IMG-0004"), "pass");
    assert_eq!(before.verdict("CFD-IMG-0004")["validUntil"], "2028-07-01T00:00:00Z");
    assert_eq!(judge("2028-06-30T23:59:59Z").json, before.json, "the same again");
    let after = judge("2028-07-01T00:00:00Z");
    assert_eq!(after.outcome("CFD-IMG-0004"), "fail");
    // Only what has to do with time has changed.
    let same = |report: &Report| {
        let all = report.digests().into_iter();
        all.filter(|(code, _)| code != "CFD-IMG-0004").collect::<Vec<_>>()
    };
    assert_eq!(same(&before), same(&after));
}

#[test]
fn an_exception_for_nothing_that_exists_is_refused() {
    let home = home();
    let wrong = exception("x", "CVE-2026-1", "2026-12-31").replace("CFD-IMG-0002", "CFD-IMG-9999");
    home.write("exception.yaml", wrong);
    let run = home.scan("image.tar").words(&["--policy", "exception.yaml"]).run();
    run.exits(2).says(&["CFD-IMG-9999", "exception.yaml"]);
}
