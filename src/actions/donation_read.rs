//! `donation.read`: a portal's CSV of furusato-tax donations as canonical donations.

use super::{csv_lines::csv_lines, faults};
use crate::{
    drivers::{
        csv::{CsvFault, Encoding},
        files,
        readers::ReaderPool,
    },
    form::Forms,
    rules::furusato::{Donation, Note, Portal, read_portal, same_donation},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use globset::GlobMatcher;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::Arc,
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
        let taken = self.taken.as_ref().map(|folder| faults::place(cx, folder)).transpose()?;
        let desk = PortalDesk { pool: cx.driver::<ReaderPool>()? };
        let (portal, older) = desk.fresh(&at, self.file.get(), self.purposes.get(), taken.as_deref()).await?;
        Ok(Donations {
            lines: portal.lines,
            older,
            rows: portal.donations,
            faults: portal.faults,
            notes: portal.notes,
            unknown_purposes: portal.unknown_purposes,
        })
    }
}

/// Where portals' files are read.
pub(super) struct PortalDesk {
    /// Who takes them apart.
    pub pool: Arc<ReaderPool>,
}

impl PortalDesk {
    /// The donations of a portal's file, and how many lines are left out because a file in `taken` says more; `shown` names
    /// the file in faults.
    pub(super) async fn fresh(
        &self,
        at: &Path,
        shown: &str,
        purposes: &BTreeSet<String>,
        taken: Option<&Path>,
    ) -> Result<(Portal, usize), Failure> {
        let mut portal = self.file(at, shown, purposes).await?;
        let pattern = files::name_pattern("*.csv").expect("a good pattern");
        let before = match taken {
            Some(folder) => self.folder(folder, &pattern).await?,
            None => Vec::new(),
        };
        let older = leave_out_older(&mut portal, portal_of(shown), &before);
        Ok((portal, older))
    }

    /// The portal's files of a folder, the oldest first; none where there is no such folder.
    pub(super) async fn folder(
        &self,
        folder: &Path,
        pattern: &GlobMatcher,
    ) -> Result<Vec<(String, Portal)>, Failure> {
        let (place, pattern) = (folder.to_owned(), pattern.clone());
        let listed = faults::beside(move || {
            let mut listed = if place.is_dir() { files::list(&place, &pattern)? } else { Vec::new() };
            listed.sort_by_key(|l| (l.written, l.name.clone()));
            Ok(listed)
        });
        let mut read = Vec::new();
        for file in listed.await? {
            let portal = self.file(&folder.join(&file.name), &file.name, &BTreeSet::new()).await?;
            read.push((file.name, portal));
        }
        Ok(read)
    }

    /// Reads a portal's file; `shown` names it in faults.
    async fn file(&self, at: &Path, shown: &str, purposes: &BTreeSet<String>) -> Result<Portal, Failure> {
        let named = |why: String| Failure::stop("SHK0615", format!("「{shown}」: {why}"));
        let lines = csv_lines(&self.pool, at, Encoding::Cp932).await?.map_err(|e| named(unread(&e)))?;
        let purposes = purposes.clone();
        // A hundred thousand donations take a while.
        let portal = faults::beside(move || Ok(read_portal(lines, &purposes)));
        portal.await?.map_err(|e| named(format!("{e}。")))
    }
}

/// Why a portal's file is no list, in words for who fetched it.
fn unread(fault: &CsvFault) -> String {
    match fault {
        CsvFault::LooksUtf8 => {
            "UTF-8 のファイルです。ポータルから Shift_JIS（CP932）で出し直すか、文字コードを変えて保存してください。".to_owned()
        }
        CsvFault::Undecodable { line, .. } => {
            format!("{line}行目に Shift_JIS（CP932）として読めない文字があります。文字化けしたファイルかもしれません。")
        }
        other => other.to_string(),
    }
}

/// The portal of a file: its name up to the first `_`.
pub(super) fn portal_of(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('_').next().unwrap_or(name)
}

/// Files may come in another order than they were made: what has been paid is not made unpaid again. Says how many lines are
/// left out.
fn leave_out_older(portal: &mut Portal, name: &str, before: &[(String, Portal)]) -> usize {
    let mut paid: HashMap<&str, Vec<(&str, &Donation)>> = HashMap::new();
    for (file, taken) in before {
        for donation in taken.donations.iter().filter(|d| d.paid.is_some()) {
            paid.entry(&donation.number).or_default().push((portal_of(file), donation));
        }
    }
    let is_paid = |d: &Donation| {
        paid.get(d.number.as_str())
            .is_some_and(|all| all.iter().any(|known| same_donation(*known, (name, d))))
    };
    let all = portal.donations.len();
    portal.donations.retain(|d| d.paid.is_some() || !is_paid(d));
    all - portal.donations.len()
}
