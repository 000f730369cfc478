//! The papers of families put together: applications (利用申込書) and certificates of work (就労証明書) that were scanned as one
//! bundle, as one line for each child. What does not fit together is for a person.

use crate::text::{MatchLevel, TimeOfDay, address, person_name, width};
use jiff::{ToSpan, civil::Date};
use std::{collections::BTreeMap, fmt};

/// One application: one child.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// What was scanned together with it.
    pub bundle: String,
    /// 申込日.
    pub applied: Option<Date>,
    /// 保護者氏名.
    pub guardian: String,
    /// 父, 母 or another.
    pub relation: String,
    /// 保護者住所.
    pub address: String,
    /// 児童氏名.
    pub child: String,
    /// 児童生年月日.
    pub born: Option<Date>,
    /// 保育を必要とする理由 of the guardian.
    pub reason: String,
}

/// One certificate of work.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// What was scanned together with it.
    pub bundle: String,
    /// 証明日.
    pub issued: Option<Date>,
    /// 本人氏名.
    pub name: String,
    /// From when to when on a day of work, breaks included.
    pub times: Option<(TimeOfDay, TimeOfDay)>,
    /// Days of work in a month.
    pub days: Option<u32>,
}

/// Masks people.
impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Application({})", self.bundle)
    }
}

/// Masks people.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.bundle)
    }
}

/// What is known of a parent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParentFacts {
    /// 事由: 就労 where there is a certificate.
    pub reason: String,
    /// Hours of work in a month, in minutes; none where no certificate says.
    pub minutes: Option<u32>,
}

/// One child with its family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    /// The place of the application in the list.
    pub application: usize,
    /// The family, from 1; children of the same guardian at the same address are one.
    pub family: usize,
    /// Age in whole years on 1 April of the fiscal year.
    pub age: Option<u8>,
    /// 父.
    pub father: ParentFacts,
    /// 母.
    pub mother: ParentFacts,
    /// What a person must look at, in Japanese.
    pub doubts: Vec<&'static str>,
}

/// Certificates are good for three months.
const GOOD_FOR_MONTHS: i32 = 3;

/// Puts applications and certificates together for a fiscal year. The second list: certificates (by place) that belong to no
/// application, each with why.
#[must_use]
pub fn gather(
    applications: &[Application],
    certificates: &[Certificate],
    fiscal_year: i16,
) -> (Vec<Gathered>, Vec<(usize, &'static str)>) {
    let mut families = Families::default();
    let mut seen: Vec<(&str, Option<Date>)> = Vec::new();
    let mut all = Vec::new();
    for (n, application) in applications.iter().enumerate() {
        let family = families.of(application);
        let mut one = Gathered {
            application: n,
            family,
            age: age(application.born, fiscal_year),
            ..Gathered::default()
        };
        assign(&mut one, application, certificates);
        let again = seen.iter().any(|(name, born)| {
            *born == application.born && person_name::compare(name, &application.child).passes()
        });
        if again {
            one.doubts.push("同じ児童の申込書がもう一枚あります");
        }
        seen.push((&application.child, application.born));
        all.push(one);
    }
    let alone = |c: &Certificate| !applications.iter().any(|a| a.bundle == c.bundle);
    let strays = certificates.iter().enumerate().filter(|(_, c)| alone(c));
    (all, strays.map(|(n, _)| (n, "同じ束に利用申込書がありません")).collect())
}

/// The families met so far, by the guardian's name without spaces: address and number.
#[derive(Default)]
struct Families {
    by_name: BTreeMap<String, Vec<(String, usize)>>,
    count: usize,
}

impl Families {
    fn of(&mut self, application: &Application) -> usize {
        let name = width::remove_spaces(&width::fold_width(&application.guardian));
        let known = self.by_name.entry(name).or_default();
        let same = known.iter().find(|(at, _)| address::compare(at, &application.address).passes());
        if let Some((_, family)) = same {
            return *family;
        }
        self.count += 1;
        known.push((application.address.clone(), self.count));
        self.count
    }
}

/// Age on 1 April: a person grows older on the eve of the birthday, so who is born on 1 April counts as grown.
fn age(born: Option<Date>, fiscal_year: i16) -> Option<u8> {
    let born = born?;
    let first = jiff::civil::date(fiscal_year, 4, 1);
    let had = (born.month(), born.day()) <= (4, 1);
    u8::try_from(first.year() - born.year() - i16::from(!had)).ok()
}

/// Gives the certificates of the bundle to father and mother.
fn assign(one: &mut Gathered, application: &Application, certificates: &[Certificate]) {
    let guardian_is_mother = application.relation == "母";
    if !matches!(application.relation.as_str(), "父" | "母") {
        one.doubts.push("申込者が父母ではありません。世帯の状況を確かめてください");
    }
    let mut guardian = ParentFacts { reason: application.reason.clone(), minutes: None };
    let mut other = ParentFacts::default();
    for certificate in certificates.iter().filter(|c| c.bundle == application.bundle) {
        let level = person_name::compare(&application.guardian, &certificate.name);
        let facts = ParentFacts { reason: "就労".to_owned(), minutes: minutes(certificate) };
        if facts.minutes.is_none() {
            one.doubts.push("就労証明書の就労時間か日数が読めません");
        }
        if old(certificate, application) {
            one.doubts.push("就労証明書の証明日から3か月を過ぎています");
        }
        let free = |facts: &ParentFacts| facts.minutes.is_none();
        match level {
            level if level <= MatchLevel::OldNew => guardian = facts,
            _ if same_surname(&application.guardian, &certificate.name) && free(&other) => other = facts,
            _ => one.doubts.push("就労証明書の本人が、申込書の父母と結び付きません"),
        }
    }
    if application.reason == "就労" && guardian.minutes.is_none() {
        one.doubts.push("就労とありますが、就労証明書がありません");
    }
    (one.father, one.mother) = if guardian_is_mother { (other, guardian) } else { (guardian, other) };
}

fn old(certificate: &Certificate, application: &Application) -> bool {
    let until = certificate.issued.and_then(|day| day.checked_add(GOOD_FOR_MONTHS.months()).ok());
    until.zip(application.applied).is_some_and(|(until, applied)| applied > until)
}

/// Minutes of work in a month, breaks included, as the national form has it.
fn minutes(certificate: &Certificate) -> Option<u32> {
    let (from, to) = certificate.times?;
    let day = to.minutes().checked_sub(from.minutes()).filter(|m| *m > 0)?;
    Some(day * certificate.days?)
}

fn same_surname(a: &str, b: &str) -> bool {
    let surname = |name: &str| name.split([' ', '　']).next().unwrap_or_default().to_owned();
    let (a, b) = (surname(a), surname(b));
    !a.is_empty() && person_name::compare(&a, &b) <= MatchLevel::OldNew
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn application(bundle: &str, child: &str) -> Application {
        Application {
            bundle: bundle.into(),
            applied: Some(date(2025, 11, 10)),
            guardian: "山田 花子".into(),
            relation: "母".into(),
            address: "市原市緑町1-2-3".into(),
            child: child.into(),
            born: Some(date(2023, 5, 1)),
            reason: "就労".into(),
        }
    }

    fn certificate(bundle: &str, name: &str, days: u32) -> Certificate {
        let at = |text| TimeOfDay::parse(text).unwrap();
        Certificate {
            bundle: bundle.into(),
            issued: Some(date(2025, 10, 1)),
            name: name.into(),
            times: Some((at("8:30"), at("17:15"))),
            days: Some(days),
        }
    }

    #[test]
    fn two_certificates_of_one_bundle_go_to_father_and_mother() {
        let papers = [
            certificate("1.pdf", "山田 太郎", 20),
            certificate("1.pdf", "山田花子", 16),
            certificate("2.pdf", "森 昌子", 10),
        ];
        let (found, strays) = gather(&[application("1.pdf", "山田 一")], &papers, 2026);
        assert_eq!((found[0].father.minutes, found[0].mother.minutes), (Some(525 * 20), Some(525 * 16)));
        assert_eq!(
            (found[0].father.reason.as_str(), found[0].doubts.len(), found[0].age),
            ("就労", 0, Some(2))
        );
        assert_eq!(strays, [(2, "同じ束に利用申込書がありません")]);
    }

    #[test]
    fn children_of_one_family_in_two_bundles_are_one_family() {
        let second = Application {
            address: "千葉県市原市緑町１丁目２番３号".into(),
            born: Some(date(2020, 4, 1)),
            ..application("2.pdf", "山田 二葉")
        };
        let papers = [certificate("1.pdf", "山田 花子", 20), certificate("2.pdf", "山田 花子", 20)];
        let (found, _) = gather(&[application("1.pdf", "山田 一"), second], &papers, 2026);
        let other = Application { guardian: "森 昌子".into(), ..application("3.pdf", "森 進") };
        assert_eq!((found[1].age, gather(&[other], &[], 2026).0[0].family), (Some(6), 1));
        assert_eq!(found[0].family, found[1].family);
    }

    #[test]
    fn what_does_not_fit_together_is_said() {
        let doubts = |application: Application, papers: &[Certificate]| {
            gather(&[application], papers, 2026).0[0].doubts.clone()
        };
        assert_eq!(doubts(application("1", "a"), &[]), ["就労とありますが、就労証明書がありません"]);
        let mine = || certificate("1", "山田 花子", 20);
        assert!(
            doubts(application("1", "a"), &[mine(), certificate("1", "川口 次郎", 20)])[0]
                .contains("結び付きません")
        );
        let late = Certificate { issued: Some(date(2025, 8, 9)), ..mine() };
        assert_eq!(doubts(application("1", "a"), &[late]), ["就労証明書の証明日から3か月を過ぎています"]);
        let unread = Certificate { days: None, ..mine() };
        assert!(doubts(application("1", "a"), &[unread])[0].contains("読めません"));
        let grandmother = Application { relation: "祖母".into(), ..application("1", "a") };
        assert!(doubts(grandmother, &[mine()])[0].contains("父母ではありません"));
        let twice = gather(&[application("1", "山田 一"), application("2", "山田一")], &[mine()], 2026).0;
        assert!(twice[1].doubts.contains(&"同じ児童の申込書がもう一枚あります"));
    }

    #[test]
    fn ages_on_the_first_of_april() {
        for (born, years) in
            [(date(2020, 4, 1), 6), (date(2020, 4, 2), 5), (date(2026, 3, 31), 0), (date(2025, 12, 31), 0)]
        {
            assert_eq!(age(Some(born), 2026), Some(years), "{born}");
        }
        assert_eq!(age(Some(date(2026, 4, 2)), 2026), None, "not born yet");
    }
}
