//! Two logs compared by their templates: lines without what differs from run to run.

use super::chunk::Chunk;
use super::line::Level;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Templates that are told apart; a log of more is compared by the first of them.
const MAX_TEMPLATES: usize = 20_000;
/// A template is far more frequent from this factor on, and from so many lines.
const FAR_MORE: f64 = 5.0;
const MANY: u32 = 10;

/// How often each template occurs, with the first line that has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Templates {
    counts: HashMap<String, TemplateCount>,
    /// Lines looked at.
    pub lines: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct TemplateCount {
    count: u32,
    /// When it came first, and as which line: lines of one moment keep their order.
    at: i64,
    number: usize,
    example: String,
    level: Level,
}

/// How a template differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    New,
    FarMore,
    Gone,
}

/// A template that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub change: Change,
    pub level: Level,
    /// How often it occurs here, and in the other log.
    pub here: u32,
    pub there: u32,
    /// When it occurs first, in milliseconds; in the other log if it is gone.
    pub at: i64,
    number: usize,
    /// A line that has it.
    pub example: String,
}

impl Templates {
    /// Counts the lines of a chunk.
    pub fn add(&mut self, chunk: &Chunk) {
        for n in 0..chunk.len() {
            let event = chunk.event(n);
            for line in chunk.text(n).lines().filter(|line| !line.trim().is_empty()) {
                self.lines += 1;
                let template = template(line);
                let full = self.counts.len() >= MAX_TEMPLATES;
                match self.counts.get_mut(&template) {
                    Some(seen) => {
                        seen.count += 1;
                        seen.at = seen.at.min(event.at);
                    }
                    None if !full => {
                        let example = line.chars().take(400).collect();
                        self.counts.insert(
                            template,
                            TemplateCount { count: 1, at: event.at, number: self.lines, example, level: event.level },
                        );
                    }
                    None => {}
                }
            }
        }
    }

    /// What is new, far more frequent, or gone against another log: the highest level and the earliest first.
    pub fn against(&self, other: &Self) -> Vec<Difference> {
        let mut all = Vec::new();
        let difference = |change, seen: &TemplateCount, here, there| Difference {
            change,
            level: seen.level,
            here,
            there,
            at: seen.at,
            number: seen.number,
            example: seen.example.clone(),
        };
        for (template, seen) in &self.counts {
            match other.counts.get(template) {
                None => all.push(difference(Change::New, seen, seen.count, 0)),
                Some(before) => {
                    let far = f64::from(seen.count) >= FAR_MORE * f64::from(before.count) && seen.count >= MANY;
                    if far {
                        all.push(difference(Change::FarMore, seen, seen.count, before.count));
                    }
                }
            }
        }
        for (template, seen) in &other.counts {
            if !self.counts.contains_key(template) {
                all.push(difference(Change::Gone, seen, 0, seen.count));
            }
        }
        all.sort_by_key(|found| (found.change, Reverse(found.level), found.at, found.number));
        all
    }
}

/// A line with numbers, ids, hosts, paths and times taken out.
pub fn template(line: &str) -> String {
    let mut template = String::with_capacity(line.len().min(400));
    for (n, word) in line.split_whitespace().take(60).enumerate() {
        if n > 0 {
            template.push(' ');
        }
        if word.bytes().any(|byte| byte.is_ascii_digit()) {
            // What stays of a word with digits in it are its letters: `172.34.7.12`, `jr_5f…`, `0.0` become alike.
            let hex_like = word.len() >= 8 && word.bytes().filter(u8::is_ascii_digit).count() * 4 >= word.len();
            if hex_like || word.bytes().all(|byte| !byte.is_ascii_alphabetic()) {
                template.push('#');
            } else {
                let mut digits = false;
                for letter in word.chars() {
                    match letter.is_ascii_digit() {
                        true if !digits => template.push('#'),
                        true => {}
                        false => template.push(letter),
                    }
                    digits = letter.is_ascii_digit();
                }
            }
        } else {
            template.push_str(word);
        }
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LogLine, Time};

    fn templates(lines: &[&str]) -> Templates {
        let mut templates = Templates::default();
        let line = |(n, text): (usize, &&str)| LogLine {
            at: Time::from_timestamp_millis(n as i64),
            ingested: None,
            message: (*text).to_owned(),
        };
        templates.add(&Chunk::of(lines.iter().enumerate().map(line)));
        templates
    }

    #[test]
    fn what_differs_from_run_to_run_is_taken_out() {
        let one =
            "26/11/25 03:00:04 INFO TaskSetManager: Finished task 3.0 in stage 0.0 (TID 3) in 1203 ms on 172.34.7.12";
        let two =
            "26/11/24 03:01:44 INFO TaskSetManager: Finished task 11.0 in stage 1.0 (TID 27) in 9 ms on 172.34.7.8";
        assert_eq!(template(one), template(two));
        assert_ne!(template("read 3 rows"), template("wrote 3 rows"));
    }

    #[test]
    fn only_what_is_new_gone_or_far_more_frequent_is_told() {
        let mut bad = vec!["read 100 rows", "ERROR it broke", "retry 1 of 9"];
        bad.extend(vec!["slow task 5"; 30]);
        let good = templates(&["read 90 rows", "done", "slow task 1", "slow task 2", "slow task 2"]);
        let found: Vec<(Change, String)> =
            templates(&bad).against(&good).into_iter().map(|d| (d.change, d.example)).collect();
        let wanted = [
            (Change::New, "ERROR it broke"),
            (Change::New, "retry 1 of 9"),
            (Change::FarMore, "slow task 5"),
            (Change::Gone, "done"),
        ];
        assert_eq!(found, wanted.map(|(change, text)| (change, text.to_owned())));
        assert!(good.against(&good).is_empty());
    }
}
