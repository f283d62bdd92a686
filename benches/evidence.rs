//! How long the evidence of a long lesson takes: its bundle from the journal on the disk, and the verdict on that bundle.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time, says so, and may stop at the first surprise"
)]

mod lesson;

use std::{fs, path::Path, time::Instant};

use futures_util::FutureExt as _;
use hadir::{
    attempt::layout::Layout,
    domain::{event::Fact, ids::Size, ledger::Ledger},
    evidence::{
        checkpoint::SigningKey,
        verify::{self, Asked, Verdict},
    },
    log::{Journal, Log as _, SignedHead},
    server::export::export,
};

/// More than a record's lesson logs: 25,000 persons with twenty connections each.
const ENTRIES: u64 = 1_000_000;
/// How many entries a checkpoint covers anew.
const ENTRIES_A_HEAD: usize = 1_024;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let layout = Layout::new(folder.path().join("attempt"));
    let key = SigningKey::from_seed(lesson::ORIGIN.parse().unwrap(), &[7; 32]);
    measured("logging and signing (not measured for its own sake)", || log(&layout, &key));

    let out = folder.path().join("bundle");
    let exported = measured("export: one fold, every file, one verification", || {
        export(&layout, key.verifier(), None, None, &out).unwrap()
    });
    let asked = Asked { key: Some(key.verifier().clone()), noted: None };
    let report = measured("hadir-verify", || verify::verify(&out, &asked));

    assert_eq!((exported.head.size, report.verdict), (Size(ENTRIES), Verdict::Sound));
    println!("the bundle: {} files, {} MB", report_files(&out), bytes(&out) / 1_000_000);
}

/// A journal with all entries and their checkpoints.
fn log(layout: &Layout, key: &SigningKey) {
    let roster = lesson::roster();
    fs::create_dir_all(layout.private()).unwrap();
    fs::write(layout.declaration(), lesson::DECLARATION).unwrap();
    fs::write(layout.roster(), &roster).unwrap();
    let mut journal = Journal::create(&layout.journal(), lesson::ORIGIN).unwrap();
    let (mut ledger, mut previous) = (Ledger::new(&roster).unwrap(), None);
    let mut facts = lesson::facts(ENTRIES, &roster);
    loop {
        let batch: Vec<Fact> = facts.by_ref().take(ENTRIES_A_HEAD).collect();
        if batch.is_empty() {
            return;
        }
        for line in journal.append(&batch).now_or_never().unwrap().unwrap() {
            ledger.accept(&line.bytes).unwrap();
        }
        let head = ledger.head();
        let signed = SignedHead { size: head.size, root: head.root, note: key.sign(&head) };
        journal.record_head(previous, &signed).now_or_never().unwrap().unwrap();
        previous = Some(head.size);
    }
}

/// Does something and says how long it took, and how much memory it needed beyond what was in use.
fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    // Where the kernel does not let the high-water mark be lowered, the peak is the process's.
    fs::write("/proc/self/clear_refs", "5").ok();
    let before = memory_kb("VmRSS:");
    let began = Instant::now();
    let done = work();
    let seconds = began.elapsed().as_secs_f64();
    let peak_mb = memory_kb("VmHWM:").saturating_sub(before) / 1_024;
    println!("{what}: {seconds:.2} s, {:.0} entries/s, {peak_mb} MB more at the peak", ENTRIES as f64 / seconds);
    done
}

/// A figure of this process's memory; 0 where the system does not tell.
fn memory_kb(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn report_files(root: &Path) -> usize {
    hadir::evidence::bundle::paths(root).unwrap().len()
}

fn bytes(root: &Path) -> u64 {
    let paths = hadir::evidence::bundle::paths(root).unwrap();
    paths.iter().map(|path| fs::metadata(root.join(path)).unwrap().len()).sum()
}
