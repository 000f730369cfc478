//! The seam: what an action is.
