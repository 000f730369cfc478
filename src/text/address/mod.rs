//! Addresses: parts, a key for comparing, and how two spellings relate. An address is never replaced by its key.
//!
//! No list of towns is used, so only what the writing itself shows is decided; the rest goes to a person.

mod lot;
mod town;

use std::fmt;

use super::width;
use lot::Lot;

/// How two spellings of an address relate; a smaller one is more alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressMatch {
    /// The same place; prefecture and 郡 may be left out.
    Same,
    /// One leaves out the municipality.
    PartMissing,
    /// The same numbers, but 「85番地1」「85番1号」「85-1」 cannot be told apart without knowing whether the town numbers
    /// houses (住居表示) or lots (地番).
    NumberStyle,
    /// One leaves out the building or the room.
    BuildingMissing,
    /// Other names of the building.
    BuildingDiffers,
    /// Other rooms.
    RoomDiffers,
    /// Another place.
    Different,
}

impl AddressMatch {
    /// Whether the two may be taken for the same without a person.
    #[must_use]
    pub fn passes(self) -> bool {
        self == Self::Same
    }

    /// Whether a person has to look at it.
    #[must_use]
    pub fn needs_person(self) -> bool {
        !self.passes() && self != Self::Different
    }

    /// What a person reads on a screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Same => "同じ住所",
            Self::PartMissing => "市区町村名が一方にありません",
            Self::NumberStyle => "番地・番・号の書き方が違います",
            Self::BuildingMissing => "方書(建物・部屋)が一方にありません",
            Self::BuildingDiffers => "建物の名前が違います",
            Self::RoomDiffers => "部屋番号が違います",
            Self::Different => "違う住所",
        }
    }
}

/// The parts of an address, folded for comparing. Personal data: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressParts {
    prefecture: Option<&'static str>,
    town: String,
    lot: Lot,
    building: String,
    room: Option<String>,
}

impl AddressParts {
    /// Takes an address apart. Any text gives parts; what has no number is all town.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (prefecture, rest) = town::strip_prefecture(text);
        let chars: Vec<char> = rest.chars().collect();
        let mut lot = lot::find(&chars);
        let before: String = chars[..lot.start].iter().collect();
        let after: String = chars[lot.end..].iter().collect();
        let (building, mut room) = split_room(&after);
        if lot.numbers.len() > 3 && room.is_none() {
            room = lot.numbers.pop().map(|(number, _)| number.to_string());
        }
        Self { prefecture, town: town::key(&before), lot, building, room }
    }

    /// The prefecture, if it is written.
    #[must_use]
    pub fn prefecture(&self) -> Option<&'static str> {
        self.prefecture
    }

    /// 丁目, 番地, 号 … in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.lot.numbers.iter().map(|number| number.0).collect()
    }

    /// The room, if one is written: `101`, `A-3`.
    #[must_use]
    pub fn room(&self) -> Option<&str> {
        self.room.as_deref()
    }

    /// The key: equal for spellings that differ in nothing that counts. Prefecture and 郡 are left out.
    #[must_use]
    pub fn key(&self) -> String {
        let numbers: Vec<String> = self.numbers().iter().map(u64::to_string).collect();
        let room = self.room.as_deref().unwrap_or("");
        format!("{}|{}|{}|{room}", self.town, numbers.join("-"), self.building)
    }

    /// How two addresses relate: the gravest of what differs.
    #[must_use]
    pub fn compare(&self, other: &Self) -> AddressMatch {
        let prefectures = self.prefecture.zip(other.prefecture);
        if prefectures.is_some_and(|(a, b)| a != b) || self.numbers() != other.numbers() {
            return AddressMatch::Different;
        }
        let styles =
            if self.lot.style_agrees(&other.lot) { AddressMatch::Same } else { AddressMatch::NumberStyle };
        self.compare_town(other).max(styles).max(self.compare_building(other))
    }

    fn compare_town(&self, other: &Self) -> AddressMatch {
        let (long, short) = if self.town.len() < other.town.len() {
            (&other.town, &self.town)
        } else {
            (&self.town, &other.town)
        };
        let rest = long.strip_suffix(short.as_str()).filter(|_| !short.is_empty() || long.is_empty());
        match rest {
            Some("") => AddressMatch::Same,
            Some(municipality) if municipality.ends_with(['市', '区', '町', '村']) => {
                AddressMatch::PartMissing
            }
            _ => AddressMatch::Different,
        }
    }

    fn compare_building(&self, other: &Self) -> AddressMatch {
        match (&self.room, &other.room) {
            (Some(a), Some(b)) if a != b => AddressMatch::RoomDiffers,
            _ if self.building == other.building && self.room == other.room => AddressMatch::Same,
            _ if self.building == other.building => AddressMatch::BuildingMissing,
            _ if self.building.is_empty() || other.building.is_empty() => AddressMatch::BuildingMissing,
            _ => AddressMatch::BuildingDiffers,
        }
    }
}

impl fmt::Debug for AddressParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressParts(****)")
    }
}

/// How two spellings of an address relate.
#[must_use]
pub fn compare(a: &str, b: &str) -> AddressMatch {
    AddressParts::parse(a).compare(&AddressParts::parse(b))
}

/// The key of an address, see [`AddressParts::key`].
#[must_use]
pub fn key(text: &str) -> String {
    AddressParts::parse(text).key()
}

/// The address as written up to its last number, and the 方書 (building and room) as written after it.
#[must_use]
pub fn split_building(text: &str) -> (String, Option<String>) {
    let (_, rest) = town::strip_prefecture(text);
    let chars: Vec<char> = rest.chars().collect();
    let building: String = chars[lot::find(&chars).end..].iter().collect();
    let head = text.strip_suffix(building.as_str()).unwrap_or(text).trim();
    let building = trim_building(&building);
    (head.to_owned(), (!building.is_empty()).then(|| building.to_owned()))
}

/// The text without spaces and separators at its ends.
fn trim_building(text: &str) -> &str {
    text.trim_matches(|c| width::is_space(c) || width::is_dash(c) || matches!(c, ',' | '、' | '，'))
}

/// Building and room of a 方書, folded: `ハイツ桜　１０１号室` → (`ハイツ桜`, `101`).
fn split_room(text: &str) -> (String, Option<String>) {
    let folded =
        width::fold_dashes(&width::remove_spaces(&width::fold_width(trim_building(text)))).to_uppercase();
    let folded = folded.strip_suffix('階').map_or_else(|| folded.clone(), |floor| format!("{floor}F"));
    let bare = ["号室", "号", "室"].iter().find_map(|unit| folded.strip_suffix(unit)).unwrap_or(&folded);
    let name = bare.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let room = bare[name.len()..].trim_matches('-');
    if room.chars().any(|c| c.is_ascii_digit()) {
        (name.trim_end_matches('#').to_owned(), Some(room.to_owned()))
    } else {
        (folded.clone(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AddressMatch::{
        BuildingDiffers, BuildingMissing, Different, NumberStyle, PartMissing, RoomDiffers, Same,
    };
    use proptest::prelude::*;

    #[test]
    fn pairs() {
        for (a, b, expected) in [
            ("茨城県つくば市研究学園一丁目１番地１", "つくば市研究学園1-1-1", Same),
            ("宇城市松橋町大野85番地", "宇城市松橋町大野85", Same),
            ("虎ノ門二丁目2番1号", "虎ﾉ門2-2-1", Same),
            ("三田一丁目", "3田1丁目", Different),
            ("千代田区霞が関1-1-1", "千代田区霞ヶ関１－１－１", Same),
            ("千代田区霞が関", "千代田区霞ヶ関", Same),
            ("港区六本木六丁目10番1号", "港区六本木6-10-1", Same),
            ("八王子市元本郷町三丁目24番1号", "東京都八王子市元本郷町3丁目24-1", Same),
            ("札幌市西区二十四軒四条一丁目1-1", "札幌市西区二十四軒4条1丁目1-1", Same),
            ("札幌市中央区北一条西二丁目1", "札幌市中央区北1条西2丁目1", Same),
            ("四日市市諏訪町1番5号", "三重県四日市市諏訪町1番5号", Same),
            ("千代田区三番町6-3", "千代田区三番町６ー３", Same),
            ("千代田区一番町一番地", "千代田区一番町1", Same),
            ("茨城県稲敷郡阿見町中央1-1-1", "阿見町中央1-1-1", Same),
            ("宇城市松橋町大字大野85", "宇城市松橋町大野85番地", Same),
            ("龍ケ崎市3710番地", "竜ヶ崎市3710", Same),
            ("函舘市東雲町4-13", "函館市東雲町4-13", Same),
            ("福島県郡山市朝日1-23-7", "郡山市朝日1-23-7", Same),
            ("つくば市研究学園1-1-1", "研究学園1-1-1", PartMissing),
            ("大野85番地1", "大野85-1", NumberStyle),
            ("大野85番地の1", "大野85番1号", NumberStyle),
            ("大野85番地の1", "大野８５番地ノ１", Same),
            ("大野1丁目1", "大野1-1", NumberStyle),
            ("大野1丁目2番地3", "大野1丁目2番3号", NumberStyle),
            ("茨城県つくば市研究学園1-1-1", "東京都つくば市研究学園1-1-1", Different),
            ("つくば市研究学園1-1-1", "つくば市研究学園1-1-2", Different),
            ("つくば市研究学園1-1-1", "つくば市学園1-1-1", Different),
            ("つくば市大野1", "つくば市大野", Different),
        ] {
            assert_eq!(compare(a, b), expected, "{a} {b}");
            assert_eq!(compare(b, a), expected, "{b} {a}");
            assert_eq!(compare(a, a), Same);
        }
    }

    #[test]
    fn buildings_and_rooms() {
        for (a, b, expected) in [
            ("大野85-1 ハイツ桜101号室", "大野85-1ハイツ桜 #101", Same),
            ("大野85-1 ハイツ桜１０１", "大野85-1 ハイツ桜101号", Same),
            ("大野1-2-3 ハイツ桜101", "大野1-2-3 ハイツ桜102", RoomDiffers),
            ("大野1-2-3-101", "大野1-2-3 ハイツ桜101号室", BuildingMissing),
            ("大野1-2-3-101", "大野1-2-3 ハイツ桜102号室", RoomDiffers),
            ("大野1-2-3-101", "大野1-2-3", BuildingMissing),
            ("大野1-2-3 ハイツ桜", "大野1-2-3", BuildingMissing),
            ("大野1-2-3 ハイツ桜101", "大野1-2-3 ハイツ梅101", BuildingDiffers),
            ("大野1-2-3 桜ビル3階", "大野1-2-3 桜ビル３Ｆ", Same),
            ("大野1番地 山田方", "大野1番地", BuildingMissing),
        ] {
            assert_eq!(compare(a, b), expected, "{a} {b}");
            assert_eq!(compare(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_building_is_split_off_as_written() {
        for (text, head, building) in [
            (
                "つくば市研究学園一丁目１番地１　ハイツ桜１０１号室",
                "つくば市研究学園一丁目１番地１",
                Some("ハイツ桜１０１号室"),
            ),
            ("つくば市研究学園1-1-1ハイツ桜101", "つくば市研究学園1-1-1", Some("ハイツ桜101")),
            ("つくば市研究学園1丁目1番1号 3号棟205", "つくば市研究学園1丁目1番1号", Some("3号棟205")),
            ("港区三田三丁目2番地 三田ハイツ", "港区三田三丁目2番地", Some("三田ハイツ")),
            ("港区三田三丁目2番地三田ハイツ", "港区三田三丁目2番地", Some("三田ハイツ")),
            ("宇城市松橋町大野85番地", "宇城市松橋町大野85番地", None),
            ("茨城県つくば市", "茨城県つくば市", None),
            ("", "", None),
        ] {
            assert_eq!(split_building(text), (head.to_owned(), building.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn parts_are_hidden() {
        let parts = AddressParts::parse("東京都港区三田1-2-3 ハイツ101");
        assert_eq!(format!("{parts:?}"), "AddressParts(****)");
        assert_eq!(
            (parts.prefecture(), parts.numbers(), parts.room()),
            (Some("東京都"), vec![1, 2, 3], Some("101"))
        );
        assert_eq!(parts.key(), "港区三田|1-2-3|ハイツ|101");
    }

    proptest! {
        #[test]
        fn any_text_has_parts(text in "[東京都市区町村郡大字一二三十0-9０-９丁目番地号のノーヶ \\-a-zハ棟室上る]{0,30}") {
            prop_assert_eq!(compare(&text, &text), Same);
            let (head, building) = split_building(&text);
            prop_assert!(head.len() + building.map_or(0, |b| b.len()) <= text.len());
        }
    }
}
