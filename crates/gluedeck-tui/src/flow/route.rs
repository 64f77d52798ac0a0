//! Where the user is: the list of screens.

use super::command::Command;
use gluedeck_core::domain::WorkflowName;

/// Calls a macro with the list of screens. A tab is a screen with a key and a title in the line of tabs; a page is a
/// screen about something, below a tab. Each is given with the field and the type of its state in `screens`.
#[macro_export]
macro_rules! for_each_screen {
    ($macro:ident) => {
        $macro! {
            tabs {
                Board board BoardState '1' "Workflows" GoBoard;
                Timeline timeline TimelineState '2' "Timeline" GoTimeline;
                Logs logs LogsState '3' "Logs" GoLogs;
                Athena athena AthenaState '4' "Athena" GoAthena;
                Quality quality QualityState '5' "Quality" GoQuality;
                Stagger stagger StaggerState '6' "Stagger" GoStagger;
                Activity activity ActivityState '7' "Activity" GoActivity;
                Triage triage TriageState '8' "Triage" GoTriage;
            }
            pages {
                Workflow(WorkflowName) workflow WorkflowState '1';
            }
        }
    };
}

macro_rules! routes {
    (
        tabs { $($tab:ident $field:ident $state:ident $key:literal $title:literal $command:ident;)+ }
        pages { $($page:ident($about:ty) $page_field:ident $page_state:ident $page_key:literal;)+ }
    ) => {
        /// A place. Places that are about something carry what they are about.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Route {
            $($tab,)+
            $($page($about),)+
        }

        impl Route {
            /// The key and the title of each tab.
            pub const TABS: &[(char, &'static str)] = &[$(($key, $title)),+];

            /// The key of the tab that is lit.
            pub fn tab(&self) -> char {
                match self {
                    $(Self::$tab => $key,)+
                    $(Self::$page(_) => $page_key,)+
                }
            }

            /// The command of the tab with a key.
            pub fn command_of_tab(key: char) -> Option<Command> {
                [$(($key, Command::$command)),+].into_iter().find(|(known, _)| *known == key).map(|(_, command)| command)
            }

            /// What a file with this view is called.
            pub fn file_name(&self) -> String {
                match self {
                    $(Self::$tab => $title.to_lowercase(),)+
                    $(Self::$page(about) => about.to_string(),)+
                }
            }

            /// The place that a command goes to.
            pub fn of_command(command: Command) -> Option<Self> {
                match command {
                    $(Command::$command => Some(Self::$tab),)+
                    _ => None,
                }
            }
        }
    };
}

for_each_screen!(routes);
