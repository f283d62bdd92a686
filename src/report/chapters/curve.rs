//! How many were there at each moment, as a curve with the marks of start, end and checks.

use super::Part;
use crate::{
    domain::{
        accounts::timeline::Second,
        time::{Millis, UnixMillis},
    },
    report::{
        pdf::{Area, Fonts, Mark, Shade, Weight},
        words::said,
    },
};

/// How much is shown before the start and after the end of the lesson: arrivals and farewells, not the night before.
const AROUND: Millis = Millis(15 * 60_000);

/// How many points a curve has at most: more than a printed line can show.
const POINTS_MAX: usize = 1_200;

/// How many marks a scale has at most.
const MARKS_MAX: u64 = 8;

const HEIGHT: f32 = 250.0;
const SCALE_WIDTH: f32 = 42.0;
const SCALE_HEIGHT: f32 = 30.0;
const HEAD_HEIGHT: f32 = 22.0;
const SMALL: f32 = 7.5;

/// What explains a figure stands on its page.
const KEPT_WITH_FIGURE: f32 = 36.0;

pub(super) fn write(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Yang hadir setiap saat", "Present at each moment"));
    part.flow.heading_with(heading, HEIGHT + KEPT_WITH_FIGURE);
    let Some(plot) = Plot::of(part) else {
        let nobody = part.say(said("Tidak seorang pun tersambung.", "Nobody was connected."));
        part.flow.paragraph(nobody);
        return;
    };
    part.flow.figure(HEIGHT, |area, fonts| plot.draw(area, fonts));
    let explained = part.say(said(
        "Orang yang terbukti hadir (garis penuh; tanpa jeda yang dijembatani), dari bukti setiap sambungan; garis putus-putus: tanda mulai dan selesai; segitiga di atas: pemeriksaan kehadiran.",
        "Persons proved present (solid line; nothing bridged), by each connection's proofs; dashed lines: the start and end signals; ticks above: participation checks.",
    ));
    part.flow.space(4.0);
    part.flow.note(explained);
}

/// A curve with its scales.
struct Plot {
    from: UnixMillis,
    to: UnixMillis,
    /// The end of the upper scale.
    top: u64,
    /// Values at moments, each holding until the next.
    steps: Vec<(UnixMillis, u64)>,
    /// Marks of the lower scale.
    times: Vec<(UnixMillis, String)>,
    /// Marks of the upright scale.
    counts: Vec<(u64, String)>,
    /// The start and the end, with their words.
    signals: Vec<(UnixMillis, String)>,
    checks: Vec<UnixMillis>,
    zone: String,
}

impl Plot {
    fn of(part: &Part<'_, '_>) -> Option<Self> {
        let facts = part.facts;
        let (first, last) = (facts.timeline.first()?, facts.timeline.last()?);
        let tallies = &facts.tallies;
        let from = tallies.start.map_or(first.at, |start| start.minus(AROUND).max(first.at));
        let to = tallies.end.map_or(last.at, |end| end.plus(AROUND).min(last.at)).max(from.plus(Millis(1_000)));
        let steps = steps(&facts.timeline, from, to);
        let most = steps.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let by = round_step(most.max(1));
        let top = most.max(1).div_ceil(by).saturating_mul(by);
        let counts = (0..=top.checked_div(by)?).map(|mark| mark.saturating_mul(by));
        let signals = [(tallies.start, said("mulai", "start")), (tallies.end, said("selesai", "end"))];
        Some(Self {
            from,
            to,
            top,
            times: times(part, from, to),
            counts: counts.map(|count| (count, part.number(count))).collect(),
            signals: signals
                .into_iter()
                .filter_map(|(at, word)| {
                    let at = at.filter(|at| from <= *at && *at <= to)?;
                    Some((at, format!("{} {}", part.say(word), part.calendar.time(at))))
                })
                .collect(),
            checks: facts.attendance.checks().iter().map(|check| check.at).collect(),
            zone: part.calendar.zone(from),
            steps,
        })
    }

    fn draw(&self, area: Area, fonts: &Fonts) -> Vec<Mark> {
        let inner = Area {
            left: area.left + SCALE_WIDTH,
            top: area.top + HEAD_HEIGHT,
            width: area.width - SCALE_WIDTH - 8.0,
            height: area.height - SCALE_HEIGHT - HEAD_HEIGHT,
        };
        let mut marks = self.scales(inner, fonts);
        for at in self.checks.iter().filter(|at| self.from <= **at && **at <= self.to) {
            let x = self.x(inner, *at);
            let tick =
                [(x - 3.0, inner.top - 6.0), (x, inner.top), (x + 3.0, inner.top - 6.0), (x - 3.0, inner.top - 6.0)];
            marks.push(Mark::Curve { points: tick.to_vec(), width: 0.8, dash: None });
        }
        marks.push(Mark::Curve { points: self.line(inner), width: 1.1, dash: None });
        marks
    }

    fn scales(&self, inner: Area, fonts: &Fonts) -> Vec<Mark> {
        let mut marks = Vec::new();
        let gray = |from, to, width| Mark::Line { from, to, width, shade: Shade::Gray, dash: None };
        for (count, label) in &self.counts {
            let y = self.y(inner, *count);
            marks.push(gray((inner.left, y), (inner.right(), y), 0.25));
            let left = inner.left - 5.0 - fonts.width(label, Weight::Regular, SMALL);
            marks.push(small(left, y + SMALL * 0.35, label));
        }
        for (at, label) in &self.times {
            let x = self.x(inner, *at);
            marks.push(gray((x, inner.bottom()), (x, inner.bottom() + 4.0), 0.5));
            marks.push(small(x - fonts.width(label, Weight::Regular, SMALL) / 2.0, inner.bottom() + 14.0, label));
        }
        marks.push(small(inner.left, inner.bottom() + 25.0, &self.zone));
        marks.push(gray((inner.left, inner.bottom()), (inner.right(), inner.bottom()), 0.6));
        let mut free_from = 0.0_f32;
        for (at, word) in &self.signals {
            let x = self.x(inner, *at);
            let to = (x, inner.bottom());
            marks.push(Mark::Line { from: (x, inner.top - 8.0), to, width: 0.8, shade: Shade::Black, dash: Some(3.0) });
            let wide = fonts.width(word, Weight::Bold, SMALL);
            let left = (x - wide / 2.0).min(inner.right() - wide).max(free_from);
            free_from = left + wide + 6.0;
            let text = word.clone();
            let (weight, shade) = (Weight::Bold, Shade::Black);
            marks.push(Mark::Text { left, base: inner.top - 11.0, text, weight, size: SMALL, shade });
        }
        marks
    }

    /// Each count holds until the next: the line has steps.
    fn line(&self, inner: Area) -> Vec<(f32, f32)> {
        let mut points: Vec<(f32, f32)> = Vec::new();
        for (at, count) in &self.steps {
            let (x, y) = (self.x(inner, *at), self.y(inner, *count));
            if let Some((_, before)) = points.last().copied() {
                points.push((x, before));
            }
            points.push((x, y));
        }
        if let Some((_, last)) = points.last().copied() {
            points.push((inner.right(), last));
        }
        points
    }

    fn x(&self, inner: Area, at: UnixMillis) -> f32 {
        inner.left + inner.width * part_of(at.since(self.from).0, self.to.since(self.from).0)
    }

    fn y(&self, inner: Area, count: u64) -> f32 {
        inner.bottom() - inner.height * part_of(count, self.top)
    }
}

fn small(left: f32, base: f32, text: &str) -> Mark {
    Mark::Text { left, base, text: text.to_owned(), weight: Weight::Regular, size: SMALL, shade: Shade::Black }
}

/// A part of a whole as a factor.
fn part_of(part: u64, whole: u64) -> f32 {
    let exact = |number: u64| f64::from(u32::try_from(number.min(u64::from(u32::MAX))).unwrap_or(u32::MAX));
    #[expect(clippy::cast_possible_truncation, reason = "a place on paper needs no more than seven digits")]
    let part = (exact(part) / exact(whole.max(1))) as f32;
    part
}

/// The counts from `from` to `to`. Of more moments than can be drawn, the least and the most of each stretch stay, so
/// that no dip is smoothed away.
fn steps(timeline: &[Second], from: UnixMillis, to: UnixMillis) -> Vec<(UnixMillis, u64)> {
    let all: Vec<(UnixMillis, u64)> = timeline
        .iter()
        .filter(|second| from <= second.at && second.at <= to)
        .map(|second| (second.at, second.present))
        .collect();
    let stretch = all.len().div_ceil(POINTS_MAX / 2).max(1);
    if stretch <= 2 {
        return all;
    }
    let mut kept = Vec::new();
    for one in all.chunks(stretch) {
        let least = one.iter().min_by_key(|(_, count)| *count);
        let most = one.iter().max_by_key(|(_, count)| *count);
        let mut both: Vec<(UnixMillis, u64)> = [least, most].into_iter().flatten().copied().collect();
        both.sort_unstable();
        both.dedup();
        kept.extend(both);
    }
    kept
}

/// A step of 1, 2 or 5 times a power of ten, so that a scale to `most` has few marks.
fn round_step(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for times in [1, 2, 5] {
            let step = power.saturating_mul(times);
            if most.div_ceil(step) <= MARKS_MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Round times for the lower scale.
fn times(part: &Part<'_, '_>, from: UnixMillis, to: UnixMillis) -> Vec<(UnixMillis, String)> {
    const SECONDS: [u64; 13] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];
    let length = to.since(from).0.div_euclid(1_000);
    let by = SECONDS.into_iter().find(|step| length.div_euclid(*step) <= MARKS_MAX).unwrap_or(14_400);
    let step = by.saturating_mul(1_000);
    let step_signed = i64::try_from(step).unwrap_or(i64::MAX);
    let first =
        from.0.saturating_add(step_signed.saturating_sub(1)).div_euclid(step_signed).saturating_mul(step_signed);
    let marks = (0..=MARKS_MAX).map(|mark| UnixMillis(first).plus(Millis(step.saturating_mul(mark))));
    let told = |at| if by < 60 { part.calendar.time(at) } else { part.calendar.minute(at) };
    marks.filter(|at| *at <= to).map(|at| (at, told(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: i64, present: u64) -> Second {
        Second { at: UnixMillis(at * 1_000), present, present_bridged: present, connections: present }
    }

    #[test]
    fn a_dip_of_one_second_is_still_there_in_the_curve_of_a_whole_day() {
        let timeline: Vec<Second> = (0..86_400).map(|at| second(at, if at == 40_000 { 3 } else { 12_003 })).collect();

        let steps = steps(&timeline, UnixMillis(0), UnixMillis(86_400_000));

        assert!(steps.len() <= POINTS_MAX && steps.is_sorted());
        assert!(steps.contains(&(UnixMillis(40_000_000), 3)));
    }

    #[test]
    fn a_scale_has_round_and_few_marks() {
        for most in [1, 7, 8, 9, 95, 12_003, 1_234_567, u64::MAX / 2] {
            assert!(most.div_ceil(round_step(most)) <= MARKS_MAX, "{most}");
        }
        assert_eq!((round_step(12_003), round_step(7), round_step(40)), (2_000, 1, 5));
    }
}
