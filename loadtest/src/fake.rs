//! A hub that only remembers: it speaks the contract to the clients' tests and writes down what it hears.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use hadir::{
    domain::{
        ids::{EntryIndex, Pseudonym},
        time::UnixMillis,
    },
    wire::{FromPage, Reconnect, ToPage, close},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Duration, Instant, timeout},
};
use tokio_tungstenite::{
    accept_hdr_async_with_config,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{clock::wall_ms, socket::tiny};

/// What the fake noted, in order: the ticket and what was heard of it.
pub(crate) type Notes = Arc<Mutex<Vec<(String, String)>>>;

/// Listens on a port of its own.
pub(crate) async fn listen(challenge: Duration, silence: Duration) -> (std::net::SocketAddr, Notes) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let notes = Notes::default();
    let noted = Arc::clone(&notes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&noted), challenge, silence));
        }
    });
    (address, notes)
}

fn note(notes: &Notes, ticket: &str, what: impl Into<String>) -> u64 {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.push((ticket.to_owned(), what.into()));
    notes.len() as u64
}

async fn serve(stream: TcpStream, notes: Notes, challenge: Duration, silence: Duration) {
    let mut socket = accept_hdr_async_with_config(stream, crate::peers::subprotocol, Some(tiny())).await.unwrap();
    let Some(Ok(Message::Text(text))) = socket.next().await else { return };
    let Ok(FromPage::Hello { ticket, device, .. }) = FromPage::parse(text.as_str()) else { return };
    let seq = note(&notes, &ticket, format!("hello {device}"));
    let mut person = [0; 16];
    person[..ticket.len().min(16)].copy_from_slice(&ticket.as_bytes()[..ticket.len().min(16)]);
    let counted = ToPage::Counted {
        seq: EntryIndex(seq),
        at: UnixMillis(wall_ms()),
        person: Pseudonym(person),
        resume: format!("resume-{seq}"),
        reconnect: Reconnect { min_ms: 1, max_ms: 5 },
    };
    socket.send(Message::text(counted.text().unwrap())).await.unwrap();
    let mut proved = Instant::now();
    for n in 1.. {
        match timeout(challenge, socket.next()).await {
            Err(_) if proved.elapsed() > silence => {
                let frame = CloseFrame { code: CloseCode::from(close::SILENT), reason: "".into() };
                drop(socket.close(Some(frame)).await);
                note(&notes, &ticket, "silent");
                return;
            }
            Err(_) => drop(socket.send(Message::text(ToPage::Hb { n }.text().unwrap())).await),
            Ok(Some(Ok(Message::Text(text)))) => {
                proved = Instant::now();
                note(&notes, &ticket, text.as_str());
            }
            Ok(Some(Ok(Message::Close(frame)))) => {
                note(&notes, &ticket, format!("close {:?}", frame.map(|frame| u16::from(frame.code))));
            }
            Ok(Some(Ok(_))) => {}
            Ok(None | Some(Err(_))) => {
                note(&notes, &ticket, "gone");
                return;
            }
        }
    }
}
