//! Requests and streams on their way: each in its slot, with a ticket.

use super::model::Model;
use crate::flow::{Effect, Request, Slot, Stream, Ticket};
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::request::ApplyChange;

/// A request in its slot; whatever was there before is replaced.
pub(super) fn request(model: &mut Model, request: impl Into<Request>) -> Effect {
    let request = request.into();
    let slot = Slot::of(&request);
    mark_asked(model, &request);
    let ticket = ticket(model, &slot);
    Effect::Request { slot, ticket, request: Box::new(request) }
}

/// The change of a rollout, which is on disk before the change is sent.
pub(super) fn save_and_send(model: &mut Model, rollout: Rollout, change: ApplyChange) -> Effect {
    let request = Request::from(change);
    let slot = Slot::of(&request);
    let ticket = ticket(model, &slot);
    Effect::SaveAndSend { rollout: Box::new(rollout), slot, ticket, request: Box::new(request) }
}

/// A stream in its slot; whatever was there before is replaced.
pub(super) fn open_stream(model: &mut Model, stream: Stream) -> Effect {
    let slot = Slot::of_stream(&stream);
    let ticket = ticket(model, &slot);
    Effect::Stream { slot, ticket, stream }
}

fn ticket(model: &mut Model, slot: &Slot) -> Ticket {
    model.tickets += 1;
    model.slots.insert(slot.clone(), model.tickets);
    model.tickets
}

/// What a request will bring is shown as loading.
fn mark_asked(model: &mut Model, request: &Request) {
    let context = &mut model.context;
    match request {
        Request::GetWorkflows(request) if request.background.is_none() => context.pipelines.ask(),
        Request::GetAccount(_) => context.session.account.ask(),
        Request::GetDpuLimit(_) => context.dpu_limit.ask(),
        Request::GetFlexLimit(_) => context.flex_limit.ask(),
        Request::GetDatabases(_) => context.databases.ask(),
        Request::GetJobs(_) => context.jobs.ask(),
        Request::GetDrift(_) => context.drift.ask(),
        Request::GetTables(request) => context.catalog.asked(&request.database, context.moment.wall),
        Request::GetPartitions(request) => {
            let key = (request.database.clone(), request.table.clone());
            context.catalog.partitions.entry(key).or_default().ask();
        }
        Request::GetPipelineRuns(request) => context.history.entry(request.pipeline.clone()).or_default().ask(),
        // Their screens have marked it, or there is nothing to wait for.
        Request::GetWorkflows(_)
        | Request::ListStandalone(_)
        | Request::ListWorkflows(_)
        | Request::GetRuns(_)
        | Request::GetDefinition(_)
        | Request::GetBookmark(_)
        | Request::GetRunMetrics(_)
        | Request::GetRunProperties(_)
        | Request::Describe(_)
        | Request::FindLogStreams(_)
        | Request::GetLogPage(_)
        | Request::CompareLogs(_)
        | Request::StartQuery(_)
        | Request::StopQuery(_)
        | Request::ListQueries(_)
        | Request::GetQueries(_)
        | Request::ListWorkgroups(_)
        | Request::ListNamedQueries(_)
        | Request::ReadChecks(_)
        | Request::ReadFreshness(_)
        | Request::ReadJobLog(_)
        | Request::ReadCrawlLog(_)
        | Request::ReadRunChecks(_)
        | Request::ReadQualityResult(_)
        | Request::ReadColumns(_)
        | Request::ApplyChange(_) => {}
    }
}
