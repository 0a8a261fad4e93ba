//! The contract, tried in memory and on a real NATS server.

mod contract;
mod faults;
mod server;

use crate::{BusError, LARGEST_MESSAGE, MOST_WAITING, address::Address};
use std::time::Duration;

#[test]
fn addresses_are_read_or_refused() {
    let address = Address::parse("nats://a:4222,tls://b?wait=5&replicas=3").unwrap();
    assert_eq!(address.servers, ["nats://a:4222", "tls://b"]);
    assert_eq!((address.wait, address.replicas), (Duration::from_secs(5), 3));
    assert_eq!(Address::parse("memory:").unwrap().servers, [""; 0]);
    for wrong in
        ["", "redis://x", "memory:x", "nats://a,http://b", "nats://a?wait=0", "memory:?x=1"]
    {
        assert!(matches!(Address::parse(wrong), Err(BusError::Refused(_))), "{wrong}");
    }
}

#[tokio::test]
async fn what_cannot_travel_is_refused() {
    let bus = crate::Bus::open("memory:").await.unwrap();
    let large = vec![0; LARGEST_MESSAGE + 1];
    let refused = [
        bus.publish("a.b", "1", b"").await,
        bus.publish("", "1", b"").await,
        bus.publish("a", "", b"").await,
        bus.publish("a", "line\nbreak", b"").await,
        bus.publish("a", "1", &large).await,
        bus.publish(&"a".repeat(65), "1", b"").await,
    ];
    assert!(
        refused.iter().all(|answer| matches!(answer, Err(BusError::Refused(_)))),
        "{refused:?}"
    );
    assert!(bus.publish("a", "sha256:1/2", &large[1..]).await.unwrap());
    assert!(matches!(bus.subscribe("a*", "g").await, Err(BusError::Refused(_))));
}

#[tokio::test]
async fn a_full_queue_says_so_and_takes_more_later() {
    let bus = crate::Bus::open("memory:").await.unwrap();
    for number in 0..MOST_WAITING {
        bus.publish("s", &number.to_string(), b"").await.unwrap();
    }
    let full = bus.publish("s", "one-more", b"").await.unwrap_err();
    assert_eq!(full, BusError::Full("s".to_owned()));
    let mut work = bus.subscribe("s", "g").await.unwrap();
    work.next().await.unwrap().ack().await.unwrap();
    assert!(bus.publish("s", "one-more", b"").await.unwrap());
}
