//! Rows that a workbook hides: by hand, by a filter, in a group that is folded up. Excel shows a table without them; whether they
//! belong to it, only a person can say.

use super::{
    compound::{four, two, workbook_stream},
    guard::Refused,
    old_scan::{BOF, EOF, Entries},
    sheet_scan::said,
};
use quick_xml::{escape::unescape, events::BytesStart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// No sheet has more rows.
const MOST_ROWS: u64 = 1_048_576;

/// What is to become of hidden rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HiddenChoice {
    /// They are read as the others.
    Read,
    /// They are passed over.
    Skip,
}

/// The hidden rows of one sheet, from 0: the first and the last one of each stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HiddenRows(Vec<(u32, u32)>);

/// The hidden rows of each sheet that has some, by its name.
pub(super) type HiddenBySheet = Vec<(String, HiddenRows)>;

impl HiddenRows {
    /// Takes `times` rows from `first` on.
    pub fn add(&mut self, first: u64, times: u64) {
        let end = first.saturating_add(times).min(MOST_ROWS);
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        if first >= end {
            return;
        }
        let (first, last) = (number(first), number(end - 1));
        match self.0.last_mut() {
            Some(before) if before.1.saturating_add(1) == first => before.1 = last,
            _ => self.0.push((first, last)),
        }
    }

    /// In the order of the sheet: a file may name its rows in any order, and twice.
    pub fn sorted(mut self) -> Self {
        self.0.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (first, last) in self.0 {
            match joined.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// Whether a row is hidden.
    pub fn has(&self, row: u32) -> bool {
        let begun = self.0.partition_point(|(first, _)| *first <= row);
        self.0[..begun].last().is_some_and(|(_, last)| row <= *last)
    }
}

/// A sheet as the list of a workbook names it.
struct Named {
    /// The part with the list.
    list: String,
    name: String,
    /// By which the list of links names its part.
    id: String,
}

/// Where a name in a list of links leads.
struct Link {
    /// The part with the list.
    list: String,
    id: String,
    part: String,
}

/// What the parts of an `.xlsx` say of hidden rows, while their tags go by.
#[derive(Default)]
pub(super) struct PackedRows {
    sheets: Vec<Named>,
    links: Vec<Link>,
    hidden: Vec<(String, HiddenRows)>,
    /// The part whose tags go by, and the row that was last, from 1.
    now: (String, u64),
}

impl PackedRows {
    /// A tag of a part goes by.
    pub fn note(&mut self, part: &str, tag: &BytesStart<'_>) {
        match tag.local_name().as_ref() {
            "row" => self.row(part, tag),
            "sheet" => {
                let id = attribute(tag, |key| key.rsplit(':').next() == Some("id"));
                if let Some((name, id)) = said(tag, "name").zip(id) {
                    let name = unescape(&name).map_or_else(|_| name.to_string(), Into::into);
                    self.sheets.push(Named { list: part.to_owned(), name, id });
                }
            }
            "Relationship" => {
                let named = attribute(tag, |key| key == "Id").zip(attribute(tag, |key| key == "Target"));
                self.links.extend(named.map(|(id, part_there)| Link {
                    list: part.to_owned(),
                    id,
                    part: part_there,
                }));
            }
            _ => {}
        }
    }

    fn row(&mut self, part: &str, tag: &BytesStart<'_>) {
        if self.now.0 != part {
            self.now = (part.to_owned(), 0);
        }
        let row = said(tag, "r")
            .and_then(|at| at.trim().parse().ok())
            .unwrap_or(self.now.1.saturating_add(1))
            .max(1);
        self.now.1 = row;
        if !said(tag, "hidden").is_some_and(|hidden| matches!(hidden.trim(), "1" | "true")) {
            return;
        }
        if self.hidden.last().is_none_or(|(there, _)| there != part) {
            self.hidden.push((part.to_owned(), HiddenRows::default()));
        }
        if let Some((_, rows)) = self.hidden.last_mut() {
            rows.add(row - 1, 1);
        }
    }

    /// The hidden rows of each sheet.
    pub fn by_sheet(&self) -> HiddenBySheet {
        // A hostile file names very many sheets and links: none is looked for among all of them. Of two of one
        // name the library takes the last.
        let links = self.links.iter().map(|l| ((plain(&l.list), l.id.as_str()), l.part.as_str()));
        let links: HashMap<_, _> = links.collect();
        let hidden: HashMap<_, _> = self.hidden.iter().map(|(part, rows)| (plain(part), rows)).collect();
        let rows_of = |sheet: &Named| {
            let list = plain(&sheet.list);
            let (folder, file) = list.rsplit_once('/').unwrap_or(("", &list));
            let list = joined(folder, &format!("_rels/{file}.rels"));
            let path = plain(links.get(&(list, sheet.id.as_str()))?);
            let part = path.strip_prefix('/').map_or_else(|| joined(folder, &path), str::to_owned);
            let rows = HiddenRows::clone(hidden.get(&part)?);
            Some((sheet.name.clone(), rows.sorted()))
        };
        self.sheets.iter().filter_map(rows_of).collect()
    }
}

/// Programs do not agree on capital letters and slashes in the names of parts.
fn plain(part: &str) -> String {
    part.replace('\\', "/").to_ascii_lowercase()
}

/// A path in a folder, without the dots that lead up or stay.
fn joined(folder: &str, path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The value of the first attribute whose name is wanted.
fn attribute(tag: &BytesStart<'_>, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut all = tag.attributes();
    let all = all.with_checks(false).flatten();
    all.into_iter()
        .find(|attribute| wanted(attribute.key.as_ref()))
        .map(|attribute| attribute.value.into_owned())
}

const SHEET: u16 = 0x0085;
const ROW: u16 = 0x0208;
/// Where a row of older Excel says how it is shown, and the bit for one that is hidden.
const SHOWN: (usize, u16) = (12, 0x20);

/// The hidden rows of each sheet of a workbook of older Excel, in its order. It has been looked through before.
///
/// # Errors
/// When the workbook does not hold together.
pub(super) fn old_hidden(file: &[u8]) -> Result<Vec<HiddenRows>, Refused> {
    let stream = workbook_stream(file)?;
    let (mut sheets, mut entries): (Vec<usize>, _) = (Vec::new(), Entries(&stream));
    while let Some(entry) = entries.entry()? {
        match entry.kind {
            SHEET => sheets.extend(four(entry.data, 0).and_then(|at| usize::try_from(at).ok())),
            EOF => break,
            _ => {}
        }
    }
    sheets.iter().map(|begin| old_rows(stream.get(*begin..).ok_or(Refused::Broken)?)).collect()
}

/// The hidden rows of the sheet that begins here.
fn old_rows(rest: &[u8]) -> Result<HiddenRows, Refused> {
    let (mut found, mut entries, mut inside) = (HiddenRows::default(), Entries(rest), 0_usize);
    while let Some(entry) = entries.entry()? {
        match entry.kind {
            BOF => inside += 1,
            EOF if inside <= 1 => break,
            EOF => inside -= 1,
            ROW if inside <= 1 && two(entry.data, SHOWN.0).is_some_and(|bits| bits & SHOWN.1 != 0) => {
                found.add(u64::from(two(entry.data, 0).unwrap_or_default()), 1);
            }
            _ => {}
        }
    }
    Ok(found.sorted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_in_whatever_order_they_are_named() {
        let mut rows = HiddenRows::default();
        for (first, times) in [(7, 1), (8, 2), (2, 1), (8, 1), (1_048_575, 9), (3_000_000, 1), (4, 0)] {
            rows.add(first, times);
        }
        let rows = rows.sorted();
        let found: Vec<u32> = (0..12).filter(|row| rows.has(*row)).collect();
        assert_eq!(found, [2, 7, 8, 9]);
        assert!(rows.has(1_048_575) && !rows.has(1_048_574) && !rows.has(3_000_000));
        assert!(!HiddenRows::default().has(0));
    }

    #[test]
    fn hidden_rows_are_found_whatever_slashes_and_capitals_the_parts_have() {
        fn tag(text: &str) -> BytesStart<'_> {
            BytesStart::from_content(text, text.find(' ').unwrap_or(text.len()))
        }
        for (book, list, sheet) in [
            ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"),
            ("xl\\workbook.xml", "xl\\_rels\\workbook.xml.rels", "xl\\worksheets\\sheet1.xml"),
            ("xl/Workbook.xml", "XL/_rels/workbook.xml.rels", "xl/worksheets/Sheet1.xml"),
        ] {
            let mut packed = PackedRows::default();
            packed.note(sheet, &tag("row r=\"3\" hidden=\"1\""));
            packed.note(list, &tag("Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\""));
            packed.note(book, &tag("x:sheet name=\"表\" sheetId=\"7\" rel:id=\"rId1\""));
            let found = packed.by_sheet();
            let [(name, rows)] = &found[..] else { panic!("{book}: one sheet has hidden rows") };
            assert!(name == "表" && rows.has(2) && !rows.has(1), "{book}");
        }
    }

    #[test]
    fn a_target_is_found_from_the_list_that_names_it() {
        assert_eq!(joined("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(joined("xl", "../other/./s.xml"), "other/s.xml");
        assert_eq!(joined("", "_rels/book.xml.rels"), "_rels/book.xml.rels");
    }
}
