//! `report.pdf`: what an adjudicator reads and signs, first in Indonesian, then in English.

mod checks;
mod closing;
mod counts;
mod curve;
mod declaration;
mod disturbances;
mod opening;
mod parts;
mod reviews;

use std::io;

use super::{
    facts::Facts,
    pdf::{About, Flow, Fonts, to_pdf},
    words::{Calendar, Language, Said, said},
};

/// One language's part of the report while it is written.
struct Part<'a, 'f> {
    flow: &'a mut Flow<'f>,
    facts: &'a Facts<'a>,
    language: Language,
    calendar: Calendar,
}

impl Part<'_, '_> {
    fn say(&self, text: Said) -> &'static str {
        self.language.of(text)
    }

    fn number(&self, number: u64) -> String {
        self.language.number(number)
    }
}

/// The report's bytes.
///
/// # Errors
/// When a page cannot be written; the caller reports it as a defect.
pub(super) fn report(facts: &Facts<'_>, fonts: &Fonts) -> io::Result<Vec<u8>> {
    let mut flow = Flow::upright(fonts);
    for (language, place) in Language::ALL.into_iter().zip(0..) {
        if place > 0 {
            flow.new_page();
        }
        flow.part(language.name());
        let calendar = facts.calendar(language);
        let mut part = Part { flow: &mut flow, facts, language, calendar };
        opening::write(&mut part);
        declaration::write(&mut part);
        counts::write(&mut part);
        curve::write(&mut part);
        parts::write(&mut part);
        checks::write(&mut part);
        reviews::write(&mut part);
        disturbances::write(&mut part);
        closing::write(&mut part);
    }
    let foot = foot(facts);
    let (sheets, chapters) = flow.finish(|number, of| format!("{foot}   {number} / {of}"));
    to_pdf(&sheets, &chapters, &about(facts, said("Laporan", "Report"), Language::Id), fonts)
}

/// What each page says of the log that it tells of.
pub(super) fn foot(facts: &Facts<'_>) -> String {
    let root: String = facts.head.root.to_string().chars().take(16).collect();
    let rehearsal = if facts.opened.rehearsal { "GLADI BERSIH / REHEARSAL   " } else { "" };
    format!("{rehearsal}{}   {} / {root}…", facts.opened.origin, facts.head.size.0)
}

/// What a document says of itself.
pub(super) fn about(facts: &Facts<'_>, kind: Said, language: Language) -> About {
    let declaration = facts.declaration();
    About {
        title: format!("{}: {}", language.of(kind), declaration.title),
        author: declaration.organizer.clone(),
        language: language.tag(),
        dated: Calendar::new(language, "UTC").parts(facts.at()),
    }
}
