//! The list of screens: whatever there is one of for each screen is made from it.

/// Calls a macro with the list of screens. A tab is a screen with a key and a title in the line of tabs, a command that
/// goes there, and that command's sentence; a page is a screen about something, below a tab. Each is given with the field
/// and the type of its state in `screens`, and with the scopes of keys that it has besides its own.
#[macro_export]
macro_rules! for_each_screen {
    ($macro:ident) => {
        $macro! {
            tabs {
                Board board BoardState "1" "Pipelines" "pipelines" "go to the pipelines: workflows, trigger chains, jobs, crawlers" [];
                Timeline timeline TimelineState "2" "Timeline" "timeline" "go to the timeline" [];
                Logs logs LogsState "3" "Logs" "logs" "go to the logs" [];
                Athena athena AthenaState "4" "Athena" "athena" "go to Athena"
                    [Editor "Athena: editor", Catalog "Athena: catalog"];
                Quality quality QualityState "5" "Quality" "quality" "go to data quality checks and freshness" [];
                Stagger stagger StaggerState "6" "Stagger" "go-stagger" "go to stagger" [];
                Activity activity ActivityState "7" "Activity" "activity" "go to changes and observed states" [];
                Triage triage TriageState "8" "Triage" "triage"
                    "go to the failures of the last 24 hours; a pasted alert opens its card" [];
            }
            pages {
                Workflow(PipelineId) workflow WorkflowState Board "One workflow";
                Job(Target) job JobState Board "One job or crawler";
            }
        }
    };
}

macro_rules! tabs {
    (
        tabs { $($tab:ident $field:ident $state:ident $key:literal $title:literal $name:literal $help:literal
            [$($scope:ident $scope_title:literal),*];)+ }
        pages { $($pages:tt)* }
    ) => {
        /// A screen with a title in the line of tabs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Tab {
            $($tab,)+
        }

        impl Tab {
            /// All tabs, in the order of the line.
            pub const ALL: &[Self] = &[$(Self::$tab),+];

            /// The key that goes there, if the configuration does not say otherwise.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$tab => $key,)+
                }
            }

            /// The word in the line of tabs.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$tab => $title,)+
                }
            }
        }
    };
}

for_each_screen!(tabs);
