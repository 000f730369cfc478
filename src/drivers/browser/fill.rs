//! Putting values into fields.

use super::{
    BrowserError, Cause, Screen,
    charset::first_unsendable,
    find::{Found, Query},
};
use serde_json::json;
use thirtyfour::{Key, WebElement, error::WebDriverResult};

/// Makes what is typed replace what is there.
const SELECT_ALL: &str = "arguments[0].focus(); if (arguments[0].select) arguments[0].select();";
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
    /// Types `value` into the field of that label in place of what is there, leaves the field and reads back.
    ///
    /// # Errors
    /// When the field is not there or not ready, the page's character set lacks a character (nothing is typed then),
    /// the field is too short, something else stands there afterwards, or the screen did something undeclared.
    pub async fn fill(&mut self, field: &str, value: &str) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.fill_field(field, value).await;
        self.note(result)
    }

    async fn fill_field(&mut self, field: &str, value: &str) -> Result<(), BrowserError> {
        let (found, element) = self.ready(&Query::editable(field)).await?;
        if found.tag == "select" {
            return self.choose_from_list(field, value, &element).await;
        }
        can_hold(field, value, &found)?;
        let values = match self.type_into(&element, value).await {
            Ok(values) => values,
            Err(e) => return Err(self.fail(e).await),
        };
        let kept = values.iter().all(|v| same_content(v, value));
        if !kept {
            return Err(Cause::Changed(field.to_owned()).into());
        }
        self.settle(false).await
    }

    async fn type_into(&self, element: &WebElement, value: &str) -> WebDriverResult<[String; 2]> {
        self.browser.execute(SELECT_ALL, vec![element.to_json()?]).await?;
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
    pub async fn select(&mut self, field: &str, option: &str) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.select_option(field, option).await;
        self.note(result)
    }

    async fn select_option(&mut self, field: &str, option: &str) -> Result<(), BrowserError> {
        let radio = Query::radio(field, option);
        if self.is_there(&radio).await? {
            return self.tick(&radio, true).await;
        }
        let (found, element) = self.ready(&Query::field(field)).await?;
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
        self.settle(false).await
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
    pub async fn check(&mut self, field: &str, on: bool) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.tick(&Query::checkbox(field), on).await;
        self.note(result)
    }

    async fn tick(&mut self, query: &Query, on: bool) -> Result<(), BrowserError> {
        let (_, element) = self.ready(query).await?;
        match Self::click_until(&element, on).await {
            Ok(true) => self.settle(false).await,
            Ok(false) => Err(Cause::Changed(query.name.clone()).into()),
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// Clicks if needed; says whether it then is as wanted. A page that was replaced by the click counts as wanted.
    async fn click_until(element: &WebElement, on: bool) -> WebDriverResult<bool> {
        if element.is_selected().await? == on {
            return Ok(true);
        }
        element.click().await?;
        match element.is_selected().await {
            Ok(now) => Ok(now == on),
            Err(e) if matches!(*e, thirtyfour::error::WebDriverErrorInner::StaleElementReference(_)) => {
                Ok(true)
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

/// Whether a page that put in separators or changed the width still holds the same value.
fn same_content(shown: &str, typed: &str) -> bool {
    use unicode_normalization::UnicodeNormalization as _;
    let content =
        |s: &str| s.nfkc().filter(|c| !c.is_whitespace() && !"-/,.ー‐−".contains(*c)).collect::<String>();
    shown == typed || content(shown) == content(typed)
}

#[cfg(test)]
mod tests {
    use super::same_content;

    #[test]
    fn a_page_may_change_separators_and_width_but_nothing_else() {
        assert!(same_content("123-4567", "1234567"));
        assert!(same_content("１２３", "123"));
        assert!(!same_content("12345", "1234567"));
        assert!(!same_content("高﨑", "髙﨑"));
        assert!(!same_content("", "1"));
    }
}
