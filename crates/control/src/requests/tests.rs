//! Requests there and back, and broken ones.

use super::{EACH_MAX, Requests, without_arguments};
use cofferdam_bounds::{Limits, Meter};
use cofferdam_model::ProblemKind;
use cofferdam_store::{Decision, EventFilter, Page, ReviewFilter, Store, rows};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn review(id: &str, at: Timestamp) -> rows::Review {
    rows::Review {
        id: id.to_owned(),
        at,
        user_name: "anna@shop.example".to_owned(),
        groups: vec!["shop-developers".to_owned()],
        operation: "CREATE".to_owned(),
        resource: "pods".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "debug".to_owned(),
        decision: Decision::Denied,
        messages: vec!["CFD-POD-0001: no".to_owned()],
        digest: "sha256:00".to_owned(),
        micros: 700,
    }
}

fn event(id: &str, at: Timestamp) -> rows::Event {
    rows::Event {
        id: id.to_owned(),
        at,
        user_name: "ben@shop.example".to_owned(),
        source_ip: "192.0.2.7".to_owned(),
        agent: "kubectl/v1.34.4".to_owned(),
        verb: "get".to_owned(),
        resource: "pods".to_owned(),
        subresource: "exec".to_owned(),
        namespace: None,
        name: "database-0".to_owned(),
        code: 101,
        allowed: true,
        acts_as: String::new(),
        command: "database: redis-cli -a hunter2".to_owned(),
    }
}

async fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    (Store::open(&format!("sqlite:{}", path.display())).await.unwrap(), folder)
}

/// All of a store, as it is shown.
async fn shown(store: &Store) -> (Vec<rows::Review>, Vec<rows::Event>) {
    let reviews = store.reviews(&ReviewFilter::default(), &Page::default()).await.unwrap();
    let events = store.events(&EventFilter::default(), &Page::default()).await.unwrap();
    (reviews.items, events.items)
}

#[tokio::test]
async fn what_was_asked_is_shown_as_long_ago_as_it_was_and_once() {
    let (recorded, hour) = (at("2026-01-01T12:00:00Z"), SignedDuration::from_hours(1));
    let (from, _folder) = store().await;
    let entering = |messages: &[&str], at| rows::Review {
        operation: "CONNECT".to_owned(),
        messages: messages.iter().map(|message| (*message).to_owned()).collect(),
        ..review("b", at)
    };
    let entered = entering(&["redis-cli -a hunter2 is none of yours"], recorded);
    from.put_reviews(&[review("a", recorded - hour), entered]).await.unwrap();
    from.put_events(&[event("c", recorded - hour)]).await.unwrap();
    let (requests, has_more) = Requests::of(&from).await.unwrap();
    assert!(!has_more);
    let bytes = requests.write(recorded).unwrap();
    let text = String::from_utf8(zstd::decode_all(&*bytes).unwrap()).unwrap();
    assert!(text.contains("redis-cli") && !text.contains("hunter2"), "{text}");

    let (to, _folder) = store().await;
    // Of another recording that was shown from here before.
    to.put_reviews(&[review("older", recorded)]).await.unwrap();
    to.put_events(&[event("older", recorded)]).await.unwrap();
    // A start, and another the day after.
    for now in [at("2026-11-22T08:00:00Z"), at("2026-11-23T08:00:00Z")] {
        let (read, problems) = Requests::read(&bytes, now, &Meter::default());
        assert_eq!(problems, []);
        read.put(&to).await.unwrap();
        let (reviews, events) = shown(&to).await;
        assert_eq!(reviews, [entering(&[], now), review("a", now - hour)]);
        let expected =
            rows::Event { command: "database: redis-cli …".to_owned(), ..event("c", now - hour) };
        assert_eq!(events, [expected]);
    }
}

#[tokio::test]
async fn of_very_many_the_newest_are_recorded() {
    let first = at("2026-01-01T00:00:00Z");
    let (store, _folder) = store().await;
    let after = |seconds: usize| first + SignedDuration::from_secs(i64::try_from(seconds).unwrap());
    let events: Vec<rows::Event> =
        (0..=EACH_MAX).map(|number| event(&number.to_string(), after(number))).collect();
    store.put_events(&events[1..]).await.unwrap();
    let (requests, has_more) = Requests::of(&store).await.unwrap();
    assert_eq!((requests.events.len(), has_more), (EACH_MAX, false));
    store.put_events(&events).await.unwrap();
    let (requests, has_more) = Requests::of(&store).await.unwrap();
    assert_eq!((requests.events.len(), has_more), (EACH_MAX, true));
    assert!(requests.events.iter().all(|event| event.id != "0"), "the oldest");
}

/// How many lines there are, and the problems.
#[track_caller]
fn check(lines: &str, reviews: usize, events: usize, problems: &[ProblemKind]) {
    let now = at("2026-01-01T00:00:00Z");
    let (read, found) = Requests::read_lines(lines.as_bytes(), now, &Meter::default());
    assert_eq!((read.reviews.len(), read.events.len()), (reviews, events), "{found:?}");
    assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), problems, "{found:?}");
    assert!(read.reviews.iter().all(|review| review.at <= now));
}

#[test]
fn a_broken_line_does_not_lose_the_others() {
    use ProblemKind::{BudgetExceeded, Malformed};
    let now = at("2026-01-01T00:00:00Z");
    let both = Requests { reviews: vec![review("a", now)], events: vec![event("b", now)] };
    let text = |requests: &Requests| {
        let bytes = requests.write(now).unwrap();
        String::from_utf8(zstd::decode_all(&*bytes).unwrap()).unwrap()
    };
    let good = text(&both);
    let (one, other) = good.split_once('\n').unwrap();
    check("", 0, 0, &[]);
    check(&good, 1, 1, &[]);
    check(&format!("{one}\n\nno\n{{}}\n{other}"), 1, 1, &[Malformed, Malformed]);
    // Of any time, of the future too.
    let older = one.replace(r#""ago":0"#, &format!(r#""ago":{}"#, u64::MAX));
    check(&older, 1, 0, &[]);
    check(&one.replace(r#""ago":0"#, r#""ago":-1"#), 0, 0, &[Malformed]);
    check(&one.replace("denied", "perhaps"), 0, 0, &[Malformed]);
    check(&format!("{}\n{one}", "[".repeat(100_000)), 1, 0, &[Malformed]);
    let many = format!("{one}\n").repeat(2 * EACH_MAX + 1);
    check(&many, 2 * EACH_MAX, 0, &[BudgetExceeded]);
}

#[test]
fn what_is_no_recording_and_what_grows_too_much() {
    let first = |bytes: &[u8], limits| {
        let (read, problems) = Requests::read(bytes, Timestamp::MAX, &Meter::new(limits));
        assert_eq!(read, Requests::default());
        problems[0].kind
    };
    assert_eq!(first(b"{}", Limits::default()), ProblemKind::Malformed);
    let zeros = zstd::encode_all(&vec![0; 16 << 20][..], 1).unwrap();
    let limits = Limits { inflate_ratio: 100, ..Limits::default() };
    assert_eq!(first(&zeros, limits), ProblemKind::BudgetExceeded);
}

#[test]
fn of_a_command_the_program_is_kept_and_nothing_that_was_said_to_it() {
    for (command, expected) in [
        ("", ""),
        ("app:", "app:"),
        ("app: id", "app: id"),
        ("app: sh -c 'id; ls'", "app: sh …"),
        ("/bin/redis-cli -a hunter2", "/bin/redis-cli …"),
        ("app: PASSWORD=hunter2", "app: …"),
        ("app: 'mysql -phunter2'", "app: … …"),
        ("'hunter2:' id", "… …"),
        ("'hunter2: id", "…: id"),
    ] {
        assert_eq!(without_arguments(command), expected, "{command}");
    }
}
