//! Amounts in yen as people write them.

use super::{numeral, width};

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("金額として読めません。数字だけ、または「12,300円」の形で入力してください")]
pub struct MoneyError;

/// Reads an amount in yen: `12,300円`, `￥１２３００-`, `金一万二千三百円也`, `3万円`, `▲500` and `-500` (negative).
///
/// # Errors
/// When anything else stands in the text or the number does not fit.
pub fn parse_yen(text: &str) -> Result<i64, MoneyError> {
    let folded = width::remove_spaces(&width::fold_width(text));
    let unmarked = folded.trim_start_matches('金').trim_start_matches(['¥', '￥', '\\']);
    let (negative, rest) = match unmarked.chars().next() {
        Some(c) if matches!(c, '▲' | '△') || width::is_dash(c) => (true, &unmarked[c.len_utf8()..]),
        _ => (false, unmarked),
    };
    let bare = rest.trim_start_matches(['¥', '￥', '\\']).trim_end_matches('也').trim_end_matches(closing);
    let bare = bare.strip_suffix('円').unwrap_or(bare);
    let value = numeral::parse_number(bare).and_then(|value| i64::try_from(value).ok()).ok_or(MoneyError)?;
    Ok(if negative { -value } else { value })
}

/// The line drawn after an amount so that nothing can be added.
fn closing(c: char) -> bool {
    width::is_dash(c) || width::is_long_mark(c)
}

/// An amount with thousands separators, without a unit: −1234567 → `-1,234,567`.
#[must_use]
pub fn format_yen(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut out = String::from(if amount < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_as_written() {
        for (text, yen) in [
            ("12,300円", 12_300),
            ("￥１２，３００－", 12_300),
            ("金一万二千三百円也", 12_300),
            ("3万円", 30_000),
            ("▲500", -500),
            ("-500円", -500),
            ("0", 0),
        ] {
            assert_eq!(parse_yen(text), Ok(yen), "{text}");
        }
        for bad in
            ["", "円", "12.5円", "12円50", "abc", "99999999999999999999", "1,23", "12,5円", "￥１，２３４５"]
        {
            assert_eq!(parse_yen(bad), Err(MoneyError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn formatted_amounts_return(amount in -9_000_000_000_000_i64..9_000_000_000_000) {
            prop_assert_eq!(parse_yen(&format_yen(amount)), Ok(amount));
        }
    }
}
