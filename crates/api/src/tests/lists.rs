//! Lists: pages, filters, orders, and what a developer sees of them.

use super::{
    client::Ask,
    house::{House, now, object, workload},
};
use cofferdam_identity::Role;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn pages_show_everything_once() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let more: Vec<_> = (0..120).map(|n| workload(&format!("w{n:03}"), "many", n)).collect();
    house.store.put_workloads(&more).await.unwrap();
    for sort in ["name", "-name", "score", "-score", "firstSeen"] {
        let (mut seen, mut pages, mut after) = (Vec::new(), 0, String::new());
        loop {
            let path = format!("/workloads?namespace=many&limit=50&sort={sort}&after={after}");
            let page = house.get(&path, &token).await;
            assert_eq!((&page["total"], &page["totalIsExact"]), (&120.into(), &true.into()));
            for item in page["items"].as_array().unwrap() {
                seen.push(item["id"].as_str().unwrap().to_owned());
            }
            pages += 1;
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        assert_eq!((pages, seen.len()), (3, 120), "{sort}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 120, "{sort}");
        if sort.ends_with("name") {
            assert_eq!(seen.is_sorted(), sort == "name");
        }
    }
    let policies = house.get("/policies?limit=3&sort=-code", &token).await;
    let next = policies["next"].as_str().unwrap();
    let page = house.get(&format!("/policies?limit=3&sort=-code&after={next}"), &token).await;
    assert!(page["items"][0]["code"].as_str() < policies["items"][2]["code"].as_str());
}

#[tokio::test]
async fn filters_narrow() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let total = async |path: &str| house.get(path, &token).await["total"].as_u64().unwrap();
    for (path, expected) in [
        ("/workloads", 2),
        ("/workloads?namespace=shop", 1),
        ("/workloads?q=VAULT", 1),
        ("/workloads?q=no%25such", 0),
        ("/workloads?severity=critical&exposure=internet&kind=Deployment", 2),
        ("/workloads?severity=low", 0),
        ("/workloads?image=i", 1),
        ("/workloads?at=2026-11-20T00:00:00Z", 0),
        ("/workloads?at=2026-11-20", 0),
        ("/workloads?at=2026-11-21T12:00:30Z", 1),
        ("/workloads?at=2026-11-21T12:00:30Z&kind=Deployment&q=shop&image=i&sort=-firstSeen", 1),
        ("/workloads?at=2026-11-21T12:00:30Z&namespace=bank", 0),
        ("/findings?subject=web", 1),
        ("/findings?subject=web&namespace=shop", 1),
        ("/findings?subject=web&namespace=bank", 0),
        ("/findings?subjectKind=image", 1),
        ("/findings", 2),
        ("/findings?rule=CFD-IMG-0001&outcome=fail", 2),
        ("/images?state=scanned&name=shop/web", 1),
        ("/images?state=failed", 0),
        ("/images/i/vulnerabilities?exploited=true&fixable=true&severity=critical", 1),
        ("/images/i/packages?q=openssl", 1),
        ("/images/i/secrets?q=nothing", 0),
        ("/policies?q=CFD-IMG-0001", 1),
        ("/policies?area=image&mode=off", 0),
        ("/workloads/web/history", 3),
    ] {
        assert_eq!(total(path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=-1",
        "sort=password",
        "sort=-",
        "after=x",
        "severity=bad",
        "severity=high&severity=low",
        "at=yesterday",
        "at=2026-11-31",
        "at=2026-11-20T08:00",
        "at=2026-11-21T12:02:00Z",
        "at=2100-01-01",
        "at=2026-11-20%2008:00:00",
        "at=2026-11-21&severity=critical",
        "at=2026-11-21&exposure=internet",
        "at=2026-11-21&sort=-score",
        "at=2026-11-21&sort=lastSeen",
        "nothing=1",
        "q=%ff",
    ] {
        let answer = house.send(Ask::get(format!("/api/v1/workloads?{query}")).token(&token)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed"), "{query}");
    }
    let long = format!("/api/v1/workloads?q={}", "x".repeat(5_000));
    assert_eq!(house.send(Ask::get(long).token(&token)).await.status, 400);
    let other = house.get("/findings?limit=1&sort=rule", &token).await;
    let cursor = other["next"].as_str().unwrap();
    let mixed = Ask::get(format!("/api/v1/workloads?after={cursor}")).token(&token);
    assert_eq!(house.send(mixed).await.problem(), "malformed", "a cursor of another list");
}

#[tokio::test]
async fn a_developer_sees_the_own_namespaces_and_nothing_else() {
    let house = House::new().await;
    let token = house.token(Role::Developer).await;
    let names = async |path: &str| -> Vec<String> {
        let page = house.get(path, &token).await;
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/workloads").await, ["web"]);
    assert_eq!(names("/workloads?namespace=bank").await, Vec::<String>::new());
    assert_eq!(names("/findings").await, ["fw"]);
    assert_eq!(names("/findings?subject=vault").await, Vec::<String>::new());
    assert_eq!(names("/findings?subject=i").await, ["fi"], "of an image that runs in shop");
    assert_eq!(names("/images").await, ["i"]);
    for (hidden, nothing) in [
        ("/workloads/vault", "/workloads/x"),
        ("/workloads/vault/manifest", "/workloads/x/manifest"),
        ("/workloads/vault/history", "/workloads/x/history"),
        ("/findings/fv", "/findings/x"),
    ] {
        let answer = house.send(Ask::get(format!("/api/v1{hidden}")).token(&token)).await;
        let nowhere = house.send(Ask::get(format!("/api/v1{nothing}")).token(&token)).await;
        assert_eq!((answer.status, nowhere.status), (404, 404), "{hidden}");
        assert_eq!(answer.json()["detail"], nowhere.json()["detail"], "not even that it is there");
    }
    assert_eq!(house.get("/findings/fi", &token).await["id"], "fi");
    let overview = house.get("/overview", &token).await;
    assert_eq!(overview["workloads"]["total"], 1);
    assert_eq!(overview["counts"]["critical"], 1);
    assert_eq!(overview["attackPaths"].as_array().unwrap().len(), 1);
    assert_eq!(overview["attackPathsTotal"], 1);
    assert_eq!(overview["fixFirst"].as_array().unwrap().len(), 1);
    let own = house.get("/workloads/web", &token).await;
    assert_eq!(own["attackPaths"].as_array().unwrap().len(), 1, "the other leads through bank");
    let cluster = house.get("/cluster", &token).await;
    assert_eq!(cluster["nodeList"].as_array().unwrap().len(), 0);
    let shop = json!({
        "name": "shop", "podSecurity": "restricted", "workloads": 1, "isDefaultDeny": true,
    });
    assert_eq!(cluster["namespaceList"], json!([shop]));
    let names = house.get("/cluster/namespaces", &token).await;
    assert_eq!(names, json!({"names": ["shop"], "more": false}));
}

#[tokio::test]
async fn a_cluster_with_more_than_is_told_says_so() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let told = async || {
        let cluster = house.get("/cluster", &token).await;
        let (nodes, namespaces) = (&cluster["nodeList"], &cluster["namespaceList"]);
        let many = |list: &serde_json::Value| list.as_array().unwrap().len();
        assert_eq!((many(nodes), &cluster["moreNodes"]), (1, &false.into()));
        (many(namespaces), cluster["moreNamespaces"].as_bool().unwrap())
    };
    assert_eq!(told().await, (2, false));
    let more: Vec<_> =
        (0..9_999).map(|n| object("Namespace", &format!("n{n}"), &json!({}))).collect();
    let (last, most) = more.split_last().unwrap();
    house.store.put_objects(most).await.unwrap();
    assert_eq!(told().await, (10_000, false), "as many as Kubernetes is made for");
    house.store.put_objects(std::slice::from_ref(last)).await.unwrap();
    assert_eq!(told().await, (10_000, true));
}

#[tokio::test]
async fn an_image_that_runs_elsewhere_too_is_counted_where_one_may_look() {
    let house = House::new().await;
    let (developer, viewer) = (house.token(Role::Developer).await, house.token(Role::Viewer).await);
    let mut container = house.store.containers("web", None).await.unwrap().remove(0);
    container.workload = "vault".to_owned();
    house.store.put_containers("vault", &[container], now()).await.unwrap();
    for (token, expected) in [(developer, 1), (viewer, 2)] {
        let row = &house.get("/images", &token).await["items"][0];
        let image = house.get("/images/i", &token).await;
        assert_eq!((&row["workloads"], &image["workloads"]), (&expected.into(), &expected.into()));
        assert_eq!(image["workloadList"].as_array().unwrap().len(), expected);
    }
}
