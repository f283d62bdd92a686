//! The documents as they are laid out: nothing cut, nothing on top of another, in both languages and with large numbers.

use sha2::{Digest as _, Sha256};

use super::{
    Source, chapters,
    facts::Facts,
    letters,
    pdf::{Fonts, Mark, Sheet},
};
use crate::{
    attempt::declaration,
    domain::{
        accounts::incidents::{Incident, IncidentKind},
        event::{Channel, Event, Fact, Joined, NodeStarted, Opened, Reading, Signal, Signalled, Via},
        ids::{ConnectionId, Digest, NodeId, Pseudonym},
        ledger::Ledger,
        line::stamp,
        roster::{self, RosterRow},
        rules::Declaration,
        time::{BootMicros, UnixMicros},
    },
    evidence::checkpoint::SigningKey,
};

const ORIGIN: &str = "hadir.example/tests";
const START_US: i64 = 1_758_333_600_000_000;
const DECLARED: &str = "organizer = \"Dinas Pendidikan\"\nzone = \"Asia/Jakarta\"\n\
    signals = \"single\"\nrehearsal = true\n\
    [window]\nplanned_start = 2025-09-20T09:00:00+07:00\nplanned_end = 2025-09-20T09:30:00+07:00\n\
    [rule]\nkind = \"full_lesson\"\n[spot_check]\npersons = 299\n\
    [[venue]]\nid = \"hall\"\nname = \"Aula Jakabaring yang namanya panjang sekali dan tidak muat pada satu baris saja\"\n";

/// A log of these facts, after its opening.
fn told(title: &str, facts: Vec<(i64, Event)>) -> Ledger {
    let parsed = declaration::parse(&format!("title = \"{title}\"\n{DECLARED}")).unwrap();
    let row = |person: u8| RosterRow {
        person: Pseudonym([person; 16]),
        role: "participant".into(),
        group: format!("g{person}"),
        commitment: Digest([person; 32]),
        merged_into: None,
    };
    let csv = roster::write(&(0..90).map(row).collect::<Vec<_>>()).unwrap();
    let mut ledger = Ledger::new(&csv).unwrap();
    let opened = opened(parsed, Digest(Sha256::digest(&csv).into()));
    let mut previous = None;
    for (at, event) in std::iter::once((0, opened)).chain(facts) {
        let at = Reading { wall: UnixMicros(START_US + at), boot: BootMicros(at.unsigned_abs()) };
        let line = stamp(previous, &Fact { at, event }).unwrap();
        ledger.accept(&line.bytes).unwrap();
        previous = Some(line.stamp);
    }
    ledger
}

fn opened(declaration: Declaration, roster: Digest) -> Event {
    let (origin, rehearsal) = (ORIGIN.to_owned(), declaration.rehearsal);
    let (earlier, nonce, commitment) = (Vec::new(), None, None);
    let digest = Digest([1; 32]);
    Event::Opened(Box::new(Opened { origin, declaration, digest, rehearsal, roster, earlier, nonce, commitment }))
}

fn a_lesson() -> Vec<(i64, Event)> {
    let node = Event::NodeStarted(NodeStarted { node: NodeId(1), epoch: 1, version: "0.1.0".into() });
    let join = |serial: u64| {
        let s = ConnectionId { at: "n1.1".parse().unwrap(), serial };
        let p = Pseudonym([u8::try_from(serial).unwrap(); 16]);
        Event::Joined(Joined { p, s, channel: Channel::Online, via: Via::Ws, d: None, n: None })
    };
    let signal = |signal| Event::Signalled(Signalled::new(signal, "organizer".into()));
    vec![(1, node), (2, join(1)), (3, join(2)), (1_000_000, signal(Signal::Start)), (61_000_000, signal(Signal::End))]
}

/// All pages of all documents, after something is said of the facts.
fn pages(ledger: &Ledger, change: impl FnOnce(&mut Facts<'_>), fonts: &Fonts) -> Vec<Sheet> {
    let key = SigningKey::from_seed(ORIGIN.parse().unwrap(), &[7; 32]);
    let opened = ledger.attendance().opened().unwrap();
    let source = Source { ledger, opened, key: key.verifier(), tables: &[] };
    let mut facts = Facts::of(&source).unwrap();
    change(&mut facts);
    let mut sheets = chapters::laid_out(&facts, fonts).0;
    sheets.extend(letters::all_laid_out(&facts, fonts));
    sheets
}

/// The place of each text: left, top, right, bottom.
fn places<'a>(sheet: &'a Sheet, fonts: &Fonts) -> Vec<(&'a str, [f32; 4])> {
    let place = |mark: &'a Mark| {
        let Mark::Text { left, base, text, weight, size, .. } = mark else { return None };
        let right = left + fonts.width(text, *weight, *size);
        Some((text.as_str(), [*left, base - size * 0.7, right, base + size * 0.15]))
    };
    sheet.marks.iter().filter_map(place).filter(|(text, _)| !text.is_empty()).collect()
}

fn assert_nothing_cut_and_nothing_on_another(sheets: &[Sheet], fonts: &Fonts) {
    for sheet in sheets {
        let places = places(sheet, fonts);
        for (index, (text, [left, top, right, bottom])) in places.iter().enumerate() {
            assert!(*left >= 40.0 && *right <= sheet.width - 40.0, "{text} is cut");
            assert!(*top >= 40.0 && *bottom <= sheet.height - 20.0, "{text} leaves the page");
            for (other, [to_left, to_top, to_right, to_bottom]) in &places[index + 1..] {
                let apart = right <= to_left || to_right <= left || bottom <= to_top || to_bottom <= top;
                assert!(apart, "{text:?} lies on {other:?}");
            }
        }
    }
}

fn texts(sheets: &[Sheet], fonts: &Fonts) -> String {
    sheets.iter().flat_map(|sheet| places(sheet, fonts)).map(|(text, _)| text).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_text_of_any_document_is_cut_or_lies_on_another() {
    let fonts = Fonts::embedded().unwrap();
    let long = "Pelajaran kecerdasan artifisial terbesar bagi guru seluruh Sumatera Selatan ".repeat(3);
    let incident = |kind| Incident {
        from: crate::domain::time::UnixMillis(START_US / 1_000),
        to: crate::domain::time::UnixMillis(START_US / 1_000 + 9_000),
        kind,
        subject: "n65535.4294967295".into(),
        persons: 1_234_567,
        back_in_grace: 1_234_567,
        qualify: 1_234_567,
        lost: 1_234_567,
        there: 1_234_567,
    };

    let ledger = told(&long, a_lesson());
    let sheets = pages(
        &ledger,
        |facts| {
            facts.incidents = vec![incident(IncidentKind::MassDrop); 40];
            facts.tallies.funnel.iter_mut().for_each(|step| step.count = 1_234_567);
            facts.tallies.groups.values_mut().for_each(|group| group.persons = 1_234_567);
            facts.tallies.tally.peak.count = 1_234_567;
        },
        &fonts,
    );

    assert_nothing_cut_and_nothing_on_another(&sheets, &fonts);
    let all = texts(&sheets, &fonts);
    assert!(all.contains("1.234.567") && all.contains("1,234,567"), "each language has its own thousands");
    assert!(all.contains("20 September 2025 pukul 09.00.01 WIB") && all.contains("20 September 2025, 09:00:01 WIB"));
}

#[test]
fn an_attempt_without_start_end_or_anybody_has_all_its_documents() {
    let fonts = Fonts::embedded().unwrap();

    let nobody = pages(&told("T", Vec::new()), |_| (), &fonts);
    let mut lesson = a_lesson();
    lesson.pop();
    let no_end = pages(&told("T", lesson), |_| (), &fonts);

    for sheets in [&nobody, &no_end] {
        assert_nothing_cut_and_nothing_on_another(sheets, &fonts);
    }
    let all = texts(&nobody, &fonts);
    for told in ["The start signal was never given", "Nobody was connected.", "PROVISIONAL", "No check was opened."] {
        assert!(all.contains(told), "{told}");
    }
    assert!(texts(&no_end, &fonts).contains("SEMENTARA"));
}
