//! `shoki serve`: the daemon.

use super::{Ended, GOOD, listening::Listening, print};
use crate::app::daemon;
use clap::Args;
use std::path::Path;

/// The daemon.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    at: Listening,
}

impl Serve {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let (office, listen) = self.at.open(office)?;
        daemon::serve(office, listen, print::out).await?;
        Ok(GOOD)
    }
}
