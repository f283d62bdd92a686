//! Text that flows from sheet to sheet: headings, paragraphs, figures, lines to sign on.

use super::{Area, Chapter, Fonts, Mark, Shade, Sheet, Weight};

/// The free edge around everything, in points: 20 mm, so that a bound copy can be read.
const MARGIN: f32 = 56.7;

/// The size of most text.
pub(super) const TEXT: f32 = 9.5;

/// The size of notes, page numbers and scales.
pub(super) const SMALL: f32 = 8.0;

/// From one base line to the next, in parts of the size.
pub(super) const LEADING: f32 = 1.35;

/// Where in a line its base is, in parts of the size.
const BASE: f32 = 1.0;

/// A heading is kept with so much of what follows, so that it never ends a page.
const KEPT_WITH_HEADING: f32 = 60.0;

/// How far from the lower edge the page's foot stands.
const FOOT: f32 = 34.0;

/// Sheets that are being filled from top to bottom.
pub(in crate::report) struct Flow<'f> {
    pub(super) fonts: &'f Fonts,
    sheets: Vec<Sheet>,
    chapters: Vec<Chapter>,
    y: f32,
}

impl<'f> Flow<'f> {
    /// Upright pages, the first of them begun.
    pub(in crate::report) fn upright(fonts: &'f Fonts) -> Self {
        let mut flow = Self { fonts, sheets: Vec::new(), chapters: Vec::new(), y: MARGIN };
        flow.new_page();
        flow
    }

    /// How wide a line can be.
    pub(in crate::report) fn width(&self) -> f32 {
        self.sheets.last().map_or(0.0, |sheet| sheet.width - 2.0 * MARGIN)
    }

    /// Where lines begin.
    pub(super) fn left(&self) -> f32 {
        MARGIN
    }

    /// How much is free below.
    pub(super) fn room(&self) -> f32 {
        self.sheets.last().map_or(0.0, |sheet| sheet.height - MARGIN - self.y)
    }

    /// Goes on at the top of a new page.
    pub(in crate::report) fn new_page(&mut self) {
        self.sheets.push(Sheet::upright());
        self.y = MARGIN;
    }

    /// Makes sure that so much fits below, on a new page if need be.
    pub(in crate::report) fn keep(&mut self, height: f32) {
        if self.room() < height {
            self.new_page();
        }
    }

    /// Leaves so much free.
    pub(in crate::report) fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// A part of the document, which its list of chapters shows with those after it.
    pub(in crate::report) fn part(&mut self, title: &str) {
        self.note_chapter(title, true);
    }

    /// A chapter's heading.
    pub(in crate::report) fn heading(&mut self, title: &str) {
        self.space(10.0);
        self.keep(KEPT_WITH_HEADING);
        self.note_chapter(title, false);
        self.text(title, Weight::Bold, 12.5, Shade::Black);
        self.space(3.0);
    }

    /// A chapter's heading that stays on one page with a figure of this height.
    pub(in crate::report) fn heading_with(&mut self, title: &str, height: f32) {
        self.space(10.0);
        self.keep(height + 30.0);
        self.heading(title);
    }

    /// A heading within a chapter.
    pub(in crate::report) fn subheading(&mut self, title: &str) {
        self.space(5.0);
        self.keep(KEPT_WITH_HEADING);
        self.text(title, Weight::Bold, TEXT, Shade::Black);
        self.space(1.5);
    }

    /// Running text.
    pub(in crate::report) fn paragraph(&mut self, text: &str) {
        self.text(text, Weight::Regular, TEXT, Shade::Black);
        self.space(4.0);
    }

    /// A point of a list, its further lines set in.
    pub(in crate::report) fn point(&mut self, text: &str) {
        const IN: f32 = 10.0;
        let left = self.left();
        for (line, place) in self.fonts.lines(text, Weight::Regular, TEXT, self.width() - IN).iter().zip(0..) {
            self.keep(TEXT * LEADING);
            if place == 0 {
                self.line_at(left, "–", Weight::Regular, TEXT, Shade::Black);
            }
            self.line_at(left + IN, line, Weight::Regular, TEXT, Shade::Black);
            self.y += TEXT * LEADING;
        }
        self.space(1.5);
    }

    /// A note in small type.
    pub(in crate::report) fn note(&mut self, text: &str) {
        self.text(text, Weight::Regular, SMALL, Shade::Gray);
        self.space(3.0);
    }

    /// Text of one size over the whole width.
    pub(in crate::report) fn text(&mut self, text: &str, weight: Weight, size: f32, shade: Shade) {
        for line in self.fonts.lines(text, weight, size, self.width()) {
            self.keep(size * LEADING);
            let left = self.left();
            self.line_at(left, &line, weight, size, shade);
            self.y += size * LEADING;
        }
    }

    /// An area over the whole width, to draw in.
    pub(in crate::report) fn figure(&mut self, height: f32, draw: impl FnOnce(Area, &Fonts) -> Vec<Mark>) {
        self.keep(height);
        let area = Area { left: self.left(), top: self.y, width: self.width(), height };
        let marks = draw(area, self.fonts);
        self.put(marks);
        self.y += height;
    }

    /// Lines to fill in by hand, each behind what belongs there.
    pub(in crate::report) fn blanks(&mut self, labels: &[&str]) {
        const HIGH: f32 = 23.0;
        const LABEL: f32 = 205.0;
        for label in labels {
            self.keep(HIGH);
            let (left, base) = (self.left(), self.y + 16.0);
            let from = (left + LABEL, base + 2.0);
            let to = (left + self.width(), base + 2.0);
            let text = text_mark(left, base, self.fonts.printable(label), Weight::Regular, TEXT, Shade::Black);
            self.put(vec![text, Mark::Line { from, to, width: 0.5, shade: Shade::Gray, dash: None }]);
            self.y += HIGH;
        }
        self.space(4.0);
    }

    /// Lines to sign on, two beside each other, each with what belongs below it.
    pub(in crate::report) fn signatures(&mut self, below: &[String]) {
        const HIGH: f32 = 64.0;
        const BETWEEN: f32 = 28.0;
        for pair in below.chunks(2) {
            self.keep(HIGH);
            let width = (self.width() - BETWEEN) / 2.0;
            let base = self.y + 40.0;
            let mut left = self.left();
            for text in pair {
                let to = (left + width, base);
                let line = Mark::Line { from: (left, base), to, width: 0.6, shade: Shade::Black, dash: None };
                self.put(vec![line]);
                let lines = self.fonts.lines(text, Weight::Regular, SMALL, width);
                let mut under = base + SMALL * LEADING;
                for line in lines {
                    self.put(vec![text_mark(left, under, line, Weight::Regular, SMALL, Shade::Black)]);
                    under += SMALL * LEADING;
                }
                left += width + BETWEEN;
            }
            self.y += HIGH;
        }
    }

    /// The finished pages, each with its foot: `foot` gets the page's number, from 1, and how many there are.
    pub(in crate::report) fn finish(mut self, foot: impl Fn(usize, usize) -> String) -> (Vec<Sheet>, Vec<Chapter>) {
        let of = self.sheets.len();
        for (sheet, number) in self.sheets.iter_mut().zip(1..) {
            let text = self.fonts.printable(&foot(number, of));
            let base = sheet.height - FOOT;
            sheet.marks.push(text_mark(MARGIN, base, text, Weight::Regular, SMALL, Shade::Gray));
        }
        (self.sheets, self.chapters)
    }

    pub(super) fn put(&mut self, marks: Vec<Mark>) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.marks.extend(marks);
        }
    }

    pub(super) fn top(&self) -> f32 {
        self.y
    }

    fn line_at(&mut self, left: f32, line: &str, weight: Weight, size: f32, shade: Shade) {
        let base = self.y + size * BASE;
        self.put(vec![text_mark(left, base, line.to_owned(), weight, size, shade)]);
    }

    fn note_chapter(&mut self, title: &str, is_part: bool) {
        let sheet = self.sheets.len().saturating_sub(1);
        self.chapters.push(Chapter { title: self.fonts.printable(title), sheet, top: self.y, is_part });
    }
}

pub(super) fn text_mark(left: f32, base: f32, text: String, weight: Weight, size: f32, shade: Shade) -> Mark {
    Mark::Text { left, base, text, weight, size, shade }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_goes_on_over_pages_and_no_line_leaves_its_page() {
        let fonts = Fonts::embedded().unwrap();
        let mut flow = Flow::upright(&fonts);

        flow.paragraph(&"Setiap orang dihitung satu kali. ".repeat(600));
        flow.heading("Yang terakhir");
        let (sheets, chapters) = flow.finish(|number, of| format!("{number} / {of}"));

        assert!(sheets.len() > 2);
        assert_eq!(chapters.len(), 1);
        for sheet in &sheets {
            for mark in &sheet.marks {
                let Mark::Text { left, base, text, weight, size, .. } = mark else { panic!("only text") };
                assert!(*base < sheet.height - 20.0 && left + fonts.width(text, *weight, *size) < sheet.width - 50.0);
            }
        }
    }
}
