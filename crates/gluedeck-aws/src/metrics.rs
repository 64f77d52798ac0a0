//! CloudWatch's GetMetricData, without a generated client (see `plain`): by the JSON protocol that the service has besides
//! CBOR (botocore, `cloudwatch/2010-08-01`: `protocols`).

use super::meter::Tap;
use super::plain::{CallError, Failed, call, dns_suffix, json_answer, own_endpoint, region};
use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use gluedeck_core::domain::{METRICS, Series, Time};
use gluedeck_core::request::GetRunMetrics;
use serde_json::{Value, json};

/// Points that a series has at most: as many as a wide screen has columns.
const MAX_POINTS: i64 = 120;

/// CloudWatch, for the metrics of job runs.
#[derive(Debug)]
pub(super) struct Metrics {
    get: Operation<String, Value, CallError>,
}

impl Metrics {
    pub(super) fn new(config: &SdkConfig, tap: Tap) -> Self {
        let url = own_endpoint(config, "CloudWatch").unwrap_or_else(|| {
            let (region, fips) = (region(config), if config.use_fips() == Some(true) { "-fips" } else { "" });
            let suffix = if config.use_dual_stack() == Some(true) { "api.aws" } else { dns_suffix(&region) };
            format!("https://monitoring{fips}.{region}.{suffix}")
        });
        let call = call(config, ("CloudWatch", "GetMetricData", "monitoring"), SigningOptions::default(), tap);
        let call = call.endpoint_url(&url).serializer(|body: String| {
            let mut request = HttpRequest::new(SdkBody::from(body));
            request.set_method("POST")?;
            request.set_uri("/")?;
            request.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            request.headers_mut().insert("x-amz-target", "GraniteServiceVersion20100801.GetMetricData");
            Ok(request)
        });
        let read = |response: &HttpResponse| -> Result<Value, OrchestratorError<CallError>> { json_answer(response) };
        Self { get: call.deserializer(read).build() }
    }

    /// The metrics of a job run, in one call (`GetMetricData`; at most 500 metrics and 100,800 points).
    pub(super) async fn of_run(&self, request: &GetRunMetrics) -> Result<Vec<Series>, Failed> {
        let answer = self.get.invoke(question(request).to_string()).await?;
        Ok(series(&answer))
    }
}

fn question(request: &GetRunMetrics) -> Value {
    let seconds = (request.to - request.from).num_seconds().max(60);
    // Whole minutes, as Glue reports them every 30 seconds to a minute.
    let period = (seconds / MAX_POINTS).div_euclid(60) * 60 + 60;
    let queries = METRICS.iter().enumerate().map(|(n, metric)| {
        let kind = if metric.is_gauge { "gauge" } else { "count" };
        let dimension = |name: &str, value: &str| json!({ "Name": name, "Value": value });
        json!({ "Id": format!("m{n}"), "MetricStat": {
            "Metric": { "Namespace": "Glue", "MetricName": metric.name, "Dimensions": [
                dimension("JobName", request.job.as_str()), dimension("JobRunId", request.run.as_str()),
                dimension("Type", kind),
            ] },
            "Period": period, "Stat": if metric.is_gauge { "Average" } else { "Sum" },
        } })
    });
    json!({
        "MetricDataQueries": queries.collect::<Vec<_>>(), "ScanBy": "TimestampAscending",
        "StartTime": request.from.timestamp(), "EndTime": request.to.timestamp() + period,
    })
}

/// The series by their ids; one that is not there is empty.
fn series(answer: &Value) -> Vec<Series> {
    let results = answer["MetricDataResults"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |n: usize| {
        let id = format!("m{n}");
        let found = results.iter().filter(|result| result["Id"].as_str() == Some(&id));
        let mut points: Vec<(Time, f64)> = found.flat_map(points).collect();
        points.sort_by_key(|(at, _)| *at);
        points
    };
    METRICS.iter().enumerate().map(|(n, metric)| Series { metric: *metric, points: of(n) }).collect()
}

fn points(result: &Value) -> Vec<(Time, f64)> {
    let list = |name: &str| result[name].as_array().cloned().unwrap_or_default();
    let pairs = list("Timestamps").into_iter().zip(list("Values"));
    let point = |(at, value): (Value, Value)| {
        let seconds = at.as_f64().filter(|seconds| (0.0..1e11).contains(seconds))?;
        Some((Time::from_timestamp(seconds as i64, 0)?, value.as_f64()?))
    };
    pairs.filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::domain::{JobName, JobRunId};

    #[test]
    fn series_are_read_by_their_ids_and_what_is_garbled_is_left_out() {
        let answer = json!({ "MetricDataResults": [
            { "Id": "m1", "Timestamps": [1_764_039_660, 1_764_039_600, 1e300, "x"], "Values": [0.5, 0.25, 1.0, 1.0] },
            { "Id": "m99", "Timestamps": [1], "Values": [1.0] },
        ] });
        let found = series(&answer);
        assert_eq!(found.len(), METRICS.len());
        assert_eq!(found[1].points.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [0.25, 0.5]);
        assert!(found[0].points.is_empty() && series(&json!(null)).iter().all(|series| series.points.is_empty()));
    }

    #[test]
    fn a_long_run_is_asked_for_in_longer_periods() {
        let of = |hours: i64| {
            let from = Time::UNIX_EPOCH;
            let to = from + chrono::TimeDelta::hours(hours);
            let request = GetRunMetrics { job: JobName::new("j"), run: JobRunId::new("jr_1"), from, to };
            question(&request)["MetricDataQueries"][0]["MetricStat"]["Period"].as_i64()
        };
        assert_eq!((of(0), of(1), of(10), of(240)), (Some(60), Some(60), Some(360), Some(7_260)));
    }
}
