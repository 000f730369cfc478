//! `donation.read`: a portal's CSV of furusato-tax donations as canonical donations.

use super::faults;
use crate::{
    drivers::{
        csv::{CsvFault, MOST_BYTES},
        files::FileFault,
    },
    form::Forms,
    rules::furusato::{Donation, Note, Portal, read_portal},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, io::Read as _, path::Path};

/// The file and the master of purposes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DonationRead {
    /// ポータルの CSV ファイル（`Shift_JIS`、庁のフォルダーからの相対パス）。
    file: Arg<String>,
    /// 使い道のマスター。書くと、ないものの行を止めて一覧にします。マスターは書き換えません。
    #[serde(default = "no_master")]
    purposes: Arg<BTreeSet<String>>,
}

fn no_master() -> Arg<BTreeSet<String>> {
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
        Shape::map(lists.into_iter().chain([("lines", Shape::Number)]))
    }

    async fn run(&self, cx: &StepContext) -> Result<Donations, Failure> {
        let at = faults::existing(cx, self.file.get())?;
        let (file, purposes) = (self.file.get().clone(), self.purposes.get().clone());
        faults::beside(move || {
            let portal = portal_file(&at, &file, &purposes)?;
            Ok(Donations {
                lines: portal.lines,
                rows: portal.donations,
                faults: portal.faults,
                notes: portal.notes,
                unknown_purposes: portal.unknown_purposes,
            })
        })
        .await
    }
}

/// Reads a portal's file; `shown` names it in faults.
pub(super) fn portal_file(at: &Path, shown: &str, purposes: &BTreeSet<String>) -> Result<Portal, Failure> {
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
