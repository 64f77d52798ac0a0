//! CloudWatch Logs live tail: what arrives, within about a second.

use super::clients::Clients;
use super::fault;
use aws_sdk_cloudwatchlogs::error::DisplayErrorContext;
use aws_sdk_cloudwatchlogs::primitives::event_stream::EventReceiver;
use aws_sdk_cloudwatchlogs::types::StartLiveTailResponseStream;
use aws_sdk_cloudwatchlogs::types::error::StartLiveTailResponseStreamError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use gluedeck_core::analysis::log::Chunk;
use gluedeck_core::domain::{Fault, FaultKind, LogLine, LogSource, Time};
use gluedeck_core::request::LiveEvents;
use std::collections::{BTreeMap, BTreeSet};

/// Groups that one session takes.
const GROUPS: usize = 10;

/// A session that goes on. It ends after three hours at the latest (CloudWatch Logs, StartLiveTail).
pub struct LiveTail {
    stream: EventReceiver<StartLiveTailResponseStream, StartLiveTailResponseStreamError>,
    wanted: BTreeSet<(String, String)>,
}

impl std::fmt::Debug for LiveTail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveTail").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// The SDK puts `stream-` before the host, of an endpoint that was given too, where no such host is.
#[derive(Debug)]
struct OwnHost(String);

impl Intercept for OwnHost {
    fn name(&self) -> &'static str {
        "OwnHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let path: String = request.uri().splitn(4, '/').nth(3).unwrap_or_default().to_owned();
        request.set_uri(format!("{}/{path}", self.0.trim_end_matches('/')))?;
        Ok(())
    }
}

impl LiveTail {
    /// Opens a session. Streams can only be named where there is one group; of several, all that comes is looked at.
    pub(super) async fn open(clients: &Clients, sources: &[LogSource], account: Option<String>) -> Result<Self, Fault> {
        let region = clients.region.as_deref().unwrap_or_default();
        let account = account.ok_or_else(|| {
            Fault::new(FaultKind::NotFound, "StartLiveTail", "it needs ARNs, but the account is unknown")
        })?;
        let partition = match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let groups: BTreeSet<&str> = sources.iter().map(|source| source.group.as_str()).collect();
        if groups.len() > GROUPS {
            let text = format!("live tail takes {GROUPS} groups, not {}; hide streams with S", groups.len());
            return Err(Fault::new(FaultKind::Refused, "StartLiveTail", text));
        }
        let arns = groups.iter().map(|group| format!("arn:{partition}:logs:{region}:{account}:log-group:{group}"));
        let mut call = clients.logs().await.start_live_tail().set_log_group_identifiers(Some(arns.collect()));
        if groups.len() == 1 {
            // By prefix, since a stream that does not exist yet is an error by name.
            let names: Vec<String> = sources.iter().map(|source| source.stream.clone()).take(100).collect();
            call = call.set_log_stream_name_prefixes(Some(names));
        }
        let mut call = call.customize();
        if let Some(endpoint) = &clients.endpoint {
            call = call.interceptor(OwnHost(endpoint.clone()));
        }
        let answer = call.send().await.map_err(|error| fault::of("StartLiveTail", &error))?;
        let wanted = sources.iter().map(|source| (source.group.clone(), source.stream.clone())).collect();
        Ok(Self { stream: answer.response_stream, wanted })
    }

    /// What came next. A session tells something every second, if only that nothing came.
    ///
    /// # Errors
    /// When it ends, with the reason.
    pub async fn next(&mut self) -> Result<LiveEvents, Fault> {
        let ended = |text: String| Fault::new(FaultKind::Service, "StartLiveTail", text);
        loop {
            let event = self.stream.recv().await.map_err(|error| ended(DisplayErrorContext(&error).to_string()))?;
            let update = match event {
                None => return Err(ended("the service closed the session".to_owned())),
                Some(StartLiveTailResponseStream::SessionUpdate(update)) => update,
                Some(_) => continue,
            };
            let sampled = update.session_metadata().is_some_and(|metadata| metadata.sampled());
            let mut events: BTreeMap<(String, String), Chunk> = BTreeMap::new();
            for event in update.session_results() {
                let stream = event.log_stream_name().unwrap_or_default();
                // The name or the ARN of the group (StartLiveTail, LiveTailSessionLogEvent); the name may follow the account.
                let group = event.log_group_identifier().unwrap_or_default().trim_end_matches(":*");
                let group = group.rsplit(':').next().unwrap_or_default();
                let key = (group.to_owned(), stream.to_owned());
                if !self.wanted.contains(&key) {
                    continue;
                }
                events.entry(key).or_default().push(&LogLine {
                    at: event.timestamp().and_then(Time::from_timestamp_millis),
                    ingested: event.ingestion_time().and_then(Time::from_timestamp_millis),
                    message: event.message().unwrap_or_default().to_owned(),
                });
            }
            return Ok(LiveEvents { events: events.into_iter().collect(), sampled });
        }
    }
}
