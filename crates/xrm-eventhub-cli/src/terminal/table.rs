//! Columns that stand one below the other.

use unicode_width::UnicodeWidthStr as _;

/// Rows of cells, to be printed as columns.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// How many blanks a line begins with.
    indent: usize,
}

impl Table {
    pub(crate) fn with_header(header: &[&str]) -> Self {
        let header = header.iter().map(|it| (*it).to_owned()).collect();
        Self { rows: vec![header], ..Self::default() }
    }

    pub(crate) fn indented(self, indent: usize) -> Self {
        Self { indent, ..self }
    }

    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().map(|it| printable(&it)).collect());
    }

    /// Whether there is nothing below the header.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The lines, without blanks at their ends.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|it: &String| it.width()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(self.indent);
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width - cell.width() + 2));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A text for one line of a terminal. What a job holds may come from anywhere, and control
/// characters would move the cursor or do worse.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::with_header(&["A", "B"]).indented(1);
        table.push(["帳戶".to_owned(), "x\u{1b}[31m".to_owned()]);
        table.push(["1".to_owned(), String::new()]);
        assert_eq!(table.render(), " A     B\n 帳戶  x\u{fffd}[31m\n 1\n");
    }
}
