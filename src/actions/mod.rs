//! One file per action.
