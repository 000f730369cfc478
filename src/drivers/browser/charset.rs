//! Which characters can be typed, and which a page can send.
//!
//! A browser turns a character that the page's character set lacks into `&#134071;` without a word, so a value is
//! compared with the character set before it is typed. A driver presses some characters as keys: a line end would send the form.

use encoding_rs::Encoding;

/// The first character of `value` that a page in `charset` cannot send.
pub(super) fn first_unsendable(charset: &str, value: &str) -> Option<char> {
    let label = charset.split([' ', ',']).next().unwrap_or_default();
    let encoding = Encoding::for_label(label.as_bytes())?;
    value.chars().find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2)
}

/// The first character of `value` that a driver presses as a key instead of typing it. Where there are `lines`, the key of a
/// line end types one.
pub(super) fn first_key(value: &str, lines: bool) -> Option<char> {
    // The keys of WebDriver stand where a city has its first own characters (外字).
    let key = |c: &char| c.is_control() || ('\u{e000}'..='\u{e05d}').contains(c);
    value.chars().find(|c| key(c) && !(lines && *c == '\n'))
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

    #[test]
    fn keys_are_no_characters() {
        assert_eq!(first_key("髙﨑　太郎\u{e05e}", false), None);
        assert_eq!(first_key("つくば市\n研究学園", false), Some('\n'));
        assert_eq!(first_key("つくば市\n研究学園", true), None);
        assert_eq!(first_key("甲\t乙", true), Some('\t'));
        assert_eq!(first_key("甲\u{e007}", true), Some('\u{e007}'));
    }
}
