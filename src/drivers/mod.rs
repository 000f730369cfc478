//! The outside world in our words.
