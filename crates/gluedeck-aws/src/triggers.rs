//! All triggers of the account, in workflows and outside of them.

use super::clients::Clients;
use super::pages::Pages;
use super::{fault, shapes};
use aws_sdk_glue::types as sdk;
use gluedeck_core::domain::{Fault, Trigger, WorkflowName};

/// Every trigger, with the workflow that it belongs to: one call for 200 (`GetTriggers`).
pub(super) async fn all(clients: &Clients) -> Result<Vec<(Trigger, Option<WorkflowName>)>, Fault> {
    let (mut triggers, mut token, mut pages) = (Vec::new(), None, Pages::default());
    loop {
        let answer = clients.glue().await.get_triggers().max_results(200).set_next_token(token).send().await;
        let answer = answer.map_err(|error| fault::of("GetTriggers", &error))?;
        let found = fault::listed("GetTriggers", "Triggers", answer.triggers)?;
        let of = |trigger: &sdk::Trigger| trigger.workflow_name().map(WorkflowName::new);
        triggers.extend(found.iter().filter_map(|trigger| Some((shapes::trigger(trigger)?, of(trigger)))));
        token = pages.next(answer.next_token);
        if token.is_none() {
            return Ok(triggers);
        }
    }
}
