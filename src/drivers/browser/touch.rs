//! The mouse without a click, and the keyboard without a field.

use super::{BrowserError, Lack, Screen, Spot, dialog::Dialogs, find::Query, press::Follow, screen::POLL};
use thirtyfour::{Key, WebElement, error::WebDriverResult};
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
        for stroke in strokes {
            if let Err(e) = self.strike(stroke).await {
                return Err(self.fail(e).await);
            }
        }
        let follow = Follow { opens: None, dialogs: dialogs.clone() };
        self.follow_press(&follow).await
    }

    /// Goes where the keys are to be pressed. What cannot have the focus leaves it where it is, perhaps on a button.
    async fn take_focus(&mut self, query: &Query) -> Result<(), BrowserError> {
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

    async fn strike(&self, stroke: &Stroke) -> WebDriverResult<()> {
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
        chain.perform().await
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
