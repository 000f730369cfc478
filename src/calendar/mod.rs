//! The city's calendar and its schedules.
