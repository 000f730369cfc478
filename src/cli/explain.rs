//! `shoki explain CODE`: the page of a code.

use super::{Ended, GOOD, Stopped, print};
use crate::problem;
use clap::Args;

/// The page of a code.
#[derive(Debug, Args)]
pub struct Explain {
    /// 番号（SHK0101 など）
    code: String,
}

impl Explain {
    pub fn run(&self) -> Ended {
        let code = self.code.to_uppercase();
        let page =
            problem::explain(&code).ok_or_else(|| Stopped::wrong(format!("番号「{code}」はありません。")))?;
        print::out(page.trim_end());
        Ok(GOOD)
    }
}
