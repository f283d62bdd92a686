//! Tables: cells that wrap, a head that is repeated on each page, a thin line under each row.

use super::{
    Area, Flow, Mark, Shade, Weight,
    flow::{LEADING, text_mark},
};

/// The size of text in cells.
const SIZE: f32 = 8.5;

/// Free space beside and above a cell's text.
const PADDING: f32 = 3.0;

/// On which side of its column a cell's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Clone, Debug)]
pub(in crate::report) struct Column {
    /// Its head.
    pub(in crate::report) head: String,
    /// Its part of the width, beside those of the other columns.
    pub(in crate::report) share: f32,
    /// Where its cells stand.
    pub(in crate::report) align: Align,
}

impl Column {
    /// A column of words.
    pub(in crate::report) fn words(head: impl Into<String>, share: f32) -> Self {
        Self { head: head.into(), share, align: Align::Left }
    }

    /// A column of numbers.
    pub(in crate::report) fn numbers(head: impl Into<String>, share: f32) -> Self {
        Self { head: head.into(), share, align: Align::Right }
    }
}

/// A table to be set.
#[derive(Clone, Debug, Default)]
pub(in crate::report) struct Table {
    columns: Vec<Column>,
    rows: Vec<(Vec<String>, Weight)>,
}

impl Table {
    /// A table with these columns.
    pub(in crate::report) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub(in crate::report) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push((cells.into_iter().collect(), Weight::Regular));
    }

    /// Adds a row in bold: a sum.
    pub(in crate::report) fn sum(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push((cells.into_iter().collect(), Weight::Bold));
    }

    /// Whether it has no row.
    pub(in crate::report) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Flow<'_> {
    /// Sets a table over the whole width. Its head is left out where every column's is empty.
    pub(in crate::report) fn table(&mut self, table: &Table) {
        let heads: Vec<String> = table.columns.iter().map(|column| column.head.clone()).collect();
        let has_head = heads.iter().any(|head| !head.is_empty());
        let head = Row::of(self, table, &heads, Weight::Bold);
        let mut begun = false;
        for (cells, weight) in &table.rows {
            let row = Row::of(self, table, cells, *weight);
            let first = if has_head && !begun { head.height } else { 0.0 };
            if self.room() < row.height + first {
                self.new_page();
                begun = false;
            }
            if has_head && !begun {
                self.set_head(table, &head);
            }
            begun = true;
            self.set_row(table, &row, *weight);
        }
        self.space(6.0);
    }

    fn set_head(&mut self, table: &Table, head: &Row) {
        let area = Area { left: self.left(), top: self.top(), width: self.width(), height: head.height };
        self.put(vec![Mark::Fill { area, shade: Shade::Pale }]);
        self.set_row(table, head, Weight::Bold);
    }

    fn set_row(&mut self, table: &Table, row: &Row, weight: Weight) {
        let mut left = self.left();
        let top = self.top();
        for (column, (lines, width)) in table.columns.iter().zip(&row.cells) {
            let mut base = top + PADDING + SIZE;
            for line in lines {
                let indent = match column.align {
                    Align::Left => PADDING,
                    Align::Right => width - PADDING - self.fonts.width(line, weight, SIZE),
                };
                self.put(vec![text_mark(left + indent, base, line.clone(), weight, SIZE, Shade::Black)]);
                base += SIZE * LEADING;
            }
            left += width;
        }
        let under = top + row.height;
        let to = (self.left() + self.width(), under);
        self.put(vec![Mark::Line { from: (self.left(), under), to, width: 0.4, shade: Shade::Gray, dash: None }]);
        self.space(row.height);
    }
}

/// A row as it will be set: each cell's lines and width.
struct Row {
    cells: Vec<(Vec<String>, f32)>,
    height: f32,
}

impl Row {
    fn of(flow: &Flow<'_>, table: &Table, cells: &[String], weight: Weight) -> Self {
        let shares: f32 = table.columns.iter().map(|column| column.share).sum();
        let widths = table.columns.iter().map(|column| flow.width() * column.share / shares);
        let cells: Vec<(Vec<String>, f32)> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| (flow.fonts.lines(cell, weight, SIZE, width - 2.0 * PADDING), width))
            .collect();
        let lines = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
        Self { height: SIZE * LEADING * count(lines) + 2.0 * PADDING - 2.0, cells }
    }
}

/// A number of lines as a factor; tables of millions of lines are not printed.
fn count(lines: usize) -> f32 {
    f32::from(u16::try_from(lines).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::pdf::Fonts;

    #[test]
    fn a_table_repeats_its_head_on_each_page_and_keeps_every_cell_in_its_column() {
        let fonts = Fonts::embedded().unwrap();
        let mut flow = Flow::upright(&fonts);
        let mut table = Table::new(vec![Column::words("Alasan", 3.0), Column::numbers("Orang", 1.0)]);
        for row in 0..120 {
            table.row([format!("{row} {}", "tidak hadir sejak awal ".repeat(row % 7)), "12.003".to_owned()]);
        }

        flow.table(&table);
        let (sheets, _) = flow.finish(|_, _| String::new());

        assert!(sheets.len() > 2);
        let column = (595.28 - 2.0 * 56.7) * 0.75 + 56.7;
        for sheet in &sheets {
            let heads = sheet.marks.iter().filter(|mark| matches!(mark, Mark::Text { text, .. } if text == "Alasan"));
            assert_eq!(heads.count(), 1);
            for mark in &sheet.marks {
                let Mark::Text { left, text, weight, size, base, .. } = mark else { continue };
                let right = left + fonts.width(text, *weight, *size);
                assert!(if *left < column { right <= column } else { right <= 595.28 - 56.7 }, "{text}");
                assert!(*base < sheet.height - 30.0);
            }
        }
    }
}
