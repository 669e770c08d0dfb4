//! Tables for people.

use unicode_width::UnicodeWidthStr as _;

/// Rows of cells, printed in columns as wide as their widest cells.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// The number of blanks at the start of each line.
    indent: usize,
}

impl Table {
    pub(crate) fn with_header(header: &[&str]) -> Self {
        let header = header.iter().map(|it| (*it).to_owned()).collect();
        Self { rows: vec![header], ..Self::default() }
    }

    #[must_use]
    pub(crate) fn indented(self, indent: usize) -> Self {
        Self { indent, ..self }
    }

    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().map(|it| printable(&it)).collect());
    }

    /// Adds a row for each count that is not zero.
    pub(crate) fn push_counts(&mut self, counts: impl IntoIterator<Item = (&'static str, u64)>) {
        for (label, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            self.push([label.to_owned(), count.to_string()]);
        }
    }

    /// Whether there is nothing below the header.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The lines, without blanks at their ends.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        // Not the number of characters: those of CJK scripts take two columns of a terminal.
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
            // The last cell is padded too, and an empty one would leave blanks that diffs show.
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A text for one line of a terminal.
///
/// The text of a job or a document may come from anywhere, and control characters would move the
/// cursor or, as escape sequences, do worse.
pub(crate) fn printable(text: &str) -> String {
    // Replaced and not removed, so that two texts that differ do not look the same.
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
