//! `shoki doctor`: what is missing on this machine, and how to get it.

use super::{Ended, GOOD, TECHNICAL, inspect, print};
use crate::{
    app::{Office, Part, parts},
    clock::{Clock, SystemClock, tokyo},
    control::outside,
    drivers::{browser::BrowserSettings, ocr::NativeParts, sandbox::Reach},
    store::Strength,
};
use clap::Args;
use std::{path::Path, process::Command};

/// What is missing on this machine.
#[derive(Debug, Args)]
pub struct Doctor {}

impl Doctor {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let found = Office::open(office).ok();
        let (native, browser) = found.as_ref().map_or_else(
            || (NativeParts::default(), BrowserSettings::default()),
            |o| (o.native_parts(), o.browser_settings()),
        );
        let mut parts = parts(&native, &browser);
        let walls = "読み取りプロセスの隔離（Landlock、seccomp）";
        parts.push(Part { what: walls.into(), fault: walls_fault() });
        parts.extend(found.as_ref().map(room));
        for part in &parts {
            match &part.fault {
                None => print::out(&format!("  あり  {}", part.what)),
                Some(fault) => print::out(&format!("× なし  {}\n        {fault}", part.what)),
            }
        }
        if let Some(office) = &found {
            print::out(&format!("\n{}", anchored(office).await));
        }
        let missing = parts.iter().filter(|p| p.fault.is_some()).count();
        print::out(&if missing == 0 {
            "\n必要なものはすべてそろっています。".to_owned()
        } else {
            format!("\n{missing} 件足りません。")
        });
        Ok(if missing == 0 { GOOD } else { TECHNICAL })
    }
}

/// Room for a night: nothing begins while the disk is nearly full.
fn room(office: &Office) -> Part {
    let limits = office.limits();
    let lacking = limits.places.iter().find_map(|place| limits.lacking(place).ok().flatten());
    let fault = lacking.map(|bytes| {
        format!("あと {} MiB 空けてください。足りない間は何も開始しません。", bytes.div_ceil(1 << 20))
    });
    Part { what: "ディスクの空き".into(), fault }
}

/// Whether a reader really cannot do what it must not: it is started and tries.
fn walls_fault() -> Option<String> {
    let failed = |why: String| Some(format!("隔離を確かめられません: {why}"));
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(e) => return failed(e.to_string()),
    };
    let stranger = folder.path().join("stranger");
    let asked = std::fs::write(&stranger, "x").and_then(|()| std::env::current_exe()).and_then(|program| {
        Command::new(program).args(["reader", "probe"]).arg(&stranger).arg(folder.path()).output()
    });
    let reach: Reach = match asked.map(|output| serde_json::from_slice(&output.stdout)) {
        Ok(Ok(reach)) => reach,
        Ok(Err(e)) => return failed(e.to_string()),
        Err(e) => return failed(e.to_string()),
    };
    let able = [
        (reach.reads, "ファイルの読み出し"),
        (reach.writes, "ファイルの書き込み"),
        (reach.connects, "通信"),
        (reach.starts, "プログラムの起動"),
    ];
    let able: Vec<&str> = able.iter().filter(|(can, _)| *can).map(|(_, what)| *what).collect();
    if able.is_empty() {
        return None;
    }
    let why = reach.walls.fault().unwrap_or_default();
    Some(format!("読み取りプロセスは {} ができてしまいます。{why}", able.join("、")))
}

/// When a checkpoint was last taken out of the machine. Looks at the folder of checkpoints only; changes nothing.
async fn anchored(office: &Office) -> String {
    if !office.state().is_dir() {
        return "まだ記録はありません。".to_owned();
    }
    let Ok(store) = office.store().await else { return "監査記録を開けません。".to_owned() };
    let inspected = inspect::told(&store, &office.config.office.origin).await;
    let last = match store.begin(Strength::Process).await {
        Ok(mut tx) => tx.meta(&outside::last(&office.config.office.origin)).await.ok().flatten(),
        Err(_) => None,
    };
    let known = last.as_deref().and_then(|text| text.split_once(' '));
    let Some((at, size)) = known.and_then(|(at, size)| Some((at.parse::<jiff::Timestamp>().ok()?, size)))
    else {
        return format!(
            "最後に外部へ固定した時刻: まだありません。`shoki audit anchor --pdf 確定点.pdf` を日々の決裁に添付してください。\n{inspected}"
        );
    };
    let hours = SystemClock.now().duration_since(at).as_hours();
    let when = at.to_zoned(tokyo()).strftime("%Y年%-m月%-d日 %H:%M");
    let late = if hours >= 48 { "。2日以上たっています。" } else { "。" };
    format!("最後に外部へ固定した時刻: {when}（{size} 件まで、{hours} 時間前）{late}\n{inspected}")
}
