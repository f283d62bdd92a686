//! Pages: text that flows over A4 sheets, tables, curves, and their PDF.

mod flow;
mod fonts;
mod render;
mod sheet;
mod table;

pub(in crate::report) use self::{
    flow::Flow,
    fonts::{Fonts, Weight},
    render::{About, Chapter, to_pdf},
    sheet::{Area, Mark, Shade, Sheet},
    table::{Column, Table},
};
