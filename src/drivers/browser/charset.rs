//! Which characters a page can send.
//!
//! A browser turns a character that the page's character set lacks into `&#134071;` without a word, so a value is
//! compared with the character set before it is typed.

use encoding_rs::Encoding;

/// The first character of `value` that a page in `charset` cannot send.
pub(super) fn first_unsendable(charset: &str, value: &str) -> Option<char> {
    let label = charset.split([' ', ',']).next().unwrap_or_default();
    let encoding = Encoding::for_label(label.as_bytes())?;
    value.chars().find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_names_on_a_shift_jis_page() {
        assert_eq!(first_unsendable("Shift_JIS", "髙﨑　太郎①㈱"), None);
        assert_eq!(first_unsendable("windows-31j", "𠮷田"), Some('𠮷'));
        assert_eq!(first_unsendable("EUC-JP", "𠮷田"), Some('𠮷'));
        assert_eq!(first_unsendable("UTF-8", "𠮷田"), None);
    }
}
