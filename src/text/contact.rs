//! Postal codes, telephone numbers and e-mail addresses.

use std::fmt;

use super::{numeral, width};

/// Why a text is no way to reach somebody. The message never holds the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Not seven digits.
    #[error("郵便番号が7桁の数字ではありません。例: 305-8555")]
    PostalCode,
    /// Not 0 and nine or ten digits.
    #[error("電話番号の桁数が合いません。0から始まる10桁か11桁で、市外局番から入力してください")]
    Phone,
    /// Not `name@domain`.
    #[error("メールアドレスの形が正しくありません。例: soumu@city.example.jp")]
    Email,
}

/// A Japanese postal code: seven digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PostalCode(String);

impl PostalCode {
    /// Reads seven digits in any width, with `〒`, spaces and hyphens.
    ///
    /// # Errors
    /// When it is not seven digits.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let bare = text.trim().trim_start_matches(['〒', '〶']);
        let digits = numeral::digits_only(bare).filter(|digits| digits.len() == 7);
        digits.map(Self).ok_or(ContactError::PostalCode)
    }

    /// Seven digits without a hyphen.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PostalCode {
    /// `305-8555`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.0[..3], &self.0[3..])
    }
}

/// A telephone number: kept as typed, compared by its digits.
#[derive(Clone)]
pub struct Phone {
    raw: String,
    digits: String,
    extension: Option<String>,
}

impl Phone {
    /// Reads a number of 10 or 11 digits beginning with 0, or with `+81`; an extension may follow `内線`.
    ///
    /// # Errors
    /// When the digits are too few, too many, or something else stands between them.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let folded = width::fold_width(text);
        let (number, extension) =
            folded.split_once("内線").map_or((folded.as_str(), None), |(n, e)| (n, Some(e)));
        let digits = national_digits(number).ok_or(ContactError::Phone)?;
        let extension =
            extension.map(|e| digits_between(e).filter(|d| !d.is_empty()).ok_or(ContactError::Phone));
        Ok(Self { raw: text.to_owned(), digits, extension: extension.transpose()? })
    }

    /// As it was typed.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The digits beginning with 0, without hyphens.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The digits of the extension (内線).
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }
}

impl PartialEq for Phone {
    /// Two numbers are equal when their digits and extension are.
    fn eq(&self, other: &Self) -> bool {
        self.digits == other.digits && self.extension == other.extension
    }
}

impl Eq for Phone {}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(****)")
    }
}

/// The digits of a text that has only digits, spaces, dashes, dots, brackets and colons besides.
fn digits_between(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !matches!(c, '(' | ')' | '.' | ':' | '・')).collect();
    numeral::digits_only(&kept)
}

/// Ten or eleven digits beginning with 0; `+81` is replaced by 0.
fn national_digits(number: &str) -> Option<String> {
    let number = number.trim().trim_start_matches("TEL").trim_start_matches([':', ' ']);
    let digits = match number.strip_prefix('+') {
        Some(international) => {
            let digits = digits_between(international)?;
            format!("0{}", digits.strip_prefix("81")?.trim_start_matches('0'))
        }
        None => digits_between(number)?,
    };
    (digits.starts_with('0') && (10..=11).contains(&digits.len())).then_some(digits)
}

/// An e-mail address; the domain is kept in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address: printable ASCII, one `@`, a domain with a dot. Full-width letters are folded.
    ///
    /// # Errors
    /// When it has not that form.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let folded = width::ascii_to_halfwidth(text.trim());
        let (local, domain) = folded.rsplit_once('@').ok_or(ContactError::Email)?;
        if is_local(local) && is_domain(domain) {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(ContactError::Email)
        }
    }

    /// The address. Personal data: never for logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(****)")
    }
}

/// The part before `@`. Dots at the end or doubled are accepted: old Japanese mobile addresses have them.
fn is_local(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
}

fn is_domain(domain: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn postal_codes() {
        for text in ["305-8555", "〒３０５－８５５５", "3058555", "305 8555", "305ー8555"] {
            assert_eq!(PostalCode::parse(text).unwrap().to_string(), "305-8555", "{text}");
        }
        assert_eq!(PostalCode::parse("305-855"), Err(ContactError::PostalCode));
        assert_eq!(PostalCode::parse("305-855O"), Err(ContactError::PostalCode));
    }

    #[test]
    fn phones() {
        for (text, digits) in [
            ("029-883-1111", "0298831111"),
            ("０９０（１２３４）５６７８", "09012345678"),
            ("+81 90-1234-5678", "09012345678"),
            ("029.883.1111 内線 2345", "0298831111"),
        ] {
            assert_eq!(Phone::parse(text).unwrap().digits(), digits, "{text}");
        }
        let phone = Phone::parse("029-883-1111 内線2345").unwrap();
        assert_eq!((phone.raw(), phone.extension()), ("029-883-1111 内線2345", Some("2345")));
        assert_eq!(format!("{phone:?}"), "Phone(****)");
        assert_ne!(phone, Phone::parse("0298831111").unwrap());
        for bad in ["883-1111", "0298", "+1 555 0100", "029-883-111l", ""] {
            assert_eq!(Phone::parse(bad), Err(ContactError::Phone), "{bad}");
        }
    }

    #[test]
    fn emails() {
        assert_eq!(Email::parse("Taro＠City.Example.JP").unwrap().as_str(), "Taro@city.example.jp");
        assert!(Email::parse("a..b.@docomo.example").is_ok());
        for bad in ["a@b", "@x.jp", "a b@x.jp", "a@-x.jp", "a@x..jp", "山田@x.jp"] {
            assert_eq!(Email::parse(bad), Err(ContactError::Email), "{bad}");
        }
    }
}
