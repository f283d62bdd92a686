//! How fast the log becomes attendance: parsed entries through the fold, and stored bytes through the ledger.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

mod lesson;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hadir::domain::{fold::attendance::Attendance, ids::Digest, ledger::Ledger, line::Entry, roster};
use sha2::{Digest as _, Sha256};

/// Joins and leaves of everybody, eight connections each, and beats.
const ENTRIES: u64 = 400_000;

fn benches(criterion: &mut Criterion) {
    let roster_csv = lesson::roster();
    let lines = lesson::lines(ENTRIES, &roster_csv);
    let entries: Vec<Entry> = lines.iter().map(|line| Entry::parse(line).unwrap()).collect();
    let rows = roster::parse(&roster_csv).unwrap();
    let digest = Digest(Sha256::digest(&roster_csv).into());
    let mut group = criterion.benchmark_group("fold");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10);
    group.bench_function("apply", |bencher| {
        bencher.iter_batched(
            || Attendance::new(&rows, digest),
            |mut attendance| {
                entries.iter().for_each(|entry| attendance.apply(entry).unwrap());
                black_box(attendance)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("accept", |bencher| {
        bencher.iter_batched(
            || Ledger::new(&roster_csv).unwrap(),
            |mut ledger| {
                lines.iter().for_each(|line| ledger.accept(line).unwrap());
                black_box(ledger)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| lines.iter().map(|line| Entry::parse(line).unwrap()).map(black_box).count());
    });
    group.finish();
}

criterion_group!(fold, benches);
criterion_main!(fold);
