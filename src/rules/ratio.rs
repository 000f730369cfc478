//! Exact fractions. Pay and points are never counted in binary floating point: 1,654 × 1.25 is 2,067.5, and that half decides a yen.

use crate::text::numeral::without_commas;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    iter::Sum,
    ops::{Add, Div, Mul, Neg, Sub},
};

/// A fraction in lowest terms.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i128,
    /// Above zero.
    den: i128,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// `num` / `den`.
    ///
    /// # Panics
    /// When `den` is zero.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Self {
        assert!(den != 0, "a fraction has a denominator");
        let common = gcd(num.unsigned_abs(), den.unsigned_abs());
        let common = i128::try_from(common).expect("no larger than either part") * den.signum();
        Self { num: num / common, den: den / common }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Self { num: i128::from(number), den: 1 }
    }

    /// A decimal as written: `39.99`, `-1`, `1,234.5`. Commas stand only between thousands. At most 12 digits before the
    /// point; it is rounded to 12 decimals, as a third of an hour comes out of a workbook or a program with 13 to 17 of them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = without_commas(text.trim())?;
        let (negative, digits) = plain.strip_prefix('-').map_or((false, &*plain), |d| (true, d));
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let number = |d: &str| d.bytes().all(|b| b.is_ascii_digit());
        if !(1..=12).contains(&before.len()) || !number(before) || !number(after) || digits.ends_with('.') {
            return None;
        }
        let kept = after.get(..12).unwrap_or(after);
        let up = after.as_bytes().get(12).is_some_and(|next| *next >= b'5');
        let num = format!("{before}{kept}").parse::<i128>().ok()? + i128::from(up);
        let den = 10_i128.pow(u32::try_from(kept.len()).ok()?);
        Some(Self::new(if negative { -num } else { num }, den))
    }

    /// The nearest whole number; a half goes up.
    ///
    /// # Panics
    /// When it does not fit 64 bits.
    #[must_use]
    pub fn round_half_up(self) -> i64 {
        (self + Self { num: 1, den: 2 }).floor()
    }

    /// The greatest whole number that is not greater.
    ///
    /// # Panics
    /// When it does not fit 64 bits.
    #[must_use]
    pub fn floor(self) -> i64 {
        i64::try_from(self.num.div_euclid(self.den)).expect("amounts and points fit 64 bits")
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.den == 1
    }

    /// As a decimal for another program: what [`parse`](Self::parse) reads stands there in full, anything else is cut after
    /// twelve decimals.
    #[must_use]
    pub fn decimal(self) -> String {
        let sign = if self.num < 0 { "-" } else { "" };
        let (whole, mut rest) = (self.num.abs() / self.den, self.num.abs() % self.den);
        let mut after = String::new();
        while rest != 0 && after.len() < 12 {
            after += &(rest * 10 / self.den).to_string();
            rest = rest * 10 % self.den;
        }
        let point = if after.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{after}")
    }

    /// Whether it ends after at most six decimals.
    fn is_short(self) -> bool {
        1_000_000 % self.den == 0
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

impl Add for Ratio {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }
}

impl Sub for Ratio {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Ratio {
    type Output = Self;
    fn neg(self) -> Self {
        Self { num: -self.num, den: self.den }
    }
}

impl Mul for Ratio {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.num * other.num, self.den * other.den)
    }
}

/// Panics on a division by zero, as whole numbers do.
impl Div for Ratio {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::new(self.num * other.den, self.den * other.num)
    }
}

impl Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.num * other.den).cmp(&(other.num * self.den))
    }
}

impl Default for Ratio {
    fn default() -> Self {
        Self::ZERO
    }
}

/// As a decimal; what does not end after six decimals is shown with two and `…`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale: i128 = if self.is_short() { 1_000_000 } else { 100 };
        let scaled = self.num.abs() * scale / self.den;
        let digits = if self.is_short() { 6 } else { 2 };
        let after = format!("{:0digits$}", scaled % scale);
        let after = if self.is_short() { after.trim_end_matches('0') } else { &after };
        let sign = if self.num < 0 { "-" } else { "" };
        let point = if after.is_empty() { "" } else { "." };
        let more = if self.is_short() { "" } else { "…" };
        write!(f, "{sign}{}{point}{after}{more}", scaled / scale)
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

/// A number where a number can hold it, else the text a person reads.
impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match (i64::try_from(self.num), self.den) {
            (Ok(whole), 1) => s.serialize_i64(whole),
            _ if self.is_short() => s.serialize_f64(self.to_string().parse().unwrap_or_default()),
            _ => s.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(d)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::parse(&text).ok_or_else(|| D::Error::custom("数として読めません"))
    }
}

impl JsonSchema for Ratio {
    fn schema_name() -> Cow<'static, str> {
        "Ratio".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn r(text: &str) -> Ratio {
        Ratio::parse(text).expect("a decimal")
    }

    #[test]
    fn a_half_goes_up() {
        assert_eq!((r("1654") * r("1.25")).round_half_up(), 2068);
        assert_eq!((r("1654") * r("1.75")).round_half_up(), 2895);
        assert_eq!(Ratio::new(-1, 2).round_half_up(), 0);
        assert_eq!(r("2.499999").round_half_up(), 2);
    }

    #[test]
    fn decimals_are_kept_as_written() {
        assert!(r("39.99") < r("40.0") && r("40.0") == r("40"));
        assert_eq!(serde_json::from_str::<Ratio>("39.99").ok(), Some(Ratio::new(3999, 100)));
        assert_eq!(["89.5", "1,647.50", "-1"].map(|t| r(t).to_string()), ["89.5", "1647.5", "-1"]);
        assert_eq!(Ratio::new(3_090_000, 1875).to_string(), "1648");
        assert_eq!(Ratio::new(10, 3).to_string(), "3.33…");
        for bad in ["", ".", "1.", ".5", "1e3", "=A1", "１"] {
            assert_eq!(Ratio::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_has_more_than_twelve_decimals_is_a_number_too() {
        for hours in ["173.33333333333334", "65.3333333333333", "65.33333333333333"] {
            assert!(r(hours) > r("64") && r(hours) < r("173.34"), "{hours}");
        }
        assert_eq!(r("39.99999999999999"), r("40"));
        assert_eq!(r("-0.1000000000000000055"), Ratio::new(-1, 10));
        assert!(r("39.999999999999") < r("40"), "twelve decimals are kept");
        assert_eq!(Ratio::parse("1.0000000000000x"), None);
        assert_eq!(Ratio::parse("1234567890123"), None);
        for text in ["1,23", "12,5", "1234,567", "1.5,000"] {
            assert_eq!(Ratio::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_decimal_is_read_back_as_it_was() {
        for written in ["65.333333333333", "-0.000000000001", "52000", "19.5", "-1", "0"] {
            assert_eq!(r(written).decimal(), written);
        }
        assert_eq!(Ratio::new(-10, 3).decimal(), "-3.333333333333");
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_whole_numbers(a in -9999_i64..9999, b in 1_i64..9999, c in -9999_i64..9999) {
            let (x, y, z) = (Ratio::whole(a), Ratio::whole(b), Ratio::whole(c));
            prop_assert_eq!((x / y) * y, x);
            prop_assert_eq!(x + z - z, x);
            let less = x / y < z;
            prop_assert_eq!(less, a < b * c);
            prop_assert_eq!((x / y).floor(), a.div_euclid(b));
        }
    }
}
