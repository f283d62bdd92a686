//! `hadir retire`: the end of retention, by which nobody can be named any more.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::builder::BoolishValueParser;
use hadir::{
    attempt::{
        Attempt,
        layout::Layout,
        lock::Lock,
        retired::{RetireError, Retirement},
    },
    domain::{
        event::{Event, Retired, Side},
        time::UnixMillis,
    },
    evidence::progress,
    server::offline::Offline,
};

use super::{Failure, block_on, print, with_remedy};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the attempt's directory; its hub must not be running.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Destroys without asking for the attempt's title.
    #[arg(long, env = "HADIR_RETIRE_YES", value_parser = BoolishValueParser::new())]
    yes: bool,

    /// Says why the data are destroyed before the declared retention has ended; the record repeats it.
    #[arg(long, env = "HADIR_RETIRE_EARLY", value_name = "REASON")]
    early: Option<String>,
}

with_remedy!(RetireError);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let layout = Layout::new(&arguments.directory);
    if let Some(retirement) = Retirement::load(&layout)? {
        let _lock = Lock::take(&layout)?;
        return finish(&layout, &retirement);
    }
    let attempt = Attempt::open(&arguments.directory)?;
    if !attempt.is_open() {
        return Err(Failure::words(
            "the attempt was never served: it has no evidence that could outlive its people",
            "delete the directory, if it is not needed any more",
        ));
    }
    let lock = attempt.hold()?;
    let retirement = block_on(decide(&attempt, lock, arguments))??;
    // The log let its lock go: nobody else may begin between the decision and its end.
    let _lock = attempt.hold()?;
    retirement.decide(&layout)?;
    finish(&layout, &retirement)
}

/// Asks, logs and signs. Nothing is destroyed yet.
async fn decide(attempt: &Attempt, lock: Lock, arguments: &Arguments) -> Result<Retirement, Failure> {
    let mut log = Offline::open(attempt, lock, &progress::unseen).await?;
    if !log.attendance().is_closed() {
        return Err(Failure::words(
            "attendance is not closed yet: its people are still needed",
            "serve the attempt and signal `close` first",
        ));
    }
    let until = retained_until(attempt, &log);
    let early = arguments.early.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if log.now() < until && early.is_none() {
        return Err(Failure::words(
            format!("the declared retention ends at {until}"),
            "wait until then, or say with --early why the data are destroyed before",
        ));
    }
    let persons = attempt.open_people()?.everybody()?.len() as u64;
    print(plan(attempt, persons))?;
    if !arguments.yes {
        confirm(&attempt.declaration.declaration.title)?;
    }
    if !log.attendance().is_retired() {
        log.log(Event::Retired(Retired { by: Side::Organizer.name().to_owned() })).await?;
    }
    let head = log.sign().await?;
    let (title, origin) = (attempt.declaration.declaration.title.clone(), attempt.origin());
    let (at, early) = (log.attendance().now().unwrap_or_else(|| log.now()), early.filter(|_| log.now() < until));
    Ok(Retirement { title, origin, at, size: head.size.0, root: head.root, persons, early: early.map(str::to_owned) })
}

/// The declared days after the end of the lesson, or after the close where there was none.
fn retained_until(attempt: &Attempt, log: &Offline) -> UnixMillis {
    let ended = log.attendance().window().map(|window| window.end).or(log.attendance().now());
    ended.unwrap_or_else(|| log.now()).plus(attempt.declaration.declaration.retained_for())
}

fn plan(attempt: &Attempt, persons: u64) -> String {
    let paths = attempt.layout.destroyed_at_retirement();
    let there = paths.iter().filter(|path| path.exists()).map(|path| format!("\n  {}", path.display()));
    let mut text = format!(
        "the personal data of {persons} persons are destroyed for good, with all keys:{}\n\
         what stays: the log, its public key, the roster without names, and what was exported",
        there.collect::<String>()
    );
    text.push_str(
        "\nnote: an attempt that `hadir init --from` made has its own copy of people and keys: retire it too",
    );
    if !attempt.keys.identity.earlier.is_empty() {
        text.push_str(
            "\nnote: this attempt itself has its people and keys from an earlier one, which keeps its own copy",
        );
    }
    text
}

fn confirm(title: &str) -> Result<(), Failure> {
    print(format!("type the attempt's title to destroy them: {title}"))?;
    let mut typed = String::new();
    io::stdin().read_line(&mut typed).map_err(|error| Failure::new(error, "type the title, or give --yes"))?;
    if typed.trim() == title {
        return Ok(());
    }
    Err(Failure::words("that is not the title: nothing was destroyed", "type it exactly, or give --yes"))
}

fn finish(layout: &Layout, retirement: &Retirement) -> Result<(), Failure> {
    let record = layout.retired();
    if Retirement::is_finished(layout) {
        return print(format!("it is done already: {} says when", record.display()));
    }
    retirement.finish(layout, &text(retirement))?;
    print(format!("the personal data are destroyed; {} is the record, to be signed", record.display()))?;
    print(format!("the log ends with {} entries, root {}", retirement.size, retirement.root))?;
    print(export_hint(layout.root()))
}

fn export_hint(directory: &Path) -> String {
    format!("`hadir export {} --out BUNDLE` and hadir-verify go on to work", directory.display())
}

/// The record, in both languages.
fn text(retirement: &Retirement) -> String {
    let Retirement { title, origin, at, size, root, persons, early } = retirement;
    let reason = |none: &str| early.clone().unwrap_or_else(|| none.to_owned());
    format!(
        "BERITA ACARA PEMUSNAHAN DATA PRIBADI / RECORD OF THE DESTRUCTION OF PERSONAL DATA\n\n\
         {title}\nlog {origin}\n{at} (UTC)\n{size} entries, root {root}\n\n\
         == Bahasa Indonesia ==\n\n\
         Dimusnahkan: data pribadi {persons} orang beserta kuncinya, kunci yang membuat nama samaran, kunci tautan pribadi,\n\
         kunci indeks nomor identitas, kunci penanda tangan log, dan daftar petugas. Waktu di atas adalah waktu keputusan\n\
         menurut log; pemusnahan dilakukan sesudahnya.\n\
         Disimpan: log dengan kunci publiknya, daftar peserta tanpa nama, dan pernyataan. Hitungannya tetap dapat dihitung\n\
         ulang; tidak seorang pun dapat dikenali lagi darinya.\n\
         Alasan sebelum masa simpan berakhir: {id}\n\
         Tidak diketahui program ini, harus dimusnahkan tersendiri: salinan cadangan, berkas tautan dan daftar nama yang\n\
         pernah ditulis, daftar nama bersegel yang diserahkan, serta upaya lain yang dibuat dari upaya ini.\n\n\
         Dilakukan oleh: ______________________   Tanda tangan: ______________________   Tanggal: ______________\n\
         Disaksikan oleh: _____________________   Tanda tangan: ______________________   Tanggal: ______________\n\n\
         == English ==\n\n\
         Destroyed: the personal data of {persons} persons with their keys, the key that makes pseudonyms, the key of\n\
         personal links, the key of the index of identifiers, the key that signs the log, and the list of staff. The time\n\
         above is that of the decision by the log; the destruction followed it.\n\
         Kept: the log with its public key, the roster without names, and the declaration. Its counts can be recomputed as\n\
         before; nobody can be recognised from it any more.\n\
         Reason before the end of retention: {en}\n\
         Not known to this program, to be destroyed separately: backups, files of links and names that were written,\n\
         sealed rosters that were handed out, and other attempts that were made from this one.\n\n\
         Done by: _____________________________   Signature: _________________________   Date: _________________\n\
         Witnessed by: ________________________   Signature: _________________________   Date: _________________\n",
        id = reason("tidak ada; masa simpan sudah berakhir"),
        en = reason("none; it had ended"),
    )
}
