//! Memory: the only module that speaks SQL.
