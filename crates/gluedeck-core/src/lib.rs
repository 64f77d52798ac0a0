//! The domain, and pure functions on it. Nothing here knows an SDK, a terminal, an SQL engine or async code:
//! what can be said of a pipeline is said the same way in the console, in a command and in a test.
//!
//! | module | what lives there |
//! |---|---|
//! | [`domain`] | plain values: workflow, trigger, run, change, policy, capacity, log, query, fault, ids |
//! | [`analysis`] | pure functions on them: outcome, cells, reason, history, plans of changes, staggering, logs, rows, SQL as text |
//! | [`request`] | what is asked of AWS, and what it answers |
//! | [`Snapshot`], [`Drafts`] | what is kept on disk between two sessions |

pub mod analysis;
pub mod domain;
mod drafts;
pub mod request;
mod snapshot;

pub use drafts::Drafts;
pub use snapshot::Snapshot;
