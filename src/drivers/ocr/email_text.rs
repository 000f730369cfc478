//! Addresses for mail that may be others: nothing in them tells an l from a 1, and nobody notices a letter to nobody.

use super::field_reading::Draft;
use serde_json::Value;

/// Names within domains that very many addresses have. One that is nearly such a name is more often misread than real.
const USUAL: &[&str] = &[
    "mail", "gmail", "ymail", "hotmail", "yahoo", "docomo", "ezweb", "softbank", "icloud", "outlook",
    "nifty", "biglobe", "rakuten", "excite", "infoseek",
];

/// A person looks at an address that may be another.
pub(super) fn asks(draft: Draft) -> Draft {
    let value = draft.value().and_then(Value::as_str).unwrap_or_default();
    let why = match (alike(value), nearly_usual(value)) {
        (Some((c, other)), _) => format!("「{c}」は「{other}」かもしれません（形の似た英字と数字）"),
        (None, Some((name, usual))) => format!("「{name}」は「{usual}」の読み違いかもしれません"),
        (None, None) => return draft,
    };
    draft.ask(&why)
}

/// A letter beside a figure that looks like a figure, or a figure between letters that looks like one, and what else it may be.
/// An o is none: 太郎5 is taro5.
fn alike(address: &str) -> Option<(char, char)> {
    let letters: Vec<char> = address.chars().collect();
    let other = |c: char| match c {
        'l' | 'I' => Some('1'),
        'O' => Some('0'),
        '1' => Some('l'),
        '0' => Some('o'),
        _ => None,
    };
    letters.iter().enumerate().find_map(|(i, c)| {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let (before, after) = (before.unwrap_or('@'), letters.get(i + 1).copied().unwrap_or('@'));
        let odd = if c.is_ascii_digit() {
            before.is_ascii_alphabetic() && after.is_ascii_alphabetic()
        } else {
            before.is_ascii_digit() || after.is_ascii_digit()
        };
        other(*c).filter(|_| odd).map(|other| (*c, other))
    })
}

/// A name within the domain that is one letter away from a usual one.
fn nearly_usual(address: &str) -> Option<(&str, &'static str)> {
    let (_, domain) = address.split_once('@')?;
    domain.split('.').filter(|name| !USUAL.contains(name)).find_map(|name| {
        let near = |usual: &&&str| strsim::osa_distance(name, usual) == 1;
        USUAL.iter().find(near).map(|usual| (name, *usual))
    })
}

#[cfg(test)]
mod tests {
    use super::{Draft, Value, asks};

    fn asked(address: &str) -> String {
        let options = vec![(Value::String(address.to_owned()), 1.0)];
        asks(Draft { options, ..Draft::default() }).reasons.join(" ")
    }

    #[test]
    fn a_letter_that_looks_like_a_figure_is_asked_about() {
        for (address, seen) in [
            ("hana.sl67@example.com", "「l」は「1」"),
            ("taro2O26@example.jp", "「O」は「0」"),
            ("mi1ki@example.jp", "「1」は「l」"),
        ] {
            assert!(asked(address).starts_with(seen), "{address}: {}", asked(address));
        }
        for address in
            ["taro5@example.com", "kyoko_k167@example.co.jp", "yama-10@example.jp", "paul.s@example.jp"]
        {
            assert_eq!(asked(address), "", "{address}");
        }
    }

    #[test]
    fn a_domain_that_is_nearly_a_usual_one_is_asked_about() {
        for (address, seen) in [
            ("mori-k798@nail.example.co.jp", "「nail」は「mail」"),
            ("hana@gnail.com", "「gnail」は「gmail」"),
            ("hana@docono.ne.jp", "「docono」は「docomo」"),
        ] {
            assert!(asked(address).starts_with(seen), "{address}: {}", asked(address));
        }
        for address in ["hana@gmail.com", "hana@ymail.ne.jp", "hana@city.tsukuba.lg.jp", "hana"] {
            assert_eq!(asked(address), "", "{address}");
        }
    }
}
