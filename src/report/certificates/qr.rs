//! The QR code of a certificate as squares on a page.

use std::io;

use qrcode::{Color, EcLevel, QrCode};

use crate::report::pdf::{Area, Mark};

/// How many free squares a reader needs around a code.
const QUIET: f32 = 4.0;

/// The squares of a code: how many stand in a row, and which of them are dark, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Squares {
    pub(super) side: usize,
    pub(super) dark: Vec<bool>,
}

/// The squares for a text. Error correction M restores a seventh of it, lost in a fold or under a stain.
///
/// # Errors
/// When the text is too long for any QR code, which only an address of more than two thousand characters makes it.
pub(super) fn squares(text: &str) -> io::Result<Squares> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let code = code.map_err(|error| io::Error::other(format!("a certificate's code makes no QR code: {error}")))?;
    let side = code.width();
    Ok(Squares { side, dark: code.into_colors().into_iter().map(|color| color == Color::Dark).collect() })
}

impl Squares {
    /// The code within an area, its quiet edge included.
    pub(super) fn mark(self, area: Area) -> Mark {
        let free = area.width * QUIET / (usize_to_f32(self.side) + 2.0 * QUIET);
        let inner = Area {
            left: area.left + free,
            top: area.top + free,
            width: area.width - 2.0 * free,
            height: area.height - 2.0 * free,
        };
        Mark::Squares { area: inner, side: self.side, dark: self.dark }
    }
}

/// A QR code has at most 177 squares in a row.
fn usize_to_f32(side: usize) -> f32 {
    f32::from(u16::try_from(side).unwrap_or(u16::MAX))
}
