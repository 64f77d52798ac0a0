//! Names that people type: of a pipeline, a job or a crawler, and where several kinds bear it, with the kind in front.

use crate::domain::{Pipeline, PipelineId, PipelineKind, Target};
use std::collections::BTreeSet;

/// A name as it was typed: `orders`, or `job:orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'n> {
    pub name: &'n str,
    pub kind: Option<PipelineKind>,
}

impl<'n> Asked<'n> {
    /// Reads a name. What stands before a colon is a kind only if it is one.
    pub fn of(typed: &'n str) -> Self {
        let split = typed.split_once(':').and_then(|(word, name)| {
            let kind = PipelineKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word.trim()))?;
            Some(Self { name: name.trim(), kind: Some(kind) })
        });
        split.unwrap_or(Self { name: typed, kind: None })
    }

    fn is(self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.name)
    }

    fn may_be(self, kind: PipelineKind) -> bool {
        self.kind.is_none_or(|asked| asked == kind)
    }
}

/// The pipelines of a name: workflows also without the word at their end.
pub fn pipelines<'p>(asked: &Asked<'_>, all: &'p [Pipeline]) -> Vec<&'p Pipeline> {
    let asked = *asked;
    let meant = |pipeline: &&Pipeline| {
        asked.may_be(pipeline.id.kind()) && (asked.is(pipeline.id.as_str()) || asked.is(pipeline.short_name()))
    };
    all.iter().filter(meant).collect()
}

/// The jobs and crawlers of a name, each with the pipeline that it belongs to.
pub fn targets<'p>(asked: &Asked<'_>, all: &'p [Pipeline]) -> impl Iterator<Item = (&'p Pipeline, &'p Target)> {
    let asked = *asked;
    let of = move |pipeline: &'p Pipeline| pipeline.targets().into_iter().map(move |target| (pipeline, target));
    let is = move |(_, target): &(&Pipeline, &Target)| {
        asked.is(target.name()) && asked.may_be(PipelineId::Alone((*target).clone()).kind())
    };
    all.iter().flat_map(of).filter(is)
}

/// What a name may mean, as it is typed to mean that: more than one where several kinds bear it.
pub fn choices(asked: &Asked<'_>, all: &[Pipeline]) -> Vec<String> {
    let of_pipelines = pipelines(asked, all).into_iter().map(|pipeline| (pipeline.id.kind(), pipeline.id.as_str()));
    let of_targets = targets(asked, all).map(|(_, target)| (PipelineId::Alone(target.clone()).kind(), target.name()));
    let found: BTreeSet<(PipelineKind, &str)> = of_pipelines.chain(of_targets).collect();
    found.into_iter().map(|(kind, name)| format!("{kind}:{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CrawlerName, JobName};

    #[test]
    fn a_name_of_several_kinds_is_asked_about_and_a_kind_in_front_decides() {
        let job = Target::Job(JobName::new("landing"));
        let crawler = Target::Crawler(CrawlerName::new("landing"));
        let of = |id: PipelineId| Pipeline { id, ..Pipeline::default() };
        let all =
            [of(PipelineId::workflow("User Workflow")), of(PipelineId::Alone(job)), of(PipelineId::Alone(crawler))];
        let choices = |typed: &str| choices(&Asked::of(typed), &all);
        assert_eq!(choices("landing"), ["job:landing", "crawler:landing"]);
        assert_eq!(choices("crawler:landing"), ["crawler:landing"]);
        assert_eq!(choices("user"), ["workflow:User Workflow"]);
        assert!(choices("job:user").is_empty());
        // A colon may be part of a name.
        assert_eq!(Asked::of("nightly: orders"), Asked { name: "nightly: orders", kind: None });
    }
}
