//! shoki (書記): the clerk of a city hall's back office.
//!
//! START HERE. Layers, lowest first; imports go down only, and `tests/tidy.rs` enforces it.

pub mod actions;
pub mod app;
pub mod audit;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod drivers;
pub mod engine;
pub mod expr;
pub mod form;
pub mod privacy;
pub mod problem;
pub mod report;
pub mod run;
pub mod scenario;
pub mod step;
pub mod store;
pub mod text;
