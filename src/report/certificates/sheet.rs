//! One certificate as an A4 page: readable in black and white, whatever the name is.

use std::io;

use super::{Issuer, Row, qr::squares};
use crate::report::{
    pdf::{Area, Fonts, Mark, Shade, Sheet, Weight},
    words::{Said, said},
};

/// The free edge within which text stands.
const EDGE: f32 = 64.0;

/// How far the two lines of the frame stand from the paper's edge.
const FRAMES: [(f32, f32); 2] = [(24.0, 1.6), (29.0, 0.6)];

/// How wide the QR code is with its quiet edge, in points: 42 mm, of which 35 mm or more are squares.
const QR: f32 = 119.0;

/// From one base line to the next, in parts of the size.
const LEADING: f32 = 1.2;

/// A text that has to fit: of its sizes, the largest is taken in which it needs no more lines than stand beside it.
struct Fit {
    weight: Weight,
    shade: Shade,
    sizes: &'static [(f32, usize)],
}

const ORGANIZER: Fit = Fit { weight: Weight::Regular, shade: Shade::Black, sizes: &[(13.0, 1), (11.0, 2)] };
const NAME: Fit = Fit {
    weight: Weight::Bold,
    shade: Shade::Black,
    sizes: &[(34.0, 1), (28.0, 1), (23.0, 1), (23.0, 2), (19.0, 2), (17.0, 3)],
};
const SCHOOL: Fit = Fit { weight: Weight::Regular, shade: Shade::Black, sizes: &[(14.0, 1), (12.0, 1), (11.0, 2)] };
const TITLE: Fit =
    Fit { weight: Weight::Bold, shade: Shade::Black, sizes: &[(19.0, 1), (16.0, 1), (16.0, 2), (13.0, 3)] };
const BELOW_LINE: Fit = Fit { weight: Weight::Regular, shade: Shade::Black, sizes: &[(9.0, 1), (8.0, 2)] };

const HEADING: Said = said("SERTIFIKAT PARTISIPASI", "CERTIFICATE OF PARTICIPATION");
const GIVEN_TO: Said = said("diberikan kepada", "is given to");
const FOR: Said =
    said("yang hadir dan terhitung sebagai peserta pelajaran", "who was present and counted as a participant in");
const NUMBER: Said = said("Nomor sertifikat", "Certificate number");
const COUNT: Said = said("Log hitungan dan titik periksanya", "Log of the count, and its checkpoint");
const SCAN: Said = said("Pindai untuk memeriksa", "Scan to check");
const REHEARSAL: Said = said("GLADI BERSIH, BUKAN UPAYA REKOR", "A REHEARSAL, NOT THE RECORD ATTEMPT");
const ORGANIZER_SIGNS: Said = said("Tanda tangan penyelenggara", "Signature of the organizer");

/// The page of one person.
///
/// # Errors
/// When the code makes no QR code.
pub(super) fn sheet(issuer: &Issuer, row: &Row, fonts: &Fonts) -> io::Result<Sheet> {
    let mut page = Page { sheet: Sheet::lying(), fonts };
    if issuer.is_rehearsal() {
        page.across();
        page.line(issuer.say(REHEARSAL), Weight::Bold, 12.0, Shade::Black, 52.0);
    }
    page.frame();
    page.block(&issuer.organizer, &ORGANIZER, 58.0, 28.0);
    page.line(issuer.say(HEADING), Weight::Bold, 30.0, Shade::Black, 122.0);
    page.line(issuer.say(GIVEN_TO), Weight::Regular, 12.0, Shade::Gray, 150.0);
    page.block(&row.name, &NAME, 160.0, 66.0);
    page.block(&row.school, &SCHOOL, 228.0, 30.0);
    page.line(issuer.say(FOR), Weight::Regular, 12.0, Shade::Gray, 284.0);
    page.block(&issuer.title, &TITLE, 294.0, 54.0);
    page.line(&issuer.when, Weight::Regular, 12.0, Shade::Black, 370.0);
    page.facts(issuer, row);
    page.signature(issuer);
    page.code(issuer, row)?;
    Ok(page.sheet)
}

struct Page<'f> {
    sheet: Sheet,
    fonts: &'f Fonts,
}

impl Page<'_> {
    fn width(&self) -> f32 {
        self.sheet.width - 2.0 * EDGE
    }

    fn frame(&mut self) {
        for (edge, width) in FRAMES {
            let (right, bottom) = (self.sheet.width - edge, self.sheet.height - edge);
            let corners = [(edge, edge), (right, edge), (right, bottom), (edge, bottom)];
            for (from, to) in corners.into_iter().zip(corners.into_iter().cycle().skip(1)) {
                self.sheet.marks.push(Mark::Line { from, to, width, shade: Shade::Black, dash: None });
            }
        }
    }

    /// Says over the whole page what it is not, behind everything else.
    fn across(&mut self) {
        for (text, base) in [("GLADI BERSIH", 255.0), ("REHEARSAL", 420.0)] {
            let size = 96.0;
            let left = (self.sheet.width - self.fonts.width(text, Weight::Bold, size)) / 2.0;
            self.put(left, base, text.to_owned(), Weight::Bold, size, Shade::Pale);
        }
    }

    /// One line in the middle.
    fn line(&mut self, text: &str, weight: Weight, size: f32, shade: Shade, base: f32) {
        let text = self.fonts.printable(text);
        let left = (self.sheet.width - self.fonts.width(&text, weight, size)) / 2.0;
        self.put(left, base, text, weight, size, shade);
    }

    /// A text in the middle of the page's width and of a strip that begins at `top`.
    fn block(&mut self, text: &str, fit: &Fit, top: f32, height: f32) {
        let (size, lines) = fitting(self.fonts, text, fit, self.width());
        let mut base = top + (height - size * LEADING * lines_high(&lines)) / 2.0 + size;
        for line in lines {
            self.line(&line, fit.weight, size, fit.shade, base);
            base += size * LEADING;
        }
    }

    /// What ties the certificate to the count.
    fn facts(&mut self, issuer: &Issuer, row: &Row) {
        let small =
            |page: &mut Self, base, text: String, shade| page.put(EDGE, base, text, Weight::Regular, 8.0, shade);
        small(self, 448.0, issuer.say(NUMBER).to_owned(), Shade::Gray);
        self.put(EDGE, 466.0, row.number.clone(), Weight::Bold, 15.0, Shade::Black);
        small(self, 488.0, issuer.say(COUNT).to_owned(), Shade::Gray);
        small(self, 500.0, self.fonts.printable(&issuer.origin), Shade::Black);
        small(self, 511.0, issuer.head_on_paper(), Shade::Black);
        let mut base = 530.0;
        for line in self.fonts.lines(&issuer.how_to_check(), Weight::Regular, 8.0, 260.0).into_iter().take(3) {
            small(self, base, line, Shade::Gray);
            base += 10.0;
        }
    }

    /// A line for whoever signs by hand.
    fn signature(&mut self, issuer: &Issuer) {
        let (left, right, base) = (360.0, 600.0, 500.0);
        let (from, to) = ((left, base), (right, base));
        self.sheet.marks.push(Mark::Line { from, to, width: 0.6, shade: Shade::Black, dash: None });
        self.put(left, base + 11.0, issuer.say(ORGANIZER_SIGNS).to_owned(), Weight::Regular, 8.0, Shade::Gray);
        let (size, lines) = fitting(self.fonts, &issuer.organizer, &BELOW_LINE, right - left);
        let mut under = base + 14.0 + size;
        for line in lines {
            self.put(left, under, line, BELOW_LINE.weight, size, BELOW_LINE.shade);
            under += size * LEADING;
        }
    }

    fn code(&mut self, issuer: &Issuer, row: &Row) -> io::Result<()> {
        let area = Area { left: self.sheet.width - EDGE - QR + 12.0, top: 424.0, width: QR, height: QR };
        self.sheet.marks.push(squares(&issuer.code(row)?)?.mark(area));
        let text = issuer.say(SCAN).to_owned();
        let left = area.left + (QR - self.fonts.width(&text, Weight::Regular, 8.0)) / 2.0;
        self.put(left, area.bottom() + 5.0, text, Weight::Regular, 8.0, Shade::Gray);
        Ok(())
    }

    fn put(&mut self, left: f32, base: f32, text: String, weight: Weight, size: f32, shade: Shade) {
        self.sheet.marks.push(Mark::Text { left, base, text, weight, size, shade });
    }
}

/// The size and the lines of a text; beyond the last size's lines it is cut off visibly.
fn fitting(fonts: &Fonts, text: &str, fit: &Fit, width: f32) -> (f32, Vec<String>) {
    for (size, lines_max) in fit.sizes {
        let lines = fonts.lines(text, fit.weight, *size, width);
        if lines.len() <= *lines_max {
            return (*size, lines);
        }
    }
    let (size, lines_max) = fit.sizes.last().copied().unwrap_or((8.0, 1));
    let mut lines = fonts.lines(text, fit.weight, size, width);
    lines.truncate(lines_max);
    if let Some(last) = lines.last_mut() {
        while !last.is_empty() && fonts.width(&format!("{last}…"), fit.weight, size) > width {
            last.pop();
        }
        last.push('…');
    }
    (size, lines)
}

/// How many lines there are, as a length; no text has more than a page.
fn lines_high(lines: &[String]) -> f32 {
    f32::from(u16::try_from(lines.len()).unwrap_or(u16::MAX))
}
