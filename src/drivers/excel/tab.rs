//! The names on the tabs of a workbook. Those the author wrote stay as they are, refused or not; those that hold a value of the
//! data become ones that Excel accepts.

use super::ledger::LedgerSheet;
use crate::text::width::fold_width;
use std::{collections::HashSet, iter};

/// The longest name, in UTF-16 units.
const LONGEST: usize = 31;
/// What no name may hold. An apostrophe may not stand at its ends only; it is left out everywhere.
const REFUSED: &str = r"[]:*?/\'";

/// The name on the tab of each sheet. The author's names come first: a name out of the data makes way for them.
pub(super) fn names(sheets: &[LedgerSheet]) -> Vec<String> {
    let written = sheets.iter().filter(|sheet| sheet.part.is_none());
    let mut taken: HashSet<String> = written.map(|sheet| folded(&given(sheet))).collect();
    let name = |sheet: &LedgerSheet| match &sheet.part {
        None => given(sheet),
        Some(value) => free(&format!("{}_{}", sheet.name, cleaned(value)), &mut taken),
    };
    sheets.iter().map(name).collect()
}

/// The author's name, or as much of the title as a tab holds.
fn given(sheet: &LedgerSheet) -> String {
    if sheet.name.is_empty() { cut(&cleaned(&sheet.title), LONGEST) } else { sheet.name.clone() }
}

/// As much of a name as a tab holds; with a number behind it where another tab is called so.
fn free(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|n: usize| {
        let number = format!("_{n}");
        cut(name, LONGEST - number.len()) + number.as_str()
    });
    let mut all = iter::once(cut(name, LONGEST)).chain(numbered);
    all.find(|name| taken.insert(folded(name))).expect("there are more numbers than sheets")
}

/// Without what no name may hold.
fn cleaned(text: &str) -> String {
    text.chars().filter(|c| !REFUSED.contains(*c) && !c.is_control()).collect()
}

/// The characters of a name that fit into so many UTF-16 units.
fn cut(name: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    name.chars().take_while(fits).collect()
}

/// For comparing: Excel takes names for the same that differ in case only.
fn folded(name: &str) -> String {
    fold_width(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(name: &str, part: Option<&str>) -> LedgerSheet {
        let (title, part) = ("題名[1]: 表".to_owned(), part.map(str::to_owned));
        let (note, columns, rows) = (String::new(), Vec::new(), Vec::new());
        LedgerSheet { name: name.to_owned(), title, note, columns, rows, mail_merge: false, part }
    }

    #[test]
    fn what_the_author_wrote_stays_and_what_comes_out_of_the_data_makes_way() {
        let sheets = [
            sheet("課", Some("総務課/庶務係")),
            sheet("課", Some("総務課庶務係")),
            sheet("課", Some("ＩＴ室")),
            sheet("課", Some("'")),
            sheet("4/1", None),
            sheet("課_it室", None),
            sheet("", None),
        ];
        let wanted =
            ["課_総務課庶務係", "課_総務課庶務係_2", "課_ＩＴ室_2", "課_", "4/1", "課_it室", "題名1 表"];
        assert_eq!(names(&sheets), wanted);
    }

    #[test]
    fn long_names_are_cut_to_what_a_tab_holds() {
        let names = names(&["一", "二", "三"].map(|end| sheet("課", Some(&("𠮷".repeat(20) + end)))));
        let wanted = [14, 13, 13].map(|n| format!("課_{}", "𠮷".repeat(n)));
        assert_eq!(names, [wanted[0].clone(), format!("{}_2", wanted[1]), format!("{}_3", wanted[2])]);
        assert!(names.iter().all(|name| name.encode_utf16().count() <= LONGEST));
    }
}
