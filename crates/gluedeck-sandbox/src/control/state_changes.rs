//! State changes as EventBridge events (docs/aws-facts.md: Glue events): none of a workflow, of ERROR, of WAITING.

use super::quality::{Evaluation, evaluation};
use super::{Control, Crawl, JobRun, Time};
use crate::lake::Step;
use chrono::SecondsFormat;
use serde_json::{Value, json};
use std::sync::Arc;

impl Control {
    /// From now on, state changes are told.
    pub(super) fn go_live(&mut self) {
        self.outbox = Some(Vec::new());
    }

    /// What has been told since the last call.
    pub(super) fn take_state_changes(&mut self) -> Vec<Value> {
        self.outbox.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn publish_job_run(&mut self, run: &JobRun, at: Time) {
        let (severity, message) = match run.state {
            "SUCCEEDED" => ("INFO", "Job run succeeded"),
            "STOPPED" => ("INFO", "Job run stopped"),
            "TIMEOUT" => ("WARN", "Job run timed out"),
            "FAILED" => ("ERROR", run.error.as_deref().unwrap_or_default()),
            _ => return,
        };
        let detail = json!({
            "jobName": run.job, "severity": severity, "state": run.state, "jobRunId": run.id, "message": message,
        });
        self.publish("aws.glue", "Glue Job State Change", &run.id, detail, at);
        self.publish_evaluations(run, at);
        let foreign = self.jobs.get(&run.job).is_some_and(|job| job.step == Step::Foreign);
        // What nothing here has started was started by a state machine, and an alarm watches it.
        if foreign && run.trigger.is_none() && matches!(run.state, "FAILED" | "TIMEOUT") {
            self.publish_execution(run, at);
            self.publish_alarm(run, at);
        }
    }

    /// A run that succeeded has evaluated the rulesets of its job.
    fn publish_evaluations(&mut self, run: &JobRun, at: Time) {
        let world = Arc::clone(&self.world);
        let of_job = world.scenario.quality.iter().filter(|quality| quality.job == run.job && run.state == "SUCCEEDED");
        let found: Vec<Evaluation> = of_job.filter_map(|quality| evaluation(self, quality, &run.id)).collect();
        for evaluation in found {
            let (failed, all) = (evaluation.failed(), evaluation.rules.len());
            let detail = json!({
                "context": { "contextType": "GLUE_JOB", "jobId": evaluation.run, "jobName": evaluation.job,
                    "evaluationContext": evaluation.context },
                "resultID": evaluation.result_id,
                "rulesetNames": [evaluation.ruleset],
                "state": if failed > 0 { "FAILED" } else { "SUCCEEDED" },
                "score": evaluation.score(),
                "numRulesSucceeded": all - failed, "numRulesFailed": failed, "numRulesSkipped": 0,
            });
            self.publish(
                "aws.glue-dataquality",
                "Data Quality Evaluation Results Available",
                &evaluation.result_id,
                detail,
                at,
            );
        }
    }

    /// A failed execution of a state machine; its cause is the job run, as JSON in text.
    fn publish_execution(&mut self, run: &JobRun, at: Time) {
        let (account, region) = (self.world.environment.account.clone(), self.world.environment.region.clone());
        let machine = run.job.replace(' ', "-");
        let cause = json!({
            "AllocatedCapacity": run.dpu as i64, "Attempt": run.attempt, "CompletedOn": at.timestamp_millis(),
            "ErrorMessage": run.error, "ExecutionTime": run.execution_seconds, "GlueVersion": run.glue_version,
            "Id": run.id, "JobName": run.job, "JobRunState": run.state, "LogGroupName": "/aws-glue/jobs",
            "MaxCapacity": run.dpu, "PredecessorRuns": [], "StartedOn": run.started.timestamp_millis(),
            "Timeout": run.timeout_minutes,
        });
        let name = self.world.hex_id(&format!("execution {}", run.id))[..32].to_owned();
        let detail = json!({
            "executionArn": format!("arn:aws:states:{region}:{account}:execution:{machine}:{name}"),
            "stateMachineArn": format!("arn:aws:states:{region}:{account}:stateMachine:{machine}"),
            "name": name, "status": "FAILED", "startDate": run.started.timestamp_millis(),
            "stopDate": at.timestamp_millis(), "input": "{}", "output": null, "error": "States.TaskFailed",
            "cause": cause.to_string(),
        });
        self.publish("aws.states", "Step Functions Execution Status Change", &name, detail, at);
    }

    /// An alarm on the job's failed tasks.
    fn publish_alarm(&mut self, run: &JobRun, at: Time) {
        let alarm = format!("glue-{}-failed", run.job.replace(' ', "-"));
        let since = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let detail = json!({
            "alarmName": alarm,
            "state": { "value": "ALARM", "timestamp": since,
                "reason": "Threshold Crossed: 1 datapoint [1.0] was greater than or equal to the threshold (1.0)." },
            "previousState": { "value": "OK" },
            "configuration": { "metrics": [{ "id": "m1", "metricStat": { "metric": {
                "namespace": "Glue", "name": "glue.driver.aggregate.numFailedTasks",
                "dimensions": { "JobName": run.job, "JobRunId": "ALL", "Type": "count" } },
                "period": 300, "stat": "Sum" } }] },
        });
        self.publish("aws.cloudwatch", "CloudWatch Alarm State Change", &alarm, detail, at);
    }

    pub(super) fn publish_crawl(&mut self, crawler: &str, crawl: &Crawl, at: Time) {
        let time = |at: Time| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let account = &self.world.environment.account;
        let region = &self.world.environment.region;
        let link = format!(
            "https://console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group=/aws-glue/crawlers;stream={crawler}"
        );
        let detail = match crawl.state {
            "RUNNING" => json!({
                "accountId": account, "crawlerName": crawler, "startTime": time(crawl.started), "state": "Started",
                "message": "Crawler Started",
            }),
            "SUCCEEDED" => json!({
                "tablesCreated": "0", "warningMessage": "N/A", "partitionsUpdated": "0", "tablesUpdated": "1",
                "message": "Crawler Succeeded", "partitionsDeleted": "0", "accountId": account,
                "runningTime (sec)": (at - crawl.started).num_seconds().to_string(), "tablesDeleted": "0",
                "crawlerName": crawler, "completionDate": time(at), "state": "Succeeded", "partitionsCreated": "1",
                "cloudWatchLogLink": link,
            }),
            "FAILED" => json!({
                "crawlerName": crawler, "errorMessage": crawl.error, "accountId": account, "cloudWatchLogLink": link,
                "state": "Failed", "message": "Crawler Failed",
            }),
            _ => return,
        };
        self.publish("aws.glue", "Glue Crawler State Change", &crawl.id, detail, at);
    }

    fn publish(&mut self, source: &str, kind: &str, key: &str, detail: Value, at: Time) {
        let Some(outbox) = &mut self.outbox else { return };
        let id = self.world.uuid(&format!("event {kind} {key} {at}"));
        outbox.push(json!({
            "version": "0",
            "id": id,
            "detail-type": kind,
            "source": source,
            "account": self.world.environment.account,
            "time": at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": self.world.environment.region,
            "resources": [],
            "detail": detail,
        }));
    }
}
