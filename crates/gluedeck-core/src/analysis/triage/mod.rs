//! From an alert to its cause: what a paste says, the card of a failure, what to do about it, and all of it as text.

pub mod card;
pub mod case;
pub mod checks;
pub mod elsewhere;
pub mod evaluation;
pub mod failures;
pub mod finding;
pub mod incident;
pub mod investigation;
pub mod known;
pub mod lines;
pub mod proofs;
pub mod proposal;
pub mod reading;
pub mod report;

pub use card::{Card, card};
pub use case::{Case, LogError};
pub use checks::Check;
pub use elsewhere::{Elsewhere, Environment, elsewhere};
pub use evaluation::{QualityResult, RuleResult};
pub use failures::{Failure, Since, failures};
pub use finding::{Found, NotFound, find, find_earlier};
pub use investigation::{
    ColumnsByDatabase, Investigation, JobLog, Need, NeedResult, ReadColumns, ReadCrawlLog, ReadJobLog,
    ReadQualityResult, ReadRunChecks,
};
pub use known::alerts_in;
pub use lines::{CardLine, JumpTarget, Section, lines};
pub use proposal::{Proposal, ProposedAction};
pub use reading::alerts;
