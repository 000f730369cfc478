//! `shoki.toml`, to each module its part.
