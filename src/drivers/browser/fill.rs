//! Putting values into fields.

use super::{
    BrowserError, Cause, Screen,
    charset::first_unsendable,
    find::{Found, Query, Spot},
    screen::POLL,
    wire::{self, Meaning},
};
use serde_json::json;
use thirtyfour::{Key, WebElement, error::WebDriverResult};
use tokio::time::{Instant, sleep};

/// What may differ between the value that was typed and the one the page shows afterwards. Legacy scripts put in
/// separators, change the width, or show a date in another calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReadBack {
    /// Nothing.
    Exact,
    /// Full or half width.
    Width,
    /// Width, white space and separators (`-/,.ー`).
    #[default]
    Separators,
    /// Everything but the digits.
    Digits,
    /// Exactly this stands there afterwards.
    Shows(String),
}

/// Leaves the field, as the tabulator key does; gives its value before and after.
const LEAVE: &str = "const e = arguments[0], typed = e.value; e.blur(); return [typed, e.value];";
/// The texts of a list, and the number of the wanted one: by text, then by value.
const OPTIONS: &str = "
    const key = (s) => (s || '').normalize('NFKC').replace(/\\s+/g, '');
    const all = [...arguments[0].options], want = arguments[1];
    let at = all.findIndex((o) => key(o.text) === key(want));
    if (at < 0) at = all.findIndex((o) => o.value === want);
    return { at, chosen: arguments[0].selectedIndex, off: at >= 0 && all[at].disabled, texts: all.map((o) => o.text.trim()) };";
/// Chooses as a person does with the keyboard: the events of a real choice.
const CHOOSE: &str = "
    const e = arguments[0];
    e.focus(); e.selectedIndex = arguments[1];
    e.dispatchEvent(new Event('input', { bubbles: true }));
    e.dispatchEvent(new Event('change', { bubbles: true }));";

#[derive(serde::Deserialize)]
struct Options {
    at: i64,
    chosen: i64,
    off: bool,
    texts: Vec<String>,
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
        let (found, element) = self.ready(&Query::editable(spot).taken()).await?;
        let field = spot.name();
        if found.tag == "select" {
            return self.choose_from_list(field, value, &element).await;
        }
        can_hold(field, value, &found)?;
        let values = match self.type_into(&element, value).await {
            Ok(values) => values,
            Err(e) => return Err(self.fail(e).await),
        };
        if !stands(&values, value, back) {
            return Err(Cause::Changed(field.to_owned()).into());
        }
        self.settle_after_input().await
    }

    async fn type_into(&self, element: &WebElement, value: &str) -> WebDriverResult<[String; 2]> {
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
        let radio = Query::radio(spot, option);
        if self.is_there(&radio).await? {
            return self.tick(&radio, true).await;
        }
        let (found, element) = self.ready(&Query::field(spot)).await?;
        let field = spot.name();
        if found.tag == "select" {
            self.choose_from_list(field, option, &element).await
        } else {
            Err(Cause::NoOption { field: field.into(), option: option.into(), options: vec![] }.into())
        }
    }

    async fn choose_from_list(
        &mut self,
        field: &str,
        option: &str,
        list: &WebElement,
    ) -> Result<(), BrowserError> {
        let options = match self.options(list, option).await {
            Ok(options) => options,
            Err(e) => return Err(self.fail(e).await),
        };
        if options.at < 0 || options.off {
            let texts = options.texts.into_iter().take(20).collect();
            return Err(Cause::NoOption { field: field.into(), option: option.into(), options: texts }.into());
        }
        if options.at != options.chosen
            && let Err(e) = self.choose(list, options.at).await
        {
            return Err(self.fail(e).await);
        }
        self.settle_after_input().await
    }

    async fn options(&self, list: &WebElement, option: &str) -> WebDriverResult<Options> {
        self.browser.execute(OPTIONS, vec![list.to_json()?, json!(option)]).await?.convert()
    }

    async fn choose(&self, list: &WebElement, at: i64) -> WebDriverResult<()> {
        self.browser.execute(CHOOSE, vec![list.to_json()?, json!(at)]).await.map(drop)
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
        let deadline = self.deadline();
        loop {
            let (_, element) = self.ready(query).await?;
            match self.click_until(&element, on).await {
                Ok(Some(true)) => return self.settle_after_input().await,
                Ok(None) if Instant::now() < deadline => sleep(POLL).await,
                Ok(_) => return Err(Cause::Changed(query.name.clone()).into()),
                Err(e) => return Err(self.fail(e).await),
            }
        }
    }

    /// Clicks if needed; says whether it then is as wanted, none where the page moved and nothing was clicked. A page that was
    /// replaced by the click counts as wanted.
    async fn click_until(&self, element: &WebElement, on: bool) -> WebDriverResult<Option<bool>> {
        if element.is_selected().await? == on {
            return Ok(Some(true));
        }
        match self.click_at(element).await {
            Err(e) if matches!(wire::meaning(&e, self.page_timeout), Meaning::Moved) => return Ok(None),
            clicked => clicked?,
        }
        match element.is_selected().await {
            Ok(now) => Ok(Some(now == on)),
            Err(e) if matches!(*e, thirtyfour::error::WebDriverErrorInner::StaleElementReference(_)) => {
                Ok(Some(true))
            }
            Err(e) => Err(e),
        }
    }
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
    let length = value.encode_utf16().count();
    match found.max {
        Some(max) if length > max => Err(Cause::TooLong { field: field.into(), max, length }.into()),
        _ => Ok(()),
    }
}

/// Whether the field holds what was typed: before it was left, unless the page changes it as one types, and after.
fn stands([typed, left]: &[String; 2], value: &str, back: &ReadBack) -> bool {
    match back {
        ReadBack::Shows(shown) => left == shown,
        _ => same_content(typed, value, back) && same_content(left, value, back),
    }
}

/// Whether a page that changed what may differ still holds the same value.
fn same_content(shown: &str, typed: &str, back: &ReadBack) -> bool {
    use unicode_normalization::UnicodeNormalization as _;
    let counts = |c: &char| match back {
        ReadBack::Exact | ReadBack::Width | ReadBack::Shows(_) => true,
        ReadBack::Separators => !c.is_whitespace() && !"-/,.ー‐−".contains(*c),
        ReadBack::Digits => c.is_ascii_digit(),
    };
    let content = |s: &str| s.nfkc().filter(counts).collect::<String>();
    // A text field knows no line end but its own.
    let lines = |s: &str| s.replace("\r\n", "\n");
    lines(shown) == lines(typed) || *back != ReadBack::Exact && content(shown) == content(typed)
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
    }

    #[test]
    fn what_may_differ_is_declared() {
        let (typed, left) = ("123-4567".to_owned(), "１２３－４５６７".to_owned());
        let values = [typed, left];
        let holds = |back| stands(&values, "123-4567", &back);
        assert!(!holds(ReadBack::Exact) && holds(ReadBack::Width) && holds(ReadBack::Digits));
        assert!(
            !stands(&values, "1234567", &ReadBack::Width) && stands(&values, "1234567", &ReadBack::Digits)
        );
        let wareki = ["20250401".to_owned(), "令和7年4月1日".to_owned()];
        assert!(stands(&wareki, "20250401", &ReadBack::Shows("令和7年4月1日".into())));
        assert!(!stands(&wareki, "20250401", &ReadBack::Shows("令和7年4月2日".into())));
    }
}
