//! A hub in this process, with its real writer and sockets; only the roster and the disk are simple ones.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use hadir::{
    domain::{
        event::{Event, Fact, Left, NodeStarted, Opened, Why},
        ids::{Digest, PersonId, Pseudonym, Tag},
        ledger::Ledger,
        line::Entry,
        roster::{self, RosterRow},
        rules::{
            Ceilings, Checkpoints, Claims, Declaration, Hall, Liveness, People, PresenceMode, Retention, Rule,
            RuleKind, Signals, Window,
        },
        time::{Millis, UnixMillis},
    },
    log::{MemoryLog, MemoryStore},
    server::{
        clock::Clock,
        descriptors::Descriptors,
        handle::{Admission, AdmitError, Admitted, Shared},
        http::{Web, router},
        hub::Hub,
        listener::{self, Listener},
        sequencer,
        telemetry::Metrics,
    },
    wire::{Reconnect, ToPage},
};
use sha2::{Digest as _, Sha256};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, handshake::client::Request},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a test waits for anything before it fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How many persons the roster has.
const PERSONS: u8 = 200;

/// What differs between the tests.
pub(super) struct Plan {
    pub(super) participants: u32,
    pub(super) challenge_ms: u64,
    pub(super) proof_max_gap_ms: u64,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) pages: Router,
}

impl Default for Plan {
    fn default() -> Self {
        Self { participants: 1_000, challenge_ms: 25_000, proof_max_gap_ms: 60_000, tls: None, pages: Router::new() }
    }
}

/// A running hub.
pub(super) struct House {
    pub(super) address: SocketAddr,
    pub(super) shared: Arc<Shared>,
    pub(super) store: MemoryStore,
    pub(super) cancel: CancellationToken,
}

/// Tickets are `person:N`; everything else is refused as it says.
struct Doorkeeper;

impl Admission for Doorkeeper {
    fn admit(&self, ticket: &str, _at: UnixMillis) -> Result<Admitted, AdmitError> {
        match ticket {
            "revoked" => Err(AdmitError::Revoked),
            "foreign" => Err(AdmitError::OtherEvent),
            "unknown" => Err(AdmitError::Unknown),
            ticket => ticket
                .strip_prefix("person:")
                .and_then(|number| number.parse().ok())
                .map(|number: u8| Admitted { person: PersonId([number; 16]), pseudonym: Pseudonym([number; 16]) })
                .ok_or(AdmitError::Damaged),
        }
    }

    fn device_tag(&self, device: &str) -> Tag {
        let mut tag = [0; 10];
        tag.copy_from_slice(&Sha256::digest(device)[..10]);
        Tag(tag)
    }

    fn network_tag(&self, _address: IpAddr) -> Tag {
        Tag([1; 10])
    }
}

fn declaration(plan: &Plan, now: UnixMillis) -> Declaration {
    Declaration {
        title: "Test".into(),
        organizer: "Test".into(),
        zone: "Asia/Jakarta".into(),
        public_url: None,
        rehearsal: true,
        window: Window {
            planned_start: now,
            planned_end: now.plus(Millis(3_600_000)),
            minimum_ms: Millis(0),
            tolerance_ms: Millis(3_600_000),
        },
        rule: Rule {
            kind: RuleKind::FullLesson,
            late_ms: Millis(0),
            early_ms: Millis(0),
            grace_ms: Millis(75_000),
            minimum_ms: None,
            continuous: false,
            share_bp: None,
            presence: PresenceMode::Continuous,
            checkpoints: Checkpoints::default(),
            prompts_min: None,
            venue_min: None,
        },
        liveness: liveness(plan),
        people: People {
            primary_id: "auto".into(),
            persons_per_device: 0,
            hold_relays: false,
            open_registration: false,
            open_registration_counts: false,
            roles: vec!["participant".into()],
        },
        signals: Signals::Single,
        prompts: None,
        ceilings: Ceilings::default(),
        venues: Vec::new(),
        hall: Hall::default(),
        retention: Retention::default(),
        claims: Claims::default(),
        spot_check: None,
    }
}

fn liveness(plan: &Plan) -> Liveness {
    Liveness { challenge_ms: Millis(plan.challenge_ms), proof_max_gap_ms: Millis(plan.proof_max_gap_ms) }
}

fn roster_csv() -> Vec<u8> {
    let row = |number: u8| RosterRow {
        person: Pseudonym([number; 16]),
        role: "participant".into(),
        group: String::new(),
        commitment: Digest([0; 32]),
        merged_into: None,
    };
    roster::write(&(1..=PERSONS).map(row).collect::<Vec<_>>()).unwrap()
}

async fn opened(plan: &Plan, clock: &Clock, log: &mut MemoryLog) -> Ledger {
    let csv = roster_csv();
    let mut ledger = Ledger::new(&csv).unwrap();
    let open = Event::Opened(Box::new(Opened {
        origin: "test.example/hadir".into(),
        declaration: declaration(plan, clock.now_millis()),
        digest: Digest([0; 32]),
        rehearsal: true,
        roster: Digest(Sha256::digest(&csv).into()),
        earlier: Vec::new(),
        nonce: None,
        commitment: None,
    }));
    let node = Event::NodeStarted(NodeStarted { node: "n1".parse().unwrap(), epoch: 1, version: "test".into() });
    let facts = [open, node].map(|event| Fact { at: clock.now(), event });
    sequencer::commit(log, &mut ledger, &facts).await.unwrap();
    ledger
}

impl House {
    pub(super) async fn open(plan: Plan) -> Self {
        let (clock, store, cancel) = (Clock::system(None), MemoryStore::new(), CancellationToken::new());
        let mut log = MemoryLog::open(&store);
        let ledger = opened(&plan, &clock, &mut log).await;
        let started = sequencer::start(log, ledger, clock.clone(), Arc::new(Metrics::default())).unwrap();
        let shared = Arc::new(Shared {
            sequencer: started.sequencer,
            clock,
            admission: Arc::new(Doorkeeper),
            hub: Hub::default(),
            liveness: liveness(&plan),
            reconnect: Reconnect { min_ms: 500, max_ms: 20_000 },
            node: "n1.1".parse().unwrap(),
            cancel: cancel.clone(),
            tracker: TaskTracker::new(),
            serial: AtomicU64::new(0),
        });
        tokio::spawn(shared.hub.clone().herald(shared.sequencer.lesson(), shared.sequencer.prompt(), cancel.clone()));
        let descriptors = Descriptors::of_participants(plan.participants);
        let web = Web::new(Arc::clone(&shared), descriptors.clone(), Some("https://hadir.example/x"), Vec::new());
        let socket = listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let listener = Listener::new(router(web, plan.pages), plan.tls, descriptors, cancel.clone());
        tokio::spawn(listener.run(socket));
        Self { address, shared, store, cancel }
    }

    /// The request that opens a socket, as a page's script makes it.
    pub(super) fn request(&self) -> Request {
        let mut request = format!("ws://{}/ws", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "hadir.v1".parse().unwrap());
        request
    }

    pub(super) async fn connect(&self) -> Page {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (socket, _) = client_async(self.request(), stream).await.unwrap();
        Page { socket }
    }

    /// A page that said hello and was counted.
    pub(super) async fn counted(&self, person: u8, device: &str) -> Page {
        let mut page = self.connect().await;
        page.say(&hello(&format!("person:{person}"), device)).await;
        assert!(matches!(page.hear().await, Heard::Message(ToPage::Counted { .. })));
        assert!(matches!(page.hear().await, Heard::Message(ToPage::Lesson { .. })));
        page
    }

    /// Everything in the log.
    pub(super) fn events(&self) -> Vec<Event> {
        self.store.lines().iter().map(|line| Entry::parse(&line.bytes).unwrap().event).collect()
    }

    pub(super) fn joins(&self) -> usize {
        self.events().iter().filter(|event| matches!(event, Event::Joined(_))).count()
    }

    pub(super) fn leaves(&self) -> Vec<Left> {
        self.events()
            .into_iter()
            .filter_map(|event| if let Event::Left(left) = event { Some(left) } else { None })
            .collect()
    }

    /// Why connections ended, once `count` of them have.
    pub(super) async fn causes(&self, count: usize) -> Vec<Why> {
        let wait = async {
            while self.leaves().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, wait).await.expect("the leaves are logged");
        self.leaves().iter().map(|left| left.why).collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

pub(super) fn hello(ticket: &str, device: &str) -> String {
    format!(r#"{{"t":"hello","ticket":"{ticket}","device":"{device}"}}"#)
}

/// What a page hears.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    Message(ToPage),
    Closed(u16, String),
    /// The connection ended without a close frame.
    Cut,
}

/// A client of `/ws`.
pub(super) struct Page<S = TcpStream> {
    pub(super) socket: WebSocketStream<S>,
}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Page<S> {
    pub(super) async fn say(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub(super) async fn hear(&mut self) -> Heard {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("the hub answers") {
                Some(Ok(Message::Text(text))) => return Heard::Message(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => {
                    return Heard::Closed(close.code.into(), close.reason.to_string());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Cut,
            }
        }
    }

    /// The close code; messages before it are passed over and challenges are not answered.
    pub(super) async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.hear().await {
                Heard::Message(_) => {}
                Heard::Closed(code, _) => return Some(code),
                Heard::Cut => return None,
            }
        }
    }

    /// Answers every challenge up to the close, and says its code.
    pub(super) async fn answer_until_closed(&mut self) -> Option<u16> {
        loop {
            match self.hear().await {
                Heard::Message(ToPage::Hb { n }) => self.say(&format!(r#"{{"t":"ack","n":{n}}}"#)).await,
                Heard::Message(_) => {}
                Heard::Closed(code, _) => return Some(code),
                Heard::Cut => return None,
            }
        }
    }

    /// Answers the next challenge, passing over other messages.
    pub(super) async fn answer_challenge(&mut self) {
        loop {
            match self.hear().await {
                Heard::Message(ToPage::Hb { n }) => break self.say(&format!(r#"{{"t":"ack","n":{n}}}"#)).await,
                Heard::Message(_) => {}
                heard @ (Heard::Closed(..) | Heard::Cut) => panic!("no challenge but {heard:?}"),
            }
        }
    }
}
