//! The table of commands: dispatch, help, hints and `docs/keys.md` come from it.

mod table;

use super::tab::Tab;
use crate::for_each_screen;

/// What the console can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    Help,
    /// Back by one level; out, at the top.
    Close,
    Quit,
    Back,
    /// To the screen of a tab.
    Go(Tab),
    Acknowledge,
    Incident,
    Rows,
    GoThere,
    Refresh,
    Palette,
    Themes,
    Environments,
    Capacity,
    Drift,
    Everywhere,
    Mouse,
    SaveView,
    OpenInConsole,
    Describe,
    Watch,
    Why,
    Properties,
    Compare,
    Graph,
    OtherPane,
    SortNext,
    SortPrevious,
    SortReverse,
    ZoomIn,
    ZoomOut,
    Fit,
    PreviousDay,
    NextDay,
    Errors,
    Down,
    Up,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    StepLog,
    RunLog,
    Query,
    Start,
    Rerun,
    RerunWhole,
    RerunFromFailed,
    Stop,
    Stagger,
    Apply,
    SwitchMode,
    Earlier,
    Later,
    Unpin,
    AsItIs,
    Skip,
    MoreMargin,
    LessMargin,
    Priority,
    Halt,
    Pause,
    Forget,
    Revert,
    Save,
    SetTriggerActivation,
    RunStep,
    Mark,
    Fold,
    Definition,
    ResetBookmark,
    Metrics,
    OpenTarget,
    FailuresOnly,
    Filter,
    Copy,
    CopyName,
    OpenSandbox,
    Follow,
    NextMatch,
    PreviousMatch,
    FirstError,
    Find,
    Noise,
    Streams,
    LiveTail,
    Wrap,
    LocalTime,
    NextMark,
    CopySlack,
    Pager,
    Editor,
    Sources,
    RunQuery,
    RunAll,
    CancelQuery,
    LeaveRunning,
    EditSql,
    LeaveEditor,
    NextDatabase,
    UseDatabase,
    Workgroups,
    Catalog,
    Complete,
    FunctionHelp,
    FormatSql,
    NewTab,
    CloseTab,
    NextTab,
    PreviousTab,
    NextResult,
    PreviousResult,
    QueryHistory,
    Library,
    Preview,
    Insert,
    CellPage,
    SortColumn,
    HideColumn,
    ShowColumns,
    PinColumn,
    Wider,
    Narrower,
    CarryLeft,
    CarryRight,
    Statistics,
    Chart,
    LocalSql,
    Export,
}

impl Command {
    /// How far it moves in a list of which so many rows fit; none of what does not move.
    pub fn step(self, page: usize) -> Option<isize> {
        let half = (page / 2).max(1) as isize;
        Some(match self {
            Self::Down => 1,
            Self::Up => -1,
            Self::PageDown => half,
            Self::PageUp => -half,
            Self::Top => isize::MIN / 2,
            Self::Bottom => isize::MAX / 2,
            _ => return None,
        })
    }
}

macro_rules! scopes {
    (
        tabs { $($tab:ident $field:ident $state:ident $key:literal $title:literal $name:literal $help:literal
            [$($scope:ident $scope_title:literal),*];)+ }
        pages { $($page:ident($about:ty) $page_field:ident $page_state:ident $below:ident $page_title:literal;)+ }
    ) => {
        /// Where a command's keys work.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Scope {
            $($tab, $($scope,)*)+
            $($page,)+
            /// Everywhere but in text fields and dialogs.
            Global,
        }

        impl Scope {
            /// All scopes in the order of the help.
            pub const ALL: &[Self] = &[$(Self::$tab, $(Self::$scope,)*)+ $(Self::$page,)+ Self::Global];

            /// The heading in the help.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$tab => $title, $(Self::$scope => $scope_title,)*)+
                    $(Self::$page => $page_title,)+
                    Self::Global => "Everywhere",
                }
            }
        }

        /// The commands that go to the screens.
        const TABS: &[Entry] = &[$(Entry {
            command: Command::Go(Tab::$tab), name: $name, scope: Scope::Global, keys: &[$key], help: $help, hint: "",
        }),+];
    };
}

for_each_screen!(scopes);

/// A row of the table.
#[derive(Debug)]
pub struct Entry {
    pub command: Command,
    /// The name in configuration and help.
    pub name: &'static str,
    pub scope: Scope,
    pub keys: &'static [&'static str],
    /// What it does, for the help and `docs/keys.md`.
    pub help: &'static str,
    /// The word in the line of hints; empty for those that are not shown there.
    pub hint: &'static str,
}

/// All commands, in the order in which they are offered.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    table::SCREENS.iter().chain(TABS).chain(table::EVERYWHERE)
}

/// The entries with a hint, for the line of hints.
pub fn hints(scope: Scope) -> impl Iterator<Item = &'static Entry> {
    let shown = move |entry: &&Entry| {
        !entry.hint.is_empty() && (entry.scope == scope || (entry.scope == Scope::Global && scope != Scope::Editor))
    };
    entries().filter(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Key;
    use std::collections::HashSet;

    #[test]
    fn every_key_is_readable_and_no_scope_has_one_twice() {
        let mut seen = HashSet::new();
        for entry in entries() {
            for name in entry.keys {
                let key = Key::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
                assert_eq!(&key.to_string(), name, "a key's name is the one it prints");
                assert!(seen.insert((entry.scope, key)), "{name} stands twice in {:?}", entry.scope);
            }
        }
    }

    #[test]
    fn every_name_is_used_once() {
        let names: HashSet<_> = entries().map(|entry| entry.name).collect();
        assert_eq!(names.len(), entries().count());
    }
}
