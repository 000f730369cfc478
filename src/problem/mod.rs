//! Mistakes shown with place, cause and repair.
