//! What many addresses and forms carry.

use serde::Deserialize;

/// The word of what was just done.
#[derive(Deserialize)]
pub(super) struct Done {
    pub(super) said: Option<String>,
}

/// What the second person says to what somebody asked for.
#[derive(Deserialize)]
pub(super) struct Decision {
    accepted: String,
}

impl Decision {
    /// Whether it is a yes; everything else is a no.
    pub(super) fn is_yes(&self) -> bool {
        self.accepted == "yes"
    }
}

/// Why somebody does something.
#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    pub(super) reason: String,
}
