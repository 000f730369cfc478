//! What is kept of a screen: a picture with the declared values painted over, and its text.

use super::{
    BrowserError, Cause, Screen,
    screen::{FramePath, State},
};
use serde::Deserialize;
use serde_json::json;

/// The text of one document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FramePage {
    /// The way to its frame; empty for the window itself.
    pub path: FramePath,
    /// The frame's name.
    pub name: String,
    /// The address without its query.
    pub url: String,
    /// The title.
    pub title: String,
    /// The visible text; declared values are `■■■`.
    pub text: String,
}

/// What is kept of a screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// PNG of the window; none while a dialog is open, and when the browser is gone.
    pub picture: Option<Vec<u8>>,
    /// Every document of the window, from the top.
    pub pages: Vec<FramePage>,
    /// The text of the undeclared dialog that is open.
    pub dialog: Option<String>,
}

impl Screen {
    /// What is on the screen now. Works on a broken session too, as far as the browser still answers.
    ///
    /// # Errors
    /// When the browser is gone, or has not answered before.
    pub async fn evidence(&mut self) -> Result<Evidence, BrowserError> {
        if let State::Dialog(dialog) = &self.state {
            return Ok(Evidence { dialog: Some(dialog.clone()), ..Evidence::default() });
        }
        if self.state == State::Silent {
            return Err(Cause::Broken.into());
        }
        let labels = self.rules.mask.clone();
        let pages = self.ask::<FramePage>("evidence", json!({ "labels": labels })).await?.items;
        let picture = self.picture().await;
        self.ask::<serde_json::Value>("unmask", json!({})).await?;
        Ok(Evidence { picture: Some(picture?), pages, dialog: None })
    }

    async fn picture(&mut self) -> Result<Vec<u8>, BrowserError> {
        match self.browser.screenshot_as_png().await {
            Ok(png) => Ok(png),
            Err(e) => Err(self.fail(e).await),
        }
    }
}
