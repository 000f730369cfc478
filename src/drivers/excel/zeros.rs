//! Formats that fill numbers up with zeros: 101 is shown as `0101`, 600001 as `060-0001`. What reads such a cell as text reads
//! what is shown.

use super::{guard::Workbook, shown::text_of};
use calamine::{Data, Reader, StyleRange};
use std::{collections::HashMap, sync::Arc};

/// A section with fewer places for digits fills nothing up: every number has one digit.
const FEWEST_PLACES: usize = 2;

/// A format of which some section has only zeros and words in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ZeroFormat(Vec<Section>);

/// One of the parts between `;`.
#[derive(Debug, Clone, Default, PartialEq)]
struct Section {
    /// The numbers it is for: `<=` and 999.
    only: Option<(String, u64)>,
    /// From left to right.
    places: Vec<Place>,
    /// Whether there is anything else in it.
    other: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Digit,
    Letter(char),
}

impl ZeroFormat {
    /// The format behind a code (`[<=999]000;[<=9999]000\-00;000\-0000`); none where it fills nothing up.
    pub fn of(code: &str) -> Option<Self> {
        let mut sections = vec![Section::default()];
        let mut rest = code.chars();
        while let Some(c) = rest.next() {
            let section = sections.last_mut()?;
            match c {
                ';' => sections.push(Section::default()),
                '0' => section.places.push(Place::Digit),
                '"' => section.places.extend(rest.by_ref().take_while(|c| *c != '"').map(Place::Letter)),
                '\\' => section.places.extend(rest.next().map(Place::Letter)),
                '[' => section.limit(&rest.by_ref().take_while(|c| *c != ']').collect::<String>()),
                // Room as wide as the letter behind it.
                '_' => {
                    rest.next();
                }
                '-' | ' ' | '(' | ')' => section.places.push(Place::Letter(c)),
                _ => section.other = true,
            }
        }
        sections.iter().any(Section::fills_up).then_some(Self(sections))
    }

    /// What a number is shown as; none where its section fills nothing up.
    pub fn fill(&self, number: u64) -> Option<String> {
        let Self(sections) = self;
        let section = if sections.iter().any(|section| section.only.is_some()) {
            sections.iter().find(|section| section.is_for(number))
        } else {
            // For what is above zero, below it, and zero.
            sections.get(2).filter(|_| number == 0).or_else(|| sections.first())
        };
        section.filter(|section| section.fills_up()).map(|section| section.fill(number))
    }
}

impl Section {
    /// Takes what stands in square brackets: for which numbers the section is, or of which language, which shows in no number.
    fn limit(&mut self, said: &str) {
        let (sign, bound) = said.split_at(said.find(|c: char| c.is_ascii_digit()).unwrap_or(said.len()));
        match bound.parse() {
            Ok(bound) if matches!(sign, "<" | "<=" | ">" | ">=" | "=") => {
                self.only = Some((sign.to_owned(), bound));
            }
            _ => self.other |= !said.starts_with("$-"),
        }
    }

    fn is_for(&self, number: u64) -> bool {
        self.only.as_ref().is_none_or(|(sign, bound)| match sign.as_str() {
            "<" => number < *bound,
            "<=" => number <= *bound,
            ">" => number > *bound,
            ">=" => number >= *bound,
            _ => number == *bound,
        })
    }

    /// How many digits have a place.
    fn digits(&self) -> usize {
        self.places.iter().filter(|place| **place == Place::Digit).count()
    }

    fn fills_up(&self) -> bool {
        !self.other && self.digits() >= FEWEST_PLACES
    }

    /// The number in its places; digits for which there are none stand at the first.
    fn fill(&self, number: u64) -> String {
        let places = self.digits();
        let digits = format!("{number:0places$}");
        let (mut out, mut at, mut end) = (String::new(), 0, digits.len() - places + 1);
        for place in &self.places {
            match place {
                Place::Letter(c) => out.push(*c),
                Place::Digit => {
                    out += &digits[at..end];
                    (at, end) = (end, end + 1);
                }
            }
        }
        out
    }
}

/// The cells of one sheet that have such a format, by row and column.
pub(super) type ZeroPlaces = HashMap<(u32, u32), Arc<ZeroFormat>>;

/// Where a workbook has such formats.
#[derive(Default)]
pub(super) enum Zeros {
    /// Nowhere.
    #[default]
    Nowhere,
    /// The library knows where.
    Styled,
    /// In these cells of each sheet, in the order of the workbook.
    Old(Vec<ZeroPlaces>),
}

/// Where a sheet has such formats.
pub(super) enum ZeroCells {
    Nowhere,
    Styled(StyleRange),
    Old(ZeroPlaces),
}

impl ZeroCells {
    /// Those of a sheet.
    pub fn of(book: &mut Workbook, sheet: &str, zeros: Zeros) -> Self {
        match zeros {
            Zeros::Nowhere => Self::Nowhere,
            Zeros::Styled => book.worksheet_style(sheet).map_or(Self::Nowhere, Self::Styled),
            Zeros::Old(sheets) => {
                let named = book.sheets_metadata().iter().zip(sheets).find(|(known, _)| known.name == sheet);
                named.map_or(Self::Nowhere, |(_, places)| Self::Old(places))
            }
        }
    }

    /// What the cell at a place shows as text.
    pub fn shown(&self, place: (u32, u32), cell: &Data) -> String {
        let text = text_of(cell);
        if !matches!(cell, Data::Int(_) | Data::Float(_)) {
            return text;
        }
        // Only a whole number from zero on is one here.
        text.parse::<u64>().ok().and_then(|number| self.filled(place, number)).unwrap_or(text)
    }

    fn filled(&self, place: (u32, u32), number: u64) -> Option<String> {
        match self {
            Self::Nowhere => None,
            Self::Styled(styles) => {
                let format = styles.get(place)?.number_format.as_ref()?;
                ZeroFormat::of(&format.format_code)?.fill(number)
            }
            Self::Old(places) => places.get(&place)?.fill(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_shown_as_the_format_says() {
        let post = r"[<=999]000;[<=9999]000\-00;000\-0000";
        for (code, number, shown) in [
            ("0000", 101, "0101"),
            ("0000", 12_345, "12345"),
            ("00000_ ", 7, "00007"),
            ("000-0000", 600_001, "060-0001"),
            (r#"000"-"0000"#, 600_001, "060-0001"),
            (post, 600_001, "060-0001"),
            (post, 9_999, "099-99"),
            (post, 60, "060"),
            (r#""第"000"号""#, 7, "第007号"),
            ("[$-411]0000", 5, "0005"),
            ("0000;-0000;0;@", 12, "0012"),
            ("000-00", 1_234_567, "12345-67"),
        ] {
            let format = ZeroFormat::of(code).unwrap_or_else(|| panic!("{code} fills up"));
            assert_eq!(format.fill(number).as_deref(), Some(shown), "{code}");
        }
        let format = ZeroFormat::of("0000;-0000;0;@").unwrap_or_else(|| unreachable!("it fills up"));
        assert_eq!(format.fill(0), None, "zero has a section of its own");
    }

    #[test]
    fn other_formats_fill_nothing_up() {
        for code in [
            "",
            "General",
            "0",
            "0_ ",
            "#,##0",
            "0.00",
            "00%",
            "0.00E+00",
            "@",
            "yyyy/mm/dd",
            "[h]:00",
            "#00",
        ] {
            assert_eq!(ZeroFormat::of(code), None, "{code}");
        }
    }
}
