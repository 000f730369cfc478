//! Personal data known by class.
