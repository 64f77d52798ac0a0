//! What Athena offers before anything is typed: queries on what failed tonight, and those that were run last.

use super::AthenaState;
use crate::flow::{Action, Command, Context, Effect};
use crate::ui::scroll::moved;
use gluedeck_core::analysis::layers::{short_step, table_name};
use gluedeck_core::analysis::reason::failed_step;
use gluedeck_core::analysis::sql::library::{self, Ready};
use gluedeck_core::analysis::stagger::is_missed;
use gluedeck_core::domain::Pipeline;

/// Workflows for which queries are offered.
const MAX_FAILED: usize = 4;
/// Earlier queries that are offered.
const MAX_LAST: usize = 6;

/// A query that enter puts into the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub group: Group,
    pub title: String,
    /// What it answers; of an earlier query, its SQL on one line.
    pub about: String,
    pub sql: String,
}

/// What a query is offered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Tonight,
    Last,
}

impl Offer {
    /// An earlier query may be one that is offered above too.
    fn key(&self) -> String {
        format!("{:?} {}", self.group, self.sql)
    }
}

impl AthenaState {
    /// Whether nothing has been typed or run in this tab.
    pub(super) fn shows_start(&self) -> bool {
        self.panel.is_none() && self.tab().editor.is_blank() && self.tab().runs.is_empty()
    }

    /// The queries that are offered.
    pub(super) fn offers(&self, context: &Context) -> Vec<Offer> {
        let catalog = &context.catalog.databases;
        let missed = context.pipelines().iter().filter(|workflow| is_missed(workflow, context.now()));
        let mut offers: Vec<Offer> = Vec::new();
        for workflow in missed.take(MAX_FAILED) {
            let wanted = wanted(workflow);
            let ready = library::of(catalog, Some(&table_name(workflow.short_name())));
            let fits = ready.into_iter().filter(|ready| wanted.contains(&ready.name.as_str()));
            offers.extend(fits.map(|ready| offer(Some(workflow.short_name()), ready)));
        }
        if offers.is_empty() {
            offers.extend(library::of(catalog, None).into_iter().map(|ready| offer(None, ready)));
        }
        let mut last: Vec<&str> = Vec::new();
        for past in self.lists.own.iter().rev() {
            if !last.contains(&past.sql.as_str()) && last.len() < MAX_LAST {
                last.push(&past.sql);
                offers.push(Offer {
                    group: Group::Last,
                    title: past.at.map(|at| at.format("%-d %b %H:%M").to_string()).unwrap_or_default(),
                    about: past.sql.split_whitespace().collect::<Vec<_>>().join(" "),
                    sql: past.sql.clone(),
                });
            }
        }
        offers
    }

    pub(super) fn offer_index(&self, offers: &[Offer]) -> usize {
        self.offered.index(offers.len(), |n, key| &offers[n].key() == key)
    }

    /// Commands among the offers; none if they are about something else.
    pub(super) fn in_start(&mut self, command: Command, context: &Context) -> Option<Vec<Action>> {
        let offers = self.offers(context);
        let index = self.offer_index(&offers);
        if let Some(step) = command.step(offers.len()) {
            self.offered.hold(offers.get(moved(index, step, offers.len())).map(Offer::key));
            return Some(Vec::new());
        }
        let chosen = offers.get(index).filter(|_| command == Command::Open)?;
        self.compose(&chosen.sql);
        Some(vec![Action::Do(Effect::SaveDrafts(self.drafts()))])
    }

    /// Whether the catalog stands beside the rest without having been opened.
    pub(super) fn offers_catalog(&self) -> bool {
        self.tree_shown || self.shows_start()
    }
}

/// What one wants to know first: of a failed check, what it has found; else, which nights are there.
fn wanted(workflow: &Pipeline) -> [&'static str; 2] {
    let step = workflow.last_run.as_ref().and_then(failed_step);
    match step.is_some_and(|step| short_step(&step.target).ends_with("DQ")) {
        true => ["checks of this table", "rows missing a field"],
        false => ["freshness", "row counts by night"],
    }
}

fn offer(workflow: Option<&str>, Ready { name, about, sql }: Ready) -> Offer {
    let title = workflow.map_or_else(|| name.clone(), |workflow| format!("{workflow}: {name}"));
    Offer { group: Group::Tonight, title, about, sql }
}
