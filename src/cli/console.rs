//! `shoki console`: the pages of staff without an engine.

use super::{Ended, GOOD, listening::Listening, print};
use crate::app::desk;
use clap::Args;
use std::path::Path;

/// The console alone.
#[derive(Debug, Args)]
pub struct ConsoleArgs {
    #[command(flatten)]
    at: Listening,
}

impl ConsoleArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let (office, listen) = self.at.open(office)?;
        desk::serve_console(office, listen, print::out).await?;
        Ok(GOOD)
    }
}
