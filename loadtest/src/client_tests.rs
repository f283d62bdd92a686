//! What a client does and remembers, against a hub that only remembers.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{
    answering::Habit,
    client::Device,
    fake::{self, Notes},
    group::How,
    plan::Stay,
    random::Random,
    stage::{Counters, Cue, Stage},
    story::{End, Story},
};

struct Scene {
    cues: watch::Sender<Cue>,
    stage: Arc<Stage>,
    notes: Notes,
}

async fn scene() -> Scene {
    let (hub, notes) = fake::listen(Duration::from_millis(20), Duration::from_millis(120)).await;
    let (cues, cued) = watch::channel(Cue::opening());
    let stage = Stage { hub, sources: 4, lobby_ms: 50, killing: false, cues: cued, counters: Counters::default() };
    Scene { cues, stage: Arc::new(stage), notes }
}

impl Scene {
    fn device(&self, stays: &[Stay], answer_after_ms: Option<u32>) -> Device {
        Device {
            stage: Arc::clone(&self.stage),
            person: 8,
            network: 0,
            id: "device".into(),
            ticket: "ticket".into(),
            stays: stays.to_vec(),
            answer_after_ms,
            habit: Habit::default(),
            resume: None,
            random: Random::new(1, 1),
        }
    }

    async fn play(&self, stays: &[Stay], answer_after_ms: Option<u32>, lesson_ms: u64) -> Story {
        let playing = tokio::spawn(self.device(stays, answer_after_ms).play());
        tokio::time::sleep(Duration::from_millis(80)).await;
        self.cues.send_modify(|cue| cue.start = Some(Instant::now()));
        tokio::time::sleep(Duration::from_millis(lesson_ms)).await;
        self.cues.send_modify(|cue| cue.over = true);
        playing.await.unwrap()
    }

    fn heard(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().map(|(_, what)| what.clone()).collect()
    }
}

#[tokio::test]
async fn a_client_that_drops_comes_back_when_the_plan_says_so_and_goes_home_with_the_lesson() {
    let scene = scene().await;
    let stays = [Stay::plain(-40, Some((60, How::Lost))), Stay::plain(120, None)];

    let story = scene.play(&stays, Some(0), 250).await;

    let ends: Vec<End> = story.told.iter().map(|told| told.end).collect();
    assert_eq!(ends, [End::Ours(How::Lost), End::Ours(How::Close)]);
    assert!(story.told.iter().all(|told| told.hello_ms <= told.counted_ms && told.hello_ms <= told.proof_ms));
    assert!(!story.round_trips_us.is_empty());
    assert!(scene.heard().iter().any(|what| what == "close Some(4001)"));
    assert_eq!(scene.stage.counters.counted.load(Relaxed), 2);
    assert_eq!(scene.stage.counters.open.load(Relaxed), 0);
    assert_eq!(scene.stage.counters.wanted.load(Relaxed), 0);
    assert_eq!(scene.stage.counters.failed.load(Relaxed), 0);
}

#[tokio::test]
async fn a_client_that_never_answers_is_closed_as_silent_and_stays_away() {
    let scene = scene().await;

    let story = scene.play(&[Stay::plain(-40, None)], None, 400).await;

    assert_eq!(story.told.len(), 1);
    assert_eq!(story.told[0].end, End::Theirs(4008));
    assert_eq!(story.told[0].proof_ms, story.told[0].hello_ms);
    assert!(!scene.heard().iter().any(|what| what.contains("ack")));
}

#[tokio::test]
async fn a_client_that_says_goodbye_closes_as_a_page_does() {
    let scene = scene().await;

    let story = scene.play(&[Stay::plain(-40, Some((40, How::Bye)))], Some(5), 150).await;

    assert_eq!(story.told[0].end, End::Ours(How::Bye));
    let heard = scene.heard();
    let bye = heard.iter().position(|what| what.contains("bye")).unwrap();
    assert_eq!(heard[bye + 1], "close Some(4001)");
}

#[tokio::test]
async fn a_connection_that_fails_at_its_first_attempt_is_counted_as_failed_unless_the_hub_is_killed_on_purpose() {
    for killing in [false, true] {
        let mut scene = scene().await;
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let stage = Arc::get_mut(&mut scene.stage).unwrap();
        stage.hub = nobody;
        stage.killing = killing;

        let story = scene.play(&[Stay::plain(-40, None)], Some(0), 50).await;

        assert_eq!(story.told.len(), 0);
        assert_eq!(scene.stage.counters.failed.load(Relaxed), usize::from(!killing));
    }
}
