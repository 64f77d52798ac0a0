//! THE table of commands: dispatch, help, hints, and the README's key table all read it.

/// What the console can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    Help,
    Quit,
    Back,
    GoBoard,
    GoTimeline,
    GoLogs,
    GoAthena,
    GoStagger,
    GoActivity,
    Refresh,
    Palette,
    Themes,
    Environments,
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
    NightBefore,
    NightAfter,
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
    SwitchTrigger,
    RunStep,
    Mark,
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
    CancelQuery,
    EditSql,
    LeaveEditor,
    NextDatabase,
}

/// Where a command's keys work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere but in text fields and dialogs.
    Global,
    Board,
    Workflow,
    Timeline,
    Logs,
    Athena,
    /// The SQL editor, where letters are text.
    Editor,
    Stagger,
    Activity,
}

/// A row of the table.
#[derive(Debug)]
pub struct Entry {
    pub command: Command,
    /// The name in configuration and help.
    pub name: &'static str,
    pub scope: Scope,
    pub keys: &'static [&'static str],
    /// A sentence for the help and the README.
    pub help: &'static str,
    /// The word in the line of hints; empty for those that are not shown there.
    pub hint: &'static str,
}

macro_rules! table {
    ($(($command:ident, $name:literal, $scope:ident, $keys:expr, $hint:literal, $help:literal)),+ $(,)?) => {
        &[$(Entry { command: Command::$command, name: $name, scope: Scope::$scope, keys: &$keys, hint: $hint, help: $help }),+]
    };
}

/// All commands, in the order of the help.
pub const TABLE: &[Entry] = table![
    (Open, "open", Board, ["enter"], "open", "open the workflow: its steps, triggers and runs"),
    (
        StepLog,
        "log",
        Board,
        ["l"],
        "logs",
        "open the log of the step that failed, runs, or ran last; with marks, of all marked, merged by time"
    ),
    (Query, "query", Board, ["a"], "query", "query the workflow's table in Athena"),
    (Start, "start", Board, ["s"], "start", "start the workflow (asks first)"),
    (
        Rerun,
        "rerun",
        Board,
        ["r"],
        "rerun",
        "rerun a workflow that failed, from the failed step if possible (asks first)"
    ),
    (RerunWhole, "rerun-whole", Board, ["R"], "", "run the workflow again from its beginning (asks first)"),
    (Stop, "stop", Board, ["x"], "stop", "stop the workflow's running run (asks first)"),
    (SwitchTrigger, "schedule", Board, ["t"], "", "switch the workflow's schedule off, or on again (asks first)"),
    (Stagger, "stagger", Board, ["S"], "stagger", "plan starts under the DPU limit, of all marked or of all"),
    (
        Mark,
        "mark",
        Board,
        ["space"],
        "mark",
        "mark the workflow, or unmark it: start, rerun, stop, schedule and stagger then act on all marked"
    ),
    (FailuresOnly, "failures", Board, ["z"], "failures", "show only what failed, or everything again"),
    (
        Filter,
        "filter",
        Board,
        ["/"],
        "filter",
        "show only the workflows that match: letters of the name, words of state or reason, !inverse, field:value, took>5m"
    ),
    (SortNext, "sort-next", Board, [">"], "", "sort by the next column"),
    (SortPrevious, "sort-previous", Board, ["<"], "", "sort by the column before"),
    (SortReverse, "sort-reverse", Board, ["I"], "", "turn the order of the rows round"),
    (Why, "why", Board, ["e"], "why", "why it stands where it stands: the evidence, each line leads to its proof"),
    (Watch, "watch", Board, ["w"], "", "tell, with the bell and a notice, when its run ends; or not any more"),
    (Describe, "describe", Board, ["d"], "", "the workflow as JSON, as the service describes it"),
    (OpenInConsole, "console", Board, ["o"], "", "open the workflow in the AWS console"),
    (Everywhere, "everywhere", Board, ["A"], "", "show the workflows of all environments on one board, or of this one"),
    (OpenSandbox, "sandbox", Board, ["B"], "", "leave this account and open the console on a sandbox (asks first)"),
    (Open, "open-step", Workflow, ["enter"], "log", "open the step's log"),
    (StepLog, "step-log", Workflow, ["l"], "", "open the step's log"),
    (RunLog, "run-log", Workflow, ["L"], "", "open the logs of all steps of this run, merged by time"),
    (Query, "query-table", Workflow, ["a"], "query", "query the workflow's table in Athena"),
    (Start, "start-this", Workflow, ["s"], "start", "start the workflow (asks first)"),
    (
        Rerun,
        "rerun-this",
        Workflow,
        ["r"],
        "rerun",
        "rerun the workflow, from the failed step if possible (asks first)"
    ),
    (RerunWhole, "rerun-this-whole", Workflow, ["W"], "", "run the workflow again from its beginning (asks first)"),
    (Stop, "stop-this", Workflow, ["x"], "stop", "stop the workflow's running run (asks first)"),
    (SwitchTrigger, "trigger", Workflow, ["t"], "trigger", "switch the step's trigger off, or on again (asks first)"),
    (RunStep, "run-step", Workflow, ["R"], "", "run the step alone; nothing behind it follows (asks first)"),
    (
        OtherPane,
        "other-pane",
        Workflow,
        ["tab"],
        "runs",
        "go between the steps and the earlier runs; enter opens a run"
    ),
    (
        Why,
        "why-this",
        Workflow,
        ["e"],
        "why",
        "why it stands where it stands: the evidence, each line leads to its proof"
    ),
    (Compare, "compare", Workflow, ["c"], "compare", "compare this run with the last good one, step by step"),
    (Graph, "graph", Workflow, ["v"], "", "the graph of jobs and crawlers, whole, or the steps again"),
    (Properties, "properties", Workflow, ["p"], "", "the run's properties"),
    (Describe, "describe-this", Workflow, ["d"], "", "the step, or the run, as JSON, as the service describes it"),
    (Watch, "watch-this", Workflow, ["w"], "", "tell, with the bell and a notice, when its run ends; or not any more"),
    (OpenInConsole, "console-this", Workflow, ["o"], "", "open the step, or the run, in the AWS console"),
    (Open, "open-bar", Timeline, ["enter"], "open", "open the workflow"),
    (StepLog, "bar-log", Timeline, ["L"], "logs", "open the log of the step that failed, runs, or ran last"),
    (NightBefore, "night-before", Timeline, ["["], "night", "the night before"),
    (NightAfter, "night-after", Timeline, ["]"], "", "the night after"),
    (ZoomIn, "zoom-in", Timeline, ["+"], "zoom", "zoom in"),
    (ZoomOut, "zoom-out", Timeline, ["-"], "", "zoom out"),
    (Left, "pan-left", Timeline, ["h", "left"], "", "pan to earlier"),
    (Right, "pan-right", Timeline, ["l", "right"], "pan", "pan to later"),
    (Fit, "fit", Timeline, ["0"], "fit", "show the whole night again"),
    (
        Open,
        "unfold",
        Logs,
        ["enter"],
        "unfold",
        "unfold the stack trace or the JSON under the cursor, or fold it again"
    ),
    (FirstError, "first-error", Logs, ["e"], "error", "go to the first real error, and say what it means"),
    (
        Filter,
        "log-filter",
        Logs,
        ["/"],
        "filter",
        "one more filter: a regular expression, ~letters, =text, level:warn, source:error; ! in front inverts it"
    ),
    (Find, "find", Logs, ["ctrl-f"], "", "look for an expression among what is shown, without hiding the rest"),
    (NextMatch, "next-match", Logs, ["n"], "", "the next line with what is looked for; without that, the next error"),
    (PreviousMatch, "previous-match", Logs, ["N"], "", "the one before"),
    (FailuresOnly, "errors-only", Logs, ["z"], "errors", "show only errors, or everything again"),
    (Noise, "noise", Logs, ["x"], "noise", "hide the routine lines of Spark and Glue, or show them again, dimmed"),
    (
        Compare,
        "compare-log",
        Logs,
        ["c"],
        "compare",
        "what is new, gone or far more frequent against the last good run"
    ),
    (
        Streams,
        "streams",
        Logs,
        ["S"],
        "streams",
        "the streams: which exist, are empty, or are not there yet; space hides one"
    ),
    (Follow, "follow", Logs, ["f"], "follow", "follow new lines, or stop following"),
    (LiveTail, "live-tail", Logs, ["t"], "", "follow by live tail, within a second; or not any more"),
    (Sources, "sources", Logs, ["s"], "", "show or hide the column that names the stream"),
    (Wrap, "wrap", Logs, ["w"], "", "wrap long lines, or cut them"),
    (LocalTime, "local-time", Logs, ["u"], "", "times as UTC, or as local time"),
    (Mark, "mark-line", Logs, ["space"], "", "mark the line, for copying and for finding it again"),
    (NextMark, "next-mark", Logs, ["'"], "", "go to the next marked line"),
    (
        CopySlack,
        "copy-slack",
        Logs,
        ["b"],
        "",
        "copy the marked lines, or the one under the cursor, as a block for Slack"
    ),
    (Pager, "pager", Logs, ["v"], "", "read what is shown in $PAGER"),
    (Editor, "editor", Logs, ["V"], "", "open what is shown in $EDITOR"),
    (Save, "save-log", Logs, ["ctrl-s"], "", "save what is shown, whole, as a file"),
    (Left, "left", Logs, ["h", "left"], "", "scroll to the left"),
    (Right, "right", Logs, ["l", "right"], "", "scroll to the right"),
    (EditSql, "edit", Athena, ["i", "tab"], "edit", "edit the SQL"),
    (RunQuery, "run", Athena, ["ctrl-r", "f5"], "run", "run the SQL"),
    (CancelQuery, "cancel", Athena, ["x"], "cancel", "cancel the query, on the server"),
    (NextDatabase, "database", Athena, ["d"], "database", "use the next database"),
    (Left, "columns-left", Athena, ["h", "left"], "", "scroll the columns to the left"),
    (Right, "columns-right", Athena, ["l", "right"], "", "scroll the columns to the right"),
    (RunQuery, "run-here", Editor, ["ctrl-r", "f5"], "run", "run the SQL"),
    (CancelQuery, "cancel-here", Editor, ["ctrl-x"], "cancel", "cancel the query, on the server"),
    (LeaveEditor, "leave-editor", Editor, ["esc", "tab"], "results", "leave the editor for the results; the SQL stays"),
    (
        Apply,
        "apply",
        Stagger,
        ["enter"],
        "apply",
        "carry the plan out, or go on with what was interrupted (asks first)"
    ),
    (SwitchMode, "mode", Stagger, ["tab"], "now/schedule", "plan for the schedules, or for starts now"),
    (
        Earlier,
        "earlier",
        Stagger,
        ["h", "left"],
        "",
        "start this workflow one step of the grid earlier, and plan the others anew"
    ),
    (
        Later,
        "later",
        Stagger,
        ["l", "right"],
        "move",
        "start this workflow one step of the grid later, and plan the others anew"
    ),
    (AsItIs, "as-it-is", Stagger, ["b"], "as it is", "show the night as it is without the plan, or the plan again"),
    (Unpin, "unpin", Stagger, ["u"], "", "let the planner decide this start again"),
    (Skip, "skip", Stagger, ["space"], "in/out", "take this workflow out of the plan or rollout, or back in"),
    (Priority, "priority", Stagger, ["p"], "", "let this workflow go before or after the others: 0 first, then 1, 2"),
    (MoreMargin, "more-margin", Stagger, ["+"], "margin", "stretch the times by more"),
    (LessMargin, "less-margin", Stagger, ["-"], "", "stretch the times by less"),
    (Halt, "halt", Stagger, ["f"], "", "start nothing more once a workflow has failed, or go on whatever happens"),
    (Pause, "pause", Stagger, ["P"], "", "pause the rollout, or go on"),
    (
        Revert,
        "revert-rollout",
        Stagger,
        ["v"],
        "",
        "put back the schedules that the rollout has rewritten (asks first)"
    ),
    (Forget, "forget", Stagger, ["D"], "", "end the rollout as it is; nothing more is sent"),
    (Revert, "revert", Activity, ["v"], "revert", "undo the selected change, or all of its rollout (asks first)"),
    (Filter, "search", Activity, ["/"], "search", "show only what contains the text"),
    (FailuresOnly, "changes-only", Activity, ["z"], "changes", "show only changes, or everything again"),
    (Save, "export", Activity, ["ctrl-s"], "export", "save what is shown as Markdown, for the next engineer"),
    (Help, "help", Global, ["?"], "help", "show this help"),
    (GoBoard, "workflows", Global, ["1"], "", "go to the workflows"),
    (GoTimeline, "timeline", Global, ["2"], "", "go to the night as bars over time"),
    (GoLogs, "logs", Global, ["3"], "", "go to the logs"),
    (GoAthena, "athena", Global, ["4"], "", "go to Athena"),
    (GoStagger, "go-stagger", Global, ["6"], "", "go to staggering"),
    (GoActivity, "activity", Global, ["7"], "", "go to what was done and seen"),
    (Back, "back", Global, ["esc"], "", "go back, or clear the filter"),
    (Refresh, "refresh", Global, ["ctrl-r"], "", "read everything again now"),
    (Errors, "errors", Global, ["!"], "", "show the last error in full"),
    (Palette, "palette", Global, [":"], "commands", "type a command; tab completes"),
    (Environments, "environments", Global, ["E"], "", "go to another environment of the configuration"),
    (Themes, "themes", Global, ["T"], "", "choose a theme; it shows at once"),
    (SaveView, "save", Global, ["ctrl-s"], "", "save this view as text, JSON or SVG"),
    (Mouse, "mouse", Global, ["M"], "", "leave the mouse to the terminal, for selecting, or take it again"),
    (Copy, "copy", Global, ["y"], "", "copy what one would want to paste"),
    (CopyName, "copy-name", Global, ["Y"], "", "copy the name or id"),
    (Down, "down", Global, ["j", "down"], "", "move down"),
    (Up, "up", Global, ["k", "up"], "", "move up"),
    (PageDown, "page-down", Global, ["ctrl-d", "pgdn"], "", "move down half a page"),
    (PageUp, "page-up", Global, ["ctrl-u", "pgup"], "", "move up half a page"),
    (Top, "top", Global, ["g", "home"], "", "go to the top"),
    (Bottom, "bottom", Global, ["G", "end"], "", "go to the bottom"),
    (Quit, "quit", Global, ["q", "ctrl-c"], "quit", "quit; a running query is cancelled on the server"),
];

/// The entries with a hint, for the line of hints.
pub fn hints(scope: Scope) -> impl Iterator<Item = &'static Entry> {
    let shown = move |entry: &&Entry| {
        !entry.hint.is_empty() && (entry.scope == scope || (entry.scope == Scope::Global && scope != Scope::Editor))
    };
    TABLE.iter().filter(shown)
}

impl Scope {
    /// The heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Board => "Workflows",
            Self::Workflow => "One workflow",
            Self::Timeline => "Timeline",
            Self::Logs => "Logs",
            Self::Athena => "Athena: results",
            Self::Editor => "Athena: editor",
            Self::Stagger => "Stagger",
            Self::Activity => "Activity",
        }
    }

    /// All scopes in the order of the help.
    pub const ALL: [Self; 9] = [
        Self::Board,
        Self::Workflow,
        Self::Timeline,
        Self::Logs,
        Self::Athena,
        Self::Editor,
        Self::Stagger,
        Self::Activity,
        Self::Global,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Key;
    use std::collections::HashSet;

    #[test]
    fn every_key_is_readable_and_no_scope_has_one_twice() {
        let mut seen = HashSet::new();
        for entry in TABLE {
            for name in entry.keys {
                let key = Key::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
                assert_eq!(&key.to_string(), name, "a key's name is the one it prints");
                assert!(seen.insert((entry.scope, key)), "{name} stands twice in {:?}", entry.scope);
            }
        }
    }

    #[test]
    fn every_name_is_used_once() {
        let names: HashSet<_> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
    }
}
