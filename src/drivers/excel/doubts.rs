//! Cells that are not what their column says: the error of a formula, a word where a day is wanted, a fraction where a count is.
//! Passed on in silence, each of them would look like a value.

use super::{
    cell::CellType,
    shown::{is_words_or_day, text_of, whole_number_of},
    table::TableFault,
};
use crate::text::{
    numeral::parse_number,
    wareki::parse_date,
    width::{self, fold_width},
};
use calamine::Data;
use std::collections::HashSet;

/// The errors of Excel and of `LibreOffice`. Some formats keep them as words.
const ERRORS: [&str; 14] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#UNKNOWN!",
    "#GETTING_DATA",
];
/// What stands before the number of other errors of `LibreOffice`, in English and in Japanese.
const NUMBERED: [&str; 2] = ["Err:", "エラー:"];
/// A message names no more cells than this.
const NAMED: usize = 5;

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Error,
    NoDay,
    Fraction,
}

/// The doubtful cells of one sheet, in the order of reading.
#[derive(Default)]
pub(super) struct Doubts(Vec<(Doubt, String)>);

impl Doubts {
    /// Looks at a cell in a column of that kind.
    pub fn look(&mut self, place: (u32, u32), cell: &Data, kind: CellType) {
        let text = text_of(cell);
        let text = text.trim();
        let found = if is_error(cell, text) {
            Some((Doubt::Error, format!("{}（{text}）", place_name(place))))
        } else if text.is_empty() {
            None
        } else {
            wrong_kind(cell, text, kind).map(|doubt| (doubt, place_name(place)))
        };
        self.0.extend(found);
    }

    /// What is wrong; of several kinds, the first.
    ///
    /// # Errors
    /// When something is.
    pub fn told(self, sheet: &str) -> Result<(), TableFault> {
        let Some((first, _)) = self.0.first() else { return Ok(()) };
        // Lines share a merged cell: it is named once.
        let mut known = HashSet::new();
        let named = self.0.iter().filter(|(doubt, cell)| doubt == first && known.insert(cell.as_str()));
        let same: Vec<&str> = named.map(|(_, cell)| cell.as_str()).collect();
        let mut cells = same.iter().take(NAMED).copied().collect::<Vec<_>>().join("、");
        if same.len() > NAMED {
            cells = format!("{cells} ほか{}か所", same.len() - NAMED);
        }
        let sheet = sheet.to_owned();
        Err(match first {
            Doubt::Error => TableFault::ErrorCells { sheet, cells },
            Doubt::NoDay => TableFault::NoDay { sheet, cells },
            Doubt::Fraction => TableFault::Fractions { sheet, cells },
        })
    }
}

/// `C3` for row 2, column 2.
pub(super) fn place_name((row, column): (u32, u32)) -> String {
    let (mut letters, mut rest) = (Vec::new(), column + 1);
    while rest > 0 {
        letters.insert(0, char::from(b'A' + u8::try_from((rest - 1) % 26).expect("below 26")));
        rest = (rest - 1) / 26;
    }
    format!("{}{}", letters.into_iter().collect::<String>(), row + 1)
}

fn is_error(cell: &Data, text: &str) -> bool {
    let numbered = |head: &&str| {
        let number = text.strip_prefix(head);
        number.is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    match cell {
        Data::Error(_) => true,
        Data::String(_) => ERRORS.contains(&text) || NUMBERED.iter().any(numbered),
        _ => false,
    }
}

fn wrong_kind(cell: &Data, text: &str, kind: CellType) -> Option<Doubt> {
    match kind {
        CellType::Date | CellType::Wareki => (!holds_day(cell, text)).then_some(Doubt::NoDay),
        CellType::Integer | CellType::Counter => {
            let number = whole_number_of(cell, text)?.as_f64()?;
            (number.fract() != 0.0).then_some(Doubt::Fraction)
        }
        CellType::Text | CellType::Money | CellType::Decimal => None,
    }
}

/// Whether a cell holds a day, in whatever way people write one.
fn holds_day(cell: &Data, text: &str) -> bool {
    match cell {
        Data::String(_) => is_day(text),
        // A bare number may be a day as `20260401`; what is shown of any other is no day.
        Data::Int(_) | Data::Float(_) => text.len() == 8 && parse_date(text).is_ok(),
        _ => is_words_or_day(cell),
    }
}

/// A day, perhaps with a time of day behind it, perhaps without its year.
fn is_day(text: &str) -> bool {
    // A dash says that there is none; who reads the column sees the dash.
    if text.chars().all(|c| width::is_dash(c) || c == 'ー') {
        return true;
    }
    let timed = text.rsplit_once(char::is_whitespace).filter(|(_, time)| time.contains([':', '：']));
    let day = timed.map_or(text, |(day, _)| day).trim();
    parse_date(day).is_ok() || is_day_of_some_year(day)
}

/// `4月6日`, `4/6（月）`.
fn is_day_of_some_year(text: &str) -> bool {
    let folded = fold_width(text);
    let plain = folded.split('(').next().unwrap_or_default().trim();
    let parts = plain.strip_suffix('日').unwrap_or(plain).split_once(['月', '/', '.', '-', '・']);
    parts.is_some_and(|(month, day)| {
        let number = |text: &str| parse_number(text.trim());
        number(month).is_some_and(|n| (1..=12).contains(&n))
            && number(day).is_some_and(|n| (1..=31).contains(&n))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(cell: &Data, kind: CellType) -> Option<TableFault> {
        let mut doubts = Doubts::default();
        doubts.look((4, 27), cell, kind);
        doubts.told("表").err()
    }

    fn word(text: &str) -> Data {
        Data::String(text.to_owned())
    }

    #[test]
    fn errors_are_errors_as_words_too() {
        let sign = "AB5（#N/A）".to_owned();
        let wanted = Some(TableFault::ErrorCells { sheet: "表".to_owned(), cells: sign });
        assert_eq!(told(&Data::Error(calamine::CellErrorType::NA), CellType::Text), wanted);
        assert_eq!(told(&word("#N/A"), CellType::Money), wanted);
        for error in ["#REF!", "Err:502", "エラー:508", " #VALUE! "] {
            assert!(
                matches!(told(&word(error), CellType::Text), Some(TableFault::ErrorCells { .. })),
                "{error}"
            );
        }
        for good in ["#1", "N/A", "Err: 三", "Err:12", ""] {
            assert_eq!(told(&word(good), CellType::Text), None, "{good}");
        }
    }

    #[test]
    fn a_day_is_one_however_it_is_written() {
        for good in [
            "令和8年4月1日",
            "R8.4.1",
            "2026/4/1",
            "２０２６／４／１",
            "2026-04-01 09:30",
            "4月6日",
            "４／６（月）",
            "20260401",
            "",
            "　",
            "－",
            "―",
        ] {
            assert_eq!(told(&word(good), CellType::Date), None, "{good}");
        }
        for bad in ["未定", "13月", "令和8年13月1日", "13/1", "4/32", "9:30", "〃"] {
            assert!(matches!(told(&word(bad), CellType::Date), Some(TableFault::NoDay { .. })), "{bad}");
        }
        assert_eq!(told(&Data::Float(20_260_401.0), CellType::Wareki), None);
        assert!(told(&Data::Float(46_113.0), CellType::Wareki).is_some());
        assert_eq!(told(&word("未定"), CellType::Text), None);
    }

    #[test]
    fn a_fraction_is_no_whole_number_and_words_stay_words() {
        assert!(matches!(told(&Data::Float(1234.5), CellType::Integer), Some(TableFault::Fractions { .. })));
        assert!(matches!(told(&word("1,234.5"), CellType::Integer), Some(TableFault::Fractions { .. })));
        for good in [Data::Float(3.0 - 4e-16), Data::Float(1234.0), word("1,234"), word("未定"), word("3,4")]
        {
            assert_eq!(told(&good, CellType::Integer), None, "{good:?}");
        }
        // Nine hours between 8:30 and 17:30 of a day in 2023, as a workbook calculates them.
        assert_eq!(told(&Data::Float(9.000_000_000_174_623), CellType::Integer), None);
        assert!(told(&Data::Float(9.001), CellType::Integer).is_some());
        assert_eq!(told(&Data::Float(1234.5), CellType::Decimal), None);
    }

    #[test]
    fn many_cells_are_named_in_one_sentence() {
        let mut doubts = Doubts::default();
        for row in [1, 1, 2, 3, 4, 5, 6, 7] {
            doubts.look((row, 0), &word("未定"), CellType::Date);
        }
        let said = doubts.told("表").expect_err("seven words for days").to_string();
        assert!(said.contains("セル A2、A3、A4、A5、A6 ほか2か所 は"), "{said}");
    }
}
