//! One page as a list of marks, laid out before anything is written: it can be looked at by tests.

use super::Weight;

/// A4 in points.
const A4: (f32, f32) = (595.28, 841.89);

/// How dark something is drawn; documents are read in black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Shade {
    /// Text and curves.
    Black,
    /// What stands behind the text: notes, marks of a scale.
    Gray,
    /// Areas under text.
    Pale,
}

impl Shade {
    /// Its lightness, from black 0 to white 255.
    pub(super) fn lightness(self) -> u8 {
        match self {
            Self::Black => 0,
            Self::Gray => 96,
            Self::Pale => 232,
        }
    }
}

/// A part of a page, in points from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Area {
    pub(in crate::report) left: f32,
    pub(in crate::report) top: f32,
    pub(in crate::report) width: f32,
    pub(in crate::report) height: f32,
}

impl Area {
    pub(in crate::report) fn right(self) -> f32 {
        self.left + self.width
    }

    pub(in crate::report) fn bottom(self) -> f32 {
        self.top + self.height
    }
}

/// Something drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) enum Mark {
    /// One line of text; `left` and `base` are where it stands.
    Text { left: f32, base: f32, text: String, weight: Weight, size: f32, shade: Shade },
    /// A straight line; with a dash, so much drawn and so much left out.
    Line { from: (f32, f32), to: (f32, f32), width: f32, shade: Shade, dash: Option<f32> },
    /// A curve through points.
    Curve { points: Vec<(f32, f32)>, width: f32, dash: Option<f32> },
    /// A filled rectangle.
    Fill { area: Area, shade: Shade },
    /// A square of smaller squares, `side` in a row, of which those that are said to be dark are black.
    Squares { area: Area, side: usize, dark: Vec<bool> },
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Sheet {
    pub(in crate::report) width: f32,
    pub(in crate::report) height: f32,
    pub(in crate::report) marks: Vec<Mark>,
}

impl Sheet {
    /// An empty A4 page, upright.
    pub(in crate::report) fn upright() -> Self {
        Self { width: A4.0, height: A4.1, marks: Vec::new() }
    }

    /// An empty A4 page, lying.
    pub(in crate::report) fn lying() -> Self {
        Self { width: A4.1, height: A4.0, marks: Vec::new() }
    }
}
