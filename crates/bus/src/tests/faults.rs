//! What happens when a server or a worker is killed.

use super::server::Server;
use crate::{Bus, BusError, Heard};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    time::Duration,
};

/// Where the child works; it is this program again, told to run one test.
const CHILD: &str = "COFFERDAM_BUS_TEST_CHILD";

/// Not a test of its own: takes work from the bus that its parent names, and is killed at it.
#[tokio::test]
async fn child_that_works() {
    let Some(url) = std::env::var_os(CHILD) else { return };
    let bus = Bus::open(url.to_str().unwrap()).await.unwrap();
    let mut work = bus.subscribe("work", "g").await.unwrap();
    let mut out = std::io::stdout();
    loop {
        let message = work.next().await.unwrap();
        writeln!(out, "at {}", message.bytes()[0]).unwrap();
        out.flush().unwrap();
        if message.bytes()[0] % 4 == 3 {
            std::future::pending::<()>().await; // killed here
        }
        message.ack().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_killed_worker_was_at_is_done_by_another() {
    let server = Server::start();
    let bus = Bus::open(&server.url()).await.unwrap();
    for number in 0..12 {
        bus.publish("work", &number.to_string(), &[number]).await.unwrap();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["tests::faults::child_that_works", "--exact", "--nocapture"]);
    command.env(CHILD, server.url()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut begun = lines.filter_map(|line| line.split_once("at ")?.1.parse::<u8>().ok());
    assert!(begun.any(|number| number == 3));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut work = bus.subscribe("work", "g").await.unwrap();
    let mut done = BTreeSet::new();
    while done.len() < 9 {
        let message = work.next().await.unwrap();
        assert_eq!(message.deliveries(), if message.bytes()[0] == 3 { 2 } else { 1 });
        assert!(done.insert(message.bytes()[0]));
        message.ack().await.unwrap();
    }
    assert_eq!(done, (3..12).collect());
}

#[tokio::test]
async fn a_killed_server_loses_nothing_and_is_found_again() {
    let server = Server::start();
    let bus = Bus::open(&server.url()).await.unwrap();
    let mut events = bus.events("changed").await.unwrap();
    let mut work = bus.subscribe("work", "g").await.unwrap();
    for number in 0..5 {
        assert!(bus.publish("work", &number.to_string(), &[number]).await.unwrap());
    }
    let held = work.next().await.unwrap();
    server.kill();
    let refused = loop {
        // Until the client has noticed.
        if let Err(error) = bus.publish("work", "5", &[5]).await {
            break error;
        }
    };
    assert!(matches!(refused, BusError::Unavailable(_)), "{refused}");
    assert!(matches!(held.ack().await, Err(BusError::Unavailable(_))));
    let waiting = tokio::spawn(async move {
        // The first may have been acknowledged when the server was back; the others were not.
        let mut done = BTreeSet::new();
        while !(1..=5).all(|number| done.contains(&number)) {
            let message = work.next().await.unwrap();
            let number = message.bytes()[0];
            message.ack().await.unwrap();
            done.insert(number);
        }
    });
    server.run();
    // Publishing until it is taken, as everybody must; the identifier keeps it single.
    while bus.publish("work", "5", &[5]).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!bus.publish("work", "5", &[5]).await.unwrap());
    waiting.await.unwrap();
    assert_eq!(events.next().await.unwrap(), Heard::Missed);
    bus.tell("changed", b"now").await.unwrap();
    assert_eq!(events.next().await.unwrap(), Heard::Event(b"now"[..].into()));
    bus.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_so() {
    let opened = Bus::open("nats://127.0.0.1:1").await;
    assert!(matches!(opened, Err(BusError::Unavailable(_))));
}
