//! Numbers and codes: how they are written as values, and whether they can be right.

use crate::{
    form::{Field, FieldType},
    text,
};

/// The texts as the field's type writes them, shares of equal values added.
pub(super) fn written(kind: &FieldType, options: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let mut out: Vec<(String, f64)> = Vec::new();
    for (text, share) in options {
        let value = value(kind, &text);
        match out.iter_mut().find(|(known, _)| *known == value) {
            Some((_, sum)) => *sum += share,
            None => out.push((value, share)),
        }
    }
    out
}

fn value(kind: &FieldType, text: &str) -> String {
    let digits = || text.chars().filter(char::is_ascii_digit).collect::<String>();
    match kind {
        FieldType::PostalCode | FieldType::Digits | FieldType::MyNumber | FieldType::CorporateNumber => {
            digits()
        }
        FieldType::Money => format!("{}{}", if text.starts_with('-') { "-" } else { "" }, digits()),
        FieldType::Phone => text.replace(['(', ')'], "-").trim_matches('-').replace("--", "-"),
        FieldType::Date { .. } => iso(text).unwrap_or_else(|| text.to_owned()),
        FieldType::Time => time(text).unwrap_or_else(|| text.to_owned()),
        _ => text.to_owned(),
    }
}

/// A written date as ISO.
pub(super) fn iso(written: &str) -> Option<String> {
    text::parse_date(written).ok()?.plain_date().map(|d| d.to_string())
}

/// The latest hour of a time: work that begins on one day is written on as 25:30.
const LATEST: u32 = 30;

/// A time of day as HH:MM. None where a number is missing or too many: 17:5 has lost a digit, 8時17時 what stands between.
fn time(written: &str) -> Option<String> {
    let mut numbers = written.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty());
    let first = numbers.next()?;
    // 2130: the colon was two specks. With three digits one of the hour's may be missing.
    if first.len() == 4 && written.len() == 4 {
        return time(&format!("{}:{}", &first[..2], &first[2..]));
    }
    let hour: u32 = first.parse().ok()?;
    let minute: u32 = match numbers.next() {
        Some(m) if m.len() == 2 || (m.len() == 1 && written.contains('時')) => m.parse().ok()?,
        None if written.contains('半') => 30,
        None if written.contains('時') => 0,
        _ => return None,
    };
    // 午後12時 is noon to some and midnight to others.
    let halved = written.contains('午');
    if numbers.next().is_some() || written.matches('時').count() > 1 || (halved && hour >= 12) {
        return None;
    }
    let hour = if written.contains("午後") { hour + 12 } else { hour };
    (hour <= LATEST && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

/// Whether a telephone number has as many digits as its first ones say: eleven after 0800, 020, 050 and 060 to 090, else ten.
fn is_whole(phone: &text::Phone) -> bool {
    let digits = phone.digits();
    let long = ["020", "050", "060", "070", "080", "090"].iter().any(|begun| digits.starts_with(begun));
    digits.len() == if long { 11 } else { 10 }
}

/// How many characters the value has is known: one that was left out, or is too many, shows.
pub(super) fn counted(field: &Field) -> bool {
    match &field.kind {
        FieldType::PostalCode | FieldType::MyNumber | FieldType::CorporateNumber | FieldType::Phone => true,
        FieldType::Digits => field.cells.is_some(),
        _ => false,
    }
}

/// Whether the value fits the grammar of the field. None: the type has none.
pub(super) fn fits(field: &Field, value: &str) -> Option<bool> {
    let full = field.cells.is_none_or(|n| value.chars().count() == n as usize);
    match &field.kind {
        FieldType::PostalCode => Some(value.len() == 7),
        FieldType::MyNumber => Some(text::my_number::is_valid(value)),
        FieldType::CorporateNumber => Some(text::corporate_number::is_valid(value)),
        FieldType::Phone => Some(text::Phone::parse(value).is_ok_and(|phone| is_whole(&phone))),
        FieldType::Date { .. } => Some(value.len() == 10 && value.as_bytes()[4] == b'-'),
        FieldType::Time => Some(time(value).is_some()),
        FieldType::Email => Some(text::Email::parse(value).is_ok()),
        FieldType::Digits => field.cells.map(|_| full && !value.is_empty()),
        // What an office is paid or pays is seldom negative: a person looks at the sign. 000 and 040 lost a digit.
        FieldType::Money => Some(
            !value.is_empty() && !value.starts_with('-') && (value.len() == 1 || !value.starts_with('0')),
        ),
        // A stray stroke in an empty field is read as one letter; few names have only one, and only where a list bears it out
        // is it taken for one.
        FieldType::Furigana | FieldType::PersonName => (value.chars().count() < 2).then_some(false),
        // Behind the last hyphen a number was not read.
        FieldType::Address { .. } => value.ends_with(text::width::is_dash).then_some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, FieldType, counted, fits, written};
    use crate::form::Rect;

    fn field(kind: FieldType, cells: Option<u32>) -> Field {
        Field { cells, ..Field::plain(kind, Rect { x: 0.0, y: 0.0, w: 50.0, h: 10.0 }) }
    }

    /// The value that a text gives, and whether it fits.
    fn read(kind: FieldType, text: &str) -> (String, Option<bool>) {
        let value = written(&kind, vec![(text.to_owned(), 1.0)]).remove(0).0;
        let fits = fits(&field(kind, None), &value);
        (value, fits)
    }

    #[test]
    fn times_are_written_alike_and_what_is_none_does_not_fit() {
        for (text, value) in [
            ("17:30", "17:30"),
            ("9:05", "09:05"),
            ("9時5分", "09:05"),
            ("17時", "17:00"),
            ("午後5時半", "17:30"),
            ("1730", "17:30"),
            ("0:00", "00:00"),
            ("25:30", "25:30"),
        ] {
            assert_eq!(read(FieldType::Time, text), (value.to_owned(), Some(true)), "{text}");
        }
        for text in [
            "17:80",
            "45:70",
            "17:5",
            "17",
            "173",
            "8時17時",
            "9:0017:00",
            "午後12時30分",
            "午前13時",
            "31:00",
        ] {
            assert_eq!(read(FieldType::Time, text), (text.to_owned(), Some(false)), "{text}");
        }
    }

    #[test]
    fn a_telephone_number_with_a_digit_too_few_or_too_many_does_not_fit() {
        for (text, whole) in [
            ("090-1234-5678", true),
            ("03-3456-7890", true),
            ("029(883)1111", true),
            ("0800-123-4567", true),
            ("0120-123-456", true),
            ("090-1234-567", false),
            ("029-883-11111", false),
            ("0120-123-4567", false),
            ("883-1111", false),
        ] {
            assert_eq!(read(FieldType::Phone, text).1, Some(whole), "{text}");
        }
    }

    #[test]
    fn an_address_that_ends_with_a_hyphen_lost_a_number() {
        let kind = || FieldType::Address { postal_code: None };
        assert_eq!(read(kind(), "香山新田3-7-").1, Some(false));
        assert_eq!(read(kind(), "香山新田3-7").1, None);
    }

    #[test]
    fn a_negative_amount_keeps_its_sign_and_goes_to_a_person() {
        assert_eq!(read(FieldType::Money, "-500"), ("-500".to_owned(), Some(false)));
        assert_eq!(read(FieldType::Money, "12300"), ("12300".to_owned(), Some(true)));
    }

    #[test]
    fn digits_are_counted_where_their_number_is_known() {
        assert!(counted(&field(FieldType::Digits, Some(6))) && counted(&field(FieldType::PostalCode, None)));
        assert!(!counted(&field(FieldType::Digits, None)) && !counted(&field(FieldType::Money, Some(7))));
    }
}
