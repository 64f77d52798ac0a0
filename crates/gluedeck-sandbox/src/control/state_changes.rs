//! State changes as EventBridge events (docs/aws-facts.md: Glue events): none of a workflow, of ERROR, of WAITING.

use super::{Control, Crawl, JobRun, Time};
use chrono::SecondsFormat;
use serde_json::{Value, json};

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
        self.publish("Glue Job State Change", &run.id, detail, at);
    }

    pub(super) fn publish_crawl(&mut self, crawler: &str, crawl: &Crawl, at: Time) {
        let time = |at: Time| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let account = self.world.environment.account;
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
        self.publish("Glue Crawler State Change", &crawl.id, detail, at);
    }

    fn publish(&mut self, kind: &str, key: &str, detail: Value, at: Time) {
        let Some(outbox) = &mut self.outbox else { return };
        let hex = self.world.hex_id(&format!("event {kind} {key} {at}"));
        outbox.push(json!({
            "version": "0",
            "id": format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]),
            "detail-type": kind,
            "source": "aws.glue",
            "account": self.world.environment.account,
            "time": at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": self.world.environment.region,
            "resources": [],
            "detail": detail,
        }));
    }
}
