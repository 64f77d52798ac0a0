//! A trigger's new schedule. UpdateTrigger overwrites the whole definition (docs/aws-facts.md), so all of it is sent
//! again, and read back.

use super::observe::{Observed, observe};
use aws_sdk_glue::Client;
use aws_sdk_glue::types::TriggerUpdate;
use gluedeck_core::domain::{Change, Fault, FaultKind};
use std::time::Duration;

/// How long an update may take to settle, in looks. Terraform waits for five minutes at the most.
const MAX_POLLS: u32 = 120;
/// Between two looks: soon at first, then every half second.
const FIRST_POLL_INTERVAL: Duration = Duration::from_millis(20);
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The update that changes the schedule and keeps everything else.
pub(super) fn update(before: &Observed, schedule: &str) -> Result<TriggerUpdate, Fault> {
    let Observed::Trigger(trigger) = before else {
        return Err(Fault::new(FaultKind::InvalidResponse, "GetTrigger", "the trigger's definition is unknown"));
    };
    let update = TriggerUpdate::builder()
        .set_description(trigger.description.clone())
        .schedule(schedule)
        .set_actions(trigger.actions.clone())
        .set_predicate(trigger.predicate.clone())
        .set_event_batching_condition(trigger.event_batching_condition.clone());
    Ok(update.build())
}

/// Reads the trigger back until it has settled: the new schedule, and everything else as it was.
pub(super) async fn verify(client: &Client, change: &Change, before: &Observed) -> Result<(), Fault> {
    let (Change::Reschedule { trigger, to, .. }, Observed::Trigger(before)) = (change, before) else { return Ok(()) };
    let unknown = |message: String| Fault::new(FaultKind::OutcomeUnknown, change.operation(), message);
    let (mut last, mut wait) = (None, FIRST_POLL_INTERVAL);
    for _ in 0..MAX_POLLS {
        match observe(client, change).await {
            Ok(Observed::Trigger(found)) => {
                let mut expected = before.as_ref().clone();
                expected.schedule = Some(to.clone());
                let settled = found.state == expected.state;
                // While it settles, only its state is another.
                expected.state.clone_from(&found.state);
                if *found != expected {
                    let message = format!("{trigger}: new schedule sent, but the trigger reads back differently");
                    return Err(unknown(message));
                }
                if settled {
                    return Ok(());
                }
                last = found.state().map(|state| state.as_str().to_owned());
            }
            Ok(_) => {}
            Err(fault) => last = Some(fault.to_string()),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(POLL_INTERVAL);
    }
    let state = last.unwrap_or_default();
    Err(unknown(format!("{trigger} has its new schedule, but is still changing after a minute: {state}")))
}
