//! One file per action, and the one place where they are listed. An action takes its arguments from the YAML and its means
//! from the drivers, and says in Japanese what went wrong.

use crate::step::ActionDef;

/// Every action, sorted by name.
pub static ACTIONS: &[ActionDef] = &[];
