//! From an alert to its cause: what a paste says, the card of a failure, what to do about it, and all of it as text.

pub mod card;
pub mod proposal;
pub mod reading;
pub mod report;

pub use card::{Card, Case, Check, Found, LogError, card, find, find_earlier};
pub use proposal::Proposal;
pub use reading::alerts;
