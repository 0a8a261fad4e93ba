//! Streams of changes, and the end of the server.

use super::{client::Ask, house::House};
use crate::EVENTS;
use cofferdam_identity::Role;

#[tokio::test]
async fn changes_are_told_gathered_and_once() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let mut stream = house.send(Ask::get("/api/v1/watch").token(&token)).await;
    assert_eq!(stream.event().await, ": beat\n");
    // The server listens to the bus from its first moments on; until then nobody hears.
    let tell = async |text: &str| house.bus.tell(EVENTS, text.as_bytes()).await.unwrap();
    for text in [
        "nonsense",
        r#"{"kind":"policy","id":"CFD-POD-0001"}"#,
        r#"{"kind":"workload","id":"web"}"#,
        r#"{"kind":"workload","id":"web"}"#,
        r#"{"kind":"image"}"#,
        r#"{"kind":"image","id":"i"}"#,
    ] {
        tell(text).await;
    }
    let first = stream.event().await;
    assert_eq!(first, "event: changed\ndata: {\"kind\":\"workload\",\"id\":\"web\"}\n");
    let second = stream.event().await;
    assert_eq!(second, "event: changed\ndata: {\"kind\":\"image\",\"id\":null}\n");
}

#[tokio::test]
async fn a_developer_is_told_that_and_not_what() {
    let house = House::new().await;
    let token = house.token(Role::Developer).await;
    let mut stream = house.send(Ask::get("/api/v1/watch").token(&token)).await;
    assert_eq!(stream.event().await, ": beat\n");
    house.bus.tell(EVENTS, br#"{"kind":"workload","id":"vault"}"#).await.unwrap();
    let told = stream.event().await;
    assert_eq!(told, "event: changed\ndata: {\"kind\":\"workload\",\"id\":null}\n");
}

#[tokio::test]
async fn the_server_ends_with_its_streams() {
    let mut house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let mut stream = house.send(Ask::get("/api/v1/watch").token(&token)).await;
    assert_eq!(stream.event().await, ": beat\n");
    drop(house.stop.take());
    house.serving.await.unwrap();
    assert_eq!(stream.event().await, "", "the stream is over");
    assert!(tokio::net::TcpStream::connect(house.address).await.is_err(), "nobody listens");
}
