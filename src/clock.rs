//! The clock, real or set by hand in tests.
