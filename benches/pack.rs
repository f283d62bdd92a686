//! How long the pack of the record's lesson takes, and how much memory: every table, document and check of 25,000
//! persons and 200,000 entries. Said once in the issue: at most 10 s and 300 MB.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time, says so, and may stop at the first surprise"
)]

mod lesson;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use futures_util::FutureExt as _;
use hadir::{
    attempt::layout::Layout,
    domain::{event::Fact, ids::Size, ledger::Ledger},
    evidence::{bundle, checkpoint::SigningKey},
    log::{Journal, Log as _, SignedHead},
    server::export::export,
};

/// As many as the issue says.
const ENTRIES: usize = 200_000;
/// What is logged in a second, after which a live hub signs.
const ENTRIES_A_HEAD: usize = 111;
/// Tells the process that is measured where the attempt is and where its bundle goes.
const MEASURED: [&str; 2] = ["HADIR_BENCH_ATTEMPT", "HADIR_BENCH_OUT"];

fn main() {
    let key = SigningKey::from_seed(lesson::ORIGIN.parse().unwrap(), &[7; 32]);
    if let [Some(attempt), Some(out)] = MEASURED.map(env::var_os) {
        return pack(&Layout::new(PathBuf::from(attempt)), &key, Path::new(&out));
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let attempt = folder.path().join("attempt");
    log(&Layout::new(attempt.clone()), &key);

    // Each export in a process of its own: its highest memory is that of the export alone.
    let outs = ["first", "second", "first.zip", "second.zip"].map(|name| folder.path().join(name));
    for out in &outs {
        let mut measured = Command::new(env::current_exe().unwrap());
        measured.env(MEASURED[0], &attempt).env(MEASURED[1], out);
        assert!(measured.status().unwrap().success());
    }

    assert!(digests(&outs[0]) == digests(&outs[1]), "the same attempt was exported differently");
    assert!(fs::read(&outs[2]).unwrap() == fs::read(&outs[3]).unwrap(), "the same attempt was packed differently");
    for path in bundle::paths(&outs[0]).unwrap().iter().filter(|path| !path.starts_with("log/")) {
        println!("{path}: {} kB", fs::metadata(outs[0].join(path)).unwrap().len() / 1_000);
    }
}

/// One export, with all that `hadir export` does: a count, every file, every document, one verification.
fn pack(layout: &Layout, key: &SigningKey, out: &Path) {
    let began = Instant::now();
    let exported = export(layout, key.verifier(), None, None, out).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(exported.head.size, Size(ENTRIES as u64));
    println!("{}: {seconds:.2} s, {} MB at the peak", out.display(), peak_kb() / 1_024);
}

/// The most memory that this process ever had; 0 where the system does not tell.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A journal with all entries, and a checkpoint for every second.
fn log(layout: &Layout, key: &SigningKey) {
    let roster = lesson::roster();
    fs::create_dir_all(layout.private()).unwrap();
    fs::write(layout.declaration(), lesson::DECLARATION).unwrap();
    fs::write(layout.roster(), &roster).unwrap();
    let mut journal = Journal::create(&layout.journal(), lesson::ORIGIN).unwrap();
    let (mut ledger, mut previous) = (Ledger::new(&roster).unwrap(), None);
    let facts: Vec<Fact> = lesson::checked::facts(&roster).into_iter().take(ENTRIES).collect();
    assert_eq!(facts.len(), ENTRIES);
    for batch in facts.chunks(ENTRIES_A_HEAD) {
        for line in journal.append(batch).now_or_never().unwrap().unwrap() {
            ledger.accept(&line.bytes).unwrap();
        }
        let head = ledger.head();
        let signed = SignedHead { size: head.size, root: head.root, note: key.sign(&head) };
        journal.record_head(previous, &signed).now_or_never().unwrap().unwrap();
        previous = Some(head.size);
    }
}

/// Every file of a bundle with its digest, as its own list has them, and the list itself.
fn digests(bundle: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = bundle::paths(bundle).unwrap().into_iter();
    paths.map(|path| (path.clone(), fs::read(bundle.join(path)).unwrap())).collect()
}
