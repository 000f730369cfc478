//! The keys that cannot be taken back: a submit without a button.

use super::{
    BrowserError, Cause, Lack, Screen, Spot, Stroke,
    find::Query,
    screen::POLL,
    submit::{Before, Submit},
};
use std::fmt;
use thirtyfour::error::WebDriverResult;
use tokio::time::{Instant, sleep};

/// Keys that are pressed in place of a button.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// One after the other.
    pub strokes: Vec<Stroke>,
    /// What gets the focus first; it stays where it is unless set.
    pub field: Option<Spot>,
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.strokes.iter().map(Stroke::to_string).collect();
        f.write_str(&all.join("、"))
    }
}

impl Keys {
    fn place(&self) -> Option<Query> {
        self.field.as_ref().map(Query::anything)
    }
}

impl Screen {
    /// Whether the field is there and ready in which keys are to be pressed; nothing is pressed.
    ///
    /// # Errors
    /// As [`Screen::submit`] before its press.
    pub async fn look_at_field(&mut self, field: &Spot) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.ready(&Query::anything(field)).await;
        self.note(result).map(drop)
    }

    /// Whether what was to be pressed is no longer there. Of keys without a field nobody can tell.
    pub(super) async fn is_pressed_away(&mut self, submit: &Submit) -> Result<bool, BrowserError> {
        let place = match &submit.keys {
            Some(keys) => keys.place(),
            None => Some(Query::press(&submit.press)),
        };
        match place {
            Some(place) => Ok(!self.is_there(&place).await?),
            None => Ok(false),
        }
    }

    /// Counts when the page is whole and presses the keys at once. What leaving another field sets off comes before it is counted;
    /// where a document has come since, it is counted anew.
    pub(super) async fn count_and_strike(
        &mut self,
        submit: &Submit,
        keys: &Keys,
        texts: &[String],
    ) -> Result<(Before, WebDriverResult<bool>), BrowserError> {
        self.picture_before_keys(keys.to_string()).await;
        let (place, deadline) = (keys.place(), self.deadline());
        loop {
            if let Some(place) = &place {
                self.take_focus(place).await?;
            }
            let before = self.survey_before(texts, submit.receipt.as_deref()).await?;
            self.still_stands().await?;
            if !self.survey_beside(&[]).await?.fresh() {
                if let Some(place) = place {
                    self.take_focus(&place.marking(self.mark)).await?;
                }
                self.kept.clear();
                let struck = self.strike_all(&keys.strokes).await;
                return Ok((before, struck.map(|()| true)));
            }
            if Instant::now() > deadline {
                let name = keys.to_string();
                return Err(Cause::NotReady { what: "キー", name, lack: Lack::Loaded }.into());
            }
            sleep(POLL).await;
        }
    }
}
