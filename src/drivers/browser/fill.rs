//! Putting values into fields.

use super::{
    BrowserError, Cause, Screen,
    charset::{first_key, first_unsendable},
    entry::Entry,
    find::{Found, Query, Spot},
    kept::Left,
    screen::POLL,
    separators::same_but_separators,
    wire::{self, Meaning},
};
use serde_json::json;
use std::time::Duration;
use thirtyfour::{
    Key, WebElement,
    error::{WebDriverErrorInner, WebDriverResult},
};
use tokio::time::{Instant, sleep};
use unicode_normalization::UnicodeNormalization as _;

/// What may differ between the value that was typed and the one the page shows afterwards. Legacy scripts put in
/// separators, change the width, or show a date in another calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReadBack {
    /// Nothing.
    Exact,
    /// Full or half width.
    Width,
    /// Width, white space and separators (`-/,.ー`); not the point and the sign of a number, nor a long vowel.
    #[default]
    Separators,
    /// Everything but the digits.
    Digits,
    /// Exactly this stands there afterwards.
    Shows(String),
}

/// Leaves the field, as the tabulator key does; gives its value before, and what stands there after.
pub(super) const LEAVE: &str = "
    const e = arguments[0], own = (a) => e.getAttribute(a) || '', field = /^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName);
    const holds = () => (field ? e.value : e.innerText.replace(/\\u00a0/g, ' ').replace(/\\n$/, '')), typed = holds();
    const { timeOrigin: born } = e.ownerDocument.defaultView.performance;
    const at = born + e.ownerDocument.defaultView.performance.now();
    e.blur();
    return [typed, { id: own('id'), name: own('name'), value: holds(), hidden: e.type === 'password', born, at }];";
/// What the page itself calls a box to tick, and what is to stand there.
const BOX: &str = "
    const e = arguments[0], own = (a) => e.getAttribute(a) || '';
    const { timeOrigin: born } = e.ownerDocument.defaultView.performance;
    const at = born + e.ownerDocument.defaultView.performance.now();
    return { id: own('id'), name: own('name'), kind: e.type, choice: e.value, value: String(arguments[1]), hidden: false,
        born, at };";
/// Chooses from a list as a person does with the keyboard, with the events of a real choice, and leaves it: by text, by group and
/// text, or by value: by a value that nobody sees only where what is seen does not say otherwise. Nothing is chosen where it may be
/// several. Where many can be chosen the others stay as they are.
const CHOOSE: &str = "
    const key = (s) => (s || '').normalize('NFKC').replace(/\\s+/g, '');
    const e = arguments[0], want = arguments[1], all = [...e.options];
    const group = (o) => (o.parentElement.tagName === 'OPTGROUP' ? o.parentElement.label + '/' : '');
    const name = (o) => group(o) + o.text.trim() + (group(o) ? '' : '（' + o.value + '）');
    const seen = key(want) && all.some((o) => key(o.text).includes(key(want)));
    const agrees = (o) => !seen || key(o.text).split(/[^0-9A-Za-z]+/).includes(key(want));
    const ways = [(o) => key(o.text) === key(want), (o) => key(group(o) + o.text) === key(want),
        (o) => o.value === want && agrees(o)];
    const found = ways.map((fits) => all.filter(fits)).find((some) => some.length) || [];
    const hits = found.filter((o) => !o.matches(':disabled'));
    const several = hits.some((o) => o.value !== hits[0].value) ? hits.map(name) : [];
    const reply = { there: hits.length > 0, several, stays: true, texts: all.map((o) => o.text.trim()) };
    if (!hits.length || several.length || hits.some((o) => o.selected)) return reply;
    const [chosen] = hits, { text, value } = chosen;
    const { timeOrigin: born } = e.ownerDocument.defaultView.performance;
    const at = born + e.ownerDocument.defaultView.performance.now();
    e.focus();
    chosen.selected = true;
    e.dispatchEvent(new Event('input', { bubbles: true }));
    e.dispatchEvent(new Event('change', { bubbles: true }));
    e.blur();
    const same = (o) => o === chosen || (o.text === text && o.value === value);
    reply.stays = !e.isConnected || [...e.selectedOptions].some(same);
    const own = (a) => e.getAttribute(a) || '', texts = [...e.selectedOptions].map((o) => o.text);
    reply.left = { id: own('id'), name: own('name'), value: texts.join('、'), hidden: false, born, at };
    return reply;";

/// What came of choosing from a list.
#[derive(serde::Deserialize)]
struct Choice {
    /// Whether the list has it, and it can be chosen.
    there: bool,
    /// The names of all that it may be, where they are several.
    several: Vec<String>,
    /// Whether it was still chosen when the page had been told.
    stays: bool,
    /// All choices.
    texts: Vec<String>,
    /// What is chosen now, where something was to be changed.
    left: Option<Left>,
}

/// What came of ticking something.
enum Tick {
    /// It was as wanted before.
    Was,
    /// It is as wanted, or the page was replaced under it.
    Made,
    /// The page moved and no click came.
    Missed,
    /// It was clicked and is not as wanted.
    Refused,
}

impl Screen {
    /// Types `value` into a field in place of what is there, leaves the field and reads back.
    ///
    /// # Errors
    /// When the field is not there or not ready, the page's character set lacks a character (nothing is typed then),
    /// the field is too short, something else stands there afterwards, or the screen did something undeclared.
    pub async fn fill(
        &mut self,
        field: impl Into<Spot>,
        value: &str,
        back: &ReadBack,
    ) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.fill_field(&field.into(), value, back).await;
        self.note(result)
    }

    pub(super) async fn fill_field(
        &mut self,
        spot: &Spot,
        value: &str,
        back: &ReadBack,
    ) -> Result<(), BrowserError> {
        let Some((found, element)) = self.field_or_boxes(spot, value).await? else {
            return self.tick(&Query::radio(spot, value), true).await;
        };
        let field = spot.name();
        if found.tag == "select" {
            return self.choose_from_list(spot, value, found, element).await;
        }
        let value = value.replace("\r\n", "\n").replace('\r', "\n");
        can_hold(field, &value, &found)?;
        let began = Instant::now();
        let left = if let Some(entry) = Entry::of(&found.kind) {
            self.enter_value((field, &found), &element, (entry, &value), back).await?
        } else {
            self.enter_text(field, &element, &value, back).await?
        };
        self.keep(field, found, left, began.elapsed());
        self.settle_after_input().await
    }

    /// The field; none where there are radio buttons of that name instead, one of which reads as the value.
    async fn field_or_boxes(
        &mut self,
        spot: &Spot,
        value: &str,
    ) -> Result<Option<(Found, WebElement)>, BrowserError> {
        let query = Query::editable(spot).taken();
        let found = match self.ready_at_once(&query).await {
            Err(e) if may_come(&e.cause) && !self.has_boxes(spot, value, &e).await? => {
                self.ready(&query).await
            }
            found => found,
        };
        match found {
            Err(e) if self.has_boxes(spot, value, &e).await? => Ok(None),
            found => found.map(Some),
        }
    }

    /// Whether what was not found as a field is a group of radio buttons.
    async fn has_boxes(&mut self, spot: &Spot, value: &str, e: &BrowserError) -> Result<bool, BrowserError> {
        let may_be = matches!(e.cause, Cause::NotFound { .. }) && !value.is_empty();
        Ok(may_be && self.is_there(&Query::radio(spot, value)).await?)
    }

    async fn enter_text(
        &mut self,
        field: &str,
        element: &WebElement,
        value: &str,
        back: &ReadBack,
    ) -> Result<Left, BrowserError> {
        let (typed, left) = match self.type_into(element, value).await {
            Ok(values) => values,
            Err(e) => return Err(self.fail(e).await),
        };
        if stands([&typed, &left.value], value, back) {
            Ok(left)
        } else {
            Err(Cause::Changed(field.to_owned()).into())
        }
    }

    pub(super) async fn type_into(
        &self,
        element: &WebElement,
        value: &str,
    ) -> WebDriverResult<(String, Left)> {
        if value.is_empty() {
            element.send_keys(Key::Delete).await?;
        } else {
            element.send_keys(value).await?;
        }
        self.browser.execute(LEAVE, vec![element.to_json()?]).await?.convert()
    }

    /// Chooses `option` in the list, or in the group of radio buttons, of that label.
    ///
    /// # Errors
    /// As [`Self::fill`]; [`Cause::NoOption`] names the choices that are there.
    pub async fn select(&mut self, field: impl Into<Spot>, option: &str) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.select_option(&field.into(), option).await;
        self.note(result)
    }

    async fn select_option(&mut self, spot: &Spot, option: &str) -> Result<(), BrowserError> {
        let (radio, list) = (Query::radio(spot, option), Query::field(spot));
        let deadline = self.deadline();
        loop {
            if self.is_there(&radio).await? {
                return self.tick(&radio, true).await;
            }
            match self.ready_at_once(&list).await {
                Ok((found, element)) if found.tag == "select" => {
                    return self.choose_from_list(spot, option, found, element).await;
                }
                Ok(_) => return Err(no_option(spot.name(), option, vec![])),
                Err(e) if !may_come(&e.cause) => return Err(e),
                Err(_) if Instant::now() < deadline => sleep(POLL).await,
                Err(e) => return self.too_late(&radio, e).await,
            }
        }
    }

    /// Like [`Self::ready`], after one look.
    pub(super) async fn ready_at_once(&mut self, query: &Query) -> Result<(Found, WebElement), BrowserError> {
        let wait = std::mem::replace(&mut self.wait, Duration::ZERO);
        let found = self.ready(query).await;
        self.wait = wait;
        found
    }

    /// Of a choice that did not come in time: what the radio button lacks, if it is there, else that the list is not.
    async fn too_late(&mut self, radio: &Query, no_list: BrowserError) -> Result<(), BrowserError> {
        match self.ready_at_once(radio).await {
            Ok(_) => self.tick(radio, true).await,
            Err(e) if matches!(e.cause, Cause::NotFound { .. }) => Err(no_list),
            Err(e) => Err(e),
        }
    }

    async fn choose_from_list(
        &mut self,
        spot: &Spot,
        option: &str,
        mut found: Found,
        mut list: WebElement,
    ) -> Result<(), BrowserError> {
        let (field, deadline) = (spot.name(), self.deadline());
        let (chosen, took) = loop {
            let began = Instant::now();
            let chosen = self.choose(&list, option).await;
            let gone = is_gone(&chosen);
            let lacks = gone || chosen.as_ref().is_ok_and(|choice| !choice.there);
            if !lacks || Instant::now() >= deadline {
                break (chosen, began.elapsed());
            }
            // What was chosen in another list may bring the choices of this one.
            sleep(POLL).await;
            if gone {
                (found, list) = self.ready(&Query::field(spot)).await?;
            }
        };
        let choice = match chosen {
            Ok(choice) => choice,
            Err(e) => return Err(self.fail(e).await),
        };
        if !choice.several.is_empty() {
            let name = format!("{field}/{option}");
            return Err(Cause::Ambiguous { what: "選択肢", name, found: choice.several }.into());
        }
        if !choice.there {
            return Err(no_option(field, option, choice.texts));
        }
        if !choice.stays {
            return Err(Cause::Changed(field.to_owned()).into());
        }
        if let Some(left) = choice.left {
            self.keep(field, found, left, took);
        }
        self.settle_after_input().await
    }

    async fn choose(&self, list: &WebElement, option: &str) -> WebDriverResult<Choice> {
        self.browser.execute(CHOOSE, vec![list.to_json()?, json!(option)]).await?.convert()
    }

    /// Ticks the checkbox of that label, or takes the tick away.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub async fn check(&mut self, field: impl Into<Spot>, on: bool) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.tick(&Query::checkbox(&field.into()), on).await;
        self.note(result)
    }

    async fn tick(&mut self, query: &Query, on: bool) -> Result<(), BrowserError> {
        let (deadline, mut lost) = (self.deadline(), false);
        loop {
            let (found, element) = self.ready(&query.watched()).await?;
            let (began, left) = (Instant::now(), self.box_left(&element, on).await);
            let ticked = self.click_until(query, (&found, &element), on).await;
            if let (Ok(Tick::Was | Tick::Made), Some(left)) = (&ticked, left) {
                self.keep(&query.name, found, left, began.elapsed());
            }
            match ticked {
                Ok(Tick::Was) => return self.settle_after_input().await,
                Ok(Tick::Made) => {
                    self.settle_after_input().await?;
                    let replaced = is_gone(&element.is_selected().await);
                    if !replaced || !self.is_otherwise(query, on).await? {
                        return Ok(());
                    }
                    if std::mem::replace(&mut lost, true) {
                        return Err(Cause::Changed(query.name.clone()).into());
                    }
                }
                Ok(Tick::Missed) if Instant::now() < deadline => sleep(POLL).await,
                Ok(Tick::Missed | Tick::Refused) => return Err(Cause::Changed(query.name.clone()).into()),
                Err(e) if may_come(&e.cause) && Instant::now() < deadline => sleep(POLL).await,
                Err(e) => return Err(e),
            }
        }
    }

    /// The box as it is to be left; none where the page moved.
    async fn box_left(&self, element: &WebElement, on: bool) -> Option<Left> {
        let arguments = vec![element.to_json().ok()?, json!(on)];
        self.browser.execute(BOX, arguments).await.ok()?.convert().ok()
    }

    /// Clicks if needed.
    async fn click_until(
        &mut self,
        query: &Query,
        (found, element): (&Found, &WebElement),
        on: bool,
    ) -> Result<Tick, BrowserError> {
        if found.checked == on {
            return Ok(Tick::Was);
        }
        self.aim(query, found, Some(element)).await?;
        let whole = match self.click_here(false).await {
            Ok(whole) => whole,
            Err(e) if matches!(wire::meaning(&e, self.page_timeout), Meaning::Moved) => {
                return Ok(Tick::Missed);
            }
            Err(e) => return Err(self.fail(e).await),
        };
        match element.is_selected().await {
            Ok(now) if now == on => Ok(Tick::Made),
            Ok(_) if whole => Ok(Tick::Refused),
            Ok(_) => Ok(Tick::Missed),
            after if is_gone(&after) => Ok(Tick::Made),
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// Whether it is there now and not as wanted: what the field before has sent may replace the page, and the tick goes with it.
    async fn is_otherwise(&mut self, query: &Query, on: bool) -> Result<bool, BrowserError> {
        let mut seen = query.clone();
        seen.arg["untouched"] = json!(true);
        seen.arg["still"] = json!(false);
        match self.ready_at_once(&seen).await {
            Ok((_, element)) => match element.is_selected().await {
                Ok(now) => Ok(now != on),
                Err(e) => Err(self.fail(e).await),
            },
            Err(e) if may_come(&e.cause) => Ok(false),
            Err(e) => Err(e),
        }
    }
}

/// That a list has no such choice, with the first twenty that it has.
fn no_option(field: &str, option: &str, mut options: Vec<String>) -> BrowserError {
    options.truncate(20);
    Cause::NoOption { field: field.into(), option: option.into(), options }.into()
}

/// Whether the page that held an element was replaced.
fn is_gone<T>(asked: &WebDriverResult<T>) -> bool {
    use WebDriverErrorInner as Inner;
    asked.as_ref().is_err_and(|e| matches!(**e, Inner::StaleElementReference(_) | Inner::NoSuchElement(_)))
}

/// Whether what was not found, or not ready, may still become so.
pub(super) fn may_come(cause: &Cause) -> bool {
    use Cause as C;
    matches!(cause, C::NotFound { .. } | C::NotReady { .. } | C::Ambiguous { .. } | C::Driver(_))
}

fn can_hold(field: &str, value: &str, found: &Found) -> Result<(), BrowserError> {
    if let Some(character) = first_unsendable(&found.charset, value) {
        return Err(Cause::Unrepresentable {
            field: field.into(),
            character,
            charset: found.charset.clone(),
        }
        .into());
    }
    if let Some(character) = first_key(value, found.tag == "textarea" || found.kind == "editable") {
        return Err(Cause::Untypable { field: field.into(), character }.into());
    }
    // 「1,234」 is 1234 there; what has no form is refused with what the field takes.
    let form = Entry::of(&found.kind).map(|entry| entry.form(value).unwrap_or_default());
    let length = form.as_deref().unwrap_or(value).encode_utf16().count();
    match found.max {
        Some(max) if length > max => Err(Cause::TooLong { field: field.into(), max, length }.into()),
        _ => Ok(()),
    }
}

/// Whether the field holds what was typed: before it was left, unless the page changes it as one types, and after.
fn stands([typed, left]: [&str; 2], value: &str, back: &ReadBack) -> bool {
    match back {
        ReadBack::Shows(shown) => left == shown.as_str(),
        _ => same_content(typed, value, back) && same_content(left, value, back),
    }
}

/// Whether a page that changed what may differ still holds the same value.
pub(super) fn same_content(shown: &str, typed: &str, back: &ReadBack) -> bool {
    // A text field knows no line end but its own.
    let lines = |s: &str| s.replace("\r\n", "\n");
    let digits = |s: &str| s.nfkc().filter(char::is_ascii_digit).collect::<String>();
    match back {
        _ if lines(shown) == lines(typed) => true,
        ReadBack::Exact => false,
        ReadBack::Width | ReadBack::Shows(_) => shown.nfkc().eq(typed.nfkc()),
        ReadBack::Separators => same_but_separators(shown, typed),
        ReadBack::Digits => digits(shown) == digits(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::{ReadBack, same_content, stands};

    #[test]
    fn a_page_may_change_separators_and_width_but_nothing_else() {
        let same = |shown, typed| same_content(shown, typed, &ReadBack::default());
        assert!(same("123-4567", "1234567"));
        assert!(same("１２３", "123"));
        assert!(!same("12345", "1234567"));
        assert!(!same("高﨑", "髙﨑"));
        assert!(!same("", "1"));
        assert!(same("2026-10-30", "2026/10/30") && same("20261030", "2026.10.30") && same("8/4", "8.4"));
        assert!(same("029-883-1111", "0298831111") && same("３０５ー０８１７", "305-0817"));
        assert!(same("1,234,567", "1234567") && same("1,234.5", "1234.5") && same("７．５", "7.5"));
        assert!(same("△1,000", "-1000") && same("2ー101", "2-101"));
    }

    #[test]
    fn the_point_and_the_sign_of_a_number_and_a_long_vowel_are_part_of_the_value() {
        let same = |shown, typed| same_content(shown, typed, &ReadBack::default());
        for (shown, typed) in [
            ("75", "7.5"),
            ("7.5", "75"),
            ("5", ".5"),
            ("500", "-500"),
            ("-500", "500"),
            ("500-", "-500"),
            ("15", "1.5"),
            ("サト", "サトー"),
            ("サト", "ｻﾄｰ"),
        ] {
            assert!(!same(shown, typed), "{typed} is not {shown}");
        }
    }

    #[test]
    fn what_may_differ_is_declared() {
        let values = ["123-4567", "１２３－４５６７"];
        let holds = |back| stands(values, "123-4567", &back);
        assert!(!holds(ReadBack::Exact) && holds(ReadBack::Width) && holds(ReadBack::Digits));
        assert!(!stands(values, "1234567", &ReadBack::Width) && stands(values, "1234567", &ReadBack::Digits));
        let wareki = ["20250401", "令和7年4月1日"];
        assert!(stands(wareki, "20250401", &ReadBack::Shows("令和7年4月1日".into())));
        assert!(!stands(wareki, "20250401", &ReadBack::Shows("令和7年4月2日".into())));
    }
}
