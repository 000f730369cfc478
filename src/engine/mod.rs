//! Runs items through steps.
