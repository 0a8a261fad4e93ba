//! Tables and texts of documents as the API gives them.

use super::{Resource, columns, find::is_called, server::encode, table};
use serde_json::json;

fn now() -> jiff::Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[test]
fn a_table_is_aligned_and_commands_no_terminal() {
    let workload = |name: &str, score: u8| {
        json!({
            "namespace": "shop", "kind": "Deployment", "name": name, "ready": 1, "replicas": 2,
            "score": score, "counts": { "critical": 1, "high": 12, "medium": 0, "low": 3 },
            "exposure": "internet", "firstSeen": "2026-11-19T12:00:00Z",
        })
    };
    let items = [workload("web", 90), workload("a\u{1b}[2Jb", 5)];
    let lines = table(columns::of(Resource::Workloads), &items, now());
    assert!(lines[0].starts_with("NAMESPACE   KIND         NAME"), "{lines:?}");
    assert!(lines[1].contains("web") && lines[1].ends_with("internet    2d"), "{lines:?}");
    assert!(!lines[2].contains('\u{1b}'));
    let ends: Vec<Option<usize>> = lines.iter().map(|line| line.find("1/2")).collect();
    assert_eq!(ends[1], ends[2]);
    assert!(table(columns::of(Resource::Workloads), &[], now()).is_empty());
}

#[test]
fn of_an_earlier_time_only_what_was_kept_is_shown() {
    let workload = json!({
        "namespace": "shop", "kind": "Deployment", "name": "web", "images": 2, "score": null,
        "ready": null, "replicas": null, "exposure": null, "firstSeen": "2026-11-19T12:00:00Z",
        "counts": { "critical": 1, "high": 12, "medium": 0, "low": 3 },
    });
    let lines = table(columns::past(Resource::Workloads), std::slice::from_ref(&workload), now());
    assert!(!lines[0].contains("SCORE") && !lines[0].contains("READY"), "{lines:?}");
    assert!(lines[1].starts_with("shop        Deployment   web"), "{lines:?}");
    let of_now = table(columns::of(Resource::Workloads), &[workload], now());
    assert!(!of_now[1].contains("null"), "asked for as a filter: {of_now:?}");
}

#[test]
fn every_resource_has_a_table_for_what_it_does_not_know() {
    use clap::ValueEnum as _;
    for resource in Resource::value_variants() {
        let lines = table(columns::of(*resource), &[json!({})], now());
        assert_eq!(lines.len(), 2, "{resource:?}");
    }
}

#[test]
fn a_refusal_names_its_rules() {
    // As docs/admission.md shows them.
    let reason =
        |rule: &str| format!("\n- {rule} a-name (high): It is so.\n  what to do: Mend it.");
    let line = |message: String| {
        let review = json!({"decision": "denied", "messages": [message]});
        table(columns::of(Resource::Reviews), &[review], now())[1].clone()
    };
    let one = line(format!("Pod a/b is refused for 1 reason.{}", reason("CFD-POD-0001")));
    assert!(one.ends_with("   Pod a/b is refused for 1 reason: CFD-POD-0001"), "{one}");
    let rules = ["A-1", "A-1", "A-2", "A-3", "A-4", "A-5"].map(reason).concat();
    let many = line(format!("Pod a/b is refused for 6 reasons.{rules}"));
    assert!(many.ends_with("6 reasons: A-1, A-2, A-3, A-4, …"), "{many}");
    let warning = line("CFD-POD-0001 a-name (high): It is so.".to_owned());
    assert!(warning.ends_with("   CFD-POD-0001 a-name (high): It is so."), "{warning}");
}

fn check(resource: Resource, item: &serde_json::Value, names: &[&str], others: &[&str]) {
    for name in names {
        assert!(is_called(resource, item, name), "{name}");
    }
    for name in others {
        assert!(!is_called(resource, item, name), "{name}");
    }
}

#[test]
fn images_go_by_what_the_list_shows() {
    let digest = format!("sha256:{}", "5f0e1d2c".repeat(8));
    let mut image = json!({ "name": "docker.io/library/nginx", "tag": "1.27", "digest": digest });
    let names = [
        "nginx",
        "nginx:1.27",
        "library/nginx",
        "docker.io/library/nginx:1.27",
        "nginx@sha256:5f0e1d2c5f0e",
        "nginx:1.27@sha256:5f0e1d2c",
        "sha256:5f0e1d",
        "5f0e1d2c5f0e",
        &digest,
    ];
    let others = [
        "ginx",
        "nginx:1",
        "",
        ":1.27",
        "redis",
        "redis@sha256:5f0e1d2c",
        "nginx:1@sha256:5f0e1d2c",
        "sha256:",
        "sha256:5",
        "5f0e1",
        "0e1d2c5f",
        "nginx@sha256:0e1d2c5f",
    ];
    check(Resource::Images, &image, &names, &others);
    // What the list shows of one without a tag, or at a host with a port.
    image["tag"] = json!(null);
    let title = columns::title(Resource::Images, &image);
    check(Resource::Images, &image, &[&title, "nginx"], &["nginx:latest"]);
    let local = json!({ "name": "localhost:5000/worker", "tag": "2", "digest": digest });
    check(Resource::Images, &local, &["localhost:5000/worker", "worker:2"], &["localhost:2"]);
}

#[test]
fn findings_and_policies_go_by_what_the_lists_show() {
    let finding = json!({ "rule": "CFD-POD-0001", "subjectTitle": "Deployment shop/web" });
    let names = ["CFD-POD-0001", "CFD-POD-0001 Deployment shop/web"];
    let others = ["CFD-POD-0002", "CFD-POD-0001 Deployment shop/we", "Deployment shop/web"];
    check(Resource::Findings, &finding, &names, &others);
    let policy = json!({ "code": "CFD-POD-0001", "name": "privileged-container" });
    let names = ["CFD-POD-0001", "cfd-pod-0001", "privileged-container"];
    check(Resource::Policies, &policy, &names, &["CFD-POD-000", ""]);
}

#[test]
fn names_are_no_paths() {
    assert_eq!(encode("a/b?c=d&é"), "a%2Fb%3Fc%3Dd%26%C3%A9");
}
