//! Layers and kinds of steps, read from their names: a help for the eye, never a ground for a decision.

use crate::domain::{Pipeline, PipelineId, Target, Trigger};
use std::collections::HashMap;

/// A layer of a medallion lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Bronze,
    Silver,
    Gold,
}

/// A column of the board: a layer, if the names tell one, and the kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    pub layer: Option<Layer>,
    pub letter: char,
}

impl Layer {
    /// In the order in which they are written.
    pub const ALL: [Self; 3] = [Self::Bronze, Self::Silver, Self::Gold];

    /// `BRONZE`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bronze => "BRONZE",
            Self::Silver => "SILVER",
            Self::Gold => "GOLD",
        }
    }

    /// `bronze`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
        }
    }
}

/// The layer that a job's or crawler's name has as a word.
pub fn layer(target: &Target) -> Option<Layer> {
    column_of(target).layer
}

/// `C` for a crawler, `Q` for a data-quality job, `J` for any other job.
pub fn letter(target: &Target) -> char {
    column_of(target).letter
}

/// The words of a name, as bytes: a frame reads the names of thousands of steps.
fn words(name: &str) -> impl Iterator<Item = &[u8]> {
    name.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
}

fn layer_of(word: &[u8]) -> Option<Layer> {
    match word.len() {
        6 if word.eq_ignore_ascii_case(b"bronze") => Some(Layer::Bronze),
        6 if word.eq_ignore_ascii_case(b"silver") => Some(Layer::Silver),
        4 if word.eq_ignore_ascii_case(b"gold") => Some(Layer::Gold),
        _ => None,
    }
}

fn is_quality(word: &[u8]) -> bool {
    (word.len() == 2 && word.eq_ignore_ascii_case(b"dq")) || (word.len() == 7 && word.eq_ignore_ascii_case(b"quality"))
}

/// The columns of a workflow: one a trigger.
pub fn columns(workflow: &Pipeline) -> Vec<Column> {
    let column = |trigger: &Trigger| match trigger.actions.first() {
        Some(target) => column_of(target),
        None => Column { layer: None, letter: '·' },
    };
    if let PipelineId::Alone(target) = &workflow.id {
        return vec![column_of(target)];
    }
    workflow.triggers.iter().map(column).collect()
}

/// Layer and letter in one pass over the name.
fn column_of(target: &Target) -> Column {
    let mut found = (None, false);
    for word in words(target.name()) {
        found = (found.0.or_else(|| layer_of(word)), found.1 || is_quality(word));
    }
    let letter = match target {
        Target::Crawler(_) => 'C',
        Target::Job(_) if found.1 => 'Q',
        Target::Job(_) => 'J',
    };
    Column { layer: found.0, letter }
}

/// The columns that most workflows share, if more than half of them do and the layers are known.
pub fn common_columns<'a>(workflows: impl Iterator<Item = &'a Pipeline>) -> Option<Vec<Column>> {
    let mut counts: HashMap<Vec<Column>, usize> = HashMap::new();
    let mut all = 0;
    // Jobs and crawlers that stand alone have no columns to share.
    for workflow in workflows.filter(|pipeline| !matches!(pipeline.id, PipelineId::Alone(_))) {
        *counts.entry(columns(workflow)).or_default() += 1;
        all += 1;
    }
    // More than half can be only one.
    let (shared, _) = counts.into_iter().find(|(_, count)| count * 2 > all)?;
    shared.iter().all(|column| column.layer.is_some()).then_some(shared)
}

/// Where the columns of a workflow lie among the common ones, if each has its place there, in order.
pub fn places(own: &[Column], common: &[Column]) -> Option<Vec<usize>> {
    let mut from = 0;
    let mut place = |column: &Column| {
        let at = from + common.get(from..)?.iter().position(|other| other == column)?;
        from = at + 1;
        Some(at)
    };
    own.iter().map(&mut place).collect()
}

/// `silver DQ`, `bronze crawler`, `gold`: how to speak of a step in a few words; the whole name where no layer is known.
pub fn short_step(target: &Target) -> String {
    match (layer(target), letter(target)) {
        (None, _) => target.name().to_owned(),
        (Some(layer), 'Q') => format!("{} DQ", layer.word()),
        (Some(layer), 'C') => format!("{} crawler", layer.word()),
        (Some(layer), _) => layer.word().to_owned(),
    }
}
/// `MachineTransaction` to `machine_transaction`, as the pipeline names its tables.
pub fn table_name(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(if letter.is_alphanumeric() { letter.to_lowercase().collect::<Vec<_>>() } else { vec!['_'] });
    }
    snake
}
