//! The snapshot of an account: taken of what is on the screen, and put back on a screen that has nothing yet.

use super::context::Context;
use super::load::Load;
use gluedeck_core::Snapshot;
use gluedeck_core::analysis::History;

/// With more workflows than this their earlier runs are not kept: they are read again as rows come into view.
const MAX_WITH_HISTORY: usize = 100;

impl Context {
    /// What is known now; none before anything was read.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.pipelines_read_at?;
        let workflows = self.pipelines().to_vec();
        let histories = self.history.iter().filter(|_| workflows.len() <= MAX_WITH_HISTORY);
        let runs = histories.filter_map(|(name, history)| {
            Some((name.clone(), history.value()?.past_runs.iter().map(|past| past.run.clone()).collect()))
        });
        let runs = runs.collect();
        let account = self.session.account.value().cloned();
        Some(Snapshot { read_at: self.moment.utc, account, pipelines: workflows, runs })
    }

    /// Shows a snapshot, unless something has been read already.
    pub fn restore(&mut self, snapshot: Snapshot) {
        if self.pipelines.value().is_some() {
            return;
        }
        for (name, runs) in snapshot.runs {
            let workflow = snapshot.pipelines.iter().find(|workflow| workflow.id == name);
            let value = History::of(workflow, runs);
            self.history.insert(name, Load::Cached { value, at: snapshot.read_at });
        }
        self.pipelines = Load::Cached { value: snapshot.pipelines, at: snapshot.read_at };
        self.update_schedules();
    }
}
