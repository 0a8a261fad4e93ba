//! Signing in, staying in, going out.

use super::{
    client::Ask,
    house::{House, PASSWORD, now, who},
};
use crate::Settings;
use cofferdam_identity::{NewAccount, Role};
use serde_json::json;

fn sign_in(body: &serde_json::Value) -> Ask {
    Ask::new("POST", "/api/v1/session").json(body)
}

#[tokio::test]
async fn a_cookie_that_no_script_reads_and_no_other_site_sends() {
    let house = House::new().await;
    house.account(Role::Viewer).await;
    let body = json!({ "name": "viewer", "password": PASSWORD });
    let answer = house.send(sign_in(&body)).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("cofferdam=") && cookie.ends_with("; HttpOnly; SameSite=Strict"));
    let (cookie, csrf) = house.sign_in("viewer").await;
    let session = Ask::get("/api/v1/session").header("cookie", &*cookie);
    let shown = house.send(session.clone()).await.json();
    assert_eq!(shown["account"]["name"], "viewer");
    assert_eq!(shown["account"]["role"], "viewer");
    assert_eq!(shown["csrf"], csrf);
    assert_eq!(shown["cluster"]["name"], "rig");
    let out = Ask::new("DELETE", "/api/v1/session").header("cookie", &*cookie);
    let answer = house.send(out.header("x-cofferdam-csrf", csrf)).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(house.send(session).await.status, 401);
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let house = House::with(Settings { is_secure: true, ..Settings::loopback() }).await;
    house.account(Role::Viewer).await;
    let body = json!({ "name": "viewer", "password": PASSWORD });
    let answer = house.send(sign_in(&body)).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-cofferdam=") && cookie.ends_with("; Secure"));
    assert!(answer.header("strict-transport-security").is_some());
    // Who trusts our authority on localhost has other servers there, over plain HTTP.
    for host in ["localhost", "LocalHost:8443", "console.localhost"] {
        let answer = house.send(Ask::get("/").header("host", host)).await;
        assert_eq!(answer.header("strict-transport-security"), None, "{host}");
    }
}

#[tokio::test]
async fn a_code_opens_the_door_once() {
    let house = House::new().await;
    house.identity.ensure_admin(now()).await.unwrap();
    let code = house.identity.issue_code(now()).unwrap();
    let answer = house.send(sign_in(&json!({ "code": code }))).await;
    assert_eq!((answer.status, &answer.json()["account"]["role"]), (200, &json!("admin")));
    let again = house.send(sign_in(&json!({ "code": code }))).await;
    assert_eq!((again.status, again.problem().as_str()), (401, "sign-in"));
    for half in [json!({}), json!({ "name": "a" }), json!({ "code": "a", "name": "b" })] {
        assert_eq!(house.send(sign_in(&half)).await.status, 422, "{half}");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let house = House::new().await;
    house.account(Role::Admin).await;
    let wrong = json!({ "name": "admin", "password": "x" });
    for _ in 0..10 {
        assert_eq!(house.send(sign_in(&wrong)).await.status, 401);
    }
    let answer = house.send(sign_in(&json!({ "name": "admin", "password": PASSWORD }))).await;
    assert_eq!((answer.status, answer.problem().as_str()), (429, "too-many"));
    assert_eq!(answer.header("retry-after"), Some("900"));
}

/// Behind an Ingress one who guesses keeps nobody else out, and calls himself nobody else; from
/// elsewhere nobody is believed.
#[tokio::test]
async fn guessing_is_counted_by_who_asks_a_trusted_proxy() {
    for (trusted, others) in [("127.0.0.0/8", 200), ("192.0.2.0/24", 429)] {
        let trusted_proxies = vec![trusted.parse().unwrap()];
        let house = House::with(Settings { trusted_proxies, ..Settings::default() }).await;
        house.account(Role::Admin).await;
        let ask = |password: &str, from: &str| {
            let body = json!({ "name": "admin", "password": password });
            house.send(sign_in(&body).header("x-forwarded-for", from))
        };
        for number in 0..10 {
            let from = format!("203.0.113.{number}, 198.51.100.1");
            assert_eq!(ask("x", &from).await.status, 401, "{trusted}");
        }
        assert_eq!(ask(PASSWORD, "198.51.100.1").await.status, 429, "{trusted}");
        assert_eq!(ask(PASSWORD, "198.51.100.2").await.status, others, "{trusted}");
    }
}

#[tokio::test]
async fn a_first_password_is_good_for_nothing_but_to_change_it() {
    let house = House::new().await;
    let (name, password) = ("ada".to_owned(), PASSWORD.to_owned());
    let new = NewAccount { name, role: Role::Viewer, namespaces: None, password };
    house.identity.create_account(&who(), new, now()).await.unwrap();
    let (cookie, csrf) = house.sign_in("ada").await;
    let workloads = Ask::get("/api/v1/workloads").header("cookie", &*cookie);
    assert_eq!(house.send(workloads.clone()).await.problem(), "forbidden");
    assert_eq!(house.send(Ask::get("/api/v1/watch").header("cookie", &*cookie)).await.status, 403);
    let change = |current: &str, password: &str| {
        let body = json!({ "current": current, "password": password });
        let ask = Ask::new("PUT", "/api/v1/session/password").json(&body);
        ask.header("cookie", &*cookie).header("x-cofferdam-csrf", &*csrf)
    };
    let wrong = house.send(change("wrong", "another long one")).await;
    assert_eq!(
        (wrong.status, &wrong.json()["detail"]),
        (401, &json!("The password until now is wrong."))
    );
    assert_eq!(house.send(change(PASSWORD, "short")).await.problem(), "invalid");
    assert_eq!(house.send(change(PASSWORD, "another long one")).await.status, 204);
    assert_eq!(house.send(workloads).await.status, 401, "all its sessions end");
    let body = json!({ "name": "ada", "password": "another long one" });
    assert_eq!(house.send(sign_in(&body)).await.json()["account"]["mustChange"], false);
}

#[tokio::test]
async fn accounts_and_tokens_over_the_wire() {
    let house = House::new().await;
    let admin = house.token(Role::Admin).await;
    let (cookie, csrf) = house.sign_in("admin").await;
    let send = async |method, path: &str, body| {
        let ask = Ask::new(method, format!("/api/v1{path}")).header("cookie", &*cookie);
        house.send(ask.header("x-cofferdam-csrf", &*csrf).json(&body)).await
    };
    let ada = json!({
        "name": "ada", "role": "developer", "namespaces": ["shop"], "password": PASSWORD,
    });
    let made = send("POST", "/access/accounts", ada.clone()).await;
    assert_eq!((made.status, &made.json()["namespaces"]), (201, &json!(["shop"])));
    assert!(!String::from_utf8_lossy(&made.body).contains("argon2"));
    assert_eq!(send("POST", "/access/accounts", ada).await.problem(), "conflict");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/access/accounts/{id}");
    let changed = send("PATCH", &path, json!({ "role": "viewer" })).await.json();
    assert_eq!((&changed["role"], &changed["namespaces"]), (&json!("viewer"), &json!(null)));
    assert_eq!(send("PATCH", &path, json!({ "rule": "viewer" })).await.problem(), "invalid");
    assert_eq!(send("DELETE", &path, json!({})).await.status, 204);
    let token = json!({ "name": "ci", "role": "viewer", "days": 30 });
    let made = send("POST", "/access/tokens", token).await.json();
    let value = made["value"].as_str().unwrap();
    let workloads = house.send(Ask::get("/api/v1/workloads").token(value)).await;
    assert_eq!(workloads.status, 200);
    let listed = house.get("/access/tokens?q=ci", &admin).await;
    assert_eq!(listed["items"][0]["account"], "admin");
    assert!(!listed.to_string().contains(value), "shown once");
    let trail = house.get("/access/trail?q=token.create", &admin).await;
    assert!(trail["total"].as_u64().unwrap() >= 1);
    assert!(!trail.to_string().contains(value));
    let blind = json!({ "name": "ci", "role": "developer", "days": 30 });
    let refused = send("POST", "/access/tokens", blind).await;
    assert_eq!(refused.problem(), "invalid");
    assert!(refused.json()["detail"].as_str().unwrap().contains("no namespaces"));
}

/// Whoever steals a token has what it may until it ends, and nothing that outlives it.
#[tokio::test]
async fn a_token_gives_access_to_nobody() {
    let house = House::new().await;
    let admin = house.token(Role::Admin).await;
    let ada = house.account(Role::Viewer).await;
    let account = format!("/access/accounts/{}", ada.id);
    let new = json!({ "name": "eve", "role": "admin", "password": PASSWORD });
    let own = json!({ "current": PASSWORD, "password": "another long one" });
    for (method, path, body) in [
        ("PATCH", &*account, json!({ "password": "another long one" })),
        ("PATCH", &*account, json!({ "role": "admin" })),
        ("POST", "/access/accounts", new),
        ("POST", "/access/tokens", json!({ "name": "ci", "role": "admin", "days": 365 })),
        ("PUT", "/session/password", own),
    ] {
        let ask = Ask::new(method, format!("/api/v1{path}")).token(&admin).json(&body);
        let answer = house.send(ask).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "forbidden"), "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("session"), "{answer:?}");
    }
    let ask = Ask::new("DELETE", format!("/api/v1{account}")).token(&admin);
    assert_eq!(house.send(ask).await.status, 204, "it may take access away");
}
