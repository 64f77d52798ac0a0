//! Probability distributions. Errors are Trino's.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::value::Value;
use statrs::distribution::{Beta, Continuous, ContinuousCDF, Normal, StudentsT};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("beta_cdf", |call| {
        check((0.0..=1.0).contains(&call.double(2)), "value must be 0 <= v <= 1")?;
        Ok(Value::Double(beta(call)?.cdf(call.double(2))))
    }),
    ("inverse_beta_cdf", |call| {
        check((0.0..=1.0).contains(&call.double(2)), "p must be 0 >= p >= 1")?;
        Ok(Value::Double(beta(call)?.inverse_cdf(call.double(2))))
    }),
    ("inverse_normal_cdf", |call| {
        let p = call.double(2);
        check(p > 0.0 && p < 1.0, "p must be 0 > p > 1")?;
        Ok(Value::Double(normal(call, "sd must be > 0")?.inverse_cdf(p)))
    }),
    ("normal_cdf", |call| Ok(Value::Double(normal(call, "standardDeviation must be > 0")?.cdf(call.double(2))))),
    ("t_cdf", |call| Ok(Value::Double(students_t(call)?.cdf(call.double(0))))),
    ("t_pdf", |call| Ok(Value::Double(students_t(call)?.pdf(call.double(0))))),
    ("wilson_interval_lower", |call| wilson_interval(call, -1.0)),
    ("wilson_interval_upper", |call| wilson_interval(call, 1.0)),
];

fn check(holds: bool, message: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::argument(message)) }
}

fn beta(call: &Call<'_>) -> Result<Beta> {
    Beta::new(call.double(0), call.double(1)).map_err(|_| Error::argument("a, b must be > 0"))
}

fn normal(call: &Call<'_>, message: &str) -> Result<Normal> {
    Normal::new(call.double(0), call.double(1)).map_err(|_| Error::argument(message))
}

fn students_t(call: &Call<'_>) -> Result<StudentsT> {
    StudentsT::new(0.0, 1.0, call.double(1)).map_err(|_| Error::argument("df must be greater than 0"))
}

/// One end of the Wilson score interval: the lower for -1, the upper for 1.
fn wilson_interval(call: &Call<'_>, end: f64) -> Result<Value> {
    let (successes, trials, z) = (call.int(0), call.int(1), call.double(2));
    check(successes >= 0, "number of successes must not be negative")?;
    check(trials > 0, "number of trials must be positive")?;
    check(successes <= trials, "number of successes must not be larger than number of trials")?;
    check(z >= 0.0, "z-score must not be negative")?;
    let n = trials as f64;
    let p = successes as f64 / n;
    let (squared, spread) = (z * z / n, p * (1.0 - p) / n);
    let half = z * (spread + squared / (4.0 * n)).sqrt();
    Ok(Value::Double((p + squared / 2.0 + end * half) / (1.0 + squared)))
}
