//! What any bus promises.

use super::server::Server;
use crate::{Bus, BusError, Events, Heard, Work};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Runs one test in memory and on the server, on a subject of its own.
macro_rules! contract {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test]
            async fn memory() {
                super::$name(super::open("memory:?wait=1").await, "subject").await;
            }

            #[tokio::test]
            async fn nats() {
                let bus = super::open(&super::Server::shared().url()).await;
                super::$name(bus, &super::subject()).await;
            }
        }
    )*};
}

contract! {
    work_is_done_once_by_one_of_many
    an_identifier_is_queued_once
    what_is_given_up_comes_back
    what_is_worked_at_stays_away
    a_worker_that_is_silent_loses_its_work
    what_is_put_off_comes_back_later
    waiting_can_be_given_up_without_loss
    a_subject_has_one_group
    events_reach_all_who_listen
}

async fn open(url: &str) -> Bus {
    Bus::open(url).await.unwrap()
}

fn subject() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("subject-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Longer than unacknowledged work waits in these tests.
const LONG: Duration = Duration::from_millis(2500);

/// Nothing comes within a time that is long enough for what is waiting to come.
async fn nothing(work: &mut Work) {
    let next = tokio::time::timeout(Duration::from_millis(300), work.next()).await;
    assert!(next.is_err(), "there is more work");
}

async fn work_is_done_once_by_one_of_many(bus: Bus, subject: &str) {
    for number in 0..60 {
        assert!(bus.publish(subject, &number.to_string(), &[number]).await.unwrap());
    }
    let mut done = Vec::new();
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(bus.subscribe(subject, "g").await.unwrap());
    }
    for _ in 0..20 {
        for work in &mut workers {
            let message = work.next().await.unwrap();
            assert_eq!(message.deliveries(), 1);
            done.push(message.bytes()[0]);
            message.ack().await.unwrap();
        }
    }
    let different: BTreeSet<u8> = done.iter().copied().collect();
    assert_eq!((done.len(), different.len()), (60, 60));
    nothing(&mut workers[0]).await;
}

async fn an_identifier_is_queued_once(bus: Bus, subject: &str) {
    assert!(bus.publish(subject, "same", b"1").await.unwrap());
    assert!(!bus.publish(subject, "same", b"2").await.unwrap());
    assert!(bus.publish(&format!("{subject}-other"), "same", b"3").await.unwrap());
    let mut work = bus.subscribe(subject, "g").await.unwrap();
    let message = work.next().await.unwrap();
    assert_eq!(message.bytes(), b"1");
    message.ack().await.unwrap();
    assert!(!bus.publish(subject, "same", b"4").await.unwrap());
    nothing(&mut work).await;
}

async fn what_is_given_up_comes_back(bus: Bus, subject: &str) {
    bus.publish(subject, "1", b"x").await.unwrap();
    let mut work = bus.subscribe(subject, "g").await.unwrap();
    drop(work.next().await.unwrap());
    let message = work.next().await.unwrap();
    assert_eq!((message.bytes(), message.deliveries()), (&b"x"[..], 2));
    message.nack(Duration::ZERO).await.unwrap();
    let message = work.next().await.unwrap();
    assert_eq!(message.deliveries(), 3);
    message.ack().await.unwrap();
    nothing(&mut work).await;
}

async fn what_is_worked_at_stays_away(bus: Bus, subject: &str) {
    bus.publish(subject, "1", b"x").await.unwrap();
    let mut work = bus.subscribe(subject, "g").await.unwrap();
    let mut other = bus.subscribe(subject, "g").await.unwrap();
    let message = work.next().await.unwrap();
    for _ in 0..5 {
        message.progress().await.unwrap();
        nothing(&mut other).await;
        nothing(&mut other).await;
    }
    message.ack().await.unwrap();
    assert!(tokio::time::timeout(LONG, other.next()).await.is_err());
}

async fn a_worker_that_is_silent_loses_its_work(bus: Bus, subject: &str) {
    bus.publish(subject, "1", b"x").await.unwrap();
    let mut work = bus.subscribe(subject, "g").await.unwrap();
    let mut other = bus.subscribe(subject, "g").await.unwrap();
    let silent = work.next().await.unwrap();
    let again = other.next().await.unwrap();
    assert_eq!((again.bytes(), again.deliveries()), (&b"x"[..], 2));
    again.ack().await.unwrap();
    // Too late, and of no effect.
    let _ = silent.ack().await;
    assert!(tokio::time::timeout(LONG, other.next()).await.is_err());
}

async fn what_is_put_off_comes_back_later(bus: Bus, subject: &str) {
    bus.publish(subject, "1", b"x").await.unwrap();
    let mut work = bus.subscribe(subject, "g").await.unwrap();
    let begin = std::time::Instant::now();
    work.next().await.unwrap().nack(Duration::from_millis(700)).await.unwrap();
    let message = work.next().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(650), "{:?}", begin.elapsed());
    message.ack().await.unwrap();
}

async fn waiting_can_be_given_up_without_loss(bus: Bus, subject: &str) {
    let mut work = bus.subscribe(subject, "g").await.unwrap();
    for _ in 0..3 {
        let waiting = tokio::time::timeout(Duration::from_millis(20), work.next());
        assert!(waiting.await.is_err());
    }
    bus.publish(subject, "1", b"x").await.unwrap();
    work.next().await.unwrap().ack().await.unwrap();
}

async fn a_subject_has_one_group(bus: Bus, subject: &str) {
    let _work = bus.subscribe(subject, "g").await.unwrap();
    let error = bus.subscribe(subject, "h").await.err().unwrap();
    assert!(matches!(error, BusError::Refused(_)), "{error}");
    bus.subscribe(subject, "g").await.unwrap();
}

async fn heard(events: &mut Events) -> Heard {
    tokio::time::timeout(Duration::from_secs(10), events.next()).await.unwrap().unwrap()
}

async fn events_reach_all_who_listen(bus: Bus, subject: &str) {
    bus.tell(subject, b"nobody hears").await.unwrap();
    let mut one = bus.events(subject).await.unwrap();
    let mut other = bus.events(subject).await.unwrap();
    for number in 0..5_u8 {
        bus.tell(subject, &[number]).await.unwrap();
    }
    for events in [&mut one, &mut other] {
        for number in 0..5_u8 {
            assert_eq!(heard(events).await, Heard::Event([number].into()));
        }
    }
}
