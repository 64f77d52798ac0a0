//! Jobs that somebody else made, by CloudFormation say, and that run the pipeline's programs: they are the pipeline's, and
//! what they do is done.

use super::{Control, Target};
use crate::lake::Step;
use crate::world::Layer;
use gluedeck_pipeline::{CrawlerDefinition, Definitions, JobDefinition, TriggerDefinition, WorkflowDefinition, import};
use std::sync::Arc;

impl Control {
    /// Reads the pipeline's records out of what is defined, and gives jobs and crawlers of those their table and their work.
    pub(crate) fn adopt(&mut self) {
        let world = Arc::clone(&self.world);
        let environment = &world.environment;
        let imported = import(&self.definitions(), &environment.account, &environment.region);
        world.set_deployed(&imported.pipeline);
        for record in &imported.pipeline.records {
            world.put_deployed(record);
            let crawler = record.crawler();
            let jobs = Layer::ALL.into_iter().flat_map(|layer| [record.job(layer), record.quality_job(layer)]);
            for name in jobs {
                let Some(job) = self.jobs.get_mut(&name) else { continue };
                if let Some(step) = Step::of_program(&job.script, &job.arguments) {
                    (job.step, job.table) = (step, record.scope_id.clone());
                }
            }
            if let Some(crawler) = self.crawlers.get_mut(&crawler) {
                crawler.table.clone_from(&record.scope_id);
            }
        }
    }

    /// What is defined here, as a pipeline's file knows it.
    fn definitions(&self) -> Definitions {
        let target = |target: &Target| match target {
            Target::Job(name) => gluedeck_pipeline::Target::Job(name.clone()),
            Target::Crawler(name) => gluedeck_pipeline::Target::Crawler(name.clone()),
        };
        let whole = |number: i64| u32::try_from(number).unwrap_or_default();
        let mut all = Definitions::default();
        for workflow in self.workflows.values() {
            let made = WorkflowDefinition {
                name: workflow.name.clone(),
                description: workflow.description.clone(),
                max_concurrent_runs: workflow.max_concurrent_runs.and_then(|most| u32::try_from(most).ok()),
                properties: workflow.default_run_properties.clone(),
            };
            all.workflows.insert(made.name.clone(), made);
        }
        for trigger in self.triggers.values() {
            let conditions = trigger.conditions.iter().map(|c| (target(&c.target), c.state.clone()));
            let made = TriggerDefinition {
                name: trigger.name.clone(),
                workflow: trigger.workflow.clone(),
                trigger_type: trigger.kind.to_owned(),
                description: trigger.description.clone(),
                schedule: trigger.schedule.clone(),
                logical: if trigger.conditions.is_empty() { String::new() } else { trigger.logical.to_owned() },
                conditions: conditions.collect(),
                actions: trigger.actions.iter().map(|action| target(&action.target)).collect(),
                active: trigger.state == "ACTIVATED",
            };
            all.triggers.insert(made.name.clone(), made);
        }
        for job in self.jobs.values() {
            let made = JobDefinition {
                name: job.name.clone(),
                script: job.script.clone(),
                arguments: job.arguments.clone(),
                worker_type: job.worker_type.clone(),
                workers: whole(job.workers),
                timeout_minutes: whole(job.timeout_minutes),
                max_retries: whole(job.max_retries),
                glue_version: job.glue_version.clone().unwrap_or_default(),
                max_concurrent_runs: u32::try_from(job.max_concurrent_runs).unwrap_or_default(),
            };
            all.jobs.insert(made.name.clone(), made);
        }
        for crawler in self.crawlers.values() {
            let [recrawl, on_change, on_delete] = crawler.policy.clone();
            let (name, database, path) = (crawler.name.clone(), crawler.database.clone(), crawler.target.clone());
            let made = CrawlerDefinition { name, database, path, recrawl, on_change, on_delete };
            all.crawlers.insert(made.name.clone(), made);
        }
        all
    }
}
