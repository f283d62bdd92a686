//! More of everything than the hub takes: connections, bytes, frames.

use std::{io, time::Duration};

use futures_util::SinkExt;
use hadir::{
    domain::event::Why,
    server::{
        descriptors,
        listener::{self, BindError},
    },
    wire::ToPage,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{client_async, tungstenite::Message};

use super::house::{Heard, House, Page, Plan, hello};

/// What the hub answers to a raw request.
async fn raw(house: &House, request: &str) -> String {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn upgrade(house: &House, origin: &str, protocol: &str) -> String {
    format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{origin}{protocol}\r\n",
        house.address
    )
}

const PROTOCOL: &str = "Sec-WebSocket-Protocol: chat, hadir.v1\r\n";

#[tokio::test]
async fn a_page_of_another_site_cannot_open_a_socket() {
    let house = House::open(Plan::default()).await;
    let foreign = upgrade(&house, "Origin: https://evil.example\r\nConnection: close\r\n", PROTOCOL);

    let answer = raw(&house, &foreign).await;

    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("\"remedy\""), "{answer}");
}

#[tokio::test]
async fn our_own_pages_open_sockets_and_the_subprotocol_is_named_back() {
    let house = House::open(Plan::default()).await;
    for origin in [format!("http://{}", house.address), "https://hadir.example".into()] {
        let mut request = house.request();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(house.address).await.unwrap();

        let (_socket, answer) = client_async(request, stream).await.unwrap();

        assert_eq!(answer.headers()["sec-websocket-protocol"], "hadir.v1");
    }
}

#[tokio::test]
async fn a_program_that_offers_no_subprotocol_is_taken_in_and_named_none() {
    let house = House::open(Plan::default()).await;
    let mut request = house.request();
    request.headers_mut().remove("sec-websocket-protocol");
    let stream = TcpStream::connect(house.address).await.unwrap();

    let (socket, answer) = client_async(request, stream).await.unwrap();
    let mut page = Page { socket };
    page.say(&hello("person:1", "d")).await;

    assert!(!answer.headers().contains_key("sec-websocket-protocol"));
    assert!(matches!(page.hear().await, Heard::Message(ToPage::Counted { .. })));
}

#[tokio::test]
async fn what_is_not_our_websocket_is_refused_with_the_reason() {
    let house = House::open(Plan::default()).await;
    let close = "Connection: close\r\n";
    let cases = [
        (upgrade(&house, close, "Sec-WebSocket-Protocol: hadir.v9\r\n"), "400", "hadir.v1"),
        (format!("GET /ws HTTP/1.1\r\nHost: {}\r\n{close}\r\n", house.address), "426", "WebSocket"),
        (upgrade(&house, close, PROTOCOL).replace("Version: 13", "Version: 8"), "426", "version 13"),
    ];
    for (request, status, told) in cases {
        let answer = raw(&house, &request).await;

        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(told), "{answer}");
    }
}

#[tokio::test]
async fn beyond_the_limit_a_socket_is_told_when_to_come_back_and_a_freed_place_is_given_again() {
    let house = House::open(Plan { participants: 2, ..Plan::default() }).await;
    let first = house.counted(1, "d").await;
    let _second = house.counted(2, "d").await;

    let mut third = house.connect().await;
    assert_eq!(third.hear().await, Heard::Closed(1013, r#"{"min_ms":5000,"max_ms":30000}"#.into()));

    drop(first);
    house.causes(1).await;
    loop {
        let mut again = house.connect().await;
        again.say(&hello("person:3", "d")).await;
        if let Heard::Message(_) = again.hear().await {
            break;
        }
    }
}

#[tokio::test]
async fn when_not_even_a_refusal_finds_a_place_http_says_when_to_try_again() {
    let house = House::open(Plan { participants: 1, ..Plan::default() }).await;
    let _only = house.counted(1, "d").await;
    let mut streams = Vec::new();
    let mut answer = String::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(upgrade(&house, "", PROTOCOL).as_bytes()).await.unwrap();
        let mut head = [0; 1024];
        let read = stream.read(&mut head).await.unwrap();
        answer = String::from_utf8_lossy(&head[..read]).to_lowercase();
        streams.push(stream);
        if answer.starts_with("http/1.1 503") {
            break;
        }
    }

    assert!(answer.contains("retry-after: 30"), "{answer}");
}

#[tokio::test]
async fn a_peer_that_sends_on_after_our_close_sees_the_code_and_no_reset() {
    let house = House::open(Plan::default()).await;
    let Page { mut socket } = house.connect().await;
    for _ in 0..30 {
        socket.feed(Message::text("x".repeat(1_000))).await.unwrap();
    }
    socket.flush().await.unwrap();

    let mut page = Page { socket };
    assert_eq!(page.close_code().await, Some(1008));
}

#[tokio::test]
async fn a_peer_that_floods_is_closed() {
    let house = House::open(Plan::default()).await;
    let mut page = house.counted(1, "d").await;

    for _ in 0..150 {
        page.say(r#"{"t":"ack","n":0}"#).await;
    }

    assert_eq!(page.close_code().await, Some(1008));
    assert_eq!(house.causes(1).await, [Why::Kicked]);
}

#[tokio::test]
async fn a_taken_port_is_named_as_such() {
    let house = House::open(Plan::default()).await;

    let refused = listener::bind(house.address);

    assert!(matches!(refused, Err(BindError::Taken(address)) if address == house.address));
}

#[tokio::test]
async fn a_request_head_that_never_ends_is_cut() -> io::Result<()> {
    let house = House::open(Plan::default()).await;
    let mut stream = TcpStream::connect(house.address).await?;
    stream.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\nX: ").await?;

    // The hub speaks or closes; the test would wait for ever otherwise.
    let mut rest = Vec::new();
    tokio::time::timeout(super::house::PATIENCE, stream.read_to_end(&mut rest)).await.expect("the hub ends it")?;
    Ok(())
}

#[tokio::test]
async fn idle_connections_make_room_for_those_who_arrive() {
    // Both ends of more connections than the hub serves at once live in this process.
    assert!(descriptors::raise_limit() > 2_048);
    let house = House::open(Plan::default()).await;
    let mut idle = Vec::new();
    for _ in 0..512 {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        idle.push(stream);
    }

    // By themselves they would leave only after ten seconds.
    let page = timeout(Duration::from_secs(8), house.counted(1, "d")).await;

    assert!(page.is_ok());
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_its_reader() {
    let pages = axum::Router::new().route("/api/x", axum::routing::get(async || "x"));
    let house = House::open(Plan { pages, ..Plan::default() }).await;

    let answer = raw(&house, "GET /api/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;

    for header in [
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "content-security-policy: default-src 'none'",
        "cache-control: no-store",
    ] {
        assert!(answer.contains(header), "{header} is missing in {answer}");
    }
}
