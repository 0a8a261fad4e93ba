//! Tables and texts of documents as the API gives them.

use super::{Resource, columns, is_called, server::encode, table};
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
fn every_resource_has_a_table_for_what_it_does_not_know() {
    use clap::ValueEnum as _;
    for resource in Resource::value_variants() {
        let lines = table(columns::of(*resource), &[json!({})], now());
        assert_eq!(lines.len(), 2, "{resource:?}");
    }
}

#[test]
fn images_go_by_their_short_names() {
    let image = json!({ "name": "docker.io/library/nginx", "tag": "1.27", "digest": "sha256:ab" });
    for name in ["nginx", "nginx:1.27", "library/nginx", "docker.io/library/nginx:1.27"] {
        assert!(is_called(Resource::Images, &image, name), "{name}");
    }
    for name in ["ginx", "nginx:1", "", "redis"] {
        assert!(!is_called(Resource::Images, &image, name), "{name}");
    }
}

#[test]
fn names_are_no_paths() {
    assert_eq!(encode("a/b?c=d&é"), "a%2Fb%3Fc%3Dd%26%C3%A9");
}
