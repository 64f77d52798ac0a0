//! Workflows that come and go.

use super::{Control, Refusal, Time, Workflow};
use std::collections::BTreeMap;

impl Control {
    /// Creates a workflow without triggers.
    pub(crate) fn create_workflow(&mut self, workflow: Workflow) -> Result<(), Refusal> {
        let name = &workflow.name;
        if name.chars().count() > 255 || name.chars().any(|letter| letter.is_control() && letter != '\t') {
            let message = "Name must be a single line of 1 to 255 characters";
            return Err(Refusal::new("InvalidInputException", message));
        }
        if self.workflows.contains_key(name) {
            return Err(Refusal::new("AlreadyExistsException", format!("Workflow with name {name} already exists")));
        }
        self.workflows.insert(name.clone(), workflow);
        Ok(())
    }

    /// Deletes a workflow; that there is none is no error, as with the service. What becomes of its triggers is not
    /// documented: here they go with it, and jobs and crawlers stay.
    pub(crate) fn delete_workflow(&mut self, name: &str) {
        self.workflows.remove(name);
        self.triggers.retain(|_, trigger| trigger.workflow.as_deref() != Some(name));
    }
}

impl Workflow {
    /// A workflow as CreateWorkflow makes it.
    pub(crate) fn new(name: &str, description: String, created: Time) -> Self {
        Self {
            name: name.to_owned(),
            description,
            created,
            max_concurrent_runs: None,
            default_run_properties: BTreeMap::new(),
            triggers: Vec::new(),
            runs: Vec::new(),
        }
    }
}
