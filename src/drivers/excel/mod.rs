//! Workbooks: ledgers written so that a clerk is glad to print them, tables read as they are.

mod cell;
mod compound;
mod doubts;
mod formula;
mod guard;
mod hidden;
#[cfg(test)]
mod hidden_tests;
mod ledger;
#[cfg(test)]
mod ledger_tests;
mod look;
mod merged;
mod ods_scan;
mod old_scan;
#[cfg(test)]
mod old_scan_tests;
mod old_zeros;
mod sheet_scan;
mod shown;
mod tab;
mod table;
#[cfg(test)]
mod table_tests;
mod width;
mod zeros;

pub use cell::{Cell, CellType, Column, figures};
pub use guard::{Opened, Workbook, open_workbook, workbook};
pub use hidden::HiddenChoice;
pub use ledger::{Ledger, LedgerFault, LedgerSheet};
pub use table::{SheetTable, TableFault, Wanted, read_table, table_in};
