//! `shoki.toml` changed from the console: the office's own days, and how long things are kept. Comments and order stay; what
//! comes of it is checked as a whole before it takes the place of the old file.

use super::{Office, sha256_hex};
use crate::{
    config::{Config, FILE},
    console::means::{Edited, SettingChange},
    problem::Source,
};
use std::{fs, io::Write as _, sync::Arc};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

/// What is said when the file is not as this module needs it.
const OTHERWISE: &str = "shoki.toml の [calendar] を画面からは変えられません。ファイルを直接変えてください。";

impl Office {
    /// The file with the change in it.
    pub(super) fn edited(&self, change: &SettingChange) -> Result<Edited, String> {
        let unread = |e: std::io::Error| format!("shoki.toml を読めません（{e}）。");
        let before = fs::read_to_string(self.root.join(FILE)).map_err(unread)?;
        let text = changed(&before, change)?;
        let source = Arc::new(Source::new(FILE, text.clone()));
        Config::parse(&source).map_err(|e| e.to_string())?;
        Ok(Edited { sha256: sha256_hex(text.as_bytes()), before, text })
    }

    /// Puts it in the place of the old one, unless that has changed meanwhile.
    pub(super) fn put_edited(&self, edited: &Edited) -> Result<(), String> {
        let place = self.root.join(FILE);
        let failed = |e: std::io::Error| format!("shoki.toml に書けません（{e}）。");
        if fs::read_to_string(&place).map_err(failed)? != edited.before {
            return Err("ほかの人が同時に設定を変えました。画面を開き直して、もう一度行ってください。".into());
        }
        let mut file = tempfile::NamedTempFile::new_in(&self.root).map_err(failed)?;
        file.write_all(edited.text.as_bytes()).map_err(failed)?;
        file.as_file()
            .set_permissions(fs::metadata(&place).map_err(failed)?.permissions())
            .map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&place).map_err(|e| failed(e.error))?;
        fs::File::open(&self.root).and_then(|dir| dir.sync_all()).map_err(failed)
    }
}

fn changed(before: &str, change: &SettingChange) -> Result<String, String> {
    let mark = before.strip_prefix('\u{feff}');
    let mut file: DocumentMut = mark.unwrap_or(before).parse().map_err(|_| {
        "shoki.toml に誤りがあるため、画面からは変えられません。情報システム担当に知らせてください。"
            .to_owned()
    })?;
    match change {
        SettingChange::AddDay { date, name, open } => {
            let day = own(date, name)?;
            let days = days(&mut file, *open)?;
            if dates(days)?.iter().any(|known| known == date) {
                return Err(format!(
                    "{date} はすでにあります。名前を変えるときは、外してから加えてください。"
                ));
            }
            add(days, &day.0, &day.1)?;
        }
        SettingChange::RemoveDay { date, open } => {
            let days = days(&mut file, *open)?;
            let at = dates(days)?.iter().position(|known| known == date);
            let at = at.ok_or_else(|| format!("{date} はすでにありません。"))?;
            match days {
                Item::Value(Value::Array(all)) => drop(all.remove(at)),
                Item::ArrayOfTables(all) => drop(all.remove(at)),
                _ => return Err(OTHERWISE.into()),
            }
        }
        SettingChange::Keep(keep) => {
            let audit = file.entry("audit").or_insert_with(|| Item::Table(Table::new()));
            let audit = audit.as_table_like_mut().ok_or(OTHERWISE)?;
            audit.insert("evidence_days", value(i64::from(keep.evidence_days)));
            audit.insert("retention_years", value(i64::from(keep.retention_years)));
        }
    }
    Ok(format!("{}{file}", if mark.is_some() { "\u{feff}" } else { "" }))
}

/// A day as `shoki.toml` takes it: its date and its name.
fn own(date: &str, name: &str) -> Result<(String, String), String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        return Err("日の名前を1〜40字で入力してください。例: 開市記念日".into());
    }
    crate::config::DayOrYearly::try_from(date.to_owned()).map_err(|why| format!("{why}。"))?;
    Ok((date.to_owned(), name.to_owned()))
}

/// The list of closed or of open days; made when there is none.
fn days(file: &mut DocumentMut, open: bool) -> Result<&mut Item, String> {
    let calendar = file.entry("calendar").or_insert_with(|| Item::Table(Table::new()));
    let calendar = calendar.as_table_like_mut().ok_or(OTHERWISE)?;
    let list = calendar.entry(if open { "open" } else { "closed" });
    Ok(list.or_insert_with(|| Item::Value(Value::Array(Array::new()))))
}

/// Their dates, as they are written.
fn dates(days: &Item) -> Result<Vec<String>, String> {
    let date = |item: Option<&str>| item.unwrap_or_default().to_owned();
    match days {
        Item::Value(Value::Array(all)) => Ok(all
            .iter()
            .map(|day| date(day.as_inline_table().and_then(|d| d.get("date")).and_then(Value::as_str)))
            .collect()),
        Item::ArrayOfTables(all) => {
            Ok(all.iter().map(|day| date(day.get("date").and_then(Item::as_str))).collect())
        }
        _ => Err(OTHERWISE.into()),
    }
}

fn add(days: &mut Item, date: &str, name: &str) -> Result<(), String> {
    match days {
        Item::Value(Value::Array(all)) => {
            let mut day = InlineTable::new();
            day.insert("date", date.into());
            day.insert("name", name.into());
            all.push(day);
            // One day a line, so that the next one who reads the file by eye finds them.
            for day in all.iter_mut() {
                day.decor_mut().set_prefix("\n  ");
            }
            all.set_trailing("\n");
            all.set_trailing_comma(true);
        }
        Item::ArrayOfTables(all) => {
            let mut day = Table::new();
            day.insert("date", value(date));
            day.insert("name", value(name));
            all.push(day);
        }
        _ => return Err(OTHERWISE.into()),
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::control::settings::Keep;

    fn day(date: &str, name: &str, open: bool) -> SettingChange {
        SettingChange::AddDay { date: date.into(), name: name.into(), open }
    }

    fn read(text: &str) -> Config {
        Config::parse(&Arc::new(Source::new(FILE, text))).unwrap()
    }

    #[test]
    fn a_day_is_added_and_all_else_stays() {
        let before = "# 港北市\n[office]\nname = \"港北市\" # 市の名前\n\n[engine]\nworkers = 3\n";
        let with = changed(before, &day("11-30", "開市記念日", false)).unwrap();
        assert!(with.starts_with(before.trim_end()), "{with}");
        let with = changed(&with, &day("2027-03-28", "日曜開庁", true)).unwrap();
        let with = changed(&with, &day("2026-12-28", "庁舎の停電", false)).unwrap();
        let config = read(&with);
        assert_eq!((config.calendar.closed.len(), config.calendar.open[0].name.as_str()), (2, "日曜開庁"));
        let less = SettingChange::RemoveDay { date: "11-30".into(), open: false };
        let less = read(&changed(&with, &less).unwrap());
        assert_eq!(less.calendar.closed[0].name, "庁舎の停電");
    }

    #[test]
    fn either_way_of_writing_days_is_understood() {
        for before in [
            "[calendar]\nclosed = [{ date = \"11-30\", name = \"開市記念日\" }] # 毎年\n",
            "[[calendar.closed]]\ndate = \"11-30\"\nname = \"開市記念日\"\n",
            "calendar = { closed = [{ date = \"11-30\", name = \"開市記念日\" }] }\n",
            "calendar.closed = [\n  # 条例による\n  { date = \"11-30\", name = \"開市記念日\" },\n]\n",
        ] {
            let with = changed(before, &day("2026-06-23", "慰霊の日\"]", false)).unwrap();
            let closed = read(&with).calendar.closed;
            assert_eq!((closed.len(), closed[1].name.as_str()), (2, "慰霊の日\"]"), "{with}");
            assert!(changed(&with, &day("11-30", "もう一度", false)).unwrap_err().contains("すでにあります"));
            let less = SettingChange::RemoveDay { date: "11-30".into(), open: false };
            assert_eq!(read(&changed(&with, &less).unwrap()).calendar.closed.len(), 1);
        }
    }

    #[test]
    fn days_that_cannot_be_are_refused_in_words() {
        for (date, name) in
            [("2026-02-30", "x"), ("きのう", "x"), ("2026-06-23", " "), ("2026-06-23", "a\nb")]
        {
            let why = changed("", &day(date, name, false)).unwrap_err();
            assert!(!why.is_ascii() && why.ends_with(['。', '日']), "{why}");
        }
    }

    #[test]
    fn how_long_things_are_kept_is_written_where_it_stood() {
        let keep = SettingChange::Keep(Keep { evidence_days: 14, retention_years: 10 });
        let with = changed("[audit]\nevidence_days = 7 # 1週間\noutside = \"写し\"\n", &keep).unwrap();
        let audit = read(&with).audit;
        assert_eq!((audit.evidence_days, audit.retention_years, audit.outside.is_some()), (14, 10, true));
    }
}
