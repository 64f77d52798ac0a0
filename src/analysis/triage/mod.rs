//! From an alert to its cause: what a paste says, the card of a failure, what to do about it, and all of it as text.

pub mod card;
pub mod checks;
pub mod inquiry;
pub mod proposal;
pub mod reading;
pub mod report;

pub use card::{Card, Case, Found, LogError, card, find, find_earlier};
pub use checks::Check;
pub use inquiry::{Answer, Inquiry, JobLog, Need};
pub use proposal::{Act, Proposal};
pub use reading::alerts;
