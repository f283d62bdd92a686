//! A rule in words, in both languages, as every page and export shows it.

use serde::{Deserialize, Serialize};

use super::{PresenceMode, Rule, RuleKind, SHARE_BP_MAX};
use crate::domain::time::Millis;

/// A text in both languages of the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
}

impl Rule {
    /// The rule as staff and auditors read it.
    #[must_use]
    pub fn words(&self) -> Words {
        let (id, en) = match (self.kind, self.presence) {
            (RuleKind::FullLesson, PresenceMode::Checkpoints) => self.checkpoints_words(),
            (RuleKind::FullLesson, PresenceMode::Continuous) => self.full_lesson_words(),
            (RuleKind::MinimumTime, _) => self.minimum_time_words(),
            (RuleKind::Share, _) => self.share_words(),
            (RuleKind::Peak, _) => (
                "jumlah orang yang hadir bersamaan pada saat teramai".to_owned(),
                "the number of persons present at the same moment, when most were".to_owned(),
            ),
            (RuleKind::Prompts, _) => ("hadir dalam pelajaran".to_owned(), "present in the lesson".to_owned()),
        };
        let (mut id, mut en) = (id, en);
        if let Some(least) = self.prompts_min {
            id.push_str(&format!("; menjawab paling sedikit {least} pemeriksaan"));
            en.push_str(&format!("; at least {least} participation check(s) answered"));
        }
        if self.presence == PresenceMode::Continuous {
            let grace = seconds(self.grace_ms);
            id.push_str(&format!("; jeda sampai {grace} detik dijembatani"));
            en.push_str(&format!("; interruptions of up to {grace} s are bridged"));
        }
        id.push_str("; satu orang satu hitungan");
        en.push_str("; each person counts once");
        Words { id, en }
    }

    fn full_lesson_words(&self) -> (String, String) {
        let (late, early) = (seconds(self.late_ms), seconds(self.early_ms));
        (
            format!(
                "hadir penuh: paling lambat {late} detik setelah mulai, paling cepat pulang {early} detik sebelum selesai"
            ),
            format!("present throughout: from at most {late} s after the start to at most {early} s before the end"),
        )
    }

    fn checkpoints_words(&self) -> (String, String) {
        let around = &self.checkpoints;
        let [before, after, early, beyond] =
            [around.before_start_ms, around.after_start_ms, around.before_end_ms, around.after_end_ms].map(seconds);
        (
            format!(
                "bukti hadir antara {before} detik sebelum dan {after} detik setelah mulai, pemeriksaan terakhir dijawab, \
                 dan bukti hadir antara {early} detik sebelum dan {beyond} detik setelah selesai"
            ),
            format!(
                "proved present between {before} s before and {after} s after the start, the last participation check \
                 answered, and proved present between {early} s before and {beyond} s after the end"
            ),
        )
    }

    fn minimum_time_words(&self) -> (String, String) {
        let minimum = seconds(self.minimum_ms.unwrap_or_default());
        if self.continuous {
            (
                format!("hadir terus-menerus paling sedikit {minimum} detik"),
                format!("present for at least {minimum} s in one run"),
            )
        } else {
            (
                format!("hadir paling sedikit {minimum} detik secara total"),
                format!("present for at least {minimum} s in total"),
            )
        }
    }

    fn share_words(&self) -> (String, String) {
        let share = self.share_bp.unwrap_or(SHARE_BP_MAX);
        let (whole, part) = (share.div_euclid(100), share.rem_euclid(100));
        (
            format!("hadir paling sedikit {whole},{part:02} % dari pelajaran"),
            format!("present for at least {whole}.{part:02} % of the lesson"),
        )
    }
}

/// Seconds as text, with the milliseconds where there are any.
fn seconds(length: Millis) -> String {
    let (whole, rest) = (length.0.div_euclid(1_000), length.0.rem_euclid(1_000));
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}") }
}
