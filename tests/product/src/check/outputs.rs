//! Reports of checks: valid by their schemas, whole, harmless, and the same every time.

use super::{OWN_POLICY, PRIVILEGED};
use crate::{
    binary::{Home, read_text, root},
    tools::{check_junit, check_page, check_sarif, check_schema},
};
use std::{fs, path::PathBuf};

const FORMATS: [&str; 12] = [
    "-o",
    "table",
    "-o",
    "json=check.json",
    "-o",
    "sarif=check.sarif",
    "-o",
    "junit=check.xml",
    "-o",
    "html=check.html",
    "-o",
    "markdown=check.md",
];

fn schema() -> PathBuf {
    root().join("docs/schema/check.schema.json")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a developer asks to write the file anew")]
fn the_schema_of_checks_is_the_one_checked_in() {
    let current = cofferdam_report::check_schema();
    if std::env::var("UPDATE").is_ok() {
        fs::write(schema(), &current).unwrap();
    }
    let stored = fs::read_to_string(schema()).unwrap_or_default();
    assert!(stored == current, "run UPDATE=1 cargo test -p cofferdam-product schema");
}

/// Checks into all formats at once; each must keep to its schema.
#[track_caller]
fn check(home: &Home, words: &[&str]) {
    let run = home.cofferdam(&["check"]).words(words).words(&FORMATS).run();
    assert!((0..=3).contains(&run.code) && run.code != 2, "{}", run.stderr);
    check_schema(&schema(), &home.path("check.json"));
    check_sarif(&home.path("check.sarif"));
    check_junit(&home.path("check.xml"));
    check_page(&home.path("check.html"));
    let markdown = read_text(&home.path("check.md"));
    assert!(markdown.chars().count() <= 60_000);
    for name in ["check.json", "check.sarif", "check.xml", "check.html", "check.md"] {
        let text = read_text(&home.path(name));
        assert!(text.ends_with('\n') && !text.contains('\x1b'), "{name}");
    }
}

/// What breaks whatever does not escape: a terminal, HTML, Markdown, XML.
const EVIL: &str = "x\\e[2J\\u202e<evil onload=alert(1)>|`]]>'&@team #1 https://evil.test\\n## h";

#[test]
fn hostile_names_break_no_format() {
    let home = Home::new();
    let pod = format!(
        "apiVersion: v1\nkind: \"P{EVIL}\"\nmetadata: {{name: \"{EVIL}\", namespace: \"{EVIL}\"}}\n\
         ---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{EVIL}\"\n  labels: {{app: web}}\n\
         spec:\n  containers:\n    - name: \"{EVIL}\"\n      image: \"{EVIL}\"\n      \
         securityContext: {{privileged: true}}\n---\napiVersion: v1\nkind: Service\n\
         metadata: {{name: \"{EVIL}\"}}\nspec: {{type: LoadBalancer, selector: {{app: web}}}}\n"
    );
    home.write("deploy/<evil>|`x`.yaml", pod);
    home.write("deploy/bad.yaml", "a: [\n\x1b[2J\u{202e}<evil>");
    let docker = "FROM debian:<evil>\u{202e}\nRUN sudo '\x1b[2J<evil onload=x>'\nENV A=<evil>\n";
    home.write("deploy/Dockerfile", docker);
    check(&home, &["deploy"]);
    let run = home.check("deploy").run();
    let is_quiet = |text: &str| text.chars().all(|one| one == '\n' || !one.is_control());
    assert!(is_quiet(&run.stdout) && is_quiet(&run.stderr), "{:?}{:?}", run.stdout, run.stderr);
    assert!(!run.stdout.contains('\u{202e}'));
    let markdown = read_text(&home.path("check.md"));
    for word in ["@team", "#1 ", "https://evil", "<evil"] {
        assert!(!markdown.contains(word), "{word}");
    }
}

#[test]
fn every_format_of_everything_at_once() {
    let home = Home::new();
    home.write("deploy/web.yaml", PRIVILEGED);
    home.write("deploy/broken.yaml", "a: [");
    home.write("deploy/values.yaml", "a: 1\n");
    home.write("deploy/Dockerfile", "FROM debian\n");
    check(&home, &["deploy", "--pod-security", "restricted"]);
    // Nothing found has formats too.
    home.write("quiet/web.yaml", super::MODEST);
    home.write("own/policy.yaml", OWN_POLICY);
    check(&home, &["quiet", "--policy", "own", "--select", "OWN"]);
}

#[test]
fn sarif_points_at_the_value_and_brings_its_fix() {
    let home = Home::new();
    home.write("web.yaml", PRIVILEGED);
    let run = home.own_check("./web.yaml").words(&["-o", "sarif"]).run().exits(1);
    let sarif: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "web.yaml");
    let region = serde_json::json!({
        "startLine": 12, "startColumn": 21, "endLine": 12, "endColumn": 25
    });
    assert_eq!(place["region"], region);
    // The map would be empty without its only member, so it goes too.
    let change = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["deletedRegion"]["startLine"], 11);
    assert_eq!(change["deletedRegion"]["endLine"], 13);
    assert_eq!(change["insertedContent"]["text"], "");
}

#[test]
fn an_exception_is_in_every_format() {
    let home = Home::new();
    home.write("web.yaml", PRIVILEGED);
    let exception = "\
apiVersion: cofferdam.dev/v1alpha1
kind: PolicyException
metadata: {name: accepted}
spec:
  owner: team-blue
  reason: it reads the kernel log
  expires: 2026-12-31
  policies: [OWN-1]
";
    home.write("exceptions/web.yaml", exception);
    let at = ["--policy", "exceptions", "--at", "2026-06-01T00:00:00Z"];
    let run = home.own_check("web.yaml").words(&at).words(&FORMATS).run().exits(0);
    assert!(run.stdout.contains("team-blue, until 2026-12-31"), "{}", run.stdout);
    for name in ["check.json", "check.sarif", "check.xml", "check.html", "check.md"] {
        let text = read_text(&home.path(name));
        for word in ["team-blue", "it reads the kernel log"] {
            assert!(text.contains(word), "{word} is not in {name}");
        }
    }
    let late = ["--policy", "exceptions", "--at", "2027-01-01T00:00:00Z"];
    let run = home.own_check("web.yaml").words(&late).run().exits(1);
    assert!(run.stdout.contains("no longer covers 1 finding"), "{}", run.stdout);
}

#[test]
fn the_report_is_the_same_whatever_the_threads_and_the_order() {
    let home = Home::new();
    for number in 0..40 {
        let name = format!("name: web-{number}");
        home.write(&format!("a/{number}.yaml"), PRIVILEGED.replace("name: web", &name));
        home.write(&format!("b/{number}.yaml"), PRIVILEGED.replace("name: web", &name));
    }
    let at = ["--at", "2026-06-01T00:00:00Z", "-o", "json"];
    let of = |threads: &str, paths: [&str; 2]| {
        let mut check = home.cofferdam(&["check"]).words(&paths).words(&at);
        check.command.env("RAYON_NUM_THREADS", threads);
        let run = check.run().exits(1);
        // The targets are told as they were named.
        run.stdout.split_once("\"question\"").unwrap().1.to_owned()
    };
    let one = of("1", ["a", "b"]);
    assert_eq!(one, of("8", ["a", "b"]));
    assert_eq!(one, of("3", ["b", "a"]));
}

/// The table as people see it, by rules of the test's own.
#[test]
#[expect(clippy::disallowed_methods, reason = "a developer asks to write the file anew")]
fn the_table_is_as_it_was() {
    let home = Home::new();
    home.write("deploy/web.yaml", PRIVILEGED);
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: front, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    home.write("deploy/service.yaml", service);
    home.write("deploy/broken.yaml", "apiVersion: v1\nkind: [\n");
    home.write("deploy/values.yaml", "replicas: 3\n");
    let table = home.own_check("deploy").run().exits(1).stdout;
    let path = root().join("tests/product/snapshots/check.txt");
    if std::env::var("UPDATE").is_ok() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &table).unwrap();
    }
    assert_eq!(table, fs::read_to_string(&path).unwrap_or_default(), "UPDATE=1 writes it anew");
}
