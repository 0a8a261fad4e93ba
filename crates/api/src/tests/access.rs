//! Every route, by nobody and by every role. What came out is a page of the book.

use super::{client::Ask, house::House};
use crate::routes::{Access, Method, ROUTES, Route};
use cofferdam_identity::Role;
use std::{fmt::Write as _, fs, path::Path};

const ROLES: [Role; 4] = [Role::Viewer, Role::Developer, Role::Security, Role::Admin];

fn ask(route: &Route) -> Ask {
    let path = route.path.replace("{id}", "none").replace("{code}", "none");
    let method = match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let ask = Ask::new(method, format!("/api/v1{path}"));
    if route.body.is_some() { ask.json(&serde_json::json!({})) } else { ask }
}

/// `docs/api/access.md` is what this walk found: `UPDATE=1` writes it.
#[tokio::test]
async fn every_route_as_nobody_and_as_every_role() {
    let house = House::new().await;
    let mut proofs = Vec::new();
    for role in ROLES {
        proofs.push((house.token(role).await, house.sign_in(role.as_str()).await));
    }
    let mut page = String::from(
        "# Who may use which route\n\n\
         Made by a test that asks a server for each route without an account and as each role.\n\
         A developer sees what is in the namespaces of the account and no more. What gives access\n\
         to somebody takes a session: an API token is not enough.\n\n\
         | Route | nobody | viewer | developer | security | admin |\n|---|---|---|---|---|---|\n",
    );
    for route in ROUTES {
        let method = route.method.as_str().to_uppercase();
        let _ = write!(page, "| `{method} {}` |", route.path);
        let answer = house.send(ask(route)).await;
        let may = route.access == Access::Anyone;
        assert_eq!(answer.status != 401, may, "{}: {answer:?}", route.name);
        let _ = write!(page, " {} |", if may { "yes" } else { "no" });
        for (role, (token, (cookie, csrf))) in ROLES.iter().zip(&proofs) {
            let mut answer = house.send(ask(route).token(token)).await;
            if route.is_by_session {
                assert_eq!(answer.problem(), "forbidden", "{} by a token", route.name);
                let ask = ask(route).header("cookie", &**cookie);
                answer = house.send(ask.header("x-cofferdam-csrf", &**csrf)).await;
            }
            // Nothing is there under the name `none`, and `{}` is no account: what is refused
            // for that was let in.
            let word = match answer.status {
                200 | 204 | 404 | 422 => "yes",
                403 => "no",
                _ => panic!("{} as {role}: {answer:?}", route.name),
            };
            if word == "no" {
                assert_eq!(answer.problem(), "forbidden");
            }
            let how = if route.is_by_session && word == "yes" { ", by a session" } else { "" };
            let _ = write!(page, " {word}{how} |");
        }
        page.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/access.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "a file of ours")]
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == checked_in, "run UPDATE=1 cargo test -p cofferdam-api");
}

#[tokio::test]
async fn no_change_by_a_session_without_its_proof() {
    let house = House::new().await;
    house.account(Role::Admin).await;
    let (cookie, csrf) = house.sign_in("admin").await;
    let changes = ROUTES.iter().filter(|route| route.method != Method::Get);
    let guarded: Vec<&Route> = changes.filter(|route| route.access != Access::Anyone).collect();
    assert!(guarded.len() >= 8);
    for route in guarded {
        let ask = ask(route).header("cookie", &*cookie);
        let without = house.send(ask.clone()).await;
        assert_eq!(
            (without.status, without.problem().as_str()),
            (403, "not-meant"),
            "{}",
            route.name
        );
        let wrong = house.send(ask.clone().header("x-cofferdam-csrf", "0".repeat(64))).await;
        assert_eq!(wrong.status, 403, "{}", route.name);
        let elsewhere =
            ask.header("x-cofferdam-csrf", &*csrf).header("sec-fetch-site", "cross-site");
        assert_eq!(house.send(elsewhere).await.problem(), "not-meant", "{}", route.name);
    }
    let delete = Ask::new("DELETE", "/api/v1/access/tokens/none").header("cookie", cookie);
    assert_eq!(house.send(delete.header("x-cofferdam-csrf", csrf)).await.status, 404);
}

#[tokio::test]
async fn tokens_that_are_not_known_let_nobody_in() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    for wrong in ["", "cfd_", "cfd_0_0", "x", &token[..token.len() - 1], &format!("{token}x")] {
        let answer = house.send(Ask::get("/api/v1/workloads").token(wrong)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "sign-in"), "{wrong}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let basic = Ask::get("/api/v1/workloads").header("authorization", "Basic YTpi");
    assert_eq!(house.send(basic).await.status, 401);
}
