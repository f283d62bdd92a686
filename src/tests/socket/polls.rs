//! The same messages by HTTPS long-poll.

use hadir::domain::{
    event::{Event, Via, Why},
    ids::Pseudonym,
};
use serde_json::{Value, json};

use super::house::{House, Plan, hello};

/// A page on a network that blocks WebSockets.
struct Poller {
    url: String,
    session: Value,
    next: u64,
}

impl Poller {
    fn new(house: &House) -> Self {
        Self { url: format!("http://{}/api/poll", house.address), session: Value::Null, next: 0 }
    }

    /// Asks without taking note of the answer, as if it got lost.
    async fn ask(&self, messages: &[&str]) -> (u16, Value) {
        let messages: Vec<Value> = messages.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        let body = json!({"session": self.session, "after": self.next, "messages": messages});
        post(self.url.clone(), body.to_string()).await
    }

    async fn poll(&mut self, messages: &[&str]) -> Value {
        let (status, told) = self.ask(messages).await;
        assert_eq!(status, 200, "{told}");
        self.session = told["session"].clone();
        self.next = told["next"].as_u64().unwrap();
        told
    }

    /// The number of the next challenge.
    async fn challenge(&mut self) -> u64 {
        loop {
            let told = self.poll(&[]).await;
            if let Some(number) = told["messages"].as_array().unwrap().iter().find_map(|message| message["n"].as_u64())
            {
                return number;
            }
        }
    }
}

async fn post(url: String, body: String) -> (u16, Value) {
    tokio::task::spawn_blocking(move || {
        let mut answer = ureq::post(&url)
            .config()
            .http_status_as_error(false)
            .build()
            .content_type("application/json")
            .send(body)
            .unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap())
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_page_is_counted_challenged_and_let_go_by_long_poll() {
    let house = House::open(Plan { challenge_ms: 100, ..Plan::default() }).await;
    let mut page = Poller::new(&house);

    let counted = page.poll(&[&hello("person:1", "d")]).await;
    let number = page.challenge().await;
    let before = house.shared.clock.now().wall;
    page.poll(&[&format!(r#"{{"t":"ack","n":{number}}}"#)]).await;
    let proofs = house.shared.hub.proofs();
    let mut ended = page.poll(&[r#"{"t":"bye"}"#]).await;
    if ended["close"].is_null() {
        ended = page.poll(&[]).await;
    }

    assert_eq!(counted["messages"][0]["t"], "counted");
    assert!(proofs[0].1 >= before);
    assert_eq!((&ended["close"]["code"], &ended["session"]), (&json!(1000), &Value::Null));
    assert_eq!(house.causes(1).await, [Why::Bye]);
    assert!(house.events().iter().any(|event| matches!(event, Event::Joined(joined) if joined.via == Via::Poll)));
}

#[tokio::test]
async fn an_answer_that_got_lost_is_given_again() {
    let house = House::open(Plan::default()).await;
    let mut page = Poller::new(&house);
    let first = page.poll(&[&hello("person:1", "d")]).await;
    page.next = 0;

    let (_, again) = page.ask(&[]).await;

    assert_eq!(again["messages"][0], first["messages"][0]);
}

#[tokio::test]
async fn a_bad_ticket_ends_a_session_with_the_code_and_the_reason() {
    let house = House::open(Plan::default()).await;
    let mut page = Poller::new(&house);

    let told = page.poll(&[&hello("revoked", "d")]).await;

    assert_eq!(told["close"]["code"], 1008);
    assert!(told["close"]["reason"].as_str().unwrap().contains("replaced"), "{told}");
    assert_eq!(house.joins(), 0);
}

#[tokio::test]
async fn a_withdrawn_link_and_a_drain_end_sessions_as_they_end_sockets() {
    let house = House::open(Plan::default()).await;
    let (mut revoked, mut drained) = (Poller::new(&house), Poller::new(&house));
    revoked.poll(&[&hello("person:1", "d")]).await;
    drained.poll(&[&hello("person:2", "d")]).await;

    house.shared.hub.revoke(Pseudonym([1; 16]));
    let told = revoked.poll(&[]).await;
    house.cancel.cancel();

    assert_eq!(told["close"]["code"], 1008);
    assert_eq!(house.causes(2).await, [Why::Revoked, Why::Drained]);
    house.shared.tracker.close();
    tokio::time::timeout(super::house::PATIENCE, house.shared.tracker.wait()).await.expect("no session's task is left");
}

#[tokio::test]
async fn a_request_that_is_none_of_ours_is_refused_with_the_reason() {
    let house = House::open(Plan::default()).await;
    let url = format!("http://{}/api/poll", house.address);
    let many = json!({"session": null, "after": 0, "messages": vec![json!({"t": "bye"}); 17]}).to_string();

    for (body, status) in [("{", 400), (r#"{"session":"unknown","after":0,"messages":[]}"#, 404), (many.as_str(), 400)]
    {
        let (found, problem) = post(url.clone(), body.to_owned()).await;

        assert_eq!(found, status);
        assert!(problem["remedy"].is_string(), "{problem}");
    }
}
