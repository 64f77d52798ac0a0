//! A function as the engine has it.

use super::aggregate::Reduce;
use super::call::Body;
use super::signature::Signature;

/// A function as the engine has it.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) texts: &'static [&'static str],
    pub(crate) signatures: Vec<Signature>,
    pub(crate) implementation: Implementation,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Implementation {
    Scalar {
        body: Body,
        strict: bool,
    },
    Aggregate(Reduction),
    Window,
    /// Evaluated where the statement is read: `coalesce`, `json_value`.
    Syntax,
    /// In the registry, and not done.
    None,
}

/// Functions whose answers are not the same each time.
pub(crate) const VOLATILE: [&str; 4] = ["rand", "random", "shuffle", "uuid"];

pub(crate) fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name)
}

impl Function {
    pub(crate) fn is_aggregate(&self) -> bool {
        matches!(self.implementation, Implementation::Aggregate(_))
    }
}

/// How collected rows become a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reduction {
    pub(crate) reduce: Reduce,
    /// Whether rows with NULL among the arguments do not count.
    pub(crate) skips_nulls: bool,
}
