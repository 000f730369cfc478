//! `shoki audit inspect`: a person has looked through the log of a time. What does not verify is not signed off.

use super::{Ended, GOOD, Stopped, print, run};
use crate::{
    app::Office,
    audit::{Actor, Draft, Event, Options, layout, office, verify_office},
    clock::{Clock, SystemClock, tokyo},
    report::bundle,
    store::{Store, Strength},
};
use clap::Args;
use jiff::{Timestamp, civil::Date};

/// Days after which an office is reminded to look through its log again.
const USUAL_DAYS: i32 = 31;

/// Puts on record that a person has looked through the log.
#[derive(Debug, Args)]
pub struct Inspect {
    /// 点検した期間の初めの日（省略すると、前回の点検の翌日。初回は年度の初め）
    #[arg(long, value_name = "日付")]
    from: Option<Date>,
    /// 点検した期間の終わりの日（省略すると今日）
    #[arg(long, value_name = "日付")]
    to: Option<Date>,
    /// 気づいたこと（監査記録に残ります。個人情報は書かないでください）
    #[arg(long, default_value = "異常なし")]
    remark: String,
}

/// Where the store remembers up to which day the log `origin` was looked through.
fn last(origin: &str) -> String {
    format!("inspected {origin}")
}

/// Up to which day the log was looked through.
async fn inspected(store: &Store, origin: &str) -> Option<Date> {
    let mut tx = store.begin(Strength::Process).await.ok()?;
    tx.meta(&last(origin)).await.ok()??.parse().ok()
}

/// The first day that nobody has looked through; of a log that nobody ever has, the first of the fiscal year.
async fn next_day(store: &Store, origin: &str) -> Date {
    let year =
        || Date::new(layout::fiscal_year(SystemClock.now()), 4, 1).expect("every year has a first of April");
    inspected(store, origin).await.and_then(|day| day.tomorrow().ok()).unwrap_or_else(year)
}

/// The midnight with which a day begins.
fn moment(day: Date) -> Timestamp {
    day.to_zoned(tokyo()).expect("Japan has a midnight every day").timestamp()
}

impl Inspect {
    pub async fn run(&self, office: &Office) -> Ended {
        let (store, origin) = (office.store().await?, &office.config.office.origin);
        let today = SystemClock.now().to_zoned(tokyo()).date();
        let to = self.to.unwrap_or(today);
        let from = match self.from {
            Some(from) => from,
            None => next_day(&store, origin).await.min(to),
        };
        if from > to || to > today {
            return Err(Stopped::wrong(
                "期間を確かめてください。初めの日は終わりの日より前、終わりの日は今日までです。",
            ));
        }
        let log = office.log(&store).await?;
        log.checkpoint().await.map_err(Stopped::technical)?;
        let audit = office.root.join("audit");
        let years = verify_office(&audit, &Options::default()).map_err(Stopped::technical)?;
        let verdict = office::worst(&years);
        if !verdict.is_good() {
            for year in &years {
                print::out(&year.report.render_ja());
            }
            print::out("判定が正常でないため、点検済みにしません。監査担当に連絡してください。");
            return Ok(verdict.exit());
        }
        let time = moment(from)..moment(to.tomorrow().unwrap_or(to));
        let list = bundle::lists(&audit, Some(&time)).map_err(Stopped::technical)?;
        let (runs, acts, people) = list.counts();
        let draft = Draft::new(Event::ReviewDone, &Actor::User(run::person())).data("kind", "log");
        let draft = draft.data("from", from.to_string()).data("to", to.to_string());
        let mut tx = store.begin(Strength::Power).await?;
        log.write(&mut tx, &draft.data("reason", self.remark.as_str())).await.map_err(Stopped::technical)?;
        tx.set_meta(&last(origin), &to.to_string()).await?;
        tx.commit().await?;
        log.checkpoint().await.map_err(Stopped::technical)?;
        print::out(&format!(
            "{from} から {to} までの記録（実行 {runs} 回、職員の操作 {acts} 件、操作した職員 {people} 人、判定: {}）を点検したことを、監査記録に残しました。",
            verdict.label()
        ));
        Ok(GOOD)
    }
}

/// When the log was last looked through, for `shoki doctor`.
pub async fn told(store: &Store, origin: &str) -> String {
    let how = "`shoki audit export` の一覧を見て、`shoki audit inspect` で残してください。";
    let Some(day) = inspected(store, origin).await else {
        return format!("監査記録の点検: まだ行われていません。{how}");
    };
    let days = (SystemClock.now().to_zoned(tokyo()).date() - day).get_days();
    let late = if days > USUAL_DAYS {
        format!("（{days} 日前。月に一度の点検の時期を過ぎています。{how}）")
    } else {
        String::new()
    };
    format!("監査記録の点検: {day} の分まで済んでいます{late}。")
}
