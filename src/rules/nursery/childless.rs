//! Wishes of families, and keys for equal points, that only some of the tables know.

use super::{Applicant, Wishes, last_key};
use crate::text::width;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What a family wishes that has no child here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Childless {
    /// The line of the table of families, from 1.
    pub line: usize,
    /// The family's number as written there.
    pub family: String,
    /// The number of a family with children that differs from it only in width and in zeros in front.
    pub alike: Option<String>,
}

impl fmt::Display for Childless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "世帯「{}」の児童がいません", self.family)?;
        match &self.alike {
            Some(alike) => {
                write!(f, "。児童の表の世帯「{alike}」の、先頭の0や全角が変わったものと思われます")
            }
            None => f.write_str("。この希望は使っていません。児童の表の世帯と合っているかを確かめてください"),
        }
    }
}

/// The wishes that count for nobody.
#[must_use]
pub fn childless(families: &[(String, Wishes)], children: &[Applicant]) -> Vec<Childless> {
    let known: BTreeSet<&str> = children.iter().map(|c| c.family.as_str()).collect();
    let by_bare: BTreeMap<String, &str> = known.iter().map(|family| (bare(family), *family)).collect();
    let lone = |(line, (family, _)): (usize, &(String, Wishes))| Childless {
        line,
        family: family.clone(),
        alike: by_bare.get(&bare(family)).map(|alike| (*alike).to_owned()),
    };
    (1..).zip(families).filter(|(_, (family, _))| !known.contains(family.as_str())).map(lone).collect()
}

/// A number without its width and without the zeros in front that workbooks take away.
fn bare(number: &str) -> String {
    width::remove_spaces(&width::fold_width(number)).trim_start_matches('0').to_owned()
}

/// Fills the keys for equal points up where a child has fewer than others, and says whose: what is not known comes last. No
/// key at all would come before every other.
pub fn even_ties(children: &mut [Applicant]) -> Vec<String> {
    let most = children.iter().map(|c| c.ties.len()).max().unwrap_or(0);
    let mut notes = Vec::new();
    for child in children.iter_mut().filter(|c| c.ties.len() < most) {
        child.ties.resize(most, last_key());
        notes.push(format!(
            "受付番号 {}: 同点キーが足りないので、同点のときは後の順位にしました。元の表を確かめてください",
            child.number
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Ratio;

    #[test]
    fn a_family_is_known_again_without_its_zeros() {
        let child = |family: &str| Applicant { family: family.into(), ..Applicant::default() };
        let children = [child("0012"), child("S001")];
        for (written, alike) in [
            ("12", Some("0012")),
            ("００１２", Some("0012")),
            ("012", Some("0012")),
            ("Ｓ００１", Some("S001")),
            ("0021", None),
            ("S1", None),
        ] {
            let families = [("0012".to_owned(), Wishes::default()), (written.to_owned(), Wishes::default())];
            let found = childless(&families, &children);
            let alike = alike.map(str::to_owned);
            assert_eq!(found, [Childless { line: 2, family: written.to_owned(), alike }]);
        }
    }

    #[test]
    fn a_child_with_fewer_keys_comes_last() {
        let child = |ties: &[i64]| Applicant {
            ties: ties.iter().map(|t| Ratio::whole(*t)).collect(),
            ..Applicant::default()
        };
        let mut children = [child(&[]), child(&[5, 6]), child(&[4])];
        assert_eq!(even_ties(&mut children).len(), 2);
        assert!(children[1].ties < children[0].ties && children[2].ties < children[1].ties);
        assert_eq!(even_ties(&mut children), [""; 0]);
    }
}
