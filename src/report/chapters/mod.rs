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
    part::{Part, about, foot},
    pdf::{Chapter, Flow, Fonts, Sheet, to_pdf},
    words::{Language, said},
};

/// The report's bytes.
///
/// # Errors
/// When a page cannot be written; the caller reports it as a defect.
pub(super) fn report(facts: &Facts<'_>, fonts: &Fonts) -> io::Result<Vec<u8>> {
    let (sheets, chapters) = laid_out(facts, fonts);
    to_pdf(&sheets, &chapters, &about(facts, said("Laporan", "Report"), Language::Id), fonts)
}

/// The report's pages, and where its chapters begin.
pub(super) fn laid_out(facts: &Facts<'_>, fonts: &Fonts) -> (Vec<Sheet>, Vec<Chapter>) {
    let mut flow = Flow::upright(fonts);
    for (language, place) in Language::ALL.into_iter().zip(0..) {
        if place > 0 {
            flow.new_page();
        }
        flow.part(language.name());
        let mut part = Part::new(&mut flow, facts, language);
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
    flow.finish(|number, of| format!("{foot}   {number} / {of}"))
}
