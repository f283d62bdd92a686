//! `letters/`: what a record body wants to be written and signed by people, filled in as far as the log can.

mod cover;
mod spot_check;
mod steward;
mod timekeeper;
mod witness;

use std::io;

use super::{
    facts::Facts,
    part::{Part, about, foot},
    pdf::{Chapter, Flow, Fonts, Shade, Sheet, Weight, to_pdf},
    words::{Language, Said, said},
};

/// A kind of letter.
struct Letter {
    /// Its file's name, before the language.
    name: &'static str,
    title: Said,
    write: fn(&mut Part<'_, '_>),
}

const LETTERS: [Letter; 5] = [
    Letter { name: "cover-letter", title: said("Surat pengantar", "Cover letter"), write: cover::write },
    Letter { name: "witness-statement", title: said("Pernyataan saksi", "Witness statement"), write: witness::write },
    Letter {
        name: "timekeeper-statement",
        title: said("Pernyataan pencatat waktu", "Timekeeper statement"),
        write: timekeeper::write,
    },
    Letter {
        name: "steward-statement",
        title: said("Pernyataan petugas gedung", "Steward statement"),
        write: steward::write,
    },
    Letter { name: "spot-check", title: said("Lembar pemeriksaan acak", "Spot-check sheet"), write: spot_check::write },
];

impl Letter {
    fn laid_out(&self, facts: &Facts<'_>, fonts: &Fonts, language: Language) -> (Vec<Sheet>, Vec<Chapter>) {
        let mut flow = Flow::upright(fonts);
        (self.write)(&mut Part::new(&mut flow, facts, language));
        let foot = foot(facts);
        flow.finish(|number, of| format!("{foot}   {number} / {of}"))
    }
}

/// The pages of every letter in both languages.
#[cfg(test)]
pub(super) fn all_laid_out(facts: &Facts<'_>, fonts: &Fonts) -> Vec<Sheet> {
    let letters = LETTERS.iter().flat_map(|letter| Language::ALL.map(|language| (letter, language)));
    letters.flat_map(|(letter, language)| letter.laid_out(facts, fonts, language).0).collect()
}

/// Every letter in both languages, by its path in a bundle.
///
/// # Errors
/// When a page cannot be written; the caller reports it as a defect.
pub(super) fn all(facts: &Facts<'_>, fonts: &Fonts) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut letters = Vec::new();
    for letter in &LETTERS {
        for language in Language::ALL {
            let (sheets, chapters) = letter.laid_out(facts, fonts, language);
            let bytes = to_pdf(&sheets, &chapters, &about(facts, letter.title, language), fonts)?;
            letters.push((format!("letters/{}-{}.pdf", letter.name, language.tag()), bytes));
        }
    }
    Ok(letters)
}

/// What stands on top of each letter.
fn head(part: &mut Part<'_, '_>, title: Said) {
    let declaration = part.facts.declaration();
    if part.facts.opened.rehearsal {
        let words = part.say(said("GLADI BERSIH, BUKAN UPAYA REKOR", "A REHEARSAL, NOT THE RECORD ATTEMPT"));
        part.flow.text(words, Weight::Bold, 11.0, Shade::Black);
    }
    let title = part.say(title);
    part.flow.text(title, Weight::Bold, 18.0, Shade::Black);
    part.flow.space(2.0);
    part.flow.text(&declaration.title, Weight::Bold, 11.0, Shade::Black);
    part.flow.text(&declaration.organizer, Weight::Regular, 10.0, Shade::Black);
    part.flow.space(12.0);
}

/// The lesson's time in a sentence's middle.
fn lesson_time(part: &Part<'_, '_>) -> String {
    let tallies = &part.facts.tallies;
    match (tallies.start, tallies.end) {
        (Some(start), Some(end)) => {
            format!(
                "{} – {} ({})",
                part.calendar.moment(start),
                part.calendar.time(end),
                part.language.length(end.since(start))
            )
        }
        (Some(start), None) => part.calendar.moment(start),
        (None, _) => part.say(said("(tanda mulai tidak diberikan)", "(no start signal was given)")).to_owned(),
    }
}

/// Who signs, by hand.
const PERSON: [Said; 4] = [
    said("Nama lengkap", "Full name"),
    said("Pekerjaan", "Profession"),
    said("Alamat", "Address"),
    said("Telepon dan surel", "Telephone and e-mail"),
];

/// Lines for the signer's own data: they stand on paper, never in the log.
fn person(part: &mut Part<'_, '_>) {
    let labels = PERSON.map(|label| part.say(label));
    part.flow.blanks(&labels);
}

fn signature(part: &mut Part<'_, '_>) {
    part.flow.space(10.0);
    let below = [said("Tempat dan tanggal", "Place and date"), said("Tanda tangan", "Signature")];
    let below = below.map(|text| part.say(text).to_owned());
    part.flow.signatures(&below);
}
