//! The mouse without a click, and the keyboard without a field.

use super::{
    BrowserError, Lack, Screen, Spot,
    dialog::Dialogs,
    find::Query,
    press::Follow,
    screen::POLL,
    wire::{self, Meaning},
};
use std::fmt;
use thirtyfour::{
    Key, WebElement,
    error::{WebDriverError, WebDriverResult},
};
use tokio::time::{Instant, sleep};

/// Puts the focus on an element; says whether it has it then.
const FOCUS: &str = "const e = arguments[0]; e.focus(); return e.ownerDocument.activeElement === e;";

/// One stroke: a key with others held down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stroke {
    /// `Ctrl`, `Shift`, `Alt`.
    pub held: Vec<String>,
    /// The key's name as [`KEYS`] has it, or one letter or digit.
    pub key: String,
}

impl fmt::Display for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.iter().try_for_each(|held| write!(f, "{held}+"))?;
        f.write_str(&self.key)
    }
}

impl Screen {
    /// Moves the mouse over something and waits for what that brings.
    ///
    /// # Errors
    /// When it is not there or not ready, or the screen does something undeclared.
    pub async fn hover(&mut self, spot: &Spot) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.hover_over(spot).await;
        self.note(result)
    }

    async fn hover_over(&mut self, spot: &Spot) -> Result<(), BrowserError> {
        let (found, element) = self.ready(&Query::anything(spot)).await?;
        if let Err(e) = self.enter(&found.path).await {
            return Err(self.fail(e).await);
        }
        match self.browser.action_chain().move_to_element_center(&element).perform().await {
            Ok(()) => self.settle(true).await,
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// Presses keys, in `spot` if there is one, else wherever the page has its focus; waits for what follows.
    ///
    /// # Errors
    /// When a key has no such name, the spot is not there or cannot have the focus, or the screen does something undeclared.
    pub async fn press_keys(
        &mut self,
        spot: Option<&Spot>,
        strokes: &[Stroke],
        dialogs: &Dialogs,
    ) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.press_strokes(spot, strokes, dialogs).await;
        self.picture_after().await;
        self.note(result)
    }

    async fn press_strokes(
        &mut self,
        spot: Option<&Spot>,
        strokes: &[Stroke],
        dialogs: &Dialogs,
    ) -> Result<(), BrowserError> {
        self.survey(&[], true).await?;
        self.still_stands().await?;
        self.kept.clear();
        if let Some(spot) = spot {
            self.take_focus(&Query::anything(spot)).await?;
        }
        let follow = Follow { opens: None, dialogs: dialogs.clone() };
        let result = match self.strike_all(strokes).await {
            Ok(()) => self.follow_press(&follow).await,
            Err(e) => Err(self.fail(e).await),
        };
        self.let_go().await;
        result
    }

    /// Presses all of them, one after the other. A dialog that the last one opens, and a window that it closes, follow from it.
    pub(super) async fn strike_all(&mut self, strokes: &[Stroke]) -> WebDriverResult<()> {
        let Some((last, first)) = strokes.split_last() else { return Ok(()) };
        for stroke in first {
            self.strike(stroke).await?;
        }
        let limit = self.page_timeout;
        let follows = |e: &WebDriverError| matches!(wire::meaning(e, limit), Meaning::Dialog | Meaning::Gone);
        match self.strike(last).await {
            Err(e) if follows(&e) => Ok(()),
            struck => struck,
        }
    }

    /// Lets go of the keys that are held: a dialog or a page that goes may have kept the driver from it. While it is kept from it
    /// still, the next stroke does it.
    pub(super) async fn let_go(&mut self) {
        if self.holds_keys && self.browser.action_chain().reset_actions().await.is_ok() {
            self.holds_keys = false;
        }
    }

    /// Goes where the keys are to be pressed. What cannot have the focus leaves it where it is, perhaps on a button.
    pub(super) async fn take_focus(&mut self, query: &Query) -> Result<(), BrowserError> {
        let deadline = self.deadline();
        loop {
            let (_, element) = self.ready(query).await?;
            match self.focus(&element).await {
                Ok(true) => return Ok(()),
                Ok(false) if Instant::now() < deadline => sleep(POLL).await,
                Ok(false) => return Err(Self::lacking(query, Lack::Focusable).into()),
                Err(e) => return Err(self.fail(e).await),
            }
        }
    }

    async fn focus(&self, element: &WebElement) -> WebDriverResult<bool> {
        self.browser.execute(FOCUS, vec![element.to_json()?]).await?.convert()
    }

    async fn strike(&mut self, stroke: &Stroke) -> WebDriverResult<()> {
        if self.holds_keys {
            self.browser.action_chain().reset_actions().await?;
            self.holds_keys = false;
        }
        let held: Vec<char> = stroke.held.iter().filter_map(|k| key(k)).collect();
        let Some(main) = key(&stroke.key) else { return Ok(()) };
        let mut chain = self.browser.action_chain();
        for modifier in &held {
            chain = chain.key_down(*modifier);
        }
        chain = chain.key_down(main).key_up(main);
        for modifier in held.iter().rev() {
            chain = chain.key_up(*modifier);
        }
        let struck = chain.perform().await;
        self.holds_keys = !held.is_empty() || struck.is_err();
        self.let_go().await;
        struck
    }
}

/// The keys that have a name.
pub const KEYS: &[(&str, Key)] = &[
    ("Enter", Key::Enter),
    ("Tab", Key::Tab),
    ("Escape", Key::Escape),
    ("Space", Key::Space),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Insert", Key::Insert),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("F1", Key::F1),
    ("F2", Key::F2),
    ("F3", Key::F3),
    ("F4", Key::F4),
    ("F5", Key::F5),
    ("F6", Key::F6),
    ("F7", Key::F7),
    ("F8", Key::F8),
    ("F9", Key::F9),
    ("F10", Key::F10),
    ("F11", Key::F11),
    ("F12", Key::F12),
];

/// The keys that are held while another is pressed.
pub const HELD: &[(&str, Key)] = &[("Ctrl", Key::Control), ("Shift", Key::Shift), ("Alt", Key::Alt)];

fn key(name: &str) -> Option<char> {
    let known = KEYS.iter().chain(HELD).find(|(known, _)| *known == name).map(|(_, key)| key.value());
    let mut letters = name.chars();
    known.or_else(|| letters.next().filter(|_| letters.next().is_none()).map(|c| c.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_have_names_and_letters_are_themselves() {
        assert_eq!((key("F12"), key("S"), key("Ctrl")), (Some('\u{e03c}'), Some('s'), Some('\u{e009}')));
        assert_eq!((key("Entr"), key("")), (None, None));
    }
}
