//! Reads one field of a form: its name, its type with what the type needs, its boxes.

use super::{
    form_file::{FormReader, around},
    keys::Keys,
    lint::suggestion,
    tree::{Kind, Node},
};
use crate::{
    form::{DateParts, EraPlace, Field, FieldType, MarkKind, Rect},
    text::{parse_date, word_list},
};
use std::{ops::Range, path::PathBuf};

/// The page in mm.
#[derive(Clone, Copy)]
pub(super) struct Page {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Page {
    /// Used when the page itself could not be read, so that its boxes give no further Problems.
    pub(super) const LARGEST: Self = Self { width: f64::MAX, height: f64::MAX };
}

/// The words after `type:`.
pub(super) const TYPES: &[&str] = &[
    "text",
    "person_name",
    "furigana",
    "address",
    "date",
    "time",
    "postal_code",
    "phone",
    "digits",
    "money",
    "my_number",
    "corporate_number",
    "choice",
    "checkbox",
    "code",
    "email",
    "barcode",
    "stamp",
];

/// How a box is checked: on which page, and how far rows move it.
#[derive(Clone, Copy)]
struct Bounds {
    page: Page,
    reach: (f64, f64),
}

impl FormReader {
    /// One field.
    pub(super) fn field(&mut self, node: &Node, page: Page, reach: (f64, f64)) -> Option<Field> {
        let bounds = Bounds { page, reach };
        let mut keys = Keys::open(&mut self.lint, node, "項目")?;
        let name = keys.need("name").and_then(|n| self.name(n, ""));
        let kind = keys.need("type").and_then(|n| self.kind(n, &mut keys, bounds));
        let own = kind.as_ref().and_then(own_rect);
        let has_places = own.is_some() || keys.has("parts") || keys.has("options");
        let place = if has_places { keys.get("box") } else { keys.need("box") };
        let rect = place.and_then(|n| self.rect(n, bounds)).or(own);
        let required = keys.get("required").and_then(|n| self.lint.flag(n));
        let cells = keys.get("cells").and_then(|n| self.lint.count(n, 1, 100));
        if let Some(kind) = &kind {
            self.check_cells(kind, cells, keys.place("cells"));
        }
        let lines = keys.get("lines").and_then(|n| self.lint.count(n, 1, 50));
        let threshold = keys.get("threshold").and_then(|n| self.threshold(n));
        let lexicon = keys.get("lexicon").and_then(|n| self.word_list(n)).map(|(path, _)| path);
        let two = keys.get("confirm").and_then(|n| self.lint.choice(n, &[("one", false), ("two", true)]));
        let twice = keys.get("entry").and_then(|n| self.lint.choice(n, &[("once", false), ("twice", true)]));
        keys.close(&mut self.lint);
        let name = name?;
        let (Some(kind), Some(rect)) = (kind, rect) else {
            self.broken.push(name);
            return None;
        };
        Some(Field {
            name,
            kind,
            rect,
            required: required.unwrap_or(false),
            cells,
            lines: lines.unwrap_or(1),
            threshold,
            lexicon,
            two: two.unwrap_or(false),
            twice: twice.unwrap_or(false),
        })
    }

    /// The type with what belongs to it alone.
    fn kind(&mut self, node: &Node, keys: &mut Keys<'_>, bounds: Bounds) -> Option<FieldType> {
        let word = self.lint.words(node)?;
        Some(match word.as_str() {
            "text" => FieldType::Text,
            "person_name" => FieldType::PersonName,
            "furigana" => FieldType::Furigana,
            "address" => {
                FieldType::Address { postal_code: keys.get("postal_code").and_then(|n| self.lint.words(n)) }
            }
            "date" => {
                let parts = keys.get("parts");
                FieldType::Date { parts: parts.and_then(|n| self.date_parts(n, bounds)) }
            }
            "time" => FieldType::Time,
            "postal_code" => FieldType::PostalCode,
            "phone" => FieldType::Phone,
            "digits" => FieldType::Digits,
            "money" => FieldType::Money,
            "my_number" => FieldType::MyNumber,
            "corporate_number" => FieldType::CorporateNumber,
            "choice" => return self.choice(keys, bounds),
            "checkbox" => FieldType::Checkbox,
            "code" => return self.code(keys),
            "email" => FieldType::Email,
            "barcode" => FieldType::Barcode,
            "stamp" => FieldType::Stamp,
            _ => {
                let message = format!("「{word}」という項目の種類はありません");
                self.lint.say("SHK0303", node.mark(), message, suggestion(&word, TYPES));
                skip_own_keys(keys);
                return None;
            }
        })
    }

    /// A number whose digits are known has a box for each of them.
    fn check_cells(&mut self, kind: &FieldType, cells: Option<u32>, at: Range<usize>) {
        let digits = match kind {
            FieldType::MyNumber => 12,
            FieldType::CorporateNumber => 13,
            FieldType::PostalCode => 7,
            _ => return,
        };
        if let Some(few) = cells.filter(|n| *n < digits) {
            let message = format!("{}は{digits}桁なのに、ます目が{few}個です", kind.title());
            self.lint.say("SHK0301", at, message, "用紙のます目の数を書きます");
        }
    }

    fn choice(&mut self, keys: &mut Keys<'_>, bounds: Bounds) -> Option<FieldType> {
        let kinds = [("circle", MarkKind::Circle), ("check", MarkKind::Check), ("fill", MarkKind::Fill)];
        let mark = keys.get("mark").and_then(|n| self.lint.choice(n, &kinds)).unwrap_or_default();
        let exactly = keys.get("exactly").and_then(|n| self.lint.count(n, 1, 100));
        let options = self.boxes(keys.need("options")?, keys.place("options"), bounds);
        if let Some(most) = exactly.filter(|_| !options.is_empty())
            && usize::try_from(most).is_ok_and(|most| most > options.len())
        {
            let message = "exactly が選択肢の数より大きいです";
            self.lint.say("SHK0301", keys.place("exactly"), message, "選ばれる数を書きます（ふつうは 1）");
        }
        Some(FieldType::Choice { mark, options, exactly })
    }

    fn code(&mut self, keys: &mut Keys<'_>) -> Option<FieldType> {
        let list = keys.need("list")?;
        // The words themselves, or the name of a CSV file beside the form.
        let words = match &list.kind {
            Kind::List(words) if words.is_empty() => {
                let help = "書かれる言葉を並べます。例: [世帯主, 妻, 子]";
                self.lint.say("SHK0107", keys.place("list"), "言葉の一覧が空です", help);
                return None;
            }
            Kind::List(_) => self.lint.texts(list),
            _ => self.word_list(list)?.1,
        };
        Some(FieldType::Code { list: words })
    }

    /// A CSV file beside the form: its place and the words of its first column.
    fn word_list(&mut self, node: &Node) -> Option<(PathBuf, Vec<String>)> {
        let path = self.beside(node, "語の一覧", "SHK0307").filter(|p| p.is_file())?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) => {
                let message = format!("語の一覧「{}」を開けません（{e}）", path.display());
                self.lint.say("SHK0307", node.mark(), message, "ファイルの権限を確かめます");
                return None;
            }
        };
        match word_list::parse(&bytes) {
            Ok(words) => Some((std::path::absolute(&path).unwrap_or(path), words)),
            Err(e) => {
                let message = format!("語の一覧「{}」を読めません: {e}", path.display());
                self.lint.say(
                    "SHK0307",
                    node.mark(),
                    message,
                    "1行に1語の CSV（UTF-8 か Shift_JIS）にします",
                );
                None
            }
        }
    }

    /// `{word: box, …}`; `at` is the place of its key.
    fn boxes(&mut self, node: &Node, at: Range<usize>, bounds: Bounds) -> Vec<(String, Rect)> {
        let Kind::Map(entries) = &node.kind else {
            self.lint.wrong_kind(node, "「言葉: [左, 上, 幅, 高さ]」の組");
            return Vec::new();
        };
        if entries.is_empty() {
            self.lint.say("SHK0107", at, "言葉が1つもありません", "「言葉: [左, 上, 幅, 高さ]」を書きます");
        }
        let mut all: Vec<(String, Rect)> = Vec::new();
        for (key, value) in entries {
            if let (Some(word), Some(rect)) = (self.lint.words(key), self.rect(value, bounds)) {
                self.check_apart(key.mark(), &word, rect, &all);
                all.push((word, rect));
            }
        }
        all
    }

    /// Whatever is marked or written in a place counts for this place alone.
    fn check_apart(&mut self, at: Range<usize>, word: &str, rect: Rect, others: &[(String, Rect)]) {
        if let Some((other, _)) = others.iter().find(|(_, known)| overlap(*known, rect)) {
            let message = format!("「{word}」の場所が「{other}」の場所と重なっています");
            self.lint.say("SHK0301", at, message, "重ならないように [左, 上, 幅, 高さ] を書きます");
        }
    }

    /// `parts: {era, year, month, day}`.
    fn date_parts(&mut self, node: &Node, bounds: Bounds) -> Option<DateParts> {
        let mut keys = Keys::open(&mut self.lint, node, "parts ")?;
        let at = keys.place("era");
        let era = keys.need("era").and_then(|n| self.era(n, at, bounds));
        let mut part = |key| keys.need(key).and_then(|n| rect_of(&mut self.lint, n, bounds));
        let [year, month, day] = ["year", "month", "day"].map(&mut part);
        let mut taken = match &era {
            Some(EraPlace::Circled(list)) => list.clone(),
            _ => Vec::new(),
        };
        for (key, rect) in [("year", year), ("month", month), ("day", day)] {
            if let Some(rect) = rect {
                self.check_apart(keys.place(key), key, rect, &taken);
                taken.push((key.to_owned(), rect));
            }
        }
        keys.close(&mut self.lint);
        Some(DateParts { era: era?, year: year?, month: month?, day: day? })
    }

    /// The printed era, or those to choose from; `at` is the place of the key.
    fn era(&mut self, node: &Node, at: Range<usize>, bounds: Bounds) -> Option<EraPlace> {
        if let Kind::Map(entries) = &node.kind {
            for (key, _) in entries {
                if let Kind::Text(word) = &key.kind
                    && !begins_date(word)
                {
                    self.lint.unknown_word(key, word, ERAS);
                }
            }
            return Some(EraPlace::Circled(self.boxes(node, at, bounds)));
        }
        let word = self.lint.words(node)?;
        if !ERAS.contains(&word.as_str()) {
            self.lint.unknown_word(node, &word, ERAS);
        }
        Some(EraPlace::Printed(word))
    }

    fn rect(&mut self, node: &Node, bounds: Bounds) -> Option<Rect> {
        rect_of(&mut self.lint, node, bounds)
    }

    fn threshold(&mut self, node: &Node) -> Option<f64> {
        let found = self.lint.number(node)?;
        if !(0.0..=1.0).contains(&found) {
            self.lint.say("SHK0107", node.mark(), "確率は 0 から 1 までです", "例: 0.995");
            return None;
        }
        Some(found)
    }
}

/// The eras that may be printed before a date.
const ERAS: &[&str] = &["明治", "大正", "昭和", "平成", "令和", "西暦"];

/// Whether a date can be read that begins with the word, as `令`, `S` and `西暦`: it is read with what is written after it.
fn begins_date(word: &str) -> bool {
    let is_date = |rest: &&str| parse_date(&format!("{word}{rest}")).is_ok_and(|d| d.plain_date().is_some());
    ["10年2月2日", "2026年2月2日"].iter().any(is_date)
}

/// Of two places, more than a fifth of the smaller one lies in the other.
pub(super) fn overlap(a: Rect, b: Rect) -> bool {
    let common = |from: f64, size: f64, other: f64, other_size: f64| {
        ((from + size).min(other + other_size) - from.max(other)).max(0.0)
    };
    let area = common(a.x, a.w, b.x, b.w) * common(a.y, a.h, b.y, b.h);
    area > 0.2 * (a.w * a.h).min(b.w * b.h).max(0.0)
}

/// An unknown type may have any of the types' keys.
fn skip_own_keys(keys: &mut Keys<'_>) {
    for key in ["options", "mark", "exactly", "list", "parts", "postal_code", "lexicon"] {
        keys.get(key);
    }
}

/// The rectangle that a type's own places make.
fn own_rect(kind: &FieldType) -> Option<Rect> {
    match kind {
        FieldType::Choice { options, .. } => around(options.iter().map(|(_, rect)| *rect)),
        FieldType::Date { parts: Some(parts) } => {
            let era: &[(String, Rect)] = match &parts.era {
                EraPlace::Circled(list) => list,
                EraPlace::Printed(_) => &[],
            };
            around(era.iter().map(|(_, r)| *r).chain([parts.year, parts.month, parts.day]))
        }
        _ => None,
    }
}

/// `[left, top, width, height]` in mm, on the page in every repetition.
fn rect_of(lint: &mut super::lint::Lint, node: &Node, bounds: Bounds) -> Option<Rect> {
    let sides: Vec<f64> = match &node.kind {
        Kind::List(items) => items.iter().filter_map(|n| lint.number(n)).collect(),
        _ => Vec::new(),
    };
    let [x, y, w, h] = sides[..] else {
        lint.say(
            "SHK0301",
            node.mark(),
            "場所として読めません",
            "[左, 上, 幅, 高さ] をミリで書きます。例: [120, 22, 60, 9]",
        );
        return None;
    };
    let rect = Rect { x, y, w, h };
    let last = rect.moved(bounds.reach.0, bounds.reach.1);
    let on_page = |r: &Rect| {
        r.x >= 0.0 && r.y >= 0.0 && r.x + r.w <= bounds.page.width && r.y + r.h <= bounds.page.height
    };
    if w <= 0.0 || h <= 0.0 {
        lint.say("SHK0301", node.mark(), "幅と高さは 0 より大きくします", "[左, 上, 幅, 高さ] の順です");
    } else if !on_page(&rect) {
        let message = format!("用紙（{}×{} mm）からはみ出しています", bounds.page.width, bounds.page.height);
        lint.say(
            "SHK0301",
            node.mark(),
            message,
            "[左, 上, 幅, 高さ] の順で、用紙の左上からのミリで書きます",
        );
    } else if !on_page(&last) {
        let message = "くり返しの最後で用紙からはみ出します";
        lint.say("SHK0301", node.mark(), message, "rows の count か pitch を直します");
    }
    Some(rect)
}
