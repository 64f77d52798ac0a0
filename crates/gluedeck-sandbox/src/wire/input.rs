//! Reading an operation's input: members by name, with the constraints of the service models.

use super::fault::WireFault;
use serde_json::Value;
use std::collections::BTreeMap;

/// An operation's input object.
#[derive(Debug)]
pub(crate) struct Input(Value);

impl Input {
    pub(crate) fn new(value: Value) -> Self {
        Self(value)
    }

    /// The whole input.
    pub(crate) fn whole(&self) -> &Value {
        &self.0
    }

    /// A member that is a map of texts.
    pub(crate) fn map(&self, name: &str) -> Result<BTreeMap<String, String>, WireFault> {
        let Some(value) = self.get(name) else { return Ok(BTreeMap::new()) };
        serde_json::from_value(value.clone()).map_err(|_| wrong_type(name, "a map of strings"))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, WireFault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| wrong_type(name, "a string"))
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, WireFault> {
        self.text(name)?.ok_or_else(|| {
            let member = lower_first(name);
            WireFault::new(
                "ValidationException",
                format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"),
            )
        })
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, WireFault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_i64().map(Some).ok_or_else(|| wrong_type(name, "an integer"))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, WireFault> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| wrong_type(name, "a list"))?;
        list.iter()
            .map(|v| v.as_str().map(str::to_owned).ok_or_else(|| wrong_type(name, "a list of strings")))
            .collect()
    }

    /// A member that is a page size between 1 and `most`.
    pub(crate) fn page_size(&self, name: &str, most: usize) -> Result<usize, WireFault> {
        let Some(size) = self.integer(name)? else { return Ok(most) };
        if size < 1 || size > most as i64 {
            let (limit, word) = if size < 1 { (1, "greater") } else { (most, "less") };
            return Err(WireFault::new(
                "ValidationException",
                format!(
                    "1 validation error detected: Value '{size}' at '{}' failed to satisfy constraint: Member must have value {word} than or equal to {limit}",
                    lower_first(name)
                ),
            ));
        }
        Ok(size as usize)
    }

    /// A page of `all`, by the size and token members, and the token of the next page.
    pub(crate) fn page<T>(
        &self,
        all: Vec<T>,
        size: (&str, usize),
        token: &str,
    ) -> Result<(Vec<T>, Option<String>), WireFault> {
        let (from, size, next) = self.window(all.len(), size, token)?;
        Ok((all.into_iter().skip(from).take(size).collect(), next))
    }

    /// Where a page begins among `len` things, how many it holds, and the token of the next page.
    pub(crate) fn window(
        &self,
        len: usize,
        size: (&str, usize),
        token: &str,
    ) -> Result<(usize, usize, Option<String>), WireFault> {
        let size = self.page_size(size.0, size.1)?;
        let from = match self.text(token)? {
            None | Some("") => 0,
            Some(token) => token
                .strip_prefix("page-")
                .and_then(|at| at.parse::<usize>().ok())
                .filter(|at| *at <= len)
                .ok_or_else(|| WireFault::new("InvalidInputException", format!("The token {token} is not valid")))?,
        };
        let next = (from + size < len).then(|| format!("page-{}", from + size));
        Ok((from, size.min(len - from), next))
    }
}

fn wrong_type(name: &str, expected: &str) -> WireFault {
    WireFault::new("SerializationException", format!("{name} must be {expected}"))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}
