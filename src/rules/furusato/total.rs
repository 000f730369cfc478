//! All donations of many files as one ledger, with its figures. Portals deliver a donation again when it has been paid: the
//! newest line counts.

use super::{Donation, OneStop, Withdrawn, withdrawn::same_name};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Figures of one month, one purpose or one portal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The month (`2026-11`), the purpose or the portal.
    #[serde(rename = "区分")]
    pub of: String,
    /// Donations.
    #[serde(rename = "件数")]
    pub count: usize,
    /// Yen.
    #[serde(rename = "金額")]
    pub yen: i64,
    /// Donations that have been paid.
    #[serde(rename = "入金済件数")]
    pub paid: usize,
    /// Yen of those.
    #[serde(rename = "入金済金額")]
    pub paid_yen: i64,
    /// Donors who want the one-stop procedure by paper.
    #[serde(rename = "ワンストップ希望")]
    pub paper: usize,
    /// Donors who did it online.
    #[serde(rename = "オンライン")]
    pub online: usize,
    /// Applications on paper that were received; by month only.
    #[serde(rename = "申請書")]
    pub forms: usize,
}

/// Each donation once, by number: of several lines the one paid, then the one delivered last.
#[must_use]
pub fn merged(deliveries: Vec<(String, Donation)>) -> Vec<(String, Donation)> {
    let mut all: BTreeMap<String, Vec<(String, Donation)>> = BTreeMap::new();
    for (portal, donation) in deliveries {
        let known = all.entry(donation.number.clone()).or_default();
        let before =
            known.iter().position(|(p, d)| same_donation((p.as_str(), d), (portal.as_str(), &donation)));
        match before {
            Some(at) if known[at].1.paid.is_some() && donation.paid.is_none() => {}
            Some(at) => known[at] = (portal, donation),
            None => known.push((portal, donation)),
        }
    }
    all.into_values().flatten().collect()
}

/// Whether two deliveries, each with its portal's name, are of one donation. Portals number for themselves, so that one
/// number may be two donations; but a portal's files may be named in several ways, so that the facts count as well.
#[must_use]
pub fn same_donation(a: (&str, &Donation), b: (&str, &Donation)) -> bool {
    let alike = a.1.yen == b.1.yen && same_name(&a.1.name, &b.1.name);
    a.1.number == b.1.number && (a.0 == b.0 || alike)
}

/// The numbers under which there is more than one donation, each with its portals.
#[must_use]
pub fn shared_numbers(all: &[(String, Donation)]) -> Vec<(&str, Vec<&str>)> {
    let mut portals: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (portal, donation) in all {
        portals.entry(&donation.number).or_default().push(portal);
    }
    portals.into_iter().filter(|(_, of)| of.len() > 1).collect()
}

/// Takes out of the deliveries so far what a newer file of the portal, or of the same donor, says was withdrawn.
pub fn take_out_withdrawn(deliveries: &mut Vec<(String, Donation)>, portal: &str, withdrawn: &[Withdrawn]) {
    if withdrawn.is_empty() {
        return;
    }
    let gone: HashMap<&str, &Withdrawn> = withdrawn.iter().map(|w| (w.number.as_str(), w)).collect();
    deliveries.retain(|(of, donation)| {
        gone.get(donation.number.as_str()).is_none_or(|w| of != portal && !w.fits(donation))
    });
}

/// The figures by whatever `of` says of a donation.
pub fn figures<'a>(
    donations: impl IntoIterator<Item = &'a (String, Donation)>,
    of: impl Fn(&str, &Donation) -> String,
) -> Vec<Figures> {
    let mut all: BTreeMap<String, Figures> = BTreeMap::new();
    for (portal, donation) in donations {
        let of = of(portal, donation);
        let figures = all.entry(of.clone()).or_insert_with(|| Figures { of, ..Figures::default() });
        figures.count += 1;
        figures.yen += donation.yen;
        if donation.paid.is_some() {
            figures.paid += 1;
            figures.paid_yen += donation.yen;
        }
        figures.paper += usize::from(donation.one_stop == OneStop::Paper);
        figures.online += usize::from(donation.one_stop == OneStop::Online);
    }
    all.into_values().collect()
}

/// The figures by month with the applications received in each; months without a donation come in where they belong.
#[must_use]
pub fn with_forms(months: Vec<Figures>, received: &[Date]) -> Vec<Figures> {
    let mut all: BTreeMap<String, Figures> = months.into_iter().map(|f| (f.of.clone(), f)).collect();
    for day in received {
        let of = month_of(*day);
        all.entry(of.clone()).or_insert_with(|| Figures { of, ..Figures::default() }).forms += 1;
    }
    all.into_values().collect()
}

/// The month in which a donation counts: that of its payment, else of its application.
#[must_use]
pub fn month(donation: &Donation) -> String {
    donation.paid.or(donation.applied).map_or_else(|| "不明".to_owned(), month_of)
}

fn month_of(day: Date) -> String {
    format!("{}-{:02}", day.year(), day.month())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::{
        drivers::csv::{Encoding, csv_lines},
        rules::furusato::read_portal,
        text::cp932,
    };
    use std::collections::BTreeSet;

    fn read(lines: &str) -> Vec<Donation> {
        let head = "受付番号,申込日,入金日,寄附者氏名,寄附金額,使い道,ワンストップ\r\n";
        let bytes = cp932::encode(&format!("{head}{lines}")).unwrap();
        let lines = csv_lines(Encoding::Cp932, &bytes).unwrap();
        read_portal(lines, &BTreeSet::new()).unwrap().donations
    }

    #[test]
    fn a_donation_that_comes_again_counts_once_and_as_paid() {
        let first = read(
            "1,2026-10-31,,山田 太郎,10000,防災,希望する\r\n2,2026-10-30,2026-10-30,森 昌子,5000,防災,オンライン\r\n",
        );
        let second = read("1,2026-10-31,2026-11-02,山田 太郎,10000,防災,希望する\r\n");
        let of = |portal: &str, all: &[Donation]| -> Vec<_> {
            all.iter().map(|d| (portal.to_owned(), d.clone())).collect()
        };
        for order in [[of("A", &first), of("A", &second)], [of("A", &second), of("A", &first)]] {
            let all = merged(order.concat());
            let months = figures(&all, |_, d| month(d));
            let found: Vec<_> = months.iter().map(|f| (f.of.as_str(), f.count, f.yen, f.paid)).collect();
            assert_eq!(found, [("2026-10", 1, 5_000, 1), ("2026-11", 1, 10_000, 1)]);
            assert_eq!(figures(&all, |_, d| d.purpose.clone())[0].paid_yen, 15_000);
            assert_eq!((months[1].paper, months[0].online), (1, 1));
        }
    }

    #[test]
    fn one_number_of_two_portals_is_two_donations() {
        let of = |portal: &str, lines: &str| (portal.to_owned(), read(lines).remove(0));
        let first = of("甲", "1,2026-11-01,,山田 太郎,10000,防災,\r\n");
        let second = of("乙", "1,2026-11-02,2026-11-02,森 昌子,10000,福祉,\r\n");
        let again = of("甲", "1,2026-11-01,2026-11-03,山田 太郎,10000,防災,\r\n");
        let renamed = of("甲 12月", "1,2026-11-01,2026-11-03,山田　太郎,10000,防災,\r\n");
        for last in [again, renamed] {
            let all = merged(vec![first.clone(), second.clone(), last]);
            let found: Vec<_> = all.iter().map(|(_, d)| (d.purpose.as_str(), d.paid.is_some())).collect();
            assert_eq!(found, [("防災", true), ("福祉", true)]);
            assert_eq!(shared_numbers(&all).len(), 1);
        }
        assert_eq!(shared_numbers(&[first, second]), [("1", vec!["甲", "乙"])]);
    }

    #[test]
    fn without_a_day_the_month_is_not_known() {
        assert_eq!(month(&read("1,,,山田 太郎,1000,防災,\r\n")[0]), "不明");
    }
}
