//! Tables in columns of terminal cells, in which a Chinese character takes two.

use unicode_width::UnicodeWidthStr as _;

use super::Tone;
use super::clean::one_line;

/// Rows under a heading.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

/// One value in a table.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
    is_number: bool,
}

impl Cell {
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self { text: one_line(text.as_ref()).into_owned(), tone: Tone::Plain, is_number: false }
    }

    pub(crate) fn number(number: u64) -> Self {
        Self { text: number.to_string(), tone: Tone::Plain, is_number: true }
    }

    pub(crate) fn in_tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        let heading = heading.iter().map(|name| Cell::text(name).in_tone(Tone::Heading)).collect();
        Self { rows: vec![heading] }
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.column(column).map(|cell| cell.text.width()).max().unwrap_or(0))
            .collect();
        // a heading stands where its numbers stand
        let right: Vec<bool> = (0..columns)
            .map(|column| self.column(column).nth(1).is_some_and(|cell| cell.is_number))
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).zip(&right).map(|((cell, width), right)| {
                let pad = " ".repeat(width.saturating_sub(cell.text.width()));
                let painted = cell.tone.paint(&cell.text);
                if *right { format!("{pad}{painted}") } else { format!("{painted}{pad}") }
            });
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    fn column(&self, column: usize) -> impl Iterator<Item = &Cell> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns_and_numbers_stand_right() {
        let mut table = Table::new(&["SOURCE", "N", "X"]);
        table.push(vec![Cell::text("香港"), Cell::number(2000), Cell::text("a")]);
        table.push(vec![Cell::text("hk\u{1b}\n"), Cell::number(7), Cell::text("b")]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(plain, "SOURCE     N  X\n香港    2000  a\nhk\u{fffd}        7  b\n");
    }
}
