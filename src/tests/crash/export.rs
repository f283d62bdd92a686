//! What is handed out after a hub was killed, before any hub ran again.

use std::{path::Path, thread::spawn};

use hadir::{
    attempt::Attempt,
    domain::tree::Head,
    evidence::{
        checkpoint::VerifierKey,
        verify::{self, Asked, Verdict},
    },
    log::Journal,
    server::export::{self, Exported},
};

use crate::support::{Process, attempt, count, entries, eventually, quick_rehearsal};

/// The newest head that the journal and the published files agree on.
fn signed(path: &Path) -> Head {
    let key: VerifierKey = std::fs::read_to_string(path.join("log/log.vkey")).unwrap().parse().unwrap();
    let published = key.open(&std::fs::read_to_string(path.join("log/checkpoint")).unwrap()).unwrap();
    let recorded = Journal::reader(&path.join("private/journal.db")).unwrap().newest_head().unwrap().unwrap();
    assert_eq!((recorded.size, recorded.root), (published.size, published.root));
    published
}

#[tokio::test]
async fn whatever_is_durable_after_a_kill_is_signed_and_exported_once_and_for_all() {
    let (directory, path) = attempt(&quick_rehearsal());
    let hub = Process::start(&path);
    let mut page = hub.api().join("Sari");
    let stays = spawn(move || page.closed());
    eventually("a beat", || (count(&entries(&path), "beat") >= 1).then_some(()));
    hub.kill();
    stays.join().unwrap();

    let killed = Attempt::open(&path).unwrap();
    let counted = export::sign_what_is_durable(&killed).await.unwrap();
    let (first, logged) = (signed(&path), entries(&path).len() as u64);
    let again = export::sign_what_is_durable(&killed).await.unwrap();

    assert_eq!((first.size.0, count(&entries(&path), "restart")), (logged, 1));
    assert_eq!((signed(&path), entries(&path).len() as u64), (first, logged));
    assert_eq!(again.unwrap().head(), first);
    let key = killed.signing_key().unwrap().verifier().clone();
    let out = directory.path().join("bundle");
    let exported = export::export(&killed.layout, &key, counted, None, &out).unwrap();
    assert_eq!(exported, Exported { head: first, beyond: 0 });
    let report = verify::verify(&out, &Asked { key: Some(key), noted: None });
    assert_eq!((report.verdict, report.anchored, report.head), (Verdict::Sound, true, Some(first)));
}

#[tokio::test]
async fn while_a_hub_runs_nobody_else_signs() {
    let (_directory, path) = attempt(&quick_rehearsal());
    let hub = Process::start(&path);
    let _page = hub.api().join("Sari");

    let counted = export::sign_what_is_durable(&Attempt::open(&path).unwrap()).await.unwrap();

    assert!(counted.is_none());
    assert_eq!(hub.stop(), Some(0));
    assert_eq!(count(&entries(&path), "restart"), 0);
}
