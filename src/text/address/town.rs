//! The part of an address before its numbers: prefecture, 郡, municipality, town.

use super::super::{kanji, numeral, width};

const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

/// The prefecture that the address begins with, and the rest as written.
pub(super) fn strip_prefecture(text: &str) -> (Option<&'static str>, &str) {
    let start = text.trim_start_matches(width::is_space);
    let found = PREFECTURES.iter().find_map(|name| start.strip_prefix(name).map(|rest| (*name, rest)));
    found.map_or((None, start), |(name, rest)| (Some(name), rest))
}

/// The town folded for comparing: width, kanji forms, 郡, 大字・字, ヶ・ツ・ノ, street names of Kyoto, 条 numbers.
pub(super) fn key(town: &str) -> String {
    let folded = kanji::fold(town, kanji::MatchLevel::OldNew);
    let streetless = without_streets(without_county(&folded));
    let bare = without_section_words(&streetless);
    let chars: Vec<char> = bare.chars().collect();
    let small: String = chars.iter().enumerate().map(|(at, c)| fold_small_word(&chars, at, *c)).collect();
    fold_avenue_numbers(&small)
}

/// Leaves out 郡 where a 町 or 村 follows.
fn without_county(town: &str) -> &str {
    let Some((county, rest)) = town.split_once('郡') else { return town };
    let of_city = rest.starts_with('市') || rest.starts_with("山市") || rest.starts_with("上市");
    let city_before = county.contains('市') && !matches!(county, "余市" | "高市");
    let short = (1..=5).contains(&county.chars().count()) && !county.contains(['区', '町', '村']);
    let municipality = rest.chars().take(8).any(|c| matches!(c, '町' | '村'));
    if short && municipality && !of_city && !city_before { rest } else { town }
}

/// Leaves out the street names that stand between ward and town in Kyoto (寺町通御池上る).
fn without_streets(town: &str) -> String {
    let Some((city, rest)) = town.split_once("京都市").filter(|parts| parts.0.is_empty()) else {
        return town.to_owned();
    };
    let Some((ward, streets)) = rest.split_once('区') else { return town.to_owned() };
    let ends = ["上る", "上ル", "下る", "下ル", "東入る", "東入ル", "東入", "西入る", "西入ル", "西入"];
    let end = ends.iter().filter_map(|word| streets.rfind(word).map(|at| at + word.len())).max();
    end.map_or_else(|| town.to_owned(), |end| format!("{city}京都市{ward}区{}", &streets[end..]))
}

/// Leaves out 大字 and 字, but not the 字 of 文字.
fn without_section_words(town: &str) -> String {
    let mut out = String::new();
    for c in town.replace("大字", "").chars() {
        if c != '字' || out.is_empty() || out.ends_with('文') {
            out.push(c);
        }
    }
    out
}

/// ヶ・ケ・が・ガ between kanji → ケ; ツ・ッ・つ → ツ; ノ・の・之 → ノ.
fn fold_small_word(town: &[char], at: usize, c: char) -> char {
    let kanji_at = |at: Option<usize>| at.and_then(|at| town.get(at)).is_some_and(|c| is_kanji(*c));
    match c {
        'ヶ' | 'ケ' | 'が' | 'ガ' | 'ヵ' if kanji_at(at.checked_sub(1)) && kanji_at(Some(at + 1)) => {
            'ケ'
        }
        'ッ' | 'つ' | 'っ' => 'ツ',
        'の' | '之' => 'ノ',
        c => c,
    }
}

fn is_kanji(c: char) -> bool {
    matches!(c, '々' | '〆' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// 北一条西 → 北1条西, 二十四軒四条 → 二十四軒4条: kanji before a 条 that ends the town, with at most a direction after it.
fn fold_avenue_numbers(town: &str) -> String {
    let bare = town.trim_end_matches(['東', '西', '南', '北']);
    let Some(front) = bare.strip_suffix('条') else { return town.to_owned() };
    let name = front.trim_end_matches(numeral::is_kanji_numeral);
    let number = numeral::parse_number(&front[name.len()..]);
    number.map_or_else(|| town.to_owned(), |number| format!("{name}{number}{}", &town[front.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counties_go_and_cities_stay() {
        for (town, folded) in [
            ("稲敷郡阿見町中央", "阿見町中央"),
            ("余市郡余市町黒川町", "余市町黒川町"),
            ("高市郡明日香村岡", "明日香村岡"),
            ("郡山市朝日", "郡山市朝日"),
            ("大和郡山市北郡山町", "大和郡山市北郡山町"),
            ("蒲郡市旭町", "蒲郡市旭町"),
            ("郡上市八幡町", "郡上市八幡町"),
        ] {
            assert_eq!(key(town), folded, "{town}");
        }
    }

    #[test]
    fn variants_of_a_town_have_one_key() {
        for (a, b) in [
            ("霞ヶ関", "霞が関"),
            ("鎌ケ谷市", "鎌ヶ谷市"),
            ("四ツ谷", "四ッ谷"),
            ("四つ谷", "四ツ谷"),
            ("龍之口", "竜の口"),
            ("大字大野字上原", "大野上原"),
            ("京都市中京区寺町通御池上る上本能寺前町", "京都市中京区上本能寺前町"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        assert_eq!(key("十文字町"), "十文字町");
        assert_eq!(key("京都市下京区四条通烏丸東入長刀鉾町"), "京都市下京区長刀鉾町");
        assert_eq!(key("ハケ下"), "ハケ下");
    }

    #[test]
    fn prefectures() {
        assert_eq!(strip_prefecture("　京都府京都市"), (Some("京都府"), "京都市"));
        assert_eq!(strip_prefecture("府中市"), (None, "府中市"));
    }
}
