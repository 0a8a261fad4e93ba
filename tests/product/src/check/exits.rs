//! Every exit code of a check, and what is said with it.

use super::{MODEST, PRIVILEGED};
use crate::binary::Home;

#[test]
fn nothing_wrong_is_0() {
    let home = Home::new();
    home.write("web.yaml", MODEST);
    let run = home.own_check("web.yaml").run().exits(0);
    assert!(run.stdout.contains("PASS"), "{}", run.stdout);
    assert_eq!(run.stderr, "", "silence in a pipe");
}

#[test]
fn a_failed_rule_is_1_with_line_and_fix() {
    let home = Home::new();
    home.write("web.yaml", PRIVILEGED);
    let run = home.check("web.yaml").run().exits(1);
    for word in ["Pod shop/web", "web.yaml:1", ":12", "CFD-POD-0001", "fix:", "FAIL"] {
        assert!(run.stdout.contains(word), "{word} is not in\n{}", run.stdout);
    }
}

#[test]
fn what_is_less_severe_than_asked_is_shown_and_passes() {
    let home = Home::new();
    home.write("web.yaml", PRIVILEGED);
    home.own_check("web.yaml").words(&["--fail-on", "critical"]).run().exits(1);
    home.write("own/policy.yaml", super::OWN_POLICY.replace("critical", "medium"));
    let words = ["check", "web.yaml", "--policy", "own", "--select", "OWN", "--fail-on", "high"];
    let run = home.cofferdam(&words).run().exits(0);
    assert!(run.stdout.contains("Container web is privileged."), "{}", run.stdout);
    assert!(run.stdout.contains("below the severity that fails"), "{}", run.stdout);
}

#[test]
fn a_wrong_command_line_is_2() {
    let home = Home::new();
    home.write("web.yaml", MODEST);
    home.write("values.yaml", "replicas: 3\n");
    home.write("empty/readme.txt", "nothing\n");
    let check = |words: &[&str], says: &[&str]| {
        home.cofferdam(&["check"]).words(words).run().exits(2).says(says);
    };
    check(&[], &["PATH", "Usage"]);
    check(&["none.yaml"], &["there is no such file or directory", "none.yaml"]);
    check(&["values.yaml"], &["no Kubernetes object", "values.yaml", "hint:"]);
    check(&["empty"], &["nothing to check", "empty", "hint:"]);
    home.write("others/values.yaml", "replicas: 3\n");
    check(&["others"], &["nothing to check", "no Kubernetes object in others/values.yaml"]);
    check(&["-", "--since", "HEAD"], &["standard input has no history", "hint:"]);
    check(&["web.yaml", "-o", "cyclonedx"], &["no bill of materials", "hint:"]);
    check(&["web.yaml", "-o", "pdf"], &["pdf", "sarif"]);
    check(&["web.yaml", "--select", "CFD-NONE-0001"], &["no rule", "--select CFD-NONE-0001"]);
    check(&["web.yaml", "--skip", "privilged"], &["no rule", "--skip privilged"]);
    check(&["web.yaml", "--skip", "CFD"], &["there is no rule to judge by", "--skip", "hint:"]);
    check(&["web.yaml", "-o", "json=empty"], &["cannot write the report", "is a directory"]);
    check(&["web.yaml", "--fail-on", "terrible"], &["critical, high, medium, low"]);
    check(&["web.yaml", "--stage", "runtime"], &["build, admission, background"]);
    check(&["web.yaml", "--kubernetes-version", "new"], &["like 1.30"]);
    check(&["web.yaml", "--pod-security", "strict"], &["restricted"]);
    check(&["web.yaml", "--policy", "none"], &["none"]);
    check(&["web.yaml", "--since", "--output=x"], &["--since"]);
}

/// A name that is taken by mistake is no way to have nothing judged without a word.
#[test]
fn a_rule_that_is_replaced_and_asked_no_more_is_told() {
    let home = Home::new();
    home.write("web.yaml", PRIVILEGED);
    let named = super::OWN_POLICY.replace("own-privileged", "privileged-container");
    home.write("own/policy.yaml", named.replace("[build, ", "["));
    let words = ["check", "web.yaml", "--policy", "own"];
    let run = home.cofferdam(&words).run().exits(1);
    run.says(&["warning: the built-in CFD-POD-0001 is asked no more at build", "own/policy.yaml"]);
    home.write("own/policy.yaml", named);
    let run = home.cofferdam(&words).run().exits(1);
    assert_eq!(run.stderr, "", "replaced as the documentation says");
}

#[test]
fn what_cannot_be_read_is_3_if_nothing_failed() {
    let home = Home::new();
    home.write("deploy/web.yaml", MODEST);
    home.write("deploy/broken.yaml", "apiVersion: v1\nkind: [\n");
    let run = home.own_check("deploy").run().exits(3);
    for word in ["Not assessed", "deploy/broken.yaml", "line 2", "UNKNOWN"] {
        assert!(run.stdout.contains(word), "{word} is not in\n{}", run.stdout);
    }
    // In a cluster that has to go on, the same is a warning.
    home.own_check("deploy").words(&["--stage", "background"]).run().exits(0);
    home.write("deploy/bad.yaml", PRIVILEGED);
    home.own_check("deploy").run().exits(1);
}

#[test]
fn a_report_nowhere_is_2_and_an_unwritable_one_4() {
    let home = Home::new();
    home.write("web.yaml", MODEST);
    let run =
        |file: &str| home.own_check("web.yaml").words(&["-o", &format!("sarif={file}")]).run();
    run("missing/x.sarif").exits(2).says(&["cannot write the report", "missing/x.sarif", "hint:"]);
    run("/proc/x.sarif").exits(4).says(&["cannot write the report", "/proc/x.sarif", "hint:"]);
}

#[test]
fn pod_security_by_level_and_version() {
    let home = Home::new();
    home.write("web.yaml", MODEST);
    let with = |level: &str| home.own_check("web.yaml").words(&["--pod-security", level]).run();
    with("baseline").exits(0);
    let run = with("restricted:v1.30").exits(1);
    for word in ["restricted:v1.30", "runAsNonRoot", "PSS-"] {
        assert!(run.stdout.contains(word), "{word} is not in\n{}", run.stdout);
    }
    // Before 1.19 nobody asked for a seccomp profile.
    assert!(run.stdout.contains("seccompProfile"), "{}", run.stdout);
    assert!(!with("restricted:v1.18").stdout.contains("seccompProfile"));
}
