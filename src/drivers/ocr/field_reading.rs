//! One field: from its place on the cleaned page to a value with a probability and reasons.

use super::{
    OcrError, barcode,
    calibration::{Group, Observed, Second, features, probability, threshold},
    charset::Charset,
    clean::Cleaned,
    crop::Crop,
    date_text, email_text, holes,
    layer::{Layer, Witness},
    lexicon::Lexicon,
    look::again,
    mark_model::MarkGroup,
    mark_reading::{choice, colour_asks, flag},
    marks,
    mask::Mask,
    options, pale,
    paper::PX_PER_MM,
    reading::{FieldCandidate, FieldReading},
    red_seal::RedPlaces,
    register::Place,
    strike, struck_figure,
    text_field::{Hints, Line, Readers, Said},
    tint,
    towns::Towns,
    unread::unread,
    writing::{self, Known},
};
use crate::form::{Field, FieldType, MarkKind, Rect};
use image::GrayImage;
use jiff::civil::Date;
use serde_json::Value;

/// A reading on its way.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What the first reader saw.
    pub raw: String,
    /// Possible values and their shares, best first.
    pub options: Vec<(Value, f64)>,
    /// Calibrated.
    pub probability: f64,
    /// In Japanese.
    pub reasons: Vec<String>,
    /// A person must look whatever the probability.
    pub person: bool,
    /// The field is empty.
    pub empty: bool,
    /// What the probability was computed from, for calibration.
    pub observed: Option<(Group, Observed)>,
    /// The same for marks, place after place.
    pub seen: Option<(MarkGroup, Vec<f64>)>,
}

/// The page as a field's reading needs it.
pub(super) struct Ground<'a> {
    /// The cleaned page.
    pub page: &'a Cleaned,
    /// The registered page with nothing removed.
    pub gray: &'a GrayImage,
    /// How well it fits the blank.
    pub fit: f64,
    /// The blank's print, and how the page lay on it.
    pub laid: Option<(&'a Mask, &'a Place)>,
    /// The text that the page's file carries.
    pub layer: Option<&'a Layer>,
    /// Towns by postal code, where the list is installed.
    pub towns: Option<&'a Towns>,
    /// Where red on the page is nobody's correction.
    pub red: Option<RedPlaces<'a>>,
    /// The day on which it is read.
    pub today: Date,
}

#[cfg(test)]
impl<'a> Ground<'a> {
    /// A page that lies well on its blank, of which nothing else is known.
    pub(super) const fn bare(page: &'a Cleaned, gray: &'a GrayImage) -> Self {
        Self {
            page,
            gray,
            fit: 1.0,
            laid: None,
            layer: None,
            towns: None,
            red: None,
            today: jiff::civil::date(2026, 4, 1),
        }
    }
}

impl Draft {
    /// Nothing is written there.
    pub(super) fn empty(value: Value, probability: f64) -> Self {
        Self { options: vec![(value, 1.0)], probability, empty: true, ..Self::default() }
    }

    /// The best value so far.
    pub(super) fn value(&self) -> Option<&Value> {
        self.options.first().map(|(value, _)| value)
    }

    /// The readers bear each other out, and it passes from `need` on: whoever was not asked need not be.
    pub(super) fn settled(&self, need: f64) -> bool {
        let confirmed = self.observed.is_some_and(|(group, observed)| observed.confirmed(group));
        confirmed && !self.person && self.probability >= need
    }

    /// A person must look where the readers saw something that the field does not hold.
    pub(super) fn lacking(self, lost: Option<char>) -> Self {
        match lost {
            Some(c) => self.ask(&format!("この欄に入らない文字「{c}」が書かれています")),
            None => self,
        }
    }

    /// A reason, and a person must look.
    pub(super) fn ask(mut self, reason: &str) -> Self {
        self.reasons.push(reason.to_owned());
        self.person = true;
        self
    }
}

/// Reads one field; `so_far` are the readings of the fields before it.
pub(super) fn read(
    readers: &mut Readers,
    ground: &Ground<'_>,
    field: &Field,
    so_far: &[FieldReading],
) -> Result<FieldReading, OcrError> {
    let draft = match &field.kind {
        FieldType::Choice { mark, options, exactly } => choice(ground, *mark, options, *exactly),
        FieldType::Checkbox => {
            let draft = flag(MarkGroup::Box, marks::ticked(ground.page, field.rect));
            colour_asks(draft, ground.page, &[field.rect])
        }
        FieldType::Stamp => flag(MarkGroup::Seal, marks::stamped(ground.page, field.rect)),
        FieldType::Barcode => barcode::read(ground.gray, ground.page, field.rect),
        FieldType::Date { parts: Some(parts) } => {
            date_text::read_parts(readers, ground, field.rect, parts, need(field))?
        }
        FieldType::Code { list } => listed(readers, ground, field, list)?,
        _ => text(readers, ground, field, so_far)?,
    };
    let hidden = places(field).into_iter().find_map(|place| tint::hides(ground.page, place));
    let gone = ground.laid.and_then(|(print, place)| not_seen(print, place, field.rect));
    let changed = || if draft.empty { None } else { options::changed(ground, &field.kind) };
    let why = gone.or(hidden).or_else(changed);
    let draft = match why {
        Some(why) => draft.ask(why),
        None => draft,
    };
    let draft = if matches!(field.kind, FieldType::Date { .. }) {
        date_text::far(draft, ground.today)
    } else {
        draft
    };
    Ok(finish(field, pale::asks(draft, &ground.page.faint, field)))
}

/// Where something may stand in a field that print does not fill: the words to be circled do.
fn places(field: &Field) -> Vec<Rect> {
    match &field.kind {
        FieldType::Choice { mark: MarkKind::Circle, .. } => Vec::new(),
        FieldType::Choice { options, .. } => options.iter().map(|(_, rect)| *rect).collect(),
        FieldType::Date { parts: Some(parts) } => vec![parts.year, parts.month, parts.day],
        _ => vec![field.rect],
    }
}

/// Why what stands there was not seen, whatever was read: on the page the place is missing, or somewhere else.
fn not_seen(print: &Mask, place: &Place, rect: Rect) -> Option<&'static str> {
    if place.outside(rect) {
        Some("用紙のこの部分が画像に入っていません（欠けています）")
    } else if place.found.slipped(print, rect) {
        Some("この辺りの印刷が白紙原本と重ならず、位置がずれています")
    } else if place.found.lost(print, rect) {
        Some("この辺りの印刷が見えません。用紙が欠けているか、隠れています")
    } else {
        None
    }
}

/// From which probability the field passes.
pub(super) fn need(field: &Field) -> f64 {
    field.threshold.unwrap_or_else(|| threshold(&field.kind))
}

/// Decides whether it passes.
fn finish(field: &Field, mut draft: Draft) -> FieldReading {
    let need = need(field);
    if let Some(why) = missing(field, &draft).filter(|_| field.required) {
        draft = draft.ask(why);
    }
    // An office may set a threshold so low that it is reached by what the readers do not bear out.
    let borne = draft.observed.is_none_or(|(group, observed)| observed.confirmed(group));
    let pass = !draft.person && borne && draft.probability >= need;
    if pass {
        draft.reasons.insert(0, if draft.empty { "記入なし" } else { "基準を満たしました" }.to_owned());
    } else if draft.probability < need {
        draft.reasons.push(format!("確からしさ {:.3} が基準 {need:.3} に届きません", draft.probability));
    } else if !borne {
        draft
            .reasons
            .push("確からしさは基準に届きましたが、読取器の間で読みを確かめ合えませんでした".to_owned());
    }
    let text = draft.observed.map(|(group, o)| (group.word().to_owned(), features(&o).to_vec()));
    let observed = text.or_else(|| draft.seen.map(|(group, seen)| (group.word().to_owned(), seen)));
    let mut options = draft.options.into_iter();
    let value = options.next().map_or(Value::Null, |(v, _)| v);
    let rest = (1.0 - draft.probability).max(0.0);
    let others: Vec<(Value, f64)> = options.filter(|(_, p)| *p > 1e-4).take(4).collect();
    let total: f64 = others.iter().map(|(_, p)| p).sum::<f64>().max(1e-9);
    let candidates = others
        .into_iter()
        .map(|(value, p)| FieldCandidate { value, probability: p / total * rest })
        .collect();
    FieldReading {
        name: field.name.clone(),
        kind: field.kind.word().to_owned(),
        raw: draft.raw,
        value,
        probability: draft.probability,
        pass,
        rect: field.rect.array(),
        candidates,
        reasons: draft.reasons,
        ask: draft.person,
        observed,
    }
}

/// Why a field that is required is not what it has to be; none: something is there.
fn missing(field: &Field, draft: &Draft) -> Option<&'static str> {
    let off = draft.value() == Some(&Value::Bool(false));
    match field.kind {
        FieldType::Stamp if off => Some("必須の押印がありません"),
        FieldType::Checkbox if off => Some("必須の欄に印が付いていません"),
        _ => draft.empty.then_some("必須の項目に記入がありません"),
    }
}

/// What keeps a crop from being read at all, or from passing.
pub(super) fn obstacles(crop: &Crop, nominal_mm: f64, draft: Draft) -> Draft {
    let mut draft = draft;
    if let Some(found) = strike::correction(crop, (nominal_mm * PX_PER_MM) as i32) {
        draft = draft.ask(found.reason());
    }
    if crop.cut {
        draft = draft.ask("文字が枠から大きくはみ出しています");
    }
    if crop.bounds.is_some() && (crop.red > 0.02 || crop.taken.stamped()) {
        draft = draft.ask("文字に印影が重なっています");
    }
    draft
}

/// The same for figures, of which `raw` was read in the place: a line through one of them, or a 訂正印, says that another one
/// is meant.
pub(super) fn figures(ground: &Ground<'_>, crop: &Crop, place: Rect, raw: &str, draft: Draft) -> Draft {
    let mut draft = draft;
    // 年 and 元 have bars of their own.
    if !raw.contains(is_word) && struck_figure::figure_struck(crop) {
        draft = draft.ask(struck_figure::STRUCK);
    } else if holes::too_many(crop, raw) {
        draft = draft.ask(holes::WRITTEN_OVER);
    }
    if ground.red.as_ref().is_some_and(|red| red.corrected(ground.page, place)) {
        draft = draft.ask("訂正印のような赤い印があります");
    }
    draft
}

/// Whether it is a kanji that stands beside figures, as 年 and 時; of 円 no bar goes out.
fn is_word(c: char) -> bool {
    c != '円' && ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The observations that all text has in common.
pub(super) fn observe(said: &Said, value: &str, share: f64, fit: f64) -> Observed {
    Observed {
        share,
        first: said.weakest.0,
        third: said.weakest.1,
        first_agrees: said.first == value,
        third_agrees: said.third == value,
        second: Second::new(said.second == value, said.unborne),
        unlisted: false,
        grammar: None,
        boxes: None,
        vote: None,
        letters: value.chars().count(),
        fit,
    }
}

/// Puts the probability in, and says in words what spoke against the value.
pub(super) fn judged(mut draft: Draft, group: Group, observed: Observed) -> Draft {
    if !(observed.first_agrees && observed.third_agrees) {
        draft.reasons.push("読取器の間で読みが分かれました".to_owned());
    }
    if !observed.confirmed(group) && observed.first_agrees && observed.third_agrees {
        draft.reasons.push("自信のない文字があります".to_owned());
    }
    if observed.boxes == Some(false) {
        draft.reasons.push("行全体の読みとマスごとの読みが違います".to_owned());
    }
    if observed.grammar == Some(false) {
        draft.reasons.push("書式に合いません".to_owned());
        draft.person = true;
    }
    draft.probability = probability(group, &observed);
    draft.observed = Some((group, observed));
    draft
}

/// One word of a list.
fn listed(
    readers: &mut Readers,
    ground: &Ground<'_>,
    field: &Field,
    list: &[String],
) -> Result<Draft, OcrError> {
    let crop = Crop::new(ground.page, field.rect);
    let lines = crop.lines(field.lines);
    let charset = Charset::Words(list.to_vec());
    let witness = ground.layer.and_then(|l| l.witness(field.rect, &charset));
    let Some(line) = lines.first().copied() else {
        return Ok(heard(empty_text(&crop), witness, &field.kind));
    };
    let least = (field.rect.h.min(9.0) * 0.45 * PX_PER_MM) as i32;
    let left_over = |said: &Said| lines.len() > 1 || unread(&crop, line, Crop::pad(line, least), said);
    let mut heard_line = readers.hear(crop.line(line, least), &charset)?;
    let mut draft = listed_draft(&heard_line, &charset, list, ground.fit, left_over);
    if !draft.settled(need(field)) {
        readers.ask([&mut heard_line], &charset)?;
        draft = listed_draft(&heard_line, &charset, list, ground.fit, left_over);
    }
    draft = again(draft, need(field), |look| {
        let line = readers.again(&heard_line, look, &charset)?;
        Ok(listed_draft(&line, &charset, list, ground.fit, left_over))
    })?;
    Ok(obstacles(&crop, field.rect.h.min(8.0), heard(draft, witness, &field.kind)))
}

/// What a line says of the words of a list; what is written beside one of them makes another word of it.
fn listed_draft(
    line: &Line,
    charset: &Charset,
    list: &[String],
    fit: f64,
    left_over: impl Fn(&Said) -> bool,
) -> Draft {
    let (said, shares) = line.words(charset, list);
    let mut options: Vec<(Value, f64)> =
        list.iter().map(|w| Value::String(w.clone())).zip(shares.iter().copied()).collect();
    options.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = options.first().map_or(String::new(), |(v, _)| v.as_str().unwrap_or_default().to_owned());
    let share = options.first().map_or(0.0, |o| o.1);
    let folded = charset.folded(&best);
    let mut observed = observe(&said, &folded, share, fit);
    observed.grammar = Some(observed.first_agrees || observed.third_agrees);
    let gone = said.lost(&folded);
    let unread = observed.first_agrees && left_over(&said);
    let draft = Draft { raw: said.raw, options, ..Draft::default() };
    let draft = judged(draft, Group::Listed, observed).lacking(gone);
    if unread { draft.ask("読み取れていない線か文字が残っています") } else { draft }
}

/// An empty text field; a little ink lowers the certainty. What was written in red, or under a stamp in blue, was taken out
/// with the colour, and only a person sees it.
pub(super) fn empty_text(crop: &Crop) -> Draft {
    let p = if crop.area() == 0 { 0.999 } else { 0.98 };
    let draft = Draft::empty(Value::String(String::new()), p);
    if crop.cut {
        return draft.ask("文字が枠から大きくはみ出しています");
    }
    if crop.taken.something() {
        return draft.ask("赤か青のインクだけがあります（印影か、色のついた記入です）");
    }
    draft
}

/// What an address begins with: the towns of its postal code if that was read before, surely (then true), else any city.
fn beginnings(ground: &Ground<'_>, field: &Field, so_far: &[FieldReading]) -> (Vec<String>, bool) {
    let (FieldType::Address { postal_code }, Some(towns)) = (&field.kind, ground.towns) else {
        return (Vec::new(), false);
    };
    // Inside rows the code is a field of the same repetition: `異動者[1].郵便番号`.
    let beside = |code: &String| field.name.rsplit_once('.').map(|(row, _)| format!("{row}.{code}"));
    let named = |r: &&FieldReading| {
        postal_code.as_ref().is_some_and(|c| r.name == *c || beside(c).as_ref() == Some(&r.name))
    };
    // A code that a person still has to look at tells nothing.
    let code = so_far.iter().find(named).filter(|r| r.pass);
    let code = code.and_then(|r| r.value.as_str()).unwrap_or_default();
    let of_code = towns.beginnings(code);
    if of_code.is_empty() { (towns.cities().to_vec(), false) } else { (of_code, true) }
}

/// A draft with what the text layer says there, where it says something.
fn heard(draft: Draft, witness: Option<Witness>, kind: &FieldType) -> Draft {
    match witness {
        Some(witness) => witness.heard(draft, kind),
        None => draft,
    }
}

/// Any text.
fn text(
    readers: &mut Readers,
    ground: &Ground<'_>,
    field: &Field,
    so_far: &[FieldReading],
) -> Result<Draft, OcrError> {
    let crop = Crop::new(ground.page, field.rect);
    let charset = charset_of(&field.kind);
    let witness = ground.layer.and_then(|l| l.witness(field.rect, &charset));
    if crop.bounds.is_none() {
        return Ok(heard(empty_text(&crop), witness, &field.kind));
    }
    let (beginnings, of_code) = beginnings(ground, field, so_far);
    let lexicon = field.lexicon.as_ref().and_then(|path| Lexicon::load(path, &charset));
    let kana = reading_beside(field, so_far);
    let hints = Hints {
        beginnings: &beginnings,
        of_code,
        lexicon: lexicon.as_ref(),
        kana: kana.as_deref(),
        witness: witness.as_ref(),
    };
    let nominal = field.rect.h / f64::from(field.lines.max(1));
    let known = Known { charset: &charset, hints };
    let draft = match field.cells {
        Some(n) => writing::boxed(readers, ground, &crop, field, n, &known)?,
        None => writing::free(readers, ground, &crop, field, &known)?,
    };
    let draft = match charset {
        Charset::Digits | Charset::Date | Charset::Time | Charset::Phone | Charset::Money => {
            let raw = draft.raw.clone();
            figures(ground, &crop, field.rect, &raw, draft)
        }
        Charset::Email if !borne_out(&draft, witness.as_ref(), &field.kind) => email_text::asks(draft),
        _ => draft,
    };
    Ok(obstacles(&crop, nominal * 0.7, heard(draft, witness, &field.kind)))
}

/// Whether the text layer has the same.
fn borne_out(draft: &Draft, witness: Option<&Witness>, kind: &FieldType) -> bool {
    let value = draft.value().and_then(Value::as_str);
    witness.zip(value).is_some_and(|(witness, value)| witness.bears_out(kind, value))
}

/// The フリガナ of a name: the field right above or below it, in the same repetition.
fn reading_beside(field: &Field, so_far: &[FieldReading]) -> Option<String> {
    if field.kind != FieldType::PersonName {
        return None;
    }
    let place = [field.rect.x, field.rect.y, field.rect.w, field.rect.h];
    let beside = |r: &&FieldReading| is_reading_of(r, &field.name, place);
    let near = so_far.iter().filter(beside).find_map(|r| r.value.as_str());
    near.filter(|kana| !kana.is_empty()).map(ToOwned::to_owned)
}

/// Whether a reading is the フリガナ of the name at that place.
fn is_reading_of(kana: &FieldReading, name: &str, place: [f64; 4]) -> bool {
    let row = |name: &str| name.rsplit_once('.').map(|(row, _)| row.to_owned());
    let ([x, y, w, h], [nx, ny, nw, nh]) = (kana.rect, place);
    let gap = (ny - (y + h)).max(y - (ny + nh));
    let common = (x + w).min(nx + nw) - x.max(nx);
    kana.kind == "furigana" && row(&kana.name) == row(name) && gap < 6.0 && common * 2.0 > w.min(nw)
}

/// A name and a フリガナ that contradict each other: one of them is misread, and a person sees which.
pub(super) fn compare_names(readers: &Readers, readings: &mut [FieldReading]) {
    let Some(names) = &readers.names else { return };
    let text = |r: &FieldReading| r.value.as_str().unwrap_or_default().to_owned();
    let contradict = |name: &FieldReading| {
        let kana = readings.iter().position(|r| is_reading_of(r, &name.name, name.rect))?;
        (name.kind == "person_name" && names.contradict(&text(name), &text(&readings[kana]))).then_some(kana)
    };
    let pairs: Vec<[usize; 2]> =
        readings.iter().enumerate().filter_map(|(i, name)| Some([i, contradict(name)?])).collect();
    for i in pairs.into_iter().flatten() {
        readings[i].pass = false;
        readings[i].reasons.push("氏名とフリガナの読みが合いません".to_owned());
    }
}

/// The characters of a type.
fn charset_of(kind: &FieldType) -> Charset {
    match kind {
        FieldType::PersonName => Charset::Name,
        FieldType::Furigana => Charset::Kana,
        FieldType::Address { .. } => Charset::Address,
        FieldType::Date { .. } => Charset::Date,
        FieldType::Time => Charset::Time,
        FieldType::Phone => Charset::Phone,
        FieldType::Money => Charset::Money,
        FieldType::Email => Charset::Email,
        FieldType::PostalCode | FieldType::Digits | FieldType::MyNumber | FieldType::CorporateNumber => {
            Charset::Digits
        }
        _ => Charset::Free,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Charset, Draft, Field, FieldType, Group, Line, MarkGroup, Observed, Second, finish, flag,
        listed_draft,
    };
    use crate::drivers::ocr::{
        ctc::Decoded,
        marks::{Seen, tests::BOX},
    };
    use image::GrayImage;
    use serde_json::json;

    #[test]
    fn a_seal_or_a_tick_that_is_required_and_not_there_is_asked_about() {
        let read = |kind: FieldType, required: bool, marked: f64| {
            let field = Field { required, ..Field::plain(kind, BOX) };
            finish(&field, flag(MarkGroup::Box, Seen { features: Vec::new(), marked, doubt: None }))
        };
        for (kind, why) in [(FieldType::Stamp, "押印"), (FieldType::Checkbox, "印が付いて")] {
            let missing = read(kind.clone(), true, 0.000_1);
            assert!(!missing.pass && missing.ask && missing.reasons[0].contains(why), "{missing:?}");
            assert!(read(kind.clone(), true, 0.999_9).pass && read(kind, false, 0.000_1).pass);
        }
    }

    #[test]
    fn a_low_threshold_lets_nothing_pass_that_the_readers_do_not_bear_out() {
        let read = |weakest: f64, second: Second| {
            let observed = Observed {
                share: 1.0,
                first: weakest,
                third: weakest,
                first_agrees: true,
                third_agrees: true,
                second,
                unlisted: false,
                grammar: None,
                boxes: None,
                vote: None,
                letters: 8,
                fit: 1.0,
            };
            let kind = FieldType::Address { postal_code: None };
            let field = Field { required: true, threshold: Some(0.98), ..Field::plain(kind, BOX) };
            let observed = Some((Group::Text, observed));
            let options = vec![(json!("中央1-2"), 1.0)];
            finish(&field, Draft { options, probability: 0.98, observed, ..Draft::default() })
        };
        let alone = read(0.6, Second::Other);
        assert!(!alone.pass && alone.reasons[0].contains("確かめ合えません"), "{alone:?}");
        assert!(read(0.95, Second::Same).pass);
    }

    #[test]
    fn a_word_of_a_list_is_read_whatever_spaces_it_has() {
        let list = ["本人", "その他 親族", "子　（養子）"].map(str::to_owned);
        let charset = Charset::Words(list.to_vec());
        for (read, word) in [("その他親族", &list[1]), ("子(養子)", &list[2])] {
            let steps: Vec<[(char, f32); 1]> = read.chars().map(|c| [(c, 0.99)]).collect();
            let steps: Vec<(f32, &[(char, f32)])> =
                steps.iter().map(|step| (0.01, step.as_slice())).collect();
            let line = Line::of(GrayImage::new(1, 1), Decoded::of_steps(&steps));
            let draft = listed_draft(&line, &charset, &list, 1.0, |_| false);
            assert!(!draft.person && draft.value() == Some(&json!(word)), "{draft:?}");
            assert!(draft.options[0].1 > 0.9, "{draft:?}");
        }
    }
}
