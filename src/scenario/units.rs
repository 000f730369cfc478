//! Small values with a form of their own: durations, hours, retention, web addresses, paths, names.

use std::{ops::Range, time::Duration};

/// `20s`, `5m`, `1h` as a duration.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok()?;
    let seconds = match unit {
        "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        _ => None,
    };
    seconds.filter(|s| (1..=7 * 24 * 3600).contains(s)).map(Duration::from_secs)
}

/// `08:30-21:30` as minutes of the day.
pub(super) fn hours(text: &str) -> Option<Range<u16>> {
    let (from, to) = text.split_once(['-', '〜', '～'])?;
    let range = minutes(from.trim())?..minutes(to.trim())?;
    (range.start < range.end).then_some(range)
}

/// `08:30` as minutes of the day; `24:00` is its end.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    if minute.len() != 2 || hour.is_empty() || hour.len() > 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && (hour < 24 || hour == 24 && minute == 0)).then_some(hour * 60 + minute)
}

/// `5y` as years, of the classes that exist.
pub(super) fn retention(text: &str) -> Option<u8> {
    [1, 3, 5, 7, 10, 30].into_iter().find(|years| text == format!("{years}y"))
}

/// Whether a web address can be allowed: http or https, a host, no user and password in it.
pub(super) fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let Some(host) = rest.map(|r| r.split(['/', '?', '#']).next().unwrap_or_default()) else { return false };
    !host.is_empty()
        && !host.starts_with(':')
        && !host.contains(['@', ' ', '\\'])
        && !text.contains(char::is_whitespace)
}

/// Why a name for something on a screen can match nothing, whatever the screen.
pub(super) fn wrong_locator(text: &str) -> Option<&'static str> {
    if text.contains("${{") {
        return None;
    }
    let known = ["css=", "xpath=", "name=", "placeholder=", "text=", "right_of=", "below="];
    let how = known.iter().find(|how| text.starts_with(**how));
    let name = how.map_or(text, |how| &text[how.len()..]);
    if name.trim().is_empty() {
        return Some("探すものの名前が空です");
    }
    let path = matches!(how, Some(&"css=" | &"xpath="));
    (path && !is_closed(name)).then_some("かっこか引用符が閉じていないので、何も見つかりません")
}

/// Whether brackets and quotes come in pairs.
fn is_closed(text: &str) -> bool {
    let (mut open, mut quote) = (Vec::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, ')' | ']') if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    quote.is_none() && open.is_empty()
}

/// Whether a path, as far as it is literal, leaves the office folder.
pub(super) fn leaves_office(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    let rooted = path.starts_with(['/', '\\', '~']);
    drive || rooted || path.split(['/', '\\']).any(|part| part == "..")
}

/// Whether a text is a word that ids of scenarios and systems may be: no blanks, nothing a file name cannot hold.
pub(super) fn is_word(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | 'ー' | '・' | '々');
    !text.is_empty() && text.chars().all(fits)
}

/// The longest name that the log takes, in characters.
const LONGEST: usize = 100;

/// Why a name of the author's cannot stand in the log, which every name does: it is too long, or it could be a 個人番号.
pub(super) fn not_recordable(name: &str) -> Option<(&'static str, &'static str)> {
    if name.chars().count() > LONGEST {
        return Some(("名前が長すぎます（100文字まで）", "短い名前にします"));
    }
    let digit = |c: char| c.is_numeric() || "零一二三四五六七八九壱弐参".contains(c);
    let chars: Vec<char> = name.chars().collect();
    let row = chars.windows(12).any(|window| window.iter().all(|c| digit(*c)));
    let groups =
        chars.windows(14).any(|w| w.iter().enumerate().all(|(at, c)| digit(*c) != matches!(at, 4 | 9)));
    (row || groups).then_some((
        "名前に12桁の数字が続いています（個人番号と見分けがつかないため、記録できません）",
        "番号ではない名前にします",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_hours() {
        assert_eq!(duration("20s"), Some(Duration::from_secs(20)));
        assert_eq!(duration("5m"), Some(Duration::from_mins(5)));
        assert_eq!(
            [duration("5"), duration("0s"), duration("5分"), duration(""), duration("-1s")],
            [None; 5]
        );
        assert_eq!(hours("08:30-21:30"), Some(510..1290));
        assert_eq!(hours("0:00-24:00"), Some(0..1440));
        assert_eq!(
            [hours("21:30-08:30"), hours("8時-9時"), hours("08:60-09:00"), hours("24:01-25:00")],
            [const { None }; 4]
        );
    }

    #[test]
    fn retention_classes_are_the_six() {
        assert_eq!(
            [retention("5y"), retention("30y"), retention("2y"), retention("5年")],
            [Some(5), Some(30), None, None]
        );
    }

    #[test]
    fn names_that_the_log_refuses_are_known() {
        for bad in ["転入123456789018", "a1234-5678-9018", "一二三四五六七八九零一二", &"あ".repeat(101)]
        {
            assert!(not_recordable(bad).is_some(), "{bad}");
        }
        for good in ["住民異動届_2026-04-01", "手順12345678901", "a1234-567-9018", &"あ".repeat(100)]
        {
            assert!(not_recordable(good).is_none(), "{good}");
        }
    }

    #[test]
    fn addresses_and_paths() {
        for good in ["http://127.0.0.1:8080/", "https://juki.example.lg.jp"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in ["ftp://x", "javascript:alert(1)", "http://", "http://a:b@c/", "//x", "http://a b/"] {
            assert!(!is_web_address(bad), "{bad}");
        }
        for bad in ["/etc/passwd", "../x", "a/../../b", "C:\\x", "~/x", "\\\\server\\x"] {
            assert!(leaves_office(bad), "{bad}");
        }
        assert!(!leaves_office("出力/発送簿_..xlsx"));
    }
}
