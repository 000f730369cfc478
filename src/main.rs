//! The `shoki` program.

fn main() {}
