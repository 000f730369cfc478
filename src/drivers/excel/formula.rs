//! Formulas of a ledger: `[時間]*[1時間当たり]` becomes `F4*H4`. They come from the scenario, never from data.

use super::cell::Column;

/// The formula for a row (from 0), each `[title]` replaced by its cell.
///
/// # Errors
/// A title that no column has.
pub(super) fn in_row(text: &str, columns: &[Column], row: u32) -> Result<String, String> {
    let mut out = String::from("=");
    let mut rest = text.trim().trim_start_matches('=');
    while let Some((before, after)) = rest.split_once('[') {
        let (title, behind) = after.split_once(']').ok_or_else(|| after.to_owned())?;
        let at = columns.iter().position(|c| c.title == title).ok_or_else(|| title.to_owned())?;
        out += before;
        out += &letters(at);
        out += &(row + 1).to_string();
        rest = behind;
    }
    Ok(out + rest)
}

/// The sum of a column from a row to a row (both from 0); rows hidden by a filter are left out.
pub(super) fn sum(column: u16, first: u32, last: u32) -> String {
    let name = letters(usize::from(column));
    format!("=SUBTOTAL(109,{name}{}:{name}{})", first + 1, last + 1)
}

/// The letters of a column: 0 is A, 26 is AA.
fn letters(column: usize) -> String {
    let last = char::from(b'A' + u8::try_from(column % 26).expect("below 26"));
    if column < 26 { last.to_string() } else { format!("{}{last}", letters(column / 26 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_cells() {
        let titles = ["時間", "1時間当たり", "金額"];
        let columns: Vec<_> =
            titles.map(|t| Column { title: t.to_owned(), ..Column::default() }).into_iter().collect();
        assert_eq!(in_row("[時間]*[1時間当たり]", &columns, 3), Ok("=A4*B4".to_owned()));
        assert_eq!(in_row("=ROUND([時間]/60,1)", &columns, 9), Ok("=ROUND(A10/60,1)".to_owned()));
        assert_eq!(in_row("[分]*2", &columns, 3), Err("分".to_owned()));
        assert_eq!(in_row("[分", &columns, 3), Err("分".to_owned()));
        assert_eq!((letters(25), letters(26), letters(701)), ("Z".into(), "AA".into(), "ZZ".into()));
        assert_eq!(sum(27, 3, 10), "=SUBTOTAL(109,AB4:AB11)");
    }
}
