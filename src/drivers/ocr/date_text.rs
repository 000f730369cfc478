//! Dates whose 年 月 日 are printed: three numbers and an era, read together under the calendar.

use super::{
    OcrError,
    calibration::{Group, Observed, Second},
    charset::Charset,
    clean::Cleaned,
    crop::Crop,
    field_reading::{Draft, Ground, empty_text, figures, judged, obstacles},
    look::{Look, again},
    marks,
    number_text::iso,
    paper::PX_PER_MM,
    stray,
    text_field::{Hints, Line, Readers, Said},
};
use crate::form::{DateParts, EraPlace, Rect};
use jiff::civil::Date;
use serde_json::Value;

/// One number of a date.
struct Part {
    crop: Crop,
    charset: Charset,
    /// None: nothing is written.
    line: Option<Line>,
    said: Option<Said>,
    /// What the text layer has there.
    witness: Option<String>,
}

impl Part {
    /// Asks the second reader too.
    fn ask(&mut self, readers: &mut Readers) -> Result<(), OcrError> {
        readers.ask(&mut self.line, &self.charset)?;
        self.said = self.line.as_ref().map(|line| readers.said(line, &self.charset, Hints::default()));
        Ok(())
    }

    /// What the readers say after another look; None where nothing is written.
    fn again(&self, readers: &mut Readers, look: Look) -> Result<Option<Said>, OcrError> {
        let Some(line) = &self.line else { return Ok(None) };
        let line = readers.again(line, look, &self.charset)?;
        Ok(Some(readers.said(&line, &self.charset, Hints::default())))
    }
}

/// Reads era, year, month and day of the date in `rect`; it passes from the probability `need` on.
pub(super) fn read_parts(
    readers: &mut Readers,
    ground: &Ground<'_>,
    rect: Rect,
    parts: &DateParts,
    need: f64,
) -> Result<Draft, OcrError> {
    let mut read = Vec::with_capacity(3);
    for (i, rect) in [parts.year, parts.month, parts.day].into_iter().enumerate() {
        read.push(part(readers, ground, rect, i == 0)?);
    }
    let eras = eras(ground, &parts.era);
    let beside = beside(ground.page, rect, parts).or_else(|| crossed(ground, parts));
    let written = read.iter().filter(|p| p.line.is_some()).count();
    if written == 0 {
        let marked = matches!(parts.era, EraPlace::Circled(_)) && !eras.unmarked;
        let mut empty = read.iter().map(|p| empty_text(&p.crop));
        let first = empty.next().expect("a date has three parts");
        let draft = doubted(empty.find(|part| part.person).unwrap_or(first), &read);
        let alone = marked.then_some("元号だけに印があり、年月日の記入がありません");
        return Ok(asked(asked(draft, alone), beside));
    }
    let raw =
        read.iter().map(|p| p.said.as_ref().map_or("", |s| s.raw.as_str())).collect::<Vec<_>>().join(" ");
    if written < 3 {
        let draft = Draft { raw, options: vec![(Value::Null, 1.0)], ..Draft::default() };
        return Ok(doubted(draft, &read).ask("年月日の一部に記入がありません"));
    }
    let mut draft = combined(&eras, &said(&read), &raw, ground.fit);
    if !draft.settled(need) {
        for part in &mut read {
            part.ask(readers)?;
        }
        draft = combined(&eras, &said(&read), &raw, ground.fit);
    }
    draft = again(draft, need, |look| {
        let mut seen = Vec::with_capacity(3);
        for part in &read {
            seen.extend(part.again(readers, look)?);
        }
        Ok(combined(&eras, &seen.iter().collect::<Vec<_>>(), &raw, ground.fit))
    })?;
    draft = doubted(draft, &read);
    for (p, rect) in read.iter().zip([parts.year, parts.month, parts.day]) {
        let raw = p.said.as_ref().map_or("", |said| said.raw.as_str());
        draft = obstacles(&p.crop, rect.h * 0.6, figures(ground, &p.crop, rect, raw, draft));
    }
    Ok(asked(asked(draft, eras.trouble), beside))
}

/// A person is asked where there is a reason.
fn asked(draft: Draft, why: Option<&str>) -> Draft {
    match why {
        Some(why) => draft.ask(why),
        None => draft,
    }
}

/// So far around its number writing belongs to it, in mm.
const AROUND_PART: f64 = 1.0;
/// So far around an era a circle belongs to it, in mm.
const AROUND_ERA: f64 = 3.0;

/// Why a person is asked.
const ERA_STRUCK: &str = "印刷された元号に、取り消し線のような線があります";

/// The same where the line is no longer than the era that it crosses, and went with its print.
fn crossed(ground: &Ground<'_>, parts: &DateParts) -> Option<&'static str> {
    let (print, _) = ground.laid.filter(|_| matches!(parts.era, EraPlace::Printed(_)))?;
    stray::era_crossed(ground.page, ground.gray, print, parts.year).then_some(ERA_STRUCK)
}

/// What makes the printed era, or the numbers in their places, another date: the era struck out, something beside them.
fn beside(page: &Cleaned, rect: Rect, parts: &DateParts) -> Option<&'static str> {
    let printed = matches!(parts.era, EraPlace::Printed(_));
    if printed && stray::era_struck(page, parts.year) {
        return Some(ERA_STRUCK);
    }
    let numbers = [parts.year, parts.month, parts.day].map(|r| stray::with_around(r, AROUND_PART));
    let eras: &[(String, Rect)] = match &parts.era {
        EraPlace::Circled(list) => list,
        EraPlace::Printed(_) => &[],
    };
    let eras = eras.iter().map(|(_, r)| stray::with_around(*r, AROUND_ERA));
    let places: Vec<Rect> = numbers.into_iter().chain(eras).collect();
    // Behind the day a weekday or an age may stand.
    let area = Rect { w: parts.day.x + parts.day.w - rect.x, ..rect };
    stray::in_none_of(page, area, &places).then_some("元号や年月日の欄の外に、書き込みか線があります")
}

/// A person is asked where the text layer has another number than the picture.
fn doubted(draft: Draft, read: &[Part]) -> Draft {
    // 07 is 7.
    let plain = |digits: &str| digits.trim_start_matches('0').to_owned();
    let seen = |p: &Part| p.said.as_ref().and_then(|s| s.options.first()).map(|o| plain(&o.0));
    let other = |p: &Part| p.witness.as_deref().is_some_and(|w| Some(plain(w)) != seen(p));
    if read.iter().any(other) {
        draft.ask("PDF の文字情報と画像の読みが違います")
    } else {
        draft
    }
}

fn part(readers: &mut Readers, ground: &Ground<'_>, rect: Rect, year: bool) -> Result<Part, OcrError> {
    let crop = Crop::new(ground.page, rect);
    let charset = if year { Charset::Words(vec!["0123456789元".to_owned()]) } else { Charset::Digits };
    let witness = ground.layer.and_then(|l| l.witness(rect, &charset)).map(|w| w.digits());
    let witness = witness.filter(|digits| !digits.is_empty());
    let Some(b) = crop.bounds else { return Ok(Part { crop, charset, line: None, said: None, witness }) };
    let least = (rect.h * 0.4 * PX_PER_MM) as i32;
    let line = readers.hear(crop.line(b, least), &charset)?;
    let said = readers.said(&line, &charset, Hints::default());
    Ok(Part { crop, charset, line: Some(line), said: Some(said), witness })
}

/// What was read of the parts that are written.
fn said(parts: &[Part]) -> Vec<&Said> {
    parts.iter().filter_map(|p| p.said.as_ref()).collect()
}

/// The possible eras and their shares.
struct Eras {
    options: Vec<(String, f64)>,
    unmarked: bool,
    trouble: Option<&'static str>,
}

fn eras(ground: &Ground<'_>, place: &EraPlace) -> Eras {
    let list = match place {
        EraPlace::Printed(word) => {
            return Eras { options: vec![(word.clone(), 1.0)], unmarked: false, trouble: None };
        }
        EraPlace::Circled(list) => list,
    };
    let places: Vec<Rect> = list.iter().map(|(_, r)| *r).collect();
    let seen = marks::circles(ground.page, &places);
    let sets = marks::sets(&seen, Some(1));
    let (best, p) = sets.first().cloned().unwrap_or_default();
    let share = |i: usize| sets.iter().find(|(set, _)| *set == [i]).map_or(0.0, |(_, p)| *p);
    let options = list.iter().enumerate().map(|(i, (w, _))| (w.clone(), share(i).max(1e-4))).collect();
    let trouble = match best.as_slice() {
        _ if seen.iter().any(|s| s.doubt.is_some()) => Some("元号に取り消し線のような線があります"),
        _ if marks::coloured(ground.page, &places) => Some("元号に赤か青のインクが重なっています"),
        [] => Some("元号に印がありません"),
        [_] if p > 0.5 => None,
        _ => Some("元号の印がはっきりしません"),
    };
    Eras { options, unmarked: best.is_empty(), trouble }
}

/// All combinations that the calendar has, by their shares.
fn combined(eras: &Eras, said: &[&Said], raw: &str, fit: f64) -> Draft {
    let raw = raw.to_owned();
    let mut dates: Vec<(String, f64)> = Vec::new();
    let mut possible = 0.0;
    for (era, pe) in &eras.options {
        for (year, py) in said[0].options.iter().take(5) {
            for (month, pm) in said[1].options.iter().take(5) {
                for (day, pd) in said[2].options.iter().take(5) {
                    let share = pe * py * pm * pd;
                    let Some(date) = iso(&format!("{era}{year}年{month}月{day}日")) else { continue };
                    possible += share;
                    match dates.iter_mut().find(|(known, _)| *known == date) {
                        Some((_, sum)) => *sum += share,
                        None => dates.push((date, share)),
                    }
                }
            }
        }
    }
    dates.sort_by(|a, b| b.1.total_cmp(&a.1));
    let top = |s: &Said| s.options.first().map_or(String::new(), |o| o.0.clone());
    let era = eras.options.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(String::new(), |e| e.0.clone());
    let plain = iso(&format!("{era}{}年{}月{}日", top(said[0]), top(said[1]), top(said[2])));
    let Some((best, share)) = dates.first().cloned() else {
        return Draft { raw, options: vec![(Value::Null, 1.0)], ..Draft::default() }.ask("暦にない日付です");
    };
    let same = |pick: fn(&Said) -> &str| {
        iso(&format!("{era}{}年{}月{}日", pick(said[0]), pick(said[1]), pick(said[2]))).as_deref()
            == Some(best.as_str())
    };
    // A part that the second reader reads as it is read is borne out whole.
    let unborne = said.iter().filter(|s| s.second != top(s)).map(|s| s.unborne).fold(1.0, f64::min);
    let observed = Observed {
        share: share / possible.max(1e-9) * possible.clamp(0.0, 1.0).sqrt(),
        first: said.iter().map(|s| s.weakest.0).fold(1.0, f64::min),
        third: said.iter().map(|s| s.weakest.1).fold(1.0, f64::min),
        first_agrees: same(|s| &s.first),
        third_agrees: same(|s| &s.third),
        second: Second::new(same(|s| &s.second), unborne),
        unlisted: false,
        grammar: Some(true),
        boxes: None,
        vote: None,
        letters: 6,
        fit,
    };
    let mut draft = Draft { raw, ..Draft::default() };
    if plain.as_deref() != Some(best.as_str()) {
        draft.reasons.push("そのままの読みは暦にないため、暦に合う読みを選びました".to_owned());
        draft.person = true;
    }
    draft.options = dates.into_iter().map(|(d, p)| (Value::String(d), p)).collect();
    let unit = |c: &char| "年月日".contains(*c);
    let lost = said.iter().find_map(|s| s.lost(&top(s)).filter(|c| !unit(c)));
    judged(draft, Group::Number, observed).lacking(lost)
}

/// Days that are written on forms lie at most so many years ahead. One that is farther away was written under an era that is not
/// the printed one, or misread.
const AHEAD: i16 = 5;

/// A person looks at a day far ahead.
pub(super) fn far(draft: Draft, today: Date) -> Draft {
    let day = draft.value().and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
    match day.filter(|day| day.year() > today.year() + AHEAD) {
        Some(day) => draft
            .ask(&format!("{}年は、今日から{AHEAD}年を超えて先です。元号と年を確かめてください", day.year())),
        None => draft,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Charset, Crop, DateParts, Draft, EraPlace, Ground, Part, Rect, Said, Value, beside, doubted, eras,
        far,
    };
    use crate::drivers::ocr::marks::tests::{Stroke, WORD, double_line, page, ring};
    use image::GrayImage;

    /// What the text layer and the readers say of a month; none: nothing.
    fn month(witness: Option<&str>, read: Option<&str>) -> Part {
        let crop = Crop::new(&page(&[]), Rect { x: 5.0, y: 5.0, w: 8.0, h: 8.0 });
        let said = read.map(|digits| Said { options: vec![(digits.to_owned(), 1.0)], ..Said::default() });
        Part { crop, charset: Charset::Digits, line: None, said, witness: witness.map(str::to_owned) }
    }

    #[test]
    fn a_day_far_ahead_is_asked_about() {
        let today = jiff::civil::date(2026, 4, 1);
        let asked = |day: &str| {
            let value = Value::String(day.to_owned());
            far(Draft { options: vec![(value, 1.0)], ..Draft::default() }, today).reasons.join(" ")
        };
        // 令和27年, where the writer did not strike out the era.
        assert!(asked("2045-04-22").starts_with("2045年"), "{}", asked("2045-04-22"));
        assert_eq!(["2031-12-31", "1952-10-23", "27.4.22", ""].map(asked), ["", "", "", ""]);
    }

    #[test]
    fn a_printed_era_that_was_struck_out_or_replaced_is_asked_about() {
        let part = |x: f64| Rect { x, y: 13.0, w: 4.0, h: 8.0 };
        let era = EraPlace::Printed("平成".to_owned());
        let parts = DateParts { era, year: part(41.0), month: part(47.0), day: part(53.0) };
        let rect = Rect { x: 26.0, y: 8.0, w: 34.0, h: 14.0 };
        let asked = |strokes: &[Stroke]| beside(&page(strokes), rect, &parts);
        let new: [Stroke; 2] = [((30.0, 10.6), (35.0, 10.8), 0.5), ((32.0, 9.4), (32.4, 13.6), 0.5)];
        let year: Stroke = ((43.0, 14.0), (42.6, 19.6), 0.5);
        assert!(
            asked(&[double_line(28.0, 40.2), vec![year]].concat()).is_some_and(|w| w.contains("取り消し線"))
        );
        assert!(asked(&[new[0], new[1], year]).is_some_and(|w| w.contains("欄の外")));
        assert_eq!(asked(&[year]), None);
        assert_eq!(asked(&[year, ((37.0, 11.0), (37.3, 11.2), 0.4)]), None, "a speck");
    }

    #[test]
    fn a_circled_era_that_was_struck_out_is_asked_about() {
        let gray = GrayImage::new(1, 1);
        let place = EraPlace::Circled(vec![("昭".to_owned(), WORD)]);
        let trouble = |strokes: &[Stroke]| {
            let page = page(strokes);
            let ground = Ground::bare(&page, &gray);
            eras(&ground, &place).trouble
        };
        let circle = ring((34.0, 16.8), (6.6, 3.6));
        assert_eq!(trouble(&circle), None);
        let struck = trouble(&[circle, double_line(27.7, 40.4)].concat());
        assert!(struck.is_some_and(|why| why.contains("取り消し線")), "{struck:?}");
    }

    #[test]
    fn a_month_with_a_nought_before_it_is_the_same_month() {
        let asked = |witness, read| doubted(Draft::default(), &[month(witness, read)]).person;
        for (witness, read) in [("7", "07"), ("07", "7"), ("07", "07"), ("10", "10")] {
            assert!(!asked(Some(witness), Some(read)), "{witness} {read}");
        }
        assert!(!asked(None, Some("07")));
        assert!(asked(Some("8"), Some("07")) && asked(Some("10"), Some("1")) && asked(Some("7"), None));
    }
}
