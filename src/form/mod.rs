//! The form language: where each field is on a paper form.
