//! From an alert to its cause.

pub mod reading;
