//! What disturbed the lesson and its effect, and what is known of the clock.

use super::Part;
use crate::report::{
    labels,
    pdf::{Column, Table},
    words::{Language, said},
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    incidents(part);
    clock(part);
}

fn incidents(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Gangguan", "Incidents"));
    part.flow.heading(heading);
    if part.facts.incidents.is_empty() {
        let none = part.say(said("Tidak ada gangguan di log.", "The log has no incident."));
        part.flow.paragraph(none);
        return;
    }
    let mut table = Table::new(vec![
        Column::words(part.say(said("Dari", "From")), 1.1),
        Column::words(part.say(said("Sampai", "To")), 1.1),
        Column::words(part.say(said("Yang terjadi", "What happened")), 3.0),
        Column::words(part.say(said("Pada", "Of")), 2.2),
        Column::numbers(part.say(said("Orang", "Persons")), 1.0),
        Column::numbers(part.say(said("kembali dalam tenggang", "back in grace")), 1.3),
        Column::numbers(part.say(said("tetap terhitung", "count all the same")), 1.3),
    ]);
    for incident in &part.facts.incidents {
        let number = |count: usize| part.number(count as u64);
        table.row([
            part.calendar.time(incident.from),
            part.calendar.time(incident.to),
            part.say(labels::incident(incident.kind)).to_owned(),
            incident.subject.clone(),
            number(incident.persons),
            number(incident.back_in_grace),
            number(incident.qualify),
        ]);
    }
    part.flow.table(&table);
    let note = part.say(said(
        "Orang: yang sambungannya diputus oleh gangguan itu. Yang tidak terbukti tidak pernah dihitung; jeda yang lebih lama dari tenggang hanya dapat dijembatani oleh putusan dua pihak.",
        "Persons: those whose connections it ended. What is not proved is never counted; interruptions longer than the grace are bridged only by a ruling of two sides.",
    ));
    part.flow.note(note);
}

fn clock(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Jam", "Clock"));
    part.flow.heading(heading);
    let clock = part.facts.tallies.clock;
    let (readings, stepped) = (part.number(clock.readings), part.number(clock.stepped));
    let millis = |micros: u64| format!("{} ms", part.number(micros.div_ceil(1_000)));
    let offset = clock.worst_offset_us.map_or_else(|| "—".to_owned(), millis);
    let source = clock.worst_error_us.map(|error| (part.number(clock.synchronized), millis(error)));
    let disciplined = match (part.language, source) {
        (Language::Id, Some((times, error))) => format!(
            "pada {times} di antaranya sistem operasi menyatakan jamnya disinkronkan oleh sumber waktu, dengan galat \
             paling besar {error}"
        ),
        (Language::En, Some((times, error))) => format!(
            "at {times} of these the operating system said that a time source disciplines its clock, with an error of at \
             most {error}"
        ),
        (Language::Id, None) => {
            "sistem operasi tidak pernah menyatakan jamnya disinkronkan oleh sumber waktu".to_owned()
        }
        (Language::En, None) => "the operating system never said that a time source disciplines its clock".to_owned(),
    };
    let told = match part.language {
        Language::Id => format!(
            "Waktu di log berasal dari jam yang hanya berjalan maju; perubahan jam dinding tidak mengubah lama hadir. \
             Selama pelajaran log membandingkan jam dinding dengan waktu log {readings} kali; {disciplined}. Jam dinding \
             digeser {stepped} kali; selisih terbesar dengan waktu log {offset}."
        ),
        Language::En => format!(
            "The log's time comes from a clock that only runs forward; a change of the wall clock changes no length of \
             presence. During the lesson the log compared the wall clock with its own time {readings} times; \
             {disciplined}. The wall clock was stepped {stepped} times; it was at most {offset} from the log's time."
        ),
    };
    part.flow.paragraph(&told);
}
