//! What is told when the API server does what it seldom does.

use super::{
    fake::{
        Answer::{self, Cut, Events, No, Page, Raw},
        Fake, Script,
    },
    watch,
};
use crate::Kind;
use cofferdam_model::Change;

/// A list in one page.
const fn list(objects: &'static [&'static str], version: &'static str) -> Answer {
    Page { objects, version, next: "" }
}

/// `+name version`, `-name`, `synced`, `lost`, `withheld`: what is told, up to and with the last that is
/// expected. `Synced` is told a moment after what it is about; what is expected says where.
async fn told(kind: &Kind, script: Script, expected: &[&str]) {
    let fake = Fake::start(script).await;
    let mut changes = watch(&fake.connection, &[*kind]);
    let mut told = Vec::new();
    while told.len() < expected.len() {
        told.push(match changes.recv().await.unwrap() {
            Change::Put(object) => format!("+{} {}", object.key.name, object.resource_version),
            Change::Gone(key) => format!("-{}", key.name),
            Change::Synced => "synced".to_owned(),
            Change::Current { .. } => "current".to_owned(),
            Change::Lost { why, .. } => format!("lost: {why}"),
            Change::Withheld { why, .. } => format!("withheld: {why}"),
        });
    }
    assert_eq!(told, expected);
    fake.finish();
}

fn pods() -> &'static Kind {
    Kind::find("v1", "Pod").unwrap()
}

#[tokio::test]
async fn pages_then_events_then_where_the_watch_ended() {
    let script = vec![
        ("list", Page { objects: &["a 1", "b 2"], version: "10", next: "t1" }),
        ("list t1", Page { objects: &["c 3"], version: "10", next: "t2" }),
        ("list t2", list(&["d 4"], "10")),
        ("watch 10", Events(&["+e 11", "-a 12", "+e 13", "=20"])),
        ("watch 20", Events(&["+f 21"])),
        ("watch 21", Events(&["-f 22"])),
    ];
    let expected =
        ["+a 1", "+b 2", "+c 3", "+d 4", "+e 11", "-a", "+e 13", "+f 21", "-f", "synced"];
    told(pods(), script, &expected).await;
}

#[tokio::test]
async fn after_expiry_only_the_difference_is_told() {
    let script = vec![
        ("list", list(&["a 1", "b 2", "c 3"], "10")),
        ("watch 10", Events(&["+d 11"])),
        ("watch 11", No(410, "Expired")),
        ("list", list(&["a 1", "b 12", "d 11", "e 13"], "20")),
        ("watch 20", Events(&["!"])),
        ("list", list(&["a 1", "b 12", "d 11"], "30")),
        ("watch 30", Events(&["+b 12", "-x 31", "=40"])),
    ];
    let expected = ["+a 1", "+b 2", "+c 3", "+d 11", "+b 12", "+e 13", "-c", "-e", "synced"];
    told(pods(), script, &expected).await;
}

#[tokio::test]
async fn a_list_that_expires_in_the_middle_begins_again() {
    let script = vec![
        ("list", Page { objects: &["a 1", "b 2"], version: "10", next: "t1" }),
        ("list t1", No(410, "Expired")),
        ("list", Page { objects: &["a 1"], version: "20", next: "t2" }),
        ("list t2", list(&["c 3"], "20")),
    ];
    told(pods(), script, &["+a 1", "+b 2", "+c 3", "-b", "synced"]).await;
}

#[tokio::test]
async fn cut_connections_and_busy_servers_lose_nothing() {
    let script = vec![
        ("list", Cut),
        ("list", No(503, "ServiceUnavailable")),
        ("list", list(&["a 1"], "10")),
        ("watch 10", Cut),
        ("watch 10", Events(&["+b 11"])),
        ("watch 11", No(429, "TooManyRequests")),
        ("list", list(&["b 11"], "20")),
    ];
    told(pods(), script, &["+a 1", "+b 11", "-a", "synced"]).await;
}

#[tokio::test]
async fn what_is_forbidden_is_withheld_and_all_is_said_all_the_same() {
    let no = "withheld: the API server answers 403 Forbidden: no";
    told(pods(), vec![("list", No(403, "Forbidden"))], &[no, "synced"]).await;
}

/// Who is not known at all is not somebody to whom a kind is withheld.
#[tokio::test]
async fn what_nobody_is_let_in_for_is_lost() {
    let no = "lost: the API server answers 401 Unauthorized: no";
    told(pods(), vec![("list", No(401, "Unauthorized"))], &[no, "synced"]).await;
}

#[tokio::test]
async fn what_was_read_and_is_forbidden_now_is_lost() {
    let script = vec![("list", list(&["a 1"], "10")), ("watch 10", No(403, "Forbidden"))];
    let no = "lost: the API server answers 403 Forbidden: no";
    told(pods(), script, &["+a 1", no, "synced"]).await;
    // That there were none grows old, too.
    let script = vec![("list", list(&[], "10")), ("watch 10", No(403, "Forbidden"))];
    told(pods(), script, &[no, "synced"]).await;
}

#[tokio::test]
async fn what_is_not_served_is_lost_unless_it_may_be_absent() {
    let lost = "lost: the API server serves no pods";
    told(pods(), vec![("list", No(404, "NotFound"))], &[lost, "synced"]).await;
    let rollouts = Kind::find("argoproj.io/v1alpha1", "Rollout").unwrap();
    let absent = || ("list", No(404, "NotFound"));
    told(rollouts, vec![absent(), ("versions", No(404, "NotFound"))], &["synced"]).await;
    // Nobody knows while the API server does not say.
    told(rollouts, vec![absent(), ("versions", Cut), ("list", list(&["a 1"], "2"))], &["+a 1"])
        .await;
}

/// Its objects are the same in each version, but for what nobody asks here.
#[tokio::test]
async fn what_is_served_in_another_version_is_read_in_that() {
    let rollouts = Kind::find("argoproj.io/v1alpha1", "Rollout").unwrap();
    let raw = |text: &str| Raw(text.to_owned());
    let group = r#"{"versions":[{"groupVersion":"argoproj.io/v1"},
        {"groupVersion":"argoproj.io/v1alpha1"},{"groupVersion":"argoproj.io/v2"}]}"#;
    let others = r#"{"resources":[{"name":"experiments","kind":"Experiment"}]}"#;
    let it = r#"{"resources":[{"name":"rollouts","kind":"Rollout"}]}"#;
    // That of our table is asked for first.
    let script = |last| {
        let absent = ("list", No(404, "NotFound"));
        let asked = [others, others, last].map(|kinds| ("kinds", raw(kinds)));
        [absent, ("versions", raw(group))].into_iter().chain(asked).collect::<Script>()
    };
    let read = ("list", list(&["a 1"], "10"));
    told(rollouts, [script(it), vec![read]].concat(), &["+a 1", "synced"]).await;
    told(rollouts, script(others), &["synced"]).await;
    let forbidden =
        vec![("list", No(403, "Forbidden")), ("versions", raw(group)), ("kinds", raw(it))];
    let no = "withheld: the API server answers 403 Forbidden: no";
    told(rollouts, [script(it), forbidden].concat(), &[no, "synced"]).await;
}

#[tokio::test]
async fn what_is_forbidden_and_not_there_is_neither_lost_nor_withheld() {
    let rollouts = Kind::find("argoproj.io/v1alpha1", "Rollout").unwrap();
    let forbidden = || ("list", No(403, "Forbidden"));
    let group = || Raw(r#"{"versions":[{"groupVersion":"argoproj.io/v1alpha1"}]}"#.to_owned());
    let served = |kinds: &str| ("kinds", Raw(format!(r#"{{"resources":[{kinds}]}}"#)));
    let others = || served(r#"{"name":"experiments","kind":"Experiment"}"#);
    let is_absent = |answer| ("versions", answer);
    let none = || is_absent(No(404, "NotFound"));
    told(rollouts, vec![forbidden(), none()], &["synced"]).await;
    told(rollouts, vec![forbidden(), is_absent(group()), others()], &["synced"]).await;
    let it = served(r#"{"name":"rollouts","kind":"Rollout"}"#);
    let no = "withheld: the API server answers 403 Forbidden: no";
    told(rollouts, vec![forbidden(), is_absent(group()), it], &[no, "synced"]).await;
    told(rollouts, vec![forbidden(), is_absent(Cut)], &[no, "synced"]).await;
}

#[tokio::test]
async fn an_object_that_cannot_be_read_does_not_hide_the_others() {
    let body = r#"{"metadata":{"resourceVersion":"5"},"items":[
        {"metadata":{"name":"a","ownerReferences":7}},
        {"metadata":{"name":"b","resourceVersion":"2"}}]}"#;
    let lost = "lost: cannot read Pod a: invalid type: integer `7`, expected a sequence at line 1 \
                column 31";
    told(pods(), vec![("list", Raw(body.to_owned()))], &["+b 2", lost, "synced"]).await;
}

#[tokio::test]
async fn a_page_too_long_for_memory_is_asked_for_in_parts() {
    let long = format!(r#"{{"items":[],"filler":"{}"}}"#, "x".repeat(25 << 20));
    let script = vec![("list", Raw(long)), ("list", list(&["a 1"], "10"))];
    told(pods(), script, &["+a 1", "synced"]).await;
}
