//! What the journal costs beside its disk: batches of several sizes, each beside a plain write and sync of its bytes.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time, says so, and may stop at the first surprise"
)]

mod lesson;

use std::{
    fs::File,
    io::Write,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use hadir::{
    domain::event::Fact,
    log::{Journal, Log as _},
};

/// How many entries a batch has.
const BATCHES: [usize; 4] = [1, 64, 512, 4_096];
/// How often each is appended: the median of so many is steady.
const ROUNDS: usize = 101;

fn main() {
    println!("{:>6} {:>12} {:>12} {:>7} {:>12}", "batch", "journal", "write+sync", "ratio", "entries/s");
    for batch in BATCHES {
        let (journal, raw) = medians(batch);
        let (journal_s, raw_s) = (journal.as_secs_f64(), raw.as_secs_f64());
        let (ratio, rate) = (journal_s / raw_s, batch as f64 / journal_s);
        println!("{batch:>6} {:>9.3} ms {:>9.3} ms {ratio:>7.2} {rate:>12.0}", journal_s * 1e3, raw_s * 1e3);
    }
}

/// The median times of one batch through the journal, and of its bytes into a plain file, taken in turns.
fn medians(batch: usize) -> (Duration, Duration) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut journal = Journal::create(&folder.path().join("journal.db"), lesson::ORIGIN).unwrap();
    let mut plain = File::create(folder.path().join("plain")).unwrap();
    let (roster, (mut journal_times, mut plain_times)) = (lesson::roster(), (Vec::new(), Vec::new()));
    let mut facts = lesson::facts(u64::MAX, &roster);
    for _ in 0..ROUNDS {
        let facts: Vec<Fact> = facts.by_ref().take(batch).collect();
        let began = Instant::now();
        let lines = journal.append(&facts).now_or_never().unwrap().unwrap();
        journal_times.push(began.elapsed());
        let bytes: Vec<u8> = lines.into_iter().flat_map(|line| line.bytes).collect();
        let began = Instant::now();
        plain.write_all(&bytes).unwrap();
        plain.sync_data().unwrap();
        plain_times.push(began.elapsed());
    }
    (median(journal_times), median(plain_times))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap()
}
