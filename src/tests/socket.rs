//! The participants' socket, as programs and broken peers use it.

#[cfg(test)]
#[path = "socket/house.rs"]
mod house;
#[cfg(test)]
#[path = "socket/limits.rs"]
mod limits;
#[cfg(test)]
#[path = "socket/polls.rs"]
mod polls;
#[cfg(test)]
#[path = "socket/transports.rs"]
mod transports;

use hadir::{
    domain::event::{Event, Signal, Signalled, Why},
    log::Failure,
    wire::{Phase, ToPage},
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{
        CloseFrame,
        frame::{
            Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

use self::house::{Heard, House, Plan, hello};

fn signalled(signal: Signal) -> Event {
    Event::Signalled(Signalled::new(signal, "organizer".into()))
}

#[tokio::test]
async fn whoever_says_hello_is_counted_once_the_join_is_in_the_log() {
    let house = House::open(Plan::default()).await;
    let mut page = house.connect().await;

    page.say(&hello("person:7", "d")).await;
    let heard = page.hear().await;

    let Heard::Message(ToPage::Counted { seq, person, .. }) = heard else { panic!("not counted: {heard:?}") };
    let lines = house.store.lines();
    let line = String::from_utf8(lines[usize::try_from(seq.0).unwrap()].bytes.clone()).unwrap();
    assert!(line.contains(r#""k":"join""#) && line.contains(&person.to_string()), "{line}");
}

#[tokio::test]
async fn a_page_that_says_bye_leaves_at_that_moment() {
    let house = House::open(Plan::default()).await;
    let mut page = house.counted(1, "d").await;

    page.say(r#"{"t":"bye"}"#).await;

    assert_eq!(page.close_code().await, Some(1000));
    assert_eq!(house.causes(1).await, [Why::Bye]);
}

#[tokio::test]
async fn a_page_that_closes_with_4001_leaves_at_that_moment_and_one_that_closes_with_1001_at_its_last_proof() {
    let house = House::open(Plan::default()).await;
    for (ended, code) in [(1, 4001), (2, 1001)] {
        let mut page = house.counted(1, "d").await;
        let before = house.shared.clock.now().wall;
        let close = CloseFrame { code: CloseCode::from(code), reason: "".into() };

        page.send(Message::Close(Some(close))).await;
        house.causes(ended).await;

        let left = house.leaves().pop().unwrap();
        assert_eq!((left.why, left.last >= before), (Why::Closed, code == 4001));
        // The hub answers the close and ends the connection in order.
        assert_eq!(page.close_code().await, Some(code));
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_leaves_at_its_last_proof() {
    let house = House::open(Plan::default()).await;
    let page = house.counted(1, "d").await;
    let before = house.shared.clock.now().wall;

    drop(page);

    assert_eq!(house.causes(1).await, [Why::Lost]);
    assert!(house.leaves()[0].last < before);
}

#[tokio::test]
async fn every_bad_first_frame_is_answered_with_its_close_code_and_joins_nobody() {
    let house = House::open(Plan::default()).await;
    let not_utf8 = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    let mut reserved = Frame::message("x", OpCode::Data(Data::Text), true);
    reserved.header_mut().rsv1 = true;
    let cases = [
        (Message::text(hello("damaged", "d")), 1008),
        (Message::text(hello("unknown", "d")), 1008),
        (Message::text(hello("foreign", "d")), 1008),
        (Message::text(hello("revoked", "d")), 1008),
        (Message::text(hello("expired", "d")), 1008),
        // On the tickets' side all is well, but the opened roster does not have this person.
        (Message::text(hello("person:250", "d")), 1008),
        (Message::text(r#"{"t":"ack","n":1}"#), 1008),
        (Message::text(r#"{"t":"shout"}"#), 1008),
        (Message::text("hello"), 1008),
        (Message::text(hello(&"x".repeat(5_000), "d")), 1009),
        (Message::binary(vec![1, 2, 3]), 1003),
        (Message::Frame(not_utf8), 1007),
        (Message::Frame(reserved), 1002),
    ];
    for (message, code) in cases {
        let mut page = house.connect().await;

        page.send(message.clone()).await;

        assert_eq!(page.close_code().await, Some(code), "{message:?}");
    }
    assert_eq!(house.joins(), 0);
}

#[tokio::test]
async fn a_bad_ticket_is_told_what_is_wrong_with_it() {
    let house = House::open(Plan::default()).await;
    let mut page = house.connect().await;

    page.say(&hello("revoked", "d")).await;

    let told = "this link was replaced by a newer one: ask the organizer";
    assert_eq!(page.hear().await, Heard::Closed(1008, told.into()));
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_closed_after_ten_seconds() {
    let house = House::open(Plan::default()).await;
    let mut page = house.connect().await;

    assert_eq!(page.hear().await, Heard::Closed(1008, "no hello within 10 seconds".into()));
}

#[tokio::test]
async fn a_second_hello_ends_the_connection_and_its_interval() {
    let house = House::open(Plan::default()).await;
    let mut page = house.counted(1, "d").await;

    page.say(&hello("person:1", "d")).await;

    assert_eq!(page.close_code().await, Some(1008));
    assert_eq!(house.causes(1).await, [Why::Kicked]);
}

#[tokio::test]
async fn two_devices_of_one_person_are_both_held() {
    let house = House::open(Plan::default()).await;
    let mut laptop = house.counted(1, "laptop").await;
    let mut phone = house.counted(1, "phone").await;

    house.shared.sequencer.record(signalled(Signal::Start)).await.unwrap();

    laptop.answer_challenge().await;
    phone.answer_challenge().await;
    assert_eq!((house.joins(), house.leaves().len()), (2, 0));
}

#[tokio::test]
async fn a_second_tab_takes_over_without_a_gap_and_the_first_one_is_told() {
    let house = House::open(Plan::default()).await;
    let mut first = house.counted(1, "d").await;
    let _second = house.counted(1, "d").await;
    let joined = house.shared.clock.now().wall;

    first.answer_challenge().await;

    assert_eq!(first.close_code().await, Some(4002));
    assert_eq!(house.causes(1).await, [Why::Replaced]);
    assert!(house.leaves()[0].last >= joined);
}

#[tokio::test]
async fn a_silent_peer_is_credited_up_to_its_last_proof_and_closed_with_4008() {
    let house = House::open(Plan { challenge_ms: 200, proof_max_gap_ms: 600, ..Plan::default() }).await;
    let mut page = house.counted(1, "d").await;
    page.answer_challenge().await;
    let answered = house.shared.clock.now().wall;
    page.send(Message::Pong("alive".into())).await;

    assert_eq!(page.close_code().await, Some(4008));
    assert_eq!(house.causes(1).await, [Why::Silent]);
    // The answer itself may be read a little after it was sent.
    assert!(house.leaves()[0].last.0 < answered.0 + 150_000);
}

#[tokio::test]
async fn whoever_answers_stays_counted_and_hears_what_is_recorded() {
    let house = House::open(Plan { challenge_ms: 100, proof_max_gap_ms: 5_000, ..Plan::default() }).await;
    let mut page = house.counted(1, "d").await;

    for _ in 0..5 {
        page.answer_challenge().await;
    }

    assert!(matches!(page.hear().await, Heard::Message(ToPage::Status { .. } | ToPage::Hb { .. })));
    assert!(house.leaves().is_empty());
}

#[tokio::test]
async fn the_start_signal_reaches_everybody_with_a_challenge() {
    let house = House::open(Plan::default()).await;
    let mut pages = Vec::new();
    for person in 1..=20 {
        pages.push(house.counted(person, "d").await);
    }

    house.shared.sequencer.record(signalled(Signal::Start)).await.unwrap();

    for page in &mut pages {
        assert!(matches!(page.hear().await, Heard::Message(ToPage::Lesson { phase: Phase::Running, .. })));
        assert!(matches!(page.hear().await, Heard::Message(ToPage::Hb { n: 1 })));
    }
}

#[tokio::test]
async fn a_closed_attempt_ends_every_connection_for_good_and_takes_nobody_in() {
    let house = House::open(Plan::default()).await;
    let mut page = house.counted(1, "d").await;
    house.shared.sequencer.record(signalled(Signal::Start)).await.unwrap();
    house.shared.sequencer.record(signalled(Signal::End)).await.unwrap();

    house.shared.sequencer.begin_close().await.unwrap();

    assert_eq!(page.close_code().await, Some(1000));
    assert_eq!(house.causes(1).await, [Why::Over]);
    let mut late = house.connect().await;
    late.say(&hello("person:2", "d")).await;
    assert_eq!(late.close_code().await, Some(1000));
}

#[tokio::test]
async fn a_withdrawn_link_ends_every_device_of_its_person() {
    let house = House::open(Plan::default()).await;
    let mut laptop = house.counted(1, "laptop").await;
    let mut phone = house.counted(1, "phone").await;
    let mut other = house.counted(2, "laptop").await;

    house.shared.hub.revoke(hadir::domain::ids::Pseudonym([1; 16]));

    assert_eq!((laptop.close_code().await, phone.close_code().await), (Some(1008), Some(1008)));
    assert_eq!(house.causes(2).await, [Why::Revoked, Why::Revoked]);
    house.shared.sequencer.record(signalled(Signal::Start)).await.unwrap();
    other.answer_challenge().await;
}

#[tokio::test]
async fn nobody_is_told_they_count_when_the_log_fails() {
    for failure in [Failure::Before, Failure::Lost, Failure::Kept] {
        let house = House::open(Plan::default()).await;
        house.store.fail_append(1, failure);
        let mut page = house.connect().await;

        page.say(&hello("person:1", "d")).await;

        assert_eq!(page.hear().await, Heard::Closed(1011, r#"{"min_ms":500,"max_ms":20000}"#.into()), "{failure:?}");
    }
}

#[tokio::test]
async fn a_drain_logs_every_leave_and_closes_with_1012_whatever_state_a_connection_is_in() {
    let house = House::open(Plan::default()).await;
    let mut greeting = house.connect().await;
    let mut silent = house.counted(1, "d").await;
    let mut answering = house.counted(2, "d").await;

    house.cancel.cancel();
    answering.answer_challenge().await;

    for page in [&mut greeting, &mut silent, &mut answering] {
        assert_eq!(page.close_code().await, Some(1012));
    }
    assert_eq!(house.causes(2).await, [Why::Drained, Why::Drained]);
    house.shared.tracker.close();
    tokio::time::timeout(house::PATIENCE, house.shared.tracker.wait()).await.expect("no participant's task is left");
    assert!(house.shared.hub.is_empty());
}
