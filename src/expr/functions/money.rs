//! Filters over numbers and money: exact, in whole yen; no binary fraction is ever made.

use super::refused;
use crate::text::{PostalCode, money, numeral, width};
use minijinja::{Environment, Error, Value};

/// Gives them to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("yen", |value: Value| {
        Ok::<_, Error>(format!("{}円", money::format_yen(amount(&value)?)))
    });
    environment.add_filter("money", |value: Value| amount(&value));
    environment.add_filter("times", times);
    environment.add_filter("round_to", round_to);
    environment.add_filter("number", |value: Value| number(&value));
    environment.add_filter("kanji_number", |value: Value| {
        let number = u64::try_from(number(&value)?).map_err(|_| refused("負の数は漢数字にできません"))?;
        Ok::<_, Error>(numeral::to_kanji(number))
    });
    environment.add_filter("postal_code", postal_code);
}

/// A whole number, written in any way.
fn number(value: &Value) -> Result<i64, Error> {
    let found = match value.as_str() {
        Some(text) => {
            numeral::parse_number(&width::ascii_to_halfwidth(text.trim())).and_then(|n| i64::try_from(n).ok())
        }
        None => i64::try_from(value.clone()).ok(),
    };
    found.ok_or_else(|| refused("整数として読めません"))
}

/// An amount of yen, written in any way.
fn amount(value: &Value) -> Result<i64, Error> {
    let found = match value.as_str() {
        Some(text) => money::parse_yen(text).ok(),
        None => i64::try_from(value.clone()).ok(),
    };
    found.ok_or_else(|| refused("金額（円の整数）として読めません"))
}

/// A quotient without its fraction.
fn rounded(dividend: i128, divisor: i128, how: Option<&str>) -> Result<i64, Error> {
    let floor = dividend.div_euclid(divisor);
    let rest = dividend.rem_euclid(divisor);
    let found = match how {
        None | Some("floor") => floor,
        Some("ceil") => floor + i128::from(rest > 0),
        // Half away from zero, as tax rules round.
        Some("round") => floor + i128::from(rest * 2 > divisor || rest * 2 == divisor && dividend >= 0),
        Some(_) => return Err(refused("端数の扱いは 'floor'、'ceil'、'round' のどれかです")),
    };
    i64::try_from(found).map_err(|_| refused("数が大きすぎます"))
}

/// A whole number times a decimal fraction given as text: `'1.25'`.
fn times(value: &Value, rate: &str, how: Option<&str>) -> Result<i64, Error> {
    let unclear = || refused("率は '1.25' のような文字で渡します");
    let (sign, digits) = rate.trim().strip_prefix('-').map_or((1, rate.trim()), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || whole.len() + part.len() > 15 {
        return Err(unclear());
    }
    let scaled: i128 = format!("{whole}{part}").parse().map_err(|_| unclear())?;
    let scale = 10_i128.pow(u32::try_from(part.len()).unwrap_or(0));
    rounded(i128::from(amount(value)?) * scaled * sign, scale, how)
}

/// A whole number as a multiple of `unit`.
fn round_to(value: &Value, unit: i64, how: Option<&str>) -> Result<i64, Error> {
    if unit <= 0 {
        return Err(refused("そろえる単位は 1 以上の整数です"));
    }
    let count = rounded(i128::from(amount(value)?), i128::from(unit), how)?;
    count.checked_mul(unit).ok_or_else(|| refused("数が大きすぎます"))
}

/// `123-4567`.
fn postal_code(value: &Value) -> Result<String, Error> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let code = PostalCode::parse(&text).map_err(|_| refused("郵便番号（7桁）として読めません"))?;
    Ok(format!("{}-{}", &code.digits()[..3], &code.digits()[3..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact() {
        let of = |value: i64, rate, how| times(&Value::from(value), rate, Some(how)).map_err(drop);
        assert_eq!(of(1_000_000_000_000_001, "0.1", "floor"), Ok(100_000_000_000_000));
        assert_eq!(
            [of(5, "0.1", "round"), of(-5, "0.1", "round"), of(4, "0.1", "round")],
            [Ok(1), Ok(-1), Ok(0)]
        );
        assert_eq!([of(-15, "0.1", "floor"), of(-15, "0.1", "ceil")], [Ok(-2), Ok(-1)]);
        assert_eq!([of(1, "1e3", "floor"), of(1, "１.5", "floor")], [Err(()), Err(())]);
        assert_eq!(round_to(&Value::from(1250), 100, Some("round")).ok(), Some(1300));
    }
}
