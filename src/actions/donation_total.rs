//! `donation.total`: all portal files of a folder as one ledger of donations, with its figures.

use super::{
    donation_read::{PortalDesk, portal_of},
    faults,
    table_rows::{fault, flat, line, text},
};
use crate::{
    drivers::{files, readers::ReaderPool},
    form::Forms,
    rules::furusato::{
        Donation, Figures, Note, figures, merged, month, shared_numbers, take_out_withdrawn, with_forms,
    },
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
    text::parse_date,
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The folder and the pattern.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DonationTotal {
    /// ポータルの CSV ファイルを置いたフォルダー（庁のフォルダーからの相対パス）。ファイル名の「_」より前をポータルの名前とします。
    folder: String,
    /// ファイル名の型。書かなければ `*.csv` です。
    #[serde(default = "tables")]
    pattern: String,
    /// 受け付けたワンストップ特例申請書の一覧（受付日）。書くと、月別の集計に「申請書」の件数が入ります。
    forms: Option<Arg<Vec<Value>>>,
}

fn tables() -> String {
    "*.csv".to_owned()
}

/// The ledger and its figures.
#[derive(Debug, Default, Serialize)]
pub struct Totalled {
    /// Each donation once, by number.
    rows: Vec<Map<String, Value>>,
    /// Those whose payment is confirmed: only for them may a certificate be issued.
    certificates: Vec<Map<String, Value>>,
    /// Those whose payment is not.
    unpaid: Vec<Map<String, Value>>,
    /// Lines that could not be read.
    faults: Vec<Map<String, Value>>,
    /// By month of payment.
    months: Vec<Figures>,
    /// By purpose.
    purposes: Vec<Figures>,
    /// By portal.
    portals: Vec<Figures>,
}

impl Action for DonationTotal {
    const NAME: &'static str = "donation.total";
    const SUMMARY: &'static str =
        "フォルダーにあるポータルの CSV をまとめ、寄附の台帳と、月別・使い道別・ポータル別の集計を作ります。";
    const EXAMPLE: &'static str = "folder: 受付/取込済\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Totalled;

    fn shape(&self, _forms: &Forms) -> Shape {
        let lists = ["rows", "certificates", "unpaid", "faults", "months", "purposes", "portals"];
        Shape::map(lists.map(|name| (name, Shape::list(Shape::Any))))
    }

    async fn run(&self, cx: &StepContext) -> Result<Totalled, Failure> {
        let folder = faults::place(cx, &self.folder)?;
        let unclear =
            |_| Failure::stop("SHK0607", format!("ファイル名の型「{}」を読み取れません。", self.pattern));
        let pattern = files::name_pattern(&self.pattern).map_err(unclear)?;
        let received = self.received()?;
        let desk = PortalDesk { pool: cx.driver::<ReaderPool>()? };
        let portals = desk.folder(&folder, &pattern).await?;
        faults::beside(move || {
            let (mut deliveries, mut faults) = (Vec::new(), Vec::new());
            for (file, portal) in portals {
                let name = portal_of(&file);
                take_out_withdrawn(&mut deliveries, name, &portal.withdrawn);
                deliveries.extend(portal.donations.into_iter().map(|d| (name.to_owned(), d)));
                faults.extend(portal.faults.iter().map(|note| fault_row(&file, note)));
            }
            let all = merged(deliveries);
            let shared = shared_numbers(&all);
            faults.extend(shared.iter().map(|(number, portals)| shared_row(number, portals)));
            Ok(totalled(&all, faults, &received))
        })
        .await
    }
}

impl DonationTotal {
    /// The days on which applications were received.
    fn received(&self) -> Result<Vec<Date>, Failure> {
        let rows = self.forms.as_ref().map_or(Ok(Vec::new()), |forms| flat(forms.get()))?;
        let day = |(n, row)| {
            let read = parse_date(&text(&row, "受付日")).ok().and_then(|d| d.plain_date());
            read.ok_or_else(|| fault("申請書の一覧", n, "「受付日」を日付として読めません"))
        };
        (1..).zip(rows).map(day).collect()
    }
}

fn totalled(all: &[(String, Donation)], faults: Vec<Map<String, Value>>, received: &[Date]) -> Totalled {
    let rows = |paid: Option<bool>| {
        let wanted = all.iter().filter(|(_, d)| paid.is_none_or(|p| d.paid.is_some() == p));
        wanted.map(|(portal, d)| row(portal, d)).collect()
    };
    Totalled {
        rows: rows(None),
        certificates: rows(Some(true)),
        unpaid: rows(Some(false)),
        faults,
        months: with_forms(figures(all, |_, d| month(d)), received),
        purposes: figures(all, |_, d| d.purpose.clone()),
        portals: figures(all, |portal, _| portal.to_owned()),
    }
}

fn row(portal: &str, donation: &Donation) -> Map<String, Value> {
    let Value::Object(mut row) = json!(donation) else { return Map::new() };
    row.insert("ポータル".to_owned(), json!(portal));
    row
}

fn fault_row(file: &str, note: &Note) -> Map<String, Value> {
    let Value::Object(mut row) = json!(note) else { return Map::new() };
    row.insert("ファイル".to_owned(), json!(file));
    row
}

/// One number of several donations. All of them count; a person looks whether one of them was delivered twice.
fn shared_row(number: &str, portals: &[&str]) -> Map<String, Value> {
    let what = "別のポータルに同じ受付番号の寄附があり、別々の寄附として数えました。同じ寄附でないか確かめてください";
    line([
        ("ファイル", json!(portals.join("、"))),
        ("行", Value::Null),
        ("受付番号", json!(number)),
        ("内容", json!(what)),
    ])
}
