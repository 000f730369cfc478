//! The one-stop application (寄附金税額控除に係る申告特例申請書): what is accepted, what is late, what is missing.

use super::{Donation, OneStop};
use crate::{
    calendar::{CalendarError, OfficeCalendar},
    text::{AddressMatch, AddressParts, MatchLevel, address, my_number, person_name, width},
};
use jiff::civil::{Date, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An application as it was read from paper and confirmed by people.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// 整理番号; empty where nothing is printed.
    pub number: String,
    /// 氏名.
    pub name: String,
    /// 住所.
    pub address: String,
    /// 個人番号, 12 digits; empty where it is missing.
    pub my_number: String,
    /// 提出年月日; none where it is not read.
    pub submitted: Option<Date>,
    /// The year of 寄附年分; none where it is not read.
    pub year: Option<i16>,
    /// 寄附年月日.
    pub given: Option<Date>,
    /// 寄附金額.
    pub yen: Option<i64>,
    /// □① 申告特例対象寄附者である.
    pub first_mark: bool,
    /// □② 5団体以下と見込まれる.
    pub second_mark: bool,
    /// Whether copies of the papers of identity are there and good; none: not looked at yet.
    pub papers: Option<bool>,
    /// The municipality to which it is addressed; empty where it is not read.
    pub addressee: String,
}

/// Masks the donor.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({})", self.number)
    }
}

/// What a city decides for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// 1月10日が閉庁日のとき、次の開庁日まで受け付けるか。
    pub roll_over: bool,
    /// 自分の市区町村の名前。書くと、宛先を確かめます。
    pub municipality: String,
}

/// What becomes of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Verdict {
    /// 受け付ける。
    #[serde(rename = "受付")]
    Accepted,
    /// 先の申請書があるため、受け付けない。
    #[serde(rename = "重複")]
    Duplicate,
    /// 職員が見る。
    #[serde(rename = "要判断")]
    Decide,
    /// 不備の手紙を出す。
    #[serde(rename = "不備")]
    Defect,
    /// 期限を過ぎた。
    #[serde(rename = "期限後")]
    Late,
}

/// What was found: the verdict, the donation it belongs to, the reasons in Japanese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The worst of the reasons.
    pub verdict: Verdict,
    /// The place of the donation in the list.
    pub donation: Option<usize>,
    /// Each reason with its own verdict; those of an accepted form are remarks.
    pub reasons: Vec<(Verdict, String)>,
}

/// The last day on which an application for donations of that year may arrive.
///
/// # Errors
/// When the holidays of that year are not known.
///
/// # Panics
/// Never: every year has a 10 January.
pub fn last_day(year: i16, rules: &Rules) -> Result<Date, CalendarError> {
    let tenth = date(year + 1, 1, 10);
    if rules.roll_over { OfficeCalendar::new().open_on_or_after(tenth) } else { Ok(tenth) }
}

/// Checks an application that arrived on a day. `before` are those accepted already, with the donation of each.
///
/// # Errors
/// When the holidays of that year are not known.
pub fn check_form(
    form: &Form,
    arrived: Date,
    donations: &[Donation],
    before: &[(Form, usize)],
    rules: &Rules,
) -> Result<Seen, CalendarError> {
    let mut reasons = defects(form, rules);
    let (donation, found) = belongs_to(form, donations);
    reasons.extend(found);
    let year = donation.and_then(|n| donations[n].paid).or(form.given).map(Date::year);
    if let Some(year) = year {
        let last = last_day(year, rules)?;
        if arrived > last {
            reasons.push((Verdict::Late, format!("{last} までに届いていません")));
        }
    }
    reasons.extend(twice(form, donation, before));
    let verdict = reasons.iter().map(|(v, _)| *v).max().unwrap_or(Verdict::Accepted);
    Ok(Seen { verdict, donation, reasons })
}

/// What is missing or wrong on the form itself.
fn defects(form: &Form, rules: &Rules) -> Vec<(Verdict, String)> {
    let mut found = Vec::new();
    let mut add = |wrong: bool, verdict, why: &str| {
        if wrong {
            found.push((verdict, why.to_owned()));
        }
    };
    let elsewhere = !rules.municipality.is_empty() && !form.addressee.is_empty();
    let elsewhere = elsewhere && !addressed_to(&form.addressee, &rules.municipality);
    add(elsewhere, Verdict::Decide, "宛先がほかの市区町村です（返送するかどうかを決めてください）");
    add(!form.first_mark, Verdict::Defect, "①申告の特例の適用を受けることの確認欄に印がありません");
    add(!form.second_mark, Verdict::Defect, "②申請先が5団体以下であることの確認欄に印がありません");
    add(form.my_number.is_empty(), Verdict::Defect, "個人番号がありません");
    let wrong_number = !form.my_number.is_empty() && !my_number::is_valid(&form.my_number);
    add(
        wrong_number,
        Verdict::Defect,
        "個人番号の検査数字が合いません（読み直しても合わないときは不備とします）",
    );
    let other_year = form.year.zip(form.given).is_some_and(|(year, given)| year != given.year());
    add(other_year, Verdict::Defect, "寄附年分が寄附年月日の年と違います");
    let too_early = form.submitted.zip(form.given).is_some_and(|(submitted, given)| submitted < given);
    add(too_early, Verdict::Decide, "提出年月日が寄附年月日より前です");
    add(form.papers == Some(false), Verdict::Defect, "本人確認書類の写しがないか、使えません");
    add(form.papers.is_none(), Verdict::Decide, "本人確認書類の写しを確かめてください");
    found
}

/// Whether somebody wrote to a municipality. Prefecture and 郡 may stand before it; two prefectures must be the same one.
fn addressed_to(addressee: &str, municipality: &str) -> bool {
    let ((theirs, to), (ours, own)) = (without_prefecture(addressee), without_prefecture(municipality));
    if own.is_empty() {
        return theirs == ours;
    }
    let of_county = own.ends_with(['町', '村']);
    let behind_county = to.split_once('郡').filter(|_| of_county).map(|(_, town)| town);
    let named = to.starts_with(&own) || behind_county.is_some_and(|town| town.starts_with(&own));
    named && theirs.zip(ours).is_none_or(|(a, b)| a == b)
}

/// The prefecture that is written before a municipality, and what follows it.
fn without_prefecture(text: &str) -> (Option<&'static str>, String) {
    let bare = without_spaces(text);
    let prefecture = AddressParts::parse(&bare).prefecture();
    let rest = prefecture.and_then(|name| bare.strip_prefix(name)).unwrap_or(&bare).to_owned();
    (prefecture, rest)
}

/// The donation of a form: by its number, else by name, address, amount and day.
fn belongs_to(form: &Form, donations: &[Donation]) -> (Option<usize>, Vec<(Verdict, String)>) {
    let all = || donations.iter().enumerate();
    let key = |number: &str| width::remove_spaces(&width::fold_width(number));
    let wanted = key(&form.number);
    let by_number = || all().filter(|(_, d)| !wanted.is_empty() && key(&d.number) == wanted).map(|(n, _)| n);
    let by_facts = || {
        let same = |d: &Donation| {
            Some(d.yen) == form.yen
                && d.paid.is_some()
                && d.paid == form.given
                && person_name::compare(&d.name, &form.name) <= MatchLevel::OldNew
                && !matches!(address::compare(&d.address, &form.address), AddressMatch::Different)
        };
        all().filter(|(_, d)| same(d)).map(|(n, _)| n).collect::<Vec<_>>()
    };
    let why = |verdict, text: &str| vec![(verdict, text.to_owned())];
    if let Some(n) = by_number().next() {
        return (Some(n), differs(form, &donations[n]));
    }
    match by_facts()[..] {
        [n] => {
            let mut found = if wanted.is_empty() {
                why(Verdict::Accepted, "整理番号がないため、氏名・住所・金額・日付で寄附を探しました")
            } else {
                let text = "整理番号に当たる寄附がなく、氏名・住所・金額・日付の合う寄附があります。番号を確かめてください";
                why(Verdict::Decide, text)
            };
            found.extend(differs(form, &donations[n]));
            (Some(n), found)
        }
        [] => (None, why(Verdict::Decide, "当てはまる寄附が見つかりません")),
        _ => (None, why(Verdict::Decide, "当てはまる寄附が二つ以上あります。整理番号を確かめてください")),
    }
}

/// What of the form differs from its donation.
fn differs(form: &Form, donation: &Donation) -> Vec<(Verdict, String)> {
    let mut found = Vec::new();
    match person_name::compare(&donation.name, &form.name) {
        MatchLevel::Equal | MatchLevel::Width => {}
        level if level.passes() => {
            found.push((
                Verdict::Accepted,
                format!("氏名の書き方の違い（{}）は同じとみなしました", level.label()),
            ));
        }
        level if level.needs_person() => {
            found.push((Verdict::Decide, format!("氏名の字体が違います（{}）", level.label())));
        }
        _ => found.push((Verdict::Defect, "氏名が寄附の記録と違います".to_owned())),
    }
    match address::compare(&donation.address, &form.address) {
        m if m.passes() => {
            if without_spaces(&donation.address) != without_spaces(&form.address) {
                found.push((Verdict::Accepted, "住所の書き方の違いは同じとみなしました".to_owned()));
            }
        }
        m if m.needs_person() => {
            found.push((Verdict::Decide, "住所の方書などが寄附の記録と違います".to_owned()));
        }
        _ => {
            let why =
                "住所が寄附の記録と違います。1月1日の前に転居した方には、変更届出書をお願いしてください";
            found.push((Verdict::Defect, why.to_owned()));
        }
    }
    if form.yen.is_some_and(|yen| yen != donation.yen) {
        found.push((Verdict::Defect, "寄附金額が寄附の記録と違います".to_owned()));
    }
    if form.given.is_some() && donation.paid.is_some() && form.given != donation.paid {
        found.push((Verdict::Defect, "寄附年月日が寄附の記録（入金日）と違います".to_owned()));
    }
    if !donation.certificate {
        found.push((Verdict::Decide, "入金が確認できていません".to_owned()));
    }
    if donation.one_stop == OneStop::Received {
        found.push((Verdict::Duplicate, "同じ寄附の申請書を先に受け付けています".to_owned()));
    }
    if donation.one_stop == OneStop::Online {
        found.push((Verdict::Duplicate, "オンラインで申請済みです。二重に登録しないでください".to_owned()));
    }
    found
}

fn without_spaces(text: &str) -> String {
    width::remove_spaces(&width::fold_width(text))
}

/// An application that was accepted before for the same donation.
fn twice(form: &Form, donation: Option<usize>, before: &[(Form, usize)]) -> Option<(Verdict, String)> {
    let same_facts = |f: &Form| {
        !f.my_number.is_empty()
            && (&f.my_number, f.given, f.yen) == (&form.my_number, form.given, form.yen)
            && (form.number.is_empty() || f.number.is_empty())
    };
    let hit = before.iter().any(|(f, d)| donation == Some(*d) || same_facts(f));
    hit.then(|| (Verdict::Duplicate, "同じ寄附の申請書を先に受け付けています".to_owned()))
}

/// How many municipalities a donor has given to, by the donor's own count; several donations to one count once, also where it is
/// written with and without its prefecture, or in another width.
#[must_use]
pub fn municipalities(given: &[String]) -> usize {
    let mut known: Vec<(Option<&'static str>, String)> = Vec::new();
    for (prefecture, name) in given.iter().map(|name| without_prefecture(name)) {
        let same = known.iter_mut().find(|(its, other)| {
            *other == name && its.zip(prefecture).is_none_or(|(one, other)| one == other)
        });
        match same {
            Some(before) => before.0 = before.0.or(prefecture),
            None if prefecture.is_none() && name.is_empty() => {}
            None => known.push((prefecture, name)),
        }
    }
    known.len()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn donation(number: &str) -> Donation {
        Donation {
            number: number.into(),
            applied: None,
            paid: Some(date(2025, 12, 20)),
            name: "山田 太郎".into(),
            furigana: String::new(),
            postal_code: String::new(),
            address: "千葉県市原市緑町1丁目2番3号".into(),
            phone: String::new(),
            email: String::new(),
            yen: 10_000,
            gift: String::new(),
            purpose: String::new(),
            message: String::new(),
            one_stop: OneStop::Paper,
            certificate: true,
        }
    }

    fn form(number: &str) -> Form {
        Form {
            number: number.into(),
            name: "山田太郎".into(),
            address: "市原市緑町1-2-3".into(),
            my_number: "123456789018".into(),
            submitted: Some(date(2025, 12, 28)),
            year: Some(2025),
            given: Some(date(2025, 12, 20)),
            yen: Some(10_000),
            first_mark: true,
            second_mark: true,
            papers: Some(true),
            addressee: String::new(),
        }
    }

    fn seen(form: &Form, arrived: Date, rules: &Rules) -> Seen {
        check_form(form, arrived, &[donation("1"), Donation { yen: 20_000, ..donation("2") }], &[], rules)
            .unwrap()
    }

    #[test]
    fn the_tenth_of_january() {
        let strict = Rules::default();
        let rolling = Rules { roll_over: true, ..Rules::default() };
        let on = |day, rules: &Rules| seen(&form("1"), date(2026, 1, day), rules).verdict;
        assert_eq!(
            (on(9, &strict), on(10, &strict), on(13, &strict)),
            (Verdict::Accepted, Verdict::Accepted, Verdict::Late)
        );
        assert_eq!((on(13, &rolling), on(14, &rolling)), (Verdict::Accepted, Verdict::Late));
        assert_eq!(last_day(2026, &rolling).unwrap(), date(2027, 1, 12));
        assert_eq!(last_day(2027, &rolling).unwrap(), date(2028, 1, 11));
    }

    #[test]
    fn defects_on_the_form() {
        let good = form("1");
        for (bad, verdict, words) in [
            (Form { first_mark: false, ..good.clone() }, Verdict::Defect, "①"),
            (Form { second_mark: false, ..good.clone() }, Verdict::Defect, "②"),
            (Form { my_number: String::new(), ..good.clone() }, Verdict::Defect, "個人番号がありません"),
            (Form { my_number: "123456789012".into(), ..good.clone() }, Verdict::Defect, "検査数字"),
            (Form { papers: Some(false), ..good.clone() }, Verdict::Defect, "本人確認書類"),
            (Form { papers: None, ..good.clone() }, Verdict::Decide, "本人確認書類"),
            (Form { yen: Some(20_000), ..good.clone() }, Verdict::Defect, "寄附金額が"),
            (Form { year: Some(2024), ..good.clone() }, Verdict::Defect, "寄附年分が"),
            (Form { submitted: Some(date(2025, 12, 1)), ..good.clone() }, Verdict::Decide, "提出年月日が"),
            (Form { given: Some(date(2025, 12, 21)), ..good.clone() }, Verdict::Defect, "寄附年月日が"),
            (Form { address: "千葉市中央区1-1-1".into(), ..good.clone() }, Verdict::Defect, "変更届出書"),
            (Form { name: "川口 次郎".into(), ..good.clone() }, Verdict::Defect, "氏名が"),
            (Form { addressee: "市川市長".into(), ..good.clone() }, Verdict::Decide, "ほかの市区町村"),
        ] {
            let rules = Rules { municipality: "市原市".into(), ..Rules::default() };
            let found = seen(&bad, date(2026, 1, 5), &rules);
            assert_eq!(found.verdict, verdict, "{words}: {:?}", found.reasons);
            assert!(found.reasons.iter().any(|(_, why)| why.contains(words)), "{words}: {:?}", found.reasons);
        }
    }

    #[test]
    fn whom_a_form_is_addressed_to() {
        for (addressee, own, expected) in [
            ("市原市長", "市原市", true),
            ("千葉県市原市長", "市原市", true),
            ("千葉県　市原市長　殿", "市原市", true),
            ("市原市長", "千葉県市原市", true),
            ("市川市長", "市原市", false),
            ("千葉県市川市長", "市原市", false),
            ("京都府京都市長", "京都市", true),
            ("長生郡長生村長", "長生村", true),
            ("郡山市長", "山市", false),
            ("広島県府中市長", "東京都府中市", false),
            ("千葉県知事", "千葉県", true),
            ("市原市長", "千葉県", false),
            ("千葉県知事", "市原市", false),
        ] {
            assert_eq!(addressed_to(addressee, own), expected, "{addressee}, {own}");
        }
        let rules = Rules { municipality: "市原市".into(), ..Rules::default() };
        let form = Form { addressee: "千葉県市原市長".into(), ..form("1") };
        assert_eq!(seen(&form, date(2026, 1, 5), &rules).verdict, Verdict::Accepted);
    }

    #[test]
    fn the_donation_is_found_by_its_number_or_by_its_facts() {
        let by_facts = seen(&form(""), date(2026, 1, 5), &Rules::default());
        assert_eq!((by_facts.verdict, by_facts.donation), (Verdict::Accepted, Some(0)));
        let two = [donation("1"), donation("2")];
        let unclear = check_form(&form(""), date(2026, 1, 5), &two, &[], &Rules::default()).unwrap();
        assert_eq!((unclear.verdict, unclear.donation), (Verdict::Decide, None));
        let second =
            check_form(&form("2"), date(2026, 1, 5), &two, &[(form("1"), 0)], &Rules::default()).unwrap();
        assert_eq!(
            second.verdict,
            Verdict::Accepted,
            "two donations of one day are two where their numbers differ"
        );
        let unknown = seen(&Form { yen: Some(1), ..form("9") }, date(2026, 1, 5), &Rules::default());
        assert_eq!(unknown.reasons, [(Verdict::Decide, "当てはまる寄附が見つかりません".to_owned())]);
    }

    #[test]
    fn duplicates_and_online_applications_are_not_registered_twice() {
        let again =
            check_form(&form("1"), date(2026, 1, 5), &[donation("1")], &[(form("1"), 0)], &Rules::default());
        assert_eq!(again.unwrap().verdict, Verdict::Duplicate);
        let received = Donation { one_stop: OneStop::Received, ..donation("1") };
        let found = check_form(&form("1"), date(2026, 1, 5), &[received], &[], &Rules::default()).unwrap();
        assert_eq!(found.verdict, Verdict::Duplicate);
        let online = Donation { one_stop: OneStop::Online, ..donation("1") };
        let found = check_form(&form("1"), date(2026, 1, 5), &[online], &[], &Rules::default()).unwrap();
        assert_eq!(found.verdict, Verdict::Duplicate);
    }

    #[test]
    fn only_variants_of_a_name_are_for_a_person() {
        let donor = Donation { name: "髙橋 太郎".into(), ..donation("1") };
        let written = Form { name: "高橋太郎".into(), ..form("1") };
        let found = check_form(&written, date(2026, 1, 5), &[donor], &[], &Rules::default()).unwrap();
        assert_eq!(found.verdict, Verdict::Decide, "{:?}", found.reasons);
    }

    #[test]
    fn what_is_only_written_in_another_way_passes_with_a_remark() {
        let donor = Donation { name: "\u{FA19}田 太郎".into(), ..donation("1") };
        let written = Form { name: "神田太郎".into(), ..form("１") };
        let found = check_form(&written, date(2026, 1, 5), &[donor], &[], &Rules::default()).unwrap();
        assert_eq!((found.verdict, found.donation), (Verdict::Accepted, Some(0)), "{:?}", found.reasons);
        let remarks: Vec<_> = found.reasons.iter().map(|(_, why)| why.as_str()).collect();
        assert!(remarks[0].starts_with("氏名の書き方の違い") && remarks[1].starts_with("住所の書き方の違い"));
    }

    #[test]
    fn a_number_that_nobody_has_is_for_a_person_even_where_the_facts_fit() {
        let found = seen(&form("99"), date(2026, 1, 5), &Rules::default());
        assert_eq!((found.verdict, found.donation), (Verdict::Decide, Some(0)));
        assert!(found.reasons[0].1.contains("番号を確かめてください"), "{:?}", found.reasons);
    }

    #[test]
    fn several_donations_to_one_municipality_count_once() {
        assert_eq!(municipalities(&["甲市", "乙町", "甲市"].map(str::to_owned)), 2);
        let count =
            |names: &[&str]| municipalities(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert_eq!(count(&["市原市", "千葉県市原市", "千葉県　市原市", ""]), 1);
        assert_eq!(count(&["東京都府中市", "広島県府中市", "府中市"]), 2, "two of one name");
        assert_eq!(count(&["北海道", "北海道札幌市"]), 2, "a prefecture takes donations, too");
    }
}
