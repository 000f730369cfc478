//! Writing in a field: rows of boxes and free lines, read by the two neural readers; where these leave a doubt, by the second
//! reader too, boxes one by one, and lines once more.

use super::{
    OcrError,
    calibration::{Group, Observed},
    cells::{self, Boxed},
    changed_letters::{self, Seen},
    charset::Charset,
    crop::{Bounds, Crop},
    ctc::is_multiplier,
    ditto,
    field_reading::{Draft, Ground, empty_text, judged, need, observe},
    figures,
    look::again,
    name_text,
    names::Names,
    number_text,
    paper::PX_PER_MM,
    text_field::{Hints, Line, Readers, Said},
    unread::unread,
};
use crate::form::{Field, FieldType};
use serde_json::Value;

/// What is known of a field's text before it is read.
pub(super) struct Known<'a> {
    /// Its characters.
    pub charset: &'a Charset,
    /// Where it may begin, what it may be.
    pub hints: Hints<'a>,
}

impl Known<'_> {
    /// Puts into `observed` what lists, other fields and the text layer say to the value. True where the value begins as a
    /// real place does and the raw reading did not.
    fn borne(
        &self,
        readers: &Readers,
        field: &Field,
        value: &str,
        raw: &str,
        observed: &mut Observed,
    ) -> bool {
        observed.grammar = self.grammar(field, value, readers.names.as_ref());
        let plain = value.replace(' ', "");
        if let (Some(names), Some(kana)) = (&readers.names, self.hints.kana) {
            observed.vote = names.reads(&plain, kana);
        }
        if let (Some(names), Charset::Kana) = (&readers.names, self.charset) {
            observed.vote = names.knows_kana(&plain).then_some(true);
        }
        if let (Some(names), Charset::Name) = (&readers.names, self.charset) {
            observed.unlisted = !names.knows(&plain);
        }
        observed.vote = observed.vote.or(borne_out(field, self.hints, value));
        let begins = |text: &str| self.hints.beginnings.iter().any(|b| text.starts_with(b.as_str()));
        if begins(&plain) {
            observed.grammar = Some(true);
        }
        observed.grammar == Some(true) && !self.hints.beginnings.is_empty() && !begins(&raw.replace(' ', ""))
    }

    /// What the readers saw, and what is known to judge the value by.
    fn seen<'a>(&'a self, readers: &'a Readers, raws: [&'a str; 2], spelt: bool) -> Seen<'a> {
        Seen { raws, lexicon: self.hints.lexicon, names: readers.names.as_ref(), spelt }
    }

    /// Whether the value has the form of its type, and is a word of the field's list. What the list does not have may still be
    /// right, but no list makes a number whole that lost a digit.
    fn grammar(&self, field: &Field, value: &str, names: Option<&Names>) -> Option<bool> {
        let plain = value.replace(' ', "");
        let listed = self.hints.lexicon.map(|lexicon| lexicon.find(&plain).is_some());
        let known = matches!(self.charset, Charset::Name) && names.is_some_and(|names| names.has(&plain));
        let alone = (known || listed == Some(true)) && is_one_letter(field, &plain);
        match (number_text::fits(field, value), listed) {
            (Some(false), _) if !alone => Some(false),
            (_, Some(true)) | (Some(true), None) => Some(true),
            _ => None,
        }
    }
}

/// Names of one letter with so few strokes that dirt is read as them.
const FEW_STROKES: &str = "一二三十八人入乙丁了力口工士〇ノハニト卜イリロエコヘソン";

/// A name of one letter that is no stray stroke: 林 and 誠 where 氏 and 名 have a field each.
fn is_one_letter(field: &Field, name: &str) -> bool {
    let letters = matches!(field.kind, FieldType::PersonName | FieldType::Furigana);
    letters && name.chars().count() == 1 && !FEW_STROKES.contains(name)
}

/// Why an amount with a sign between its digits goes to a person.
const PARTED: &str =
    "金額の数字の途中に、三桁ごとの区切りではない記号（「円」や横線、位置の違うコンマなど）があります";

/// Why a reading with a small vowel goes to a person.
const FOREIGN: &str = "小さい「ァィゥェォ」かもしれません（外国の方のフリガナなど）";

/// Why a word that names nobody goes to a person.
const NOBODY: &str = "氏名ではない言葉のようです";

/// A row of boxes.
pub(super) fn boxed(
    readers: &mut Readers,
    ground: &Ground<'_>,
    crop: &Crop,
    field: &Field,
    n: u32,
    known: &Known<'_>,
) -> Result<Draft, OcrError> {
    let Some(mut row) = cells::read(readers, crop, n, known.charset)? else { return Ok(empty_text(crop)) };
    let mut draft = boxed_draft(readers, &row, &row.whole, field, known, ground.fit);
    let full = draft.observed.is_some_and(|(_, observed)| observed.boxes == Some(true));
    if !full || !draft.settled(need(field)) {
        row.ask(readers, known.charset)?;
        draft = boxed_draft(readers, &row, &row.whole, field, known, ground.fit);
        draft = again(draft, need(field), |look| {
            let line = readers.again(&row.whole, look, known.charset)?;
            Ok(boxed_draft(readers, &row, &line, field, known, ground.fit))
        })?;
    }
    // In a name the empty box is the space between its parts.
    let space = known.charset.spaced() && row.gaps.len() == 1;
    let gap = !row.gaps.is_empty() && !space;
    Ok(if gap { draft.ask("途中のマスが空いています") } else { draft })
}

/// What a row of boxes says, of which `line` is one look at the whole.
fn boxed_draft(
    readers: &Readers,
    row: &Boxed,
    line: &Line,
    field: &Field,
    known: &Known<'_>,
    fit: f64,
) -> Draft {
    let said = readers.said(line, known.charset, known.hints);
    let (best, share) = said.options.first().cloned().unwrap_or_default();
    let mut observed = observe(&said, &best, share, fit);
    let mut written = number_text::written(&field.kind, said.options.clone());
    let spelt = spelt(&mut written, field, known.hints);
    let value = written.first().map_or(String::new(), |(t, _)| t.clone());
    let (foreign, parted) = (said.foreign, said.parted);
    // Other signs are told by the number of boxes; a multiplier may have been read as a digit.
    let lost = said.lost(&best).filter(|c| is_multiplier(*c));
    known.borne(readers, field, &value, &said.raw, &mut observed);
    observed.boxes = Some(row.bears_out(&best));
    let options = written.into_iter().map(|(t, p)| (Value::String(row.with_gaps(&t)), p)).collect();
    let draft = Draft { raw: said.raw, options, ..Draft::default() };
    let draft = judged(draft, Group::of(&field.kind).unwrap_or(Group::Text), observed).lacking(lost);
    let draft = if parted { draft.ask(PARTED) } else { draft };
    let draft = if foreign { draft.ask(FOREIGN) } else { draft };
    let raws = [line.first.raw.as_str(), line.third.as_ref().unwrap_or(&line.first).raw.as_str()];
    let draft = same_form(draft, field, known.charset, &value, &known.seen(readers, raws, spelt));
    if number_text::counted(field) || row.as_many(&best, known.charset) {
        draft
    } else {
        draft.ask("記入されたマスの数と読み取った文字の数が違います")
    }
}

/// A name with a kanji of which another form looks alike goes to a person, unless the layer tells. So does what is no name, what
/// stands elsewhere, and what was seen otherwise.
fn same_form(draft: Draft, field: &Field, charset: &Charset, value: &str, seen: &Seen<'_>) -> Draft {
    if let Some(word) = ditto::said(&field.kind, charset, value, &draft.raw) {
        return draft.ask(&format!("「{word}」と書かれています。値そのものを確かめてください"));
    }
    let name = matches!(field.kind, FieldType::PersonName);
    let draft = if name && name_text::names_nobody(value) { draft.ask(NOBODY) } else { draft };
    let draft = changed_letters::asks(draft, field, charset, value, seen);
    match name_text::may_be_other_form(value).filter(|_| name && !seen.spelt) {
        Some(c) => draft.ask(&format!("「{c}」は字体の違う字と見分けられません")),
        None => draft,
    }
}

/// The best text in the forms of kanji that a visible text layer has. True where that layer bears them out: 崎 is then no 﨑.
fn spelt(written: &mut [(String, f64)], field: &Field, hints: Hints<'_>) -> bool {
    let (Some(witness), Some((best, _))) = (hints.witness, written.first_mut()) else { return false };
    if let Some(spelling) = witness.spelling(&field.kind, best) {
        *best = spelling;
    }
    witness.tells_forms() && witness.bears_out(&field.kind, best)
}

/// The text layer as a vote.
fn borne_out(field: &Field, hints: Hints<'_>, value: &str) -> Option<bool> {
    hints.witness.filter(|w| w.bears_out(&field.kind, value)).map(|_| true)
}

/// Lines of writing without boxes.
pub(super) fn free(
    readers: &mut Readers,
    ground: &Ground<'_>,
    crop: &Crop,
    field: &Field,
    known: &Known<'_>,
) -> Result<Draft, OcrError> {
    let least = (field.rect.h / f64::from(field.lines.max(1)) * 0.4 * PX_PER_MM) as i32;
    let mut lines = Vec::new();
    for place in crop.lines(field.lines) {
        lines.push((place, readers.hear(crop.line(place, least), known.charset)?));
    }
    let writing = Writing { crop, least, lines: &lines };
    let draft = writing.draft(readers, field, known, ground.fit);
    if draft.settled(need(field)) {
        return Ok(draft);
    }
    readers.ask(lines.iter_mut().map(|(_, line)| line), known.charset)?;
    let draft = Writing { crop, least, lines: &lines }.draft(readers, field, known, ground.fit);
    again(draft, need(field), |look| {
        let mut seen = Vec::new();
        for (place, line) in &lines {
            seen.push((*place, readers.again(line, look, known.charset)?));
        }
        Ok(Writing { crop, least, lines: &seen }.draft(readers, field, known, ground.fit))
    })
}

/// Lines of writing and where they stand.
struct Writing<'a> {
    crop: &'a Crop,
    /// A line is at least so high, in pixels.
    least: i32,
    lines: &'a [(Bounds, Line)],
}

impl Writing<'_> {
    /// All lines as one text, and whether ink is left that nobody read.
    fn said(&self, readers: &Readers, known: &Known<'_>) -> (Said, bool) {
        let mut left_over = false;
        let mut parts = Vec::new();
        for (i, (place, line)) in self.lines.iter().enumerate() {
            // Only the first line begins as the postal code says.
            let hints = if i == 0 { known.hints } else { Hints { beginnings: &[], ..known.hints } };
            let said = readers.said(line, known.charset, hints);
            left_over |= unread(self.crop, *place, Crop::pad(*place, self.least), &said);
            parts.push(name_text::spaced(self.crop, *place, said, known.charset));
        }
        (name_text::joined(parts), left_over)
    }

    /// What the lines say.
    fn draft(&self, readers: &Readers, field: &Field, known: &Known<'_>, fit: f64) -> Draft {
        let (said, left_over) = self.said(readers, known);
        let (best, share) = said.options.first().cloned().unwrap_or_default();
        let bare = best.replace(' ', "");
        let mut observed = observe(&said, &bare, share, fit);
        let lost = said.lost(&bare).filter(|_| !number_text::counted(field));
        let (foreign, parted) = (said.foreign, said.parted);
        let mut written = number_text::written(&field.kind, said.options.clone());
        let spelt = spelt(&mut written, field, known.hints);
        let value = written.first().map_or(String::new(), |(t, _)| t.clone());
        let mended = known.borne(readers, field, &value, &said.raw, &mut observed);
        let mut draft = Draft { raw: said.raw, ..Draft::default() };
        if mended {
            draft.reasons.push("実在する地名に合わせました".to_owned());
        } else if value != best {
            draft.reasons.push("書き方をそろえました".to_owned());
        }
        draft.options = written.into_iter().map(|(t, p)| (Value::String(t), p)).collect();
        let mut draft = judged(draft, Group::of(&field.kind).unwrap_or(Group::Text), observed).lacking(lost);
        if foreign {
            draft = draft.ask(FOREIGN);
        }
        if parted {
            draft = draft.ask(PARTED);
        }
        if left_over {
            draft = draft.ask("読み取れていない線か文字が残っています");
        }
        let (first, third) = self.raws();
        let seen = known.seen(readers, [&first, &third], spelt);
        figures::asks(same_form(draft, field, known.charset, &value, &seen), self.crop, field, &self.heard())
    }

    /// What the first and the third reader saw in all lines, before any rule.
    fn raws(&self) -> (String, String) {
        let first = self.lines.iter().map(|(_, line)| line.first.raw.as_str());
        let third =
            self.lines.iter().map(|(_, line)| line.third.as_ref().unwrap_or(&line.first).raw.as_str());
        (first.collect(), third.collect())
    }

    /// Where the first reader saw what.
    fn heard(&self) -> Vec<figures::Heard<'_>> {
        let heard =
            self.lines.iter().map(|(place, line)| (*place, Crop::pad(*place, self.least), &line.first));
        heard.map(|(place, pad, read)| figures::Heard::new(place, pad, read)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Field, FieldType, Hints, Known, Names};
    use crate::{drivers::ocr::lexicon::Lexicon, form::Rect};

    fn field(kind: FieldType) -> Field {
        Field::plain(kind, Rect { x: 0.0, y: 0.0, w: 50.0, h: 10.0 })
    }

    fn grammar(kind: FieldType, value: &str, charset: &Charset, list: Option<&[&str]>) -> Option<bool> {
        let names = Names::new("姓\t林\tハヤシ\n名\t誠\tマコト\n名\t一\tハジメ\n");
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let lexicon = list.map(|list| Lexicon::new(&words(list), charset));
        let hints = Hints { lexicon: lexicon.as_ref(), ..Hints::default() };
        Known { charset, hints }.grammar(&field(kind), value, Some(&names))
    }

    #[test]
    fn no_list_makes_up_for_a_broken_form() {
        let code =
            |value| grammar(FieldType::PostalCode, value, &Charset::Digits, Some(&["3050005", "305"][..]));
        assert_eq!((code("3050005"), code("3050006")), (Some(true), None));
        assert_eq!((code("305000"), code("305")), (Some(false), Some(false)), "even where the list has it");
        let text = |value| grammar(FieldType::Text, value, &Charset::Free, Some(&["中央"][..]));
        assert_eq!((text("中央"), text("東")), (Some(true), None));
        assert_eq!(grammar(FieldType::PostalCode, "3050006", &Charset::Digits, None), Some(true));
        assert_eq!(grammar(FieldType::Text, "東", &Charset::Free, None), None);
    }

    #[test]
    fn a_name_of_one_kanji_is_one_where_a_list_bears_it_out() {
        let name = |value| grammar(FieldType::PersonName, value, &Charset::Name, None);
        assert_eq!((name("林"), name("誠"), name("山田")), (None, None, None));
        assert_eq!((name("川"), name("一"), name("")), (Some(false), Some(false), Some(false)));
        let own = |value| grammar(FieldType::PersonName, value, &Charset::Name, Some(&["川", "一"][..]));
        assert_eq!((own("川"), own("一"), own("林")), (Some(true), Some(false), None));
        let kana = |value, list| grammar(FieldType::Furigana, value, &Charset::Kana, list);
        assert_eq!((kana("キ", None), kana("キ", Some(&["キ"][..]))), (Some(false), Some(true)));
    }
}
