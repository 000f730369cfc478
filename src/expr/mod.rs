//! The `${{ }}` expressions: parsed at load, total, without side effects.
