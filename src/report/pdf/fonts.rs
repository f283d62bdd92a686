//! The fonts that every document embeds, how wide a text is in them, and where it breaks into lines.

use std::io;

use krilla::text::Font;
use ttf_parser::Face;

const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSansCondensed-Bold.ttf");

/// Stands for a character of which the fonts have no form, so that its absence is seen.
const NO_FORM: char = '\u{25a1}';

/// How strong a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Weight {
    /// As most text is.
    Regular,
    /// For headings and what must be found.
    Bold,
}

/// The embedded fonts.
pub(in crate::report) struct Fonts {
    regular: One,
    bold: One,
}

struct One {
    font: Font,
    face: Face<'static>,
}

impl One {
    fn of(bytes: &'static [u8]) -> io::Result<Self> {
        let damaged = || io::Error::other("an embedded font cannot be read");
        let font = Font::new(bytes.into(), 0).ok_or_else(damaged)?;
        let face = Face::parse(bytes, 0).map_err(|_| damaged())?;
        Ok(Self { font, face })
    }

    /// How far a character moves on, in parts of the size.
    fn advance(&self, character: char) -> f32 {
        let glyph = self.face.glyph_index(character).unwrap_or_default();
        let units = f32::from(self.face.glyph_hor_advance(glyph).unwrap_or_default());
        units / f32::from(self.face.units_per_em())
    }
}

impl Fonts {
    /// The fonts of this program.
    ///
    /// # Errors
    /// Never with the fonts that are embedded; the caller reports it as a defect.
    pub(in crate::report) fn embedded() -> io::Result<Self> {
        Ok(Self { regular: One::of(REGULAR)?, bold: One::of(BOLD)? })
    }

    pub(super) fn font(&self, weight: Weight) -> Font {
        self.one(weight).font.clone()
    }

    /// The width of one line.
    pub(in crate::report) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let one = self.one(weight);
        text.chars().map(|character| one.advance(character)).sum::<f32>() * size
    }

    /// The text with a visible mark for each character that cannot be printed, and without those that only steer.
    pub(in crate::report) fn printable(&self, text: &str) -> String {
        let printed = text.chars().filter(|character| !steers(*character));
        printed
            .map(|character| match character {
                character if character.is_whitespace() || character.is_control() => ' ',
                character if self.has_form(character) => character,
                _ => NO_FORM,
            })
            .collect()
    }

    /// Whether every character of a text can be printed.
    pub(in crate::report) fn can_print(&self, text: &str) -> bool {
        let mut printed = text.chars().filter(|character| !steers(*character));
        printed.all(|character| character.is_whitespace() || self.has_form(character))
    }

    /// The text in lines no wider than `width`: broken between words, and within those that are wider alone.
    pub(in crate::report) fn lines(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            for word in self.printable(paragraph).split_whitespace() {
                let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if self.width(&joined, weight, size) <= width {
                    line = joined;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line = self.broken(word, weight, size, width, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// Pushes the full lines of a word that is too wide for one, and returns the rest.
    fn broken(&self, word: &str, weight: Weight, size: f32, width: f32, lines: &mut Vec<String>) -> String {
        let mut rest = String::new();
        for character in word.chars() {
            rest.push(character);
            if self.width(&rest, weight, size) > width && rest.chars().count() > 1 {
                rest.pop();
                lines.push(std::mem::take(&mut rest));
                rest.push(character);
            }
        }
        rest
    }

    fn has_form(&self, character: char) -> bool {
        let has = |one: &One| one.face.glyph_index(character).is_some();
        has(&self.regular) && has(&self.bold)
    }

    fn one(&self, weight: Weight) -> &One {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// Characters that are not printed but turn the direction of what follows, join it or choose its form: in a name they
/// could rearrange the line around it.
fn steers(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be_and_no_character_is_lost() {
        let fonts = Fonts::embedded().unwrap();
        let text = format!("Pelajaran kecerdasan artifisial {} untuk guru", "SMA".repeat(60));

        let lines = fonts.lines(&text, Weight::Bold, 9.0, 120.0);

        assert!(lines.iter().all(|line| fonts.width(line, Weight::Bold, 9.0) <= 120.0));
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn what_cannot_be_printed_is_seen_and_what_steers_is_gone() {
        let fonts = Fonts::embedded().unwrap();

        assert_eq!(fonts.printable("Siti\u{202e} 🙂 Ā\u{1}é"), "Siti □ Ā é");
        assert!(fonts.can_print("Nur’aini Šimić-Öz ≤ ≥ → ✓ ☐") && !fonts.can_print("🙂"));
    }
}
