//! Where the user is.

use super::command::Scope;
use gluedeck_core::domain::WorkflowName;

/// A place. Places that are about something carry what they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Board,
    Timeline,
    Workflow(WorkflowName),
    Logs,
    Athena,
    Quality,
    Stagger,
    Activity,
    Triage,
}

impl Route {
    /// The number and title of the screens, for the line of tabs.
    pub const TABS: [(char, &'static str); 8] = [
        ('1', "Workflows"),
        ('2', "Timeline"),
        ('3', "Logs"),
        ('4', "Athena"),
        ('5', "Quality"),
        ('6', "Stagger"),
        ('7', "Activity"),
        ('8', "Triage"),
    ];

    /// The tab that is lit.
    pub fn tab(&self) -> char {
        match self {
            Self::Board | Self::Workflow(_) => '1',
            Self::Timeline => '2',
            Self::Logs => '3',
            Self::Athena => '4',
            Self::Quality => '5',
            Self::Stagger => '6',
            Self::Activity => '7',
            Self::Triage => '8',
        }
    }

    /// What a file with this view is called.
    pub fn file_name(&self) -> String {
        match self {
            Self::Workflow(name) => name.to_string(),
            other => Self::TABS.iter().find(|(n, _)| *n == other.tab()).map_or("view", |(_, t)| *t).to_lowercase(),
        }
    }

    /// The scope of keys, outside text fields.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Board => Scope::Board,
            Self::Workflow(_) => Scope::Workflow,
            Self::Timeline => Scope::Timeline,
            Self::Logs => Scope::Logs,
            Self::Athena => Scope::Athena,
            Self::Stagger => Scope::Stagger,
            Self::Activity => Scope::Activity,
            Self::Quality => Scope::Quality,
            Self::Triage => Scope::Triage,
        }
    }
}
