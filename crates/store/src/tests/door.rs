//! Reviews, events, modes, and what is forgotten.

use super::{
    contract,
    retention::prune_all,
    samples::{account, at, event, finding, review, session, trail},
};
use crate::{
    Decision, EventFilter, FindingFilter, Mode, OnFailure, Page, REVIEWS_KEPT, ReviewFilter, Store,
    Updates,
    rows::{Review, RuleMode},
};

contract! {
    reviews_are_filtered_and_written_once
    events_are_filtered_and_written_once
    a_mode_is_the_last_one_said
    what_is_past_its_time_is_dropped_and_counted
}

async fn reviews_are_filtered_and_written_once(store: Store) {
    let denied = Review { namespace: None, user_name: "eve".into(), ..review(2, Decision::Denied) };
    let all = [review(1, Decision::Allowed), denied.clone(), review(3, Decision::FailedOpen)];
    store.put_reviews(&all).await.unwrap();
    store.put_reviews(&all).await.unwrap();
    let cases: Vec<(ReviewFilter, u64)> = vec![
        (ReviewFilter::default(), 3),
        (ReviewFilter { decision: Some(Decision::Denied), ..Default::default() }, 1),
        (ReviewFilter { decision: Some(Decision::FailedOpen), ..Default::default() }, 1),
        (ReviewFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() }, 2),
        (ReviewFilter { user: Some("eve".into()), ..Default::default() }, 1),
        (ReviewFilter { text: Some("POD-3".into()), ..Default::default() }, 1),
    ];
    for (filter, expected) in cases {
        let listed = store.reviews(&filter, &Page::default()).await.unwrap();
        assert_eq!(listed.total, expected, "{filter:?}");
    }
    let filter = ReviewFilter { decision: Some(Decision::Denied), ..Default::default() };
    assert_eq!(store.reviews(&filter, &Page::default()).await.unwrap().items, [denied]);
}

async fn events_are_filtered_and_written_once(store: Store) {
    store.put_events(&[event(1), event(2)]).await.unwrap();
    store.put_events(&[event(2), event(3)]).await.unwrap();
    let cases: Vec<(EventFilter, u64)> = vec![
        (EventFilter::default(), 3),
        (EventFilter { verb: Some("create".into()), ..Default::default() }, 3),
        (EventFilter { verb: Some("delete".into()), ..Default::default() }, 0),
        (EventFilter { user: Some("bob".into()), ..Default::default() }, 3),
        (EventFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() }, 0),
        (EventFilter { text: Some("web".into()), ..Default::default() }, 3),
    ];
    for (filter, expected) in cases {
        let listed = store.events(&filter, &Page::default()).await.unwrap();
        assert_eq!(listed.total, expected, "{filter:?}");
    }
    let last = store.events(&EventFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(last.items[0], event(3));
}

async fn a_mode_is_the_last_one_said(store: Store) {
    let say = |mode, at| RuleMode {
        rule: "CFD-K001".into(),
        mode,
        on_failure: OnFailure::Fail,
        updates: Updates::Strict,
        by_name: "alice".into(),
        at,
    };
    store.set_mode(&say(Mode::Enforce, at(1))).await.unwrap();
    store.set_mode(&say(Mode::Off, at(2))).await.unwrap();
    assert_eq!(store.modes().await.unwrap(), [say(Mode::Off, at(2))]);
}

async fn what_is_past_its_time_is_dropped_and_counted(store: Store) {
    store.put_reviews(&[review(1, Decision::Allowed), review(9, Decision::Allowed)]).await.unwrap();
    store.put_trail(&[trail(1)]).await.unwrap();
    store.create_account(&account("alice")).await.unwrap();
    store.create_session(&session("a-alice")).await.unwrap();
    store
        .put_findings("w", &[finding("w", "K1", "", 1), finding("w", "K2", "", 1)], at(1))
        .await
        .unwrap();
    store.put_findings("w", &[finding("w", "K2", "", 1)], at(2)).await.unwrap();
    assert_eq!(prune_all(&store, at(5)).await, 0);
    let later = at(5).checked_add(REVIEWS_KEPT).unwrap();
    assert_eq!(prune_all(&store, later).await, 2); // the first review, the session
    let listed = store.reviews(&ReviewFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.items, [review(9, Decision::Allowed)]);
    let much_later = at(0).checked_add(crate::HISTORY_KEPT * 2).unwrap();
    assert_eq!(prune_all(&store, much_later).await, 3); // review, trail, the closed finding
    let dropped = store.dropped().await.unwrap();
    let counts: Vec<(&str, u64)> =
        dropped.iter().map(|(what, count)| (what.as_str(), *count)).collect();
    assert_eq!(counts, [("finding", 1), ("review", 2), ("session", 1), ("trail", 1)]);
    assert_eq!(store.findings(&FindingFilter::default(), &Page::default()).await.unwrap().total, 1);
}
