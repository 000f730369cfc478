//! Merged cells: where they are, and which lines share one.

use super::guard::Workbook;
use calamine::{Dimensions, Sheets};

/// The merged cells of a sheet; none where the format or a fault hides them.
pub(super) fn merged_cells(book: &mut Workbook, name: &str) -> Vec<Dimensions> {
    match book {
        Sheets::Xlsx(book) => book.merge_cells_by_sheet_name(name).unwrap_or_default(),
        Sheets::Xls(book) => book.merge_cells_by_sheet_name(name).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The cells of one column that several lines share: the first and the last row of each, from top to bottom.
#[derive(Default)]
pub(super) struct TallCells(Vec<(u32, u32)>);

impl TallCells {
    /// Those of a column that begin below the row of titles. A cell merged across columns is of the first of them only.
    pub(super) fn below(merged: &[Dimensions], titles: u32, column: u32) -> Self {
        let tall = merged.iter().filter(|d| d.start.1 == column && titles < d.start.0 && d.start.0 < d.end.0);
        let mut rows: Vec<_> = tall.map(|d| (d.start.0, d.end.0)).collect();
        rows.sort_unstable();
        Self(rows)
    }

    /// The row whose cell stands in this row, too; the row itself where nothing is merged.
    pub(super) fn first_row(&self, row: u32) -> u32 {
        let begun = self.0.partition_point(|(first, _)| *first <= row);
        let nearest = begun.checked_sub(1).map(|n| self.0[n]);
        nearest.filter(|(_, last)| row <= *last).map_or(row, |(first, _)| first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_finds_the_tall_cell_it_lies_in() {
        let merged = [
            Dimensions::new((9, 2), (11, 3)),
            Dimensions::new((4, 2), (6, 2)),
            Dimensions::new((7, 2), (7, 4)),
            Dimensions::new((3, 2), (3, 2)),
            Dimensions::new((0, 2), (2, 2)),
        ];
        let rows = |column| {
            let tall = TallCells::below(&merged, 1, column);
            (0..13).map(|row| tall.first_row(row)).collect::<Vec<_>>()
        };
        assert_eq!(rows(2), [0, 1, 2, 3, 4, 4, 4, 7, 8, 9, 9, 9, 12]);
        assert_eq!(rows(3), (0..13_u32).collect::<Vec<_>>());
    }
}
