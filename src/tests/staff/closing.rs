//! The end of a lesson as staff bring it about: signals in a row, and what they leave of everybody's attendance.

use std::{
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::rehearsal;
use crate::support::{Page, count, entries};

/// How long a page on a slow line takes to answer.
const SLOW: Duration = Duration::from_millis(500);

/// The lesson's length: signals within one millisecond would bound a lesson in which nobody can be present.
const LESSON: Duration = Duration::from_millis(20);

/// Answers every challenge late, up to the close, whose code it gives back.
fn answer_slowly(mut page: Page) -> JoinHandle<Option<u16>> {
    thread::spawn(move || {
        loop {
            match page.socket.read() {
                Ok(Message::Text(text)) => {
                    let message: serde_json::Value = serde_json::from_str(&text).unwrap();
                    if message["t"] == "hb" {
                        thread::sleep(SLOW);
                        page.send(&json!({"t": "ack", "n": message["n"]}));
                    }
                }
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    })
}

#[test]
fn everybody_who_answers_the_challenge_at_the_end_is_certified_however_soon_the_close_comes() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let pages: Vec<_> = ["Sari", "Budi", "Tuti"].map(|name| answer_slowly(api.join(name))).into();

    let start = api.signal("start").status;
    thread::sleep(LESSON);
    let [end, close] = ["end", "close"].map(|signal| api.signal(signal).status);
    let tally = api.tally();
    let codes: Vec<_> = pages.into_iter().map(|page| page.join().unwrap()).collect();
    hub.stop().unwrap();

    assert_eq!([start, end, close], [200; 3]);
    assert_eq!((&tally["full_lesson"], &tally["certifiable"], &tally["final"]), (&json!(3), &json!(3), &json!(true)));
    assert_eq!(codes, [Some(1000); 3]);
    assert_eq!(count(&entries(&path), "leave"), 3);
}
