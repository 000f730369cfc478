//! The scenario language.

mod definition;

pub use definition::{
    Days, FinalState, Items, MissedPolicy, OnFailure, Probe, Retention, Retry, Savings, Scenario, Schedule, Shift, Step,
    System,
};
