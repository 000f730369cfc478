//! What many addresses and forms carry.

use serde::Deserialize;

/// The word of what was just done.
#[derive(Deserialize)]
pub(super) struct Done {
    pub(super) said: Option<String>,
}

/// Why somebody does something.
#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    pub(super) reason: String,
}
