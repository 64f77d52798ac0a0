//! Crawls: states, ends.

use super::{Control, Crawl, Refusal, Target, Time, What};
use crate::lake::Facts;
use chrono::TimeDelta;

impl Control {
    pub(crate) fn start_crawl(
        &mut self,
        name: &str,
        (trigger, within): (Option<&str>, Option<(String, String)>),
        at: Time,
    ) -> Result<String, Refusal> {
        let crawler = self.crawlers.get(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
        if crawler.crawls.last().is_some_and(|crawl| crawl.completed.is_none()) {
            return Err(Refusal::new(
                "CrawlerRunningException",
                format!("Crawler with name {name} has already started"),
            ));
        }
        let id = self.world.uuid(&format!("{name} {at} {}", crawler.crawls.len()));
        let plan = self.plan((crawler.step(), &crawler.table, None), name, &id, at);
        let crawl = Crawl {
            id: id.clone(),
            triggered: trigger.is_some(),
            within,
            state: "RUNNING",
            error: None,
            started: at,
            completed: None,
            plan,
            facts: None,
        };
        self.push(plan.work, What::CrawlWork(name.to_owned(), id.clone()));
        self.publish_crawl(name, &crawl, at);
        if let Some(crawler) = self.crawlers.get_mut(name) {
            crawler.crawls.push(crawl);
        }
        Ok(id)
    }

    pub(super) fn crawl_worked(&mut self, crawler: &str, id: &str, facts: Option<Facts>) {
        let Some(crawl) = self.crawl_mut(crawler, id).filter(|crawl| crawl.state == "RUNNING") else { return };
        crawl.facts = facts;
        let end = crawl.plan.end;
        self.push(end, What::CrawlEnd(crawler.to_owned(), id.to_owned()));
    }

    pub(super) fn crawl_ended(&mut self, crawler: &str, id: &str, at: Time) {
        let Some(crawl) = self.crawl_mut(crawler, id).filter(|crawl| crawl.completed.is_none()) else { return };
        crawl.error = crawl.facts.as_ref().and_then(|facts| facts.error.clone());
        crawl.state = match (crawl.state, &crawl.error) {
            ("CANCELLING", _) => "CANCELLED",
            (_, Some(_)) => "FAILED",
            _ => "SUCCEEDED",
        };
        crawl.completed = Some(at);
        let (state, within, ended) = (crawl.state, crawl.within.clone(), crawl.clone());
        self.publish_crawl(crawler, &ended, at);
        match within {
            Some((workflow, run)) => {
                self.node_ended(&workflow, &run, &Target::Crawler(crawler.to_owned()), state, at);
            }
            None if ended.triggered => self.loose_ended(&Target::Crawler(crawler.to_owned()), state, at),
            None => {}
        }
    }

    /// Asks the crawler's running crawl to stop.
    pub(crate) fn stop_crawl(&mut self, name: &str, at: Time) -> Result<(), Refusal> {
        let crawler = self.crawlers.get_mut(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
        let Some(crawl) = crawler.crawls.last_mut().filter(|crawl| crawl.completed.is_none()) else {
            return Err(Refusal::new("CrawlerNotRunningException", format!("Crawler with name {name} is not running")));
        };
        if crawl.state == "CANCELLING" {
            return Err(Refusal::new(
                "CrawlerStoppingException",
                format!("Crawler with name {name} is already stopping"),
            ));
        }
        crawl.state = "CANCELLING";
        let id = crawl.id.clone();
        self.push(at + TimeDelta::seconds(12), What::CrawlEnd(name.to_owned(), id));
        Ok(())
    }

    pub(crate) fn crawl(&self, crawler: &str, id: &str) -> Option<&Crawl> {
        self.crawlers.get(crawler)?.crawls.iter().rfind(|crawl| crawl.id == id)
    }

    fn crawl_mut(&mut self, crawler: &str, id: &str) -> Option<&mut Crawl> {
        self.crawlers.get_mut(crawler)?.crawls.iter_mut().rfind(|crawl| crawl.id == id)
    }
}
