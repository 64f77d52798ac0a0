//! Functions: what the registry says of them, and how they are computed.

mod addresses;
mod aggregate;
mod aggregates;
mod arithmetic;
mod arrays;
mod bits;
mod build;
mod bytes;
pub(crate) mod call;
mod cast;
mod cast_numbers;
mod compare;
mod datetime;
mod datetime_format;
mod datetime_iso;
mod distributions;
mod format_java;
mod function;
mod group_parts;
mod joda;
mod json;
mod json_cast;
mod json_path;
mod json_path_parser;
mod json_path_tree;
mod json_path_values;
pub(crate) mod json_standard;
mod json_text;
mod maps;
mod math;
mod misc;
mod moment;
pub(crate) mod pattern;
mod reading;
mod reductions;
mod regexp;
mod sequences;
pub(crate) mod signature;
mod signature_text;
mod splitting;
mod statistics;
mod strings;
mod teradata;
mod unnest;
mod url;
mod windows;

pub(crate) use aggregates::{AggregateCall, AggregateExpr, RowsOf, aggregate};
pub(crate) use arithmetic::{arithmetic, negative};
pub(crate) use build::{
    array, comparable, constant_of, field, group_key, literal, may_fail, next_step, null, or_zero, row, rows_of,
    scalar, sortable, to_bigint, try_value, whole,
};
pub(crate) use cast::{cast, cast_value, coerce, plain_value};
pub(crate) use compare::{comparison, distinct, like, subscript};
pub(crate) use datetime::at_time_zone;
pub(crate) use function::{Function, Implementation};
pub(crate) use group_parts::{any, count_of, count_rows, greatest, least, only, sum_of};
pub(crate) use json::json_parse;
pub(crate) use math::random;
pub(crate) use regexp::whole_line;
pub(crate) use unnest::zipped;
pub(crate) use windows::{ByRow, by_row};

use self::call::Body;

use self::signature::{Argument, Bindings, Signature};
use std::collections::HashMap;
use std::sync::OnceLock;

/// What the grammar or the analysis makes of these itself.
const SYNTAX: &[&str] = &[
    "coalesce",
    "current_catalog",
    "current_date",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "if",
    "json_array",
    "json_exists",
    "json_object",
    "json_query",
    "json_value",
    "localtime",
    "localtimestamp",
    "nullif",
    "position",
    "try",
    "typeof",
];

/// Functions that order values, and the variable of their signatures whose type must have an order.
const ORDERED: [(&str, &str); 9] = [
    ("array_max", "T"),
    ("array_min", "T"),
    ("array_sort", "T"),
    ("greatest", "T"),
    ("least", "T"),
    ("max", "T"),
    ("max_by", "K"),
    ("min", "T"),
    ("min_by", "K"),
];

const WINDOW: [&str; 11] = [
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

fn scalars() -> impl Iterator<Item = &'static (&'static str, Body)> {
    [
        strings::FUNCTIONS,
        regexp::FUNCTIONS,
        url::FUNCTIONS,
        bytes::FUNCTIONS,
        math::FUNCTIONS,
        distributions::FUNCTIONS,
        datetime::FUNCTIONS,
        datetime_format::FUNCTIONS,
        arrays::FUNCTIONS,
        maps::FUNCTIONS,
        json::FUNCTIONS,
        misc::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

fn registry() -> &'static HashMap<&'static str, Function> {
    static REGISTRY: OnceLock<HashMap<&'static str, Function>> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let bodies: HashMap<&str, Body> = scalars().copied().collect();
        let described = gluedeck_core::analysis::sql::functions::all();
        let function = |described: &'static gluedeck_core::analysis::sql::functions::Function| {
            let name = described.name;
            let implementation = if let Some(reduction) = aggregates::find(name) {
                Implementation::Aggregate(reduction)
            } else if let Some(body) = bodies.get(name) {
                Implementation::Scalar { body: *body, strict: described.strict }
            } else if WINDOW.contains(&name) {
                Implementation::Window
            } else if SYNTAX.contains(&name) {
                Implementation::Syntax
            } else {
                Implementation::None
            };
            let signatures = described.signatures.iter().filter_map(|text| Signature::parse(text)).collect();
            (name, Function { name, texts: described.signatures, signatures, implementation })
        };
        described.iter().map(function).collect()
    })
}

/// A function by its lower-case name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    registry().get(name)
}

pub(crate) fn is_aggregate(name: &str) -> bool {
    find(name).is_some_and(Function::is_aggregate)
}

/// Whether a function is done; `None` if there is none of that name.
pub fn is_done(name: &str) -> Option<bool> {
    find(name).map(|function| !matches!(function.implementation, Implementation::None))
}

/// The signature that fits best: as it is, or else the one whose parameters turn into those of all others that fit.
pub(crate) fn choose(function: &'static Function, arguments: &[Argument]) -> Option<(&'static Signature, Bindings)> {
    let signatures = &function.signatures;
    let bound = |signature: &Signature, coerce: bool| {
        let bindings = signature.bind(arguments, coerce)?;
        let ordered = ORDERED.iter().find(|(name, _)| *name == function.name).map(|(_, variable)| *variable);
        let fits = ordered.is_none_or(|variable| bindings.of(variable).is_none_or(crate::types::Type::is_orderable));
        fits.then_some(bindings)
    };
    if let Some(exact) = signatures.iter().find_map(|signature| Some((signature, bound(signature, false)?))) {
        return Some(exact);
    }
    let fitting: Vec<(&Signature, Bindings)> =
        signatures.iter().filter_map(|signature| Some((signature, bound(signature, true)?))).collect();
    let types = |(signature, bindings): &(&Signature, Bindings)| -> Vec<Option<crate::types::Type>> {
        (0..arguments.len()).map(|index| bindings.resolve(signature.parameter(index)?)).collect()
    };
    let narrower = |a: &[Option<crate::types::Type>], b: &[Option<crate::types::Type>]| {
        a.iter().zip(b).all(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => crate::types::turns_into(a, b),
            _ => true,
        })
    };
    let all: Vec<_> = fitting.iter().map(types).collect();
    let best = (0..fitting.len()).find(|index| all.iter().all(|other| narrower(&all[*index], other)));
    let best = best.or(if fitting.is_empty() { None } else { Some(0) })?;
    fitting.into_iter().nth(best)
}
