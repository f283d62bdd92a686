//! Pages become a PDF for archives (PDF/A-2b): fonts embedded, nothing from outside, the same pages the same bytes.

use std::io;

use krilla::{
    Document, SerializeSettings,
    color::luma,
    configure::{Archival, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect, Transform},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule, Stroke, StrokeDash},
    surface::Surface,
    text::TextDirection,
};

use super::{Area, Fonts, Mark, Shade, Sheet};

/// What a document says of itself.
#[derive(Clone, Debug)]
pub(in crate::report) struct About {
    /// Its title.
    pub(in crate::report) title: String,
    /// Who it is from.
    pub(in crate::report) author: String,
    /// Its language, as IETF names it.
    pub(in crate::report) language: &'static str,
    /// When what it tells of ended: a document is no younger than its evidence. Year, month, day, hour, minute, second in UTC.
    pub(in crate::report) dated: (u16, [u8; 5]),
}

/// Where a chapter begins, for the list beside the pages.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Chapter {
    pub(in crate::report) title: String,
    pub(in crate::report) sheet: usize,
    pub(in crate::report) top: f32,
    /// Whether it is a part that holds the chapters after it.
    pub(in crate::report) is_part: bool,
}

/// The bytes of a PDF with these pages.
///
/// # Errors
/// When a page holds something that cannot be written; the caller reports it as a defect.
pub(in crate::report) fn to_pdf(
    sheets: &[Sheet],
    chapters: &[Chapter],
    about: &About,
    fonts: &Fonts,
) -> io::Result<Vec<u8>> {
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_B).finish();
    let configuration = configuration.map_err(|error| io::Error::other(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    for sheet in sheets {
        let settings = PageSettings::from_wh(sheet.width, sheet.height).ok_or_else(|| impossible("a page's size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in &sheet.marks {
            draw(&mut surface, mark, fonts)?;
        }
        surface.finish();
        page.finish();
    }
    document.set_outline(outline(chapters));
    document.set_metadata(metadata(about));
    document.finish().map_err(|error| io::Error::other(format!("the document cannot be written: {error:?}")))
}

fn metadata(about: &About) -> Metadata {
    let (year, [month, day, hour, minute, second]) = about.dated;
    let date = DateTime::new(year).month(month).day(day).hour(hour).minute(minute).second(second);
    Metadata::new()
        .title(about.title.clone())
        .authors(vec![about.author.clone()])
        .creator("Hadir".to_owned())
        .language(about.language.to_owned())
        .creation_date(date.utc_offset_hour(0).utc_offset_minute(0))
}

fn outline(chapters: &[Chapter]) -> Outline {
    let mut outline = Outline::new();
    let mut part: Option<OutlineNode> = None;
    for chapter in chapters {
        let place = XyzDestination::new(chapter.sheet, Point::from_xy(0.0, chapter.top));
        let node = OutlineNode::new(chapter.title.clone(), place);
        match &mut part {
            Some(open) if !chapter.is_part => open.push_child(node),
            _ if chapter.is_part => {
                if let Some(done) = part.replace(node) {
                    outline.push_child(done);
                }
            }
            _ => outline.push_child(node),
        }
    }
    if let Some(done) = part {
        outline.push_child(done);
    }
    outline
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, fonts: &Fonts) -> io::Result<()> {
    match mark {
        Mark::Text { left, base, text, weight, size, shade } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*shade)));
            let at = Point::from_xy(*left, *base);
            surface.draw_text(at, fonts.font(*weight), *size, text, false, TextDirection::Auto);
            Ok(())
        }
        Mark::Line { from, to, width, shade, dash } => stroke(surface, &[*from, *to], *width, *shade, *dash),
        Mark::Curve { points, width, dash } => stroke(surface, points, *width, Shade::Black, *dash),
        Mark::Fill { area, shade } => paint(surface, *area, *shade),
        Mark::Squares { area, side, dark } => squares(surface, *area, *side, dark),
    }
}

fn paint(surface: &mut Surface<'_>, area: Area, shade: Shade) -> io::Result<()> {
    let rect = Rect::from_xywh(area.left, area.top, area.width, area.height);
    let mut path = PathBuilder::new();
    path.push_rect(rect.ok_or_else(|| impossible("a rectangle"))?);
    surface.set_stroke(None);
    surface.set_fill(Some(fill(shade)));
    surface.draw_path(&path.finish().ok_or_else(|| impossible("a rectangle"))?);
    Ok(())
}

/// All dark squares as one path of lines through their middles, as wide as they are high: a page has thousands.
fn squares(surface: &mut Surface<'_>, area: Area, side: usize, dark: &[bool]) -> io::Result<()> {
    let Some(row) = std::num::NonZeroUsize::new(side) else { return Ok(()) };
    let mut path = PathBuilder::new();
    for (cells, y) in dark.chunks(row.get()).zip(0_u16..) {
        let middle = f32::from(y) + 0.5;
        let mut from = 0_u16;
        for run in cells.chunk_by(|one, next| one == next) {
            let to = from.saturating_add(u16::try_from(run.len()).unwrap_or(u16::MAX));
            if run.first() == Some(&true) {
                path.move_to(f32::from(from), middle);
                path.line_to(f32::from(to), middle);
            }
            from = to;
        }
    }
    let Some(path) = path.finish() else { return Ok(()) };
    let unit = area.width / f32::from(u16::try_from(side).unwrap_or(u16::MAX));
    surface.push_transform(&Transform::from_row(unit, 0.0, 0.0, unit, area.left, area.top));
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: gray(Shade::Black).into(), width: 1.0, ..Stroke::default() }));
    surface.draw_path(&path);
    surface.pop();
    Ok(())
}

fn stroke(
    surface: &mut Surface<'_>,
    points: &[(f32, f32)],
    width: f32,
    shade: Shade,
    dash: Option<f32>,
) -> io::Result<()> {
    let mut path = PathBuilder::new();
    let Some((first, rest)) = points.split_first() else { return Ok(()) };
    path.move_to(first.0, first.1);
    rest.iter().for_each(|(x, y)| path.line_to(*x, *y));
    let dash = dash.map(|length| StrokeDash { array: vec![length, length], offset: 0.0 });
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: gray(shade).into(), width, dash, ..Stroke::default() }));
    surface.draw_path(&path.finish().ok_or_else(|| impossible("a line"))?);
    Ok(())
}

fn fill(shade: Shade) -> Fill {
    Fill { paint: gray(shade).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

fn gray(shade: Shade) -> luma::Color {
    luma::Color::new(shade.lightness())
}

fn impossible(what: &str) -> io::Error {
    io::Error::other(format!("{what} of a document has no size"))
}
