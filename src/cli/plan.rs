//! `shoki plan SCENARIO`: what a run would do, without doing it.

use super::{Ended, Format, GOOD, print, run, watch};
use crate::{
    app::{
        Office,
        plan::{Note, NoteKind, Plan as Planned},
    },
    drivers::excel::{Opened, open_workbook},
    privacy,
    run::ItemState,
    store::Item,
};
use calamine::{Data, Reader};
use clap::Args;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// How many differences of one workbook are shown.
const SHOWN: usize = 200;

/// What a run would do.
#[derive(Debug, Args)]
pub struct Plan {
    /// シナリオの名前かファイル
    scenario: String,
    /// 一覧のこの件だけを見ます（1 から）
    #[arg(long, value_name = "番号")]
    item: Option<usize>,
    /// ブラウザーの画面を見せます
    #[arg(long)]
    show_browser: bool,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A cell that would differ.
struct Change {
    place: String,
    before: String,
    after: String,
}

/// A workbook that would be written, and with which it is compared.
struct Book {
    file: String,
    against: Option<String>,
    changes: Vec<Change>,
}

impl Plan {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let mut office = Office::open(office)?;
        office.config.browser.headless &= !self.show_browser;
        let scenario = run::load(&office, &self.scenario)?;
        let trial = crate::app::trial::Trial { item: self.item, ..Default::default() };
        let scenario = trial.of(&scenario).map_err(super::Stopped::wrong)?;
        office.store().await?;
        let _lock = office.lock()?;
        let show = watch::Show::new(false);
        let plan = office.plan(&scenario, show.watch(), watch::stop_on_signal()).await;
        show.end();
        let plan = plan?;
        let books: Vec<Book> = plan.files.iter().map(|(file, copy)| book(&office.root, file, copy)).collect();
        match self.format {
            Format::Json => print::json(&in_json(&plan, &books)),
            Format::Text => print::out(&in_words(&plan, &books)),
        }
        Ok(GOOD)
    }
}

/// The items that would go to a person.
fn asked(plan: &Planned) -> BTreeSet<u32> {
    plan.notes.iter().filter(|n| n.kind == NoteKind::Asked).filter_map(|n| n.item).collect()
}

const fn kind_label(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Typed => "入力",
        NoteKind::Registered => "登録",
        NoteKind::Asked => "職員に確認",
        NoteKind::Written => "ファイル",
    }
}

fn label(item: &Item) -> String {
    let text =
        |key: &str| item.input.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), ToOwned::to_owned));
    let page = text("page").map(|p| format!(" {p}頁")).unwrap_or_default();
    text("file").map_or_else(|| format!("{} 件目", item.n), |file| format!("{}{page}", privacy::scrub(&file)))
}

fn in_words(plan: &Planned, books: &[Book]) -> String {
    let mut lines = vec!["予行の結果です。登録・送信・ファイルの書き込みは何も行っていません。".to_owned()];
    for item in plan.items.iter().filter(|i| i.state != ItemState::Skipped) {
        lines.push(format!("\n{:>4}  {}  {}", item.n, label(item), state(item)));
        let mut rows = Vec::new();
        for note in plan.notes.iter().filter(|n| n.item == Some(item.n)) {
            rows.extend(note_rows(note));
        }
        if !rows.is_empty() {
            lines.push(print::table(&rows));
        }
    }
    let rest: Vec<Vec<String>> = plan.notes.iter().filter(|n| n.item.is_none()).flat_map(note_rows).collect();
    if !rest.is_empty() {
        lines.push(format!("\nはじめと終わりの手順\n{}", print::table(&rest)));
    }
    lines.extend(books.iter().map(book_in_words));
    lines.push(String::new());
    lines.push(total(plan));
    lines.extend(plan.reason.iter().map(|reason| format!("実行すると止まります: {reason}")));
    lines.join("\n")
}

fn total(plan: &Planned) -> String {
    let count = |state: ItemState| plan.items.iter().filter(|i| i.state == state).count();
    let registered = plan.notes.iter().filter(|n| n.kind == NoteKind::Registered).count();
    format!(
        "全 {} 件: 終わりまで進む {} 件、処理済みで省く {} 件、途中で止まる {} 件。登録するはずの操作 {registered} 回、職員の確認が要る {} 件。",
        plan.items.len(),
        count(ItemState::Done),
        count(ItemState::Skipped),
        plan.items.len() - count(ItemState::Done) - count(ItemState::Skipped),
        asked(plan).len()
    )
}

fn state(item: &Item) -> String {
    match item.state {
        ItemState::Done => "終わりまで進みます".to_owned(),
        other => format!("{}: {}", other.label(), item.reason.clone().unwrap_or_default()),
    }
}

/// The lines of one note: step, kind, name, value.
fn note_rows(note: &Note) -> Vec<Vec<String>> {
    let row = |(n, (name, value)): (usize, &(String, String))| {
        let (step, kind) = if n == 0 { (note.step.as_str(), kind_label(note.kind)) } else { ("", "") };
        vec![format!("        {step}"), kind.to_owned(), name.clone(), value.clone()]
    };
    note.values.iter().enumerate().map(row).collect()
}

fn book_in_words(book: &Book) -> String {
    let mut lines = vec![match &book.against {
        Some(against) => format!("\n台帳 {}（{against} との違い {} か所）", book.file, book.changes.len()),
        None => format!(
            "\n台帳 {}（比べる前回のファイルはありません。書き込むセル {} か所）",
            book.file,
            book.changes.len()
        ),
    }];
    let rows: Vec<Vec<String>> = book
        .changes
        .iter()
        .take(SHOWN)
        .map(|c| vec![format!("    {}", c.place), c.before.clone(), "→".into(), c.after.clone()])
        .collect();
    lines.push(print::table(&rows));
    if book.changes.len() > SHOWN {
        lines.push(format!("    ほか {} か所", book.changes.len() - SHOWN));
    }
    lines.join("\n")
}

fn in_json(plan: &Planned, books: &[Book]) -> Value {
    let notes = |item: Option<u32>| -> Vec<Value> {
        let of = plan.notes.iter().filter(|n| n.item == item);
        of.map(|n| {
            let values: Vec<Value> =
                n.values.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
            let kind = match n.kind {
                NoteKind::Typed => "typed",
                NoteKind::Registered => "registered",
                NoteKind::Asked => "asked",
                NoteKind::Written => "written",
            };
            json!({ "step": n.step, "do": n.action, "kind": kind, "values": values })
        })
        .collect()
    };
    let items: Vec<Value> = plan
        .items
        .iter()
        .map(|i| json!({ "n": i.n, "label": label(i), "state": i.state.word(), "code": i.code, "reason": i.reason, "notes": notes(Some(i.n)) }))
        .collect();
    let files: Vec<Value> = books
        .iter()
        .map(|b| {
            let changes: Vec<Value> = b
                .changes
                .iter()
                .map(|c| json!({ "cell": c.place, "before": c.before, "after": c.after }))
                .collect();
            json!({ "file": b.file, "against": b.against, "changes": changes })
        })
        .collect();
    json!({ "plan": { "items": items, "notes": notes(None), "files": files, "people": asked(plan).len(), "reason": plan.reason } })
}

/// A workbook that would be written, compared with the one it would replace, or with the newest of its kind.
fn book(root: &Path, file: &str, copy: &Path) -> Book {
    let against = earlier(root, file);
    let old = against.as_ref().map(|path| cells(path)).unwrap_or_default();
    let new = cells(copy);
    let places: BTreeSet<&(String, u32, u32)> = old.keys().chain(new.keys()).collect();
    let text = |of: &BTreeMap<(String, u32, u32), String>, at| of.get(at).cloned().unwrap_or_default();
    let changes = places.into_iter().filter_map(|at| {
        let (before, after) = (text(&old, at), text(&new, at));
        (before != after).then(|| Change {
            place: format!("{}!{}{}", at.0, column(at.2), at.1 + 1),
            before,
            after,
        })
    });
    let shown = |path: PathBuf| path.strip_prefix(root).unwrap_or(&path).display().to_string();
    Book { file: file.to_owned(), changes: changes.collect(), against: against.map(shown) }
}

/// The file itself, or the newest whose name differs in digits only.
fn earlier(root: &Path, file: &str) -> Option<PathBuf> {
    let path = root.join(file);
    if path.is_file() {
        return Some(path);
    }
    let bare = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let wanted = bare(path.file_name()?.to_str()?);
    let entries = std::fs::read_dir(path.parent()?).ok()?.filter_map(|e| e.ok().map(|e| e.path()));
    let alike = entries.filter(|p| p.file_name().and_then(|n| n.to_str()).is_some_and(|n| bare(n) == wanted));
    alike.max()
}

/// Every cell with something in it, by sheet, row and column.
fn cells(path: &Path) -> BTreeMap<(String, u32, u32), String> {
    let mut all = BTreeMap::new();
    let Ok(Opened { book: mut workbook, .. }) = open_workbook(path) else { return all };
    for (name, range) in workbook.worksheets() {
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let place = |at: usize, first: u32| first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            if !matches!(value, Data::Empty) {
                all.insert((name.clone(), place(row, top), place(column, left)), value.to_string());
            }
        }
    }
    all
}

/// `A`, `Z`, `AA`.
fn column(mut at: u32) -> String {
    let mut name = String::new();
    loop {
        let letter = u8::try_from(at % 26).unwrap_or(0);
        name.insert(0, char::from(b'A' + letter));
        if at < 26 {
            return name;
        }
        at = at / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn columns_have_letters() {
        assert_eq!(
            [column(0), column(25), column(26), column(701), column(702)],
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }
}
