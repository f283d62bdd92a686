//! One document, or one language's part of it, while it is written.

use super::{
    facts::Facts,
    pdf::{About, Flow},
    words::{Calendar, Language, Said},
};

/// What is being written, of what, for whom.
pub(super) struct Part<'a, 'f> {
    pub(super) flow: &'a mut Flow<'f>,
    pub(super) facts: &'a Facts<'a>,
    pub(super) language: Language,
    pub(super) calendar: Calendar,
}

impl<'a, 'f> Part<'a, 'f> {
    pub(super) fn new(flow: &'a mut Flow<'f>, facts: &'a Facts<'a>, language: Language) -> Self {
        Self { flow, facts, language, calendar: facts.calendar(language) }
    }

    /// A fixed text in the part's language.
    pub(super) fn say(&self, text: Said) -> &'static str {
        self.language.of(text)
    }

    /// A number as the part's language writes it.
    pub(super) fn number(&self, number: u64) -> String {
        self.language.number(number)
    }
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
