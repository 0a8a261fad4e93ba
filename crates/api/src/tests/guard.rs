//! What guards the server: hosts, sizes, methods, headers, health.

use super::{client::Ask, house::House};
use cofferdam_identity::Role;
use std::{collections::BTreeSet, sync::atomic::Ordering};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

#[tokio::test]
async fn a_name_that_was_rebound_to_us_is_not_ours() {
    let house = House::new().await;
    for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1"] {
        for path in ["/", "/api/v1/session", "/healthz"] {
            let answer = house.send(Ask::get(path).header("host", host)).await;
            assert_eq!((answer.status, answer.problem().as_str()), (421, "wrong-host"), "{host}");
        }
    }
    for host in ["localhost", "LOCALHOST:7000", "127.0.0.1:1", "[::1]:7000", "[::1]"] {
        let answer = house.send(Ask::get("/healthz").header("host", host)).await;
        assert_eq!(answer.status, 200, "{host}");
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_to_themselves() {
    let house = House::new().await;
    for path in
        ["/", "/nothing", "/assets/nothing.js", "/api/v1/session", "/api/nothing", "/metrics"]
    {
        let answer = house.send(Ask::get(path)).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("cache-control").is_some(), "{path}");
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let house = House::new().await;
    let token = house.token(Role::Admin).await;
    let missing = house.send(Ask::get("/api/v1/nothing").token(&token)).await;
    assert_eq!((missing.status, missing.problem().as_str()), (404, "not-found"));
    let answer = house.send(Ask::new("PUT", "/api/v1/workloads").token(&token)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (405, "method"));
    assert_eq!(answer.header("allow"), Some("GET"));
    let answer = house.send(Ask::new("POST", "/")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
    for path in ["/assets/../Cargo.toml", "/assets/%2e%2e/x", "/assets/.env", "/assets//x"] {
        assert_eq!(house.send(Ask::get(path)).await.status, 404, "{path}");
    }
    let document = house.send(Ask::get("/api/v1/openapi.json")).await;
    assert_eq!(document.json(), crate::openapi());
}

#[tokio::test]
async fn documents_are_json_and_small() {
    let house = House::new().await;
    let ask = || Ask::new("POST", "/api/v1/session");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let answer = house.send(ask().header("content-type", kind).body("{}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (415, "not-json"), "{kind}");
    }
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(100_000));
    let answer = house.send(ask().header("content-type", "application/json").body(long)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too-large"));
    for broken in ["", "{", "[]", "{\"name\":1}", "{\"extra\":1}", "\u{0}"] {
        let answer =
            house.send(ask().header("content-type", "application/json").body(broken)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"), "{broken:?}");
    }
}

#[tokio::test]
async fn nonsense_on_the_wire_ends_one_connection() {
    let house = House::new().await;
    let long = format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", "x".repeat(200_000));
    for nonsense in
        ["\r\n\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}", "PRI * HTTP/2.0\r\n\r\n", &long]
    {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        let _ = stream.write_all(nonsense.as_bytes()).await;
    }
    assert_eq!(house.send(Ask::get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn readiness_is_true() {
    let house = House::new().await;
    let ready = house.send(Ask::get("/readyz")).await;
    assert_eq!(
        (ready.status, ready.body.as_slice()),
        (200, &b"store ok\nbus ok\ncluster ok\n"[..])
    );
    assert_eq!(house.send(Ask::get("/readyz/admission")).await.status, 200);
    house.control.is_synced.store(false, Ordering::Relaxed);
    assert_eq!(house.send(Ask::get("/readyz/admission")).await.status, 503);
    let ready = house.send(Ask::get("/readyz")).await;
    assert_eq!(ready.status, 503);
    assert!(String::from_utf8_lossy(&ready.body).contains("cluster failed"));
    assert_eq!(house.send(Ask::get("/healthz")).await.status, 200, "it lives all the same");
}

/// Without an account nothing of what the cluster holds is told, and a wrong token is no account.
#[tokio::test]
async fn figures_of_the_cluster_are_for_who_sees_all_of_it() {
    let house = House::new().await;
    let viewer = house.token(Role::Viewer).await;
    let developer = house.token(Role::Developer).await;
    let figures = async |ask: Ask| {
        let answer = house.send(ask).await;
        assert_eq!(answer.status, 200);
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.ends_with("# EOF\n"));
        text
    };
    house.get("/workloads?namespace=shop", &viewer).await;
    let own = figures(Ask::get("/metrics")).await;
    for line in [
        "cofferdam_http_requests_total{route=\"listWorkloads\",status=\"200\"} 1",
        "cofferdam_reachable{what=\"store\"} 1",
        "cofferdam_reachable{what=\"cluster\"} 1",
        "cofferdam_admission_installed 1",
        "cofferdam_admission_reviews_total{decision=\"allowed\"} 7",
        "cofferdam_admission_review_duration_seconds_bucket{le=\"0.000128\"} 0",
    ] {
        assert!(own.lines().any(|own| own == line), "{line}\n{own}");
    }
    assert!(!own.contains("cofferdam_findings") && !own.contains("shop"));
    assert!(!figures(Ask::get("/metrics").token(&developer)).await.contains("cofferdam_findings"));
    let all = figures(Ask::get("/metrics").token(&viewer)).await;
    for line in [
        "cofferdam_findings{severity=\"critical\"} 2",
        "cofferdam_findings{severity=\"unknown\"} 0",
        "cofferdam_workloads 2",
        "cofferdam_images{state=\"scanned\"} 1",
    ] {
        assert!(all.lines().any(|own| own == line), "{line}\n{all}");
    }
    assert_eq!(house.send(Ask::get("/metrics").token("cfd_wrong")).await.status, 401);
}

/// Whoever sets up alerts reads the table, not the answer.
#[tokio::test]
async fn the_document_names_every_figure_and_no_other() {
    let house = House::new().await;
    let viewer = house.token(Role::Viewer).await;
    let answer = house.send(Ask::get("/metrics").token(&viewer)).await;
    let text = String::from_utf8(answer.body).unwrap();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let told: BTreeSet<&str> = types.filter_map(|rest| rest.split(' ').next()).collect();
    let document = include_str!("../../../../docs/api/README.md");
    let (_, table) = document.split_once("\n## Metrics\n").unwrap();
    let first_cells = table.lines().map_while(|line| line.strip_prefix('|')?.split('|').next());
    let names = first_cells.flat_map(|cell| cell.split('`')).filter_map(|name| {
        let name = name.split('{').next().filter(|name| name.starts_with("cofferdam_"))?;
        // The type is said of the family, whose name is without these.
        Some(name.trim_end_matches("_total").trim_end_matches("_info"))
    });
    assert_eq!(names.collect::<BTreeSet<_>>(), told);
}
