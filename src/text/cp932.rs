//! CP932, the character set of the legacy systems: strict both ways. Nothing is ever replaced by `?` or `&#…;`.

use encoding_rs::{DecoderResult, EncoderResult, SHIFT_JIS};

/// A character that CP932 does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}文字目の「{character}」(U+{:04X})は、相手のシステムの文字コード(CP932)で表せません。置き換える文字を決めるか、担当者が入力してください", u32::from(*.character))]
pub struct Unmappable {
    /// The first such character.
    pub character: char,
    /// Its position in characters, from 1.
    pub position: usize,
}

/// Bytes that are not CP932.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{offset}バイト目からの文字が文字コードCP932(Shift_JIS)として読めません。ファイルの文字コードを確かめてください"
)]
pub struct Undecodable {
    /// Place of the first bad byte, from 0.
    pub offset: usize,
}

/// The characters that Unicode has twice, and the side that CP932 knows.
const FOLDS: &[(char, char)] = &[
    ('\u{301C}', '\u{FF5E}'),
    ('\u{2016}', '\u{2225}'),
    ('\u{2014}', '\u{2015}'),
    ('\u{2212}', '\u{FF0D}'),
    ('\u{00AC}', '\u{FFE2}'),
    ('\u{00A2}', '\u{FFE0}'),
    ('\u{00A3}', '\u{FFE1}'),
    ('\u{00A5}', '\u{FFE5}'),
    ('\u{203E}', '\u{FFE3}'),
    ('\u{00A6}', '\u{FFE4}'),
    ('\u{00A0}', ' '),
];

/// Brings characters to the side of Unicode that CP932 has: 〜 → ～, ‖ → ∥, — → ―, − → －, ¥ → ￥ and so on.
#[must_use]
pub fn fold_to_cp932(text: &str) -> String {
    text.chars().map(|c| FOLDS.iter().find(|f| f.0 == c).map_or(c, |f| f.1)).collect()
}

/// The text as CP932 bytes.
///
/// # Errors
/// At the first character that CP932 does not have. Private-use characters (外字) are such, too.
pub fn encode(text: &str) -> Result<Vec<u8>, Unmappable> {
    let mut bytes = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let (pair, len) = encode_char(c).ok_or(Unmappable { character: c, position: at + 1 })?;
        bytes.extend_from_slice(&pair[..len]);
    }
    Ok(bytes)
}

/// The first character that CP932 does not have, if any.
#[must_use]
pub fn first_unmappable(text: &str) -> Option<Unmappable> {
    let at = text.chars().position(|c| !is_cp932(c))?;
    text.chars().nth(at).map(|character| Unmappable { character, position: at + 1 })
}

/// Whether CP932 has this character.
#[must_use]
pub fn is_cp932(c: char) -> bool {
    encode_char(c).is_some()
}

/// One character as its CP932 bytes and their number (1 or 2).
///
/// `encoding_rs` maps ¥ and ‾ to the bytes of `\` and `~`, and lets C1 controls pass; those would come back as another
/// character, so they are refused here.
pub(super) fn encode_char(c: char) -> Option<([u8; 2], usize)> {
    if matches!(c, '\u{00A5}' | '\u{203E}' | '\u{0080}'..='\u{009F}') {
        return None;
    }
    let mut utf8 = [0; 4];
    let mut bytes = [0; 4];
    let (result, _, len) = SHIFT_JIS.new_encoder().encode_from_utf8_without_replacement(
        c.encode_utf8(&mut utf8),
        &mut bytes,
        true,
    );
    (result == EncoderResult::InputEmpty && len <= 2).then_some(([bytes[0], bytes[1]], len))
}

/// CP932 bytes as text. Gaiji of the user-defined area come out as private-use characters.
///
/// # Errors
/// At the first byte that is no CP932.
pub fn decode(bytes: &[u8]) -> Result<String, Undecodable> {
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(room.unwrap_or(bytes.len() * 3 + 16));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::Malformed(bad, after), read) => {
            Err(Undecodable { offset: read.saturating_sub(usize::from(bad) + usize::from(after)) })
        }
        (DecoderResult::OutputFull, read) => Err(Undecodable { offset: read }),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hard_names() {
        assert_eq!(encode("髙").unwrap(), [0xFB, 0xFC]);
        assert_eq!(encode("﨑").unwrap(), [0xFA, 0xB1]);
        let refused = encode("山𠮷太郎").unwrap_err();
        assert_eq!(refused, Unmappable { character: '𠮷', position: 2 });
        assert!(refused.to_string().contains("2文字目の「𠮷」(U+20BB7)"), "{refused}");
        for c in ['𠮷', '鷗', '槗', '\u{E0100}', '\u{E000}', '〜', '‖', '—', '¬', '¥', '\u{80}'] {
            assert!(!is_cp932(c), "U+{:04X}", u32::from(c));
        }
        assert!(is_cp932('−') && is_cp932('①') && is_cp932('㈱'));
    }

    #[test]
    fn folding_makes_the_twice_coded_ones_writable() {
        assert_eq!(first_unmappable("9〜17時").map(|u| u.character), Some('〜'));
        assert_eq!(first_unmappable(&fold_to_cp932("9〜17時 ‖—¬−¥")), None);
        assert_eq!(encode(&fold_to_cp932("〜")).unwrap(), [0x81, 0x60]);
    }

    /// All 11,280 pairs of bytes that may be a character.
    #[test]
    fn every_two_byte_code() {
        let (mut gaiji, mut doubled) = (0, 0);
        for high in (0x81..=0x9F_u8).chain(0xE0..=0xFC) {
            for low in (0x40..=0xFC_u8).filter(|low| *low != 0x7F) {
                let Ok(text) = decode(&[high, low]) else { continue };
                let c = text.chars().next().unwrap();
                if ('\u{E000}'..='\u{F8FF}').contains(&c) {
                    gaiji += 1;
                    assert!((0xF0..=0xF9).contains(&high) && encode(&text).is_err(), "{high:02X}{low:02X}");
                } else {
                    let back = encode(&text).unwrap();
                    assert_eq!(decode(&back).unwrap(), text, "{high:02X}{low:02X}");
                    doubled += usize::from(back != [high, low]);
                }
            }
        }
        assert_eq!((gaiji, doubled), (1_880, 398));
    }

    #[test]
    fn broken_bytes_are_named() {
        assert_eq!(decode(&[0x8E, 0x52, 0x93, 0x63]).unwrap(), "山田");
        assert_eq!(decode(&[0x41, 0x8E, 0x52, 0xFF]), Err(Undecodable { offset: 3 }));
        assert_eq!(decode(&[0x41, 0x8E]), Err(Undecodable { offset: 1 }));
        assert_eq!(decode(&[0xF0, 0x40]).unwrap(), "\u{E000}");
        assert_eq!(decode(b"").unwrap(), "");
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(text in "[ -~ぁ-んァ-ヶ亜-黑髙﨑①-⑳ｱ-ﾝ]{0,30}") {
            if let Ok(bytes) = encode(&text) {
                prop_assert_eq!(decode(&bytes).unwrap(), text);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&bytes);
        }
    }
}
