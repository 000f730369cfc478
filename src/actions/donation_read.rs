//! `donation.read`: a portal's CSV of furusato-tax donations as canonical donations.

use super::faults;
use crate::{
    drivers::{
        csv::{CsvFault, MOST_BYTES},
        files::{self, FileFault, Listed},
    },
    form::Forms,
    rules::furusato::{Donation, Note, Portal, read_portal},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use globset::GlobMatcher;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashSet},
    io::Read as _,
    path::Path,
};

/// The file and the master of purposes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DonationRead {
    /// ポータルの CSV ファイル（`Shift_JIS`、庁のフォルダーからの相対パス）。
    file: Arg<String>,
    /// 使い道のマスター。書くと、ないものの行を止めて一覧にします。マスターは書き換えません。
    #[serde(default = "no_master")]
    purposes: Arg<BTreeSet<String>>,
    /// これまでに取り込んだファイルのフォルダー（なくてもかまいません）。書くと、そこで入金済みの寄附を、入金日のない古い行で未入金に戻しません。
    taken: Option<String>,
}

pub(super) fn no_master() -> Arg<BTreeSet<String>> {
    Arg::Literal(BTreeSet::new())
}

/// What a file gives.
#[derive(Debug, Serialize)]
pub struct Donations {
    /// The lines below the titles.
    lines: usize,
    /// The donations.
    rows: Vec<Donation>,
    /// Lines for a person.
    faults: Vec<Note>,
    /// Lines that were mended or left out.
    notes: Vec<Note>,
    /// Lines left out because a file taken before says more.
    older: usize,
    /// Purposes to add to the master, by a person.
    unknown_purposes: BTreeSet<String>,
}

impl Action for DonationRead {
    const NAME: &'static str = "donation.read";
    const SUMMARY: &'static str =
        "ふるさと納税ポータルの CSV を、寄附の一覧として読みます。直した行と読めない行も出します。";
    const EXAMPLE: &'static str = "file: 受付/ポータル.csv\npurposes: [子育て, 防災]\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Donations;

    fn shape(&self, _forms: &Forms) -> Shape {
        let lists =
            ["rows", "faults", "notes", "unknown_purposes"].map(|name| (name, Shape::list(Shape::Any)));
        Shape::map(lists.into_iter().chain(["lines", "older"].map(|name| (name, Shape::Number))))
    }

    async fn run(&self, cx: &StepContext) -> Result<Donations, Failure> {
        let at = faults::existing(cx, self.file.get())?;
        let (file, purposes) = (self.file.get().clone(), self.purposes.get().clone());
        let taken = self.taken.as_ref().map(|folder| faults::place(cx, folder)).transpose()?;
        faults::beside(move || {
            let (portal, older) = fresh(&at, &file, &purposes, taken.as_deref())?;
            Ok(Donations {
                lines: portal.lines,
                older,
                rows: portal.donations,
                faults: portal.faults,
                notes: portal.notes,
                unknown_purposes: portal.unknown_purposes,
            })
        })
        .await
    }
}

/// The donations of a portal's file, and how many lines are left out because a file in `taken` says more; `shown` names the file
/// in faults.
pub(super) fn fresh(
    at: &Path,
    shown: &str,
    purposes: &BTreeSet<String>,
    taken: Option<&Path>,
) -> Result<(Portal, usize), Failure> {
    let mut portal = portal_file(at, shown, purposes)?;
    let before = taken.map_or(Ok(Vec::new()), |folder| {
        portal_files(folder, &files::name_pattern("*.csv").expect("a good pattern"))
    })?;
    let older = leave_out_older(&mut portal, &before);
    Ok((portal, older))
}

/// Files may come in another order than they were made: what has been paid is not made unpaid again. Says how many lines are
/// left out.
fn leave_out_older(portal: &mut Portal, before: &[(String, Portal)]) -> usize {
    let donations = before.iter().flat_map(|(_, p)| &p.donations);
    let paid: HashSet<&str> = donations.filter(|d| d.paid.is_some()).map(|d| d.number.as_str()).collect();
    let all = portal.donations.len();
    portal.donations.retain(|d| d.paid.is_some() || !paid.contains(d.number.as_str()));
    all - portal.donations.len()
}

/// The portal's files of a folder, the oldest first; none where there is no such folder.
pub(super) fn portal_files(folder: &Path, pattern: &GlobMatcher) -> Result<Vec<(String, Portal)>, Failure> {
    let mut listed = if folder.is_dir() { files::list(folder, pattern)? } else { Vec::new() };
    listed.sort_by_key(|l| (l.written, l.name.clone()));
    let read = |file: Listed| {
        let portal = portal_file(&folder.join(&file.name), &file.name, &BTreeSet::new())?;
        Ok((file.name, portal))
    };
    listed.into_iter().map(read).collect()
}

/// Reads a portal's file; `shown` names it in faults.
fn portal_file(at: &Path, shown: &str, purposes: &BTreeSet<String>) -> Result<Portal, Failure> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(at).map_err(|e| FileFault::reading(at, e))?;
    // Not one byte more than is needed to see that it is too large.
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| FileFault::reading(at, e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(CsvFault::TooLarge.into());
    }
    read_portal(&bytes, purposes).map_err(|e| Failure::stop("SHK0615", format!("「{shown}」: {e}。")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};
    use serde_json::json;

    async fn run(bytes: &[u8]) -> Result<serde_json::Value, Failure> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("p.csv"), bytes).unwrap();
        let action: DonationRead = bench::action(json!({"file": "p.csv", "purposes": ["防災"]}));
        Ok(json!(action.run(&bench::context(dir.path())).await?))
    }

    #[tokio::test]
    async fn an_older_file_does_not_make_a_donation_unpaid_again() {
        let dir = tempfile::tempdir().unwrap();
        let save = |name: &str, lines: &str| {
            let text = format!("受付番号,入金日,寄附者氏名,寄附金額\r\n{lines}");
            std::fs::write(dir.path().join(name), crate::text::cp932::encode(&text).unwrap()).unwrap();
        };
        std::fs::create_dir(dir.path().join("済")).unwrap();
        save("済/新しい.csv", "1,2026-11-18,山田,1000\r\n2,,森,1000\r\n");
        save("古い.csv", "1,,山田,1000\r\n2,,森,1000\r\n3,,林,1000\r\n");
        let read = |taken: &str| bench::action::<DonationRead>(json!({"file": "古い.csv", "taken": taken}));
        let out = json!(read("済").run(&bench::context(dir.path())).await.unwrap());
        let numbers: Vec<_> =
            out["rows"].as_array().unwrap().iter().map(|r| r["受付番号"].as_str().unwrap()).collect();
        assert_eq!((numbers, &out["older"], &out["lines"]), (vec!["2", "3"], &json!(1), &json!(3)));
        let out = json!(read("なし").run(&bench::context(dir.path())).await.unwrap());
        assert_eq!(out["older"], 0);
    }

    #[tokio::test]
    async fn a_file_becomes_donations_or_says_why_not() {
        let text = "受付番号,入金日,寄附者氏名,寄附金額,使い道\r\n1,2025-12-01,山田 太郎,10000,防災\r\n2,,森 昌子,5000,未知\r\n";
        let out = run(&crate::text::cp932::encode(text).unwrap()).await.unwrap();
        assert_eq!(
            (&out["rows"][0]["寄附金額"], &out["rows"][0]["受領証明書"]),
            (&json!(10_000), &json!(true))
        );
        assert_eq!(out["unknown_purposes"], json!(["未知"]));
        assert_eq!(out["faults"][0]["行"], 3);
        let fault = run(text.as_bytes()).await.unwrap_err();
        assert_eq!((fault.code, fault.message.contains("UTF-8 のファイルです")), ("SHK0615", true));
    }
}
