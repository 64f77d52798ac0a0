//! Where the user is.

use super::command::Scope;
use crate::domain::WorkflowName;

/// A place. Places that are about something carry what they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Board,
    Workflow(WorkflowName),
    Logs,
    Athena,
}

impl Route {
    /// The number and title of the screens, for the line of tabs.
    pub const TABS: [(char, &'static str); 3] = [('1', "Workflows"), ('3', "Logs"), ('4', "Athena")];

    /// The tab that is lit.
    pub fn tab(&self) -> char {
        match self {
            Self::Board | Self::Workflow(_) => '1',
            Self::Logs => '3',
            Self::Athena => '4',
        }
    }

    /// The scope of keys, outside text fields.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Board => Scope::Board,
            Self::Workflow(_) => Scope::Workflow,
            Self::Logs => Scope::Logs,
            Self::Athena => Scope::Athena,
        }
    }
}
