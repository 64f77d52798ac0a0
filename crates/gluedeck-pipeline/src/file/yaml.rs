//! YAML 1.2, one document. An alias stands for the value that its anchor names.

use super::{Entry, Node, SyntaxError, Value};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};
use std::collections::HashMap;

/// Aliases of aliases may stand for more than any memory holds.
const MAX_VALUES: usize = 1_000_000;
/// A file needs four levels.
const MAX_DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut builder = Builder::new(text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| builder.syntax(&error))?;
        builder.take(event, (span.start, span.end))?;
    }
    builder.root.ok_or_else(|| SyntaxError { at: 0, message: "The file is empty".to_owned() })
}

/// A list or a map that has begun and not ended.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value is next.
    key: Option<Node>,
}

struct Builder {
    /// Byte of each character: the parser counts characters.
    bytes: Vec<usize>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    values: usize,
    root: Option<Node>,
}

impl Builder {
    fn new(text: &str) -> Self {
        let bytes = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
        Self { bytes, open: Vec::new(), anchors: HashMap::new(), values: 0, root: None }
    }

    fn byte(&self, marker: Marker) -> usize {
        let last = self.bytes.last().copied().unwrap_or_default();
        self.bytes.get(marker.index()).copied().unwrap_or(last)
    }

    fn syntax(&self, error: &ScanError) -> SyntaxError {
        SyntaxError { at: self.byte(*error.marker()), message: error.info().to_owned() }
    }

    fn take(&mut self, event: Event<'_>, (start, end): (Marker, Marker)) -> Result<(), SyntaxError> {
        let span = self.byte(start)..self.byte(end);
        let at = span.start;
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = if style == ScalarStyle::Plain { plain(&text) } else { Value::Text(text.into_owned()) };
                self.add(Node { span, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(Node { span, value: Value::List(Vec::new()) }, anchor),
            Event::MappingStart(anchor, _) => self.begin(Node { span, value: Value::Map(Vec::new()) }, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { mut node, anchor, .. }) => {
                    node.span.end = span.end.max(node.span.start);
                    self.add(node, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| SyntaxError { at, message: "No anchor has this name".to_owned() })?;
                self.values += size(&node);
                self.add(Node { span, ..node }, 0)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(SyntaxError { at, message: "A second document begins here; one is expected".to_owned() })
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        if self.open.len() == MAX_DEPTH {
            let message = format!("Nested deeper than {MAX_DEPTH} levels");
            return Err(SyntaxError { at: node.span.start, message });
        }
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    /// Adds a value to what is open. Anchors are numbered from 1.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("More than {MAX_VALUES} values, by aliases of aliases");
            return Err(SyntaxError { at: node.span.start, message });
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.value, open.key.take()) {
            (Value::List(list), _) => list.push(node),
            (Value::Map(entries), Some(key)) => {
                let Some(name) = name(&key) else {
                    return Err(SyntaxError { at: key.span.start, message: "A key is a list or a map".to_owned() });
                };
                entries.push(Entry { key: name, key_span: key.span, node });
            }
            (_, None) => open.key = Some(node),
            (_, Some(_)) => {}
        }
        Ok(())
    }
}

/// How many values a value is made of.
fn size(node: &Node) -> usize {
    match &node.value {
        Value::List(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.node)).sum::<usize>(),
        _ => 1,
    }
}

fn name(key: &Node) -> Option<String> {
    match &key.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        Value::Null => Some(String::new()),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// A value without quotes, by YAML's core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|any: char| any.is_ascii_digit())
        && text.parse::<f64>().is_ok()
}
