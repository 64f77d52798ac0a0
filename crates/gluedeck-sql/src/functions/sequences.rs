//! Arrays that are made: sequences, combinations, repetitions.

use super::call::Call;
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::Value;

/// How many elements a result may have.
pub(super) const MAX_ELEMENTS: usize = 100_000;

pub(super) fn combinations(call: &Call<'_>) -> Result<Value> {
    let (items, size) = (call.array(0), call.int(1));
    if size < 0 {
        return Err(Error::argument(format!("combination size must not be negative: {size}")));
    }
    if size > 5 {
        return Err(Error::argument(format!("combination size must not exceed 5: {size}")));
    }
    let size = size as usize;
    if size > items.len() {
        return Ok(Value::Array(Vec::new()));
    }
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut chosen: Vec<usize> = (0..size).collect();
    loop {
        all.push(chosen.clone());
        if all.len() > MAX_ELEMENTS {
            return Err(Error::argument("combinations exceed max size"));
        }
        // The rightmost that can still move, with all after it behind it.
        let Some(at) = (0..size).rev().find(|at| chosen[*at] < items.len() - size + at) else { break };
        chosen[at] += 1;
        for next in at + 1..size {
            chosen[next] = chosen[next - 1] + 1;
        }
    }
    // Trino counts the first element fastest.
    all.sort_by(|a, b| a.iter().rev().cmp(b.iter().rev()));
    let combination = |chosen: Vec<usize>| Value::Array(chosen.into_iter().map(|index| items[index].clone()).collect());
    Ok(Value::Array(all.into_iter().map(combination).collect()))
}

pub(super) fn repeat(call: &Call<'_>) -> Result<Value> {
    if call.get(1).is_null() {
        return Ok(Value::Null);
    }
    let count = call.int(1);
    if count > 10_000 {
        return Err(Error::argument("count argument of repeat function must be less than or equal to 10000"));
    }
    if count < 0 {
        return Err(Error::argument("count argument of repeat function must be greater than or equal to 0"));
    }
    Ok(Value::Array(vec![call.get(0).clone(); count as usize]))
}

pub(super) const MAX_SEQUENCE: i128 = 10_000;

fn too_many() -> Error {
    Error::argument("result of sequence function must not have more than 10000 entries")
}

/// A sequence of moments that are months apart.
fn month_sequence(call: &Call<'_>, stop: i128, step: i64) -> Result<Value> {
    let mut found = Vec::new();
    for index in 0i64.. {
        let value = super::arithmetic::plus_months(call.get(0), call.ty(0), index.saturating_mul(step))?;
        let at = value.as_big();
        if (step > 0 && at > stop) || (step < 0 && at < stop) {
            break;
        }
        if found.len() as i128 >= MAX_SEQUENCE {
            return Err(too_many());
        }
        found.push(value);
    }
    Ok(Value::Array(found))
}

pub(super) fn sequence(call: &Call<'_>) -> Result<Value> {
    let months = *call.ty(2) == Type::IntervalYear;
    let is_date = *call.ty(0) == Type::Date;
    let unit: i128 = match call.ty(0) {
        Type::Date => 86_400_000,
        Type::Timestamp(_) => 1_000_000_000,
        _ => 1,
    };
    let (start, stop) = (call.get(0).as_big(), call.get(1).as_big());
    let mut step = match call.len() {
        3 => i128::from(call.int(2)),
        _ if stop < start => -1,
        _ => 1,
    };
    if step == 0 {
        return Err(Error::argument("step must not be zero"));
    }
    if !months && call.len() == 3 && is_date {
        if step % unit != 0 {
            return Err(Error::argument("sequence step must be a day interval if start and end values are dates"));
        }
        step /= unit;
    } else if !months && matches!(call.ty(0), Type::Timestamp(_)) {
        step *= unit;
    }
    if (step > 0) != (stop >= start) && stop != start {
        return Err(Error::argument(
            "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start",
        ));
    }
    let make = |at: i128| match call.ty(0) {
        Type::Timestamp(_) => Value::Big(at),
        _ => Value::Int(at as i64),
    };
    if months {
        return month_sequence(call, stop, step as i64);
    }
    let mut found = Vec::new();
    if (stop - start) / step + 1 > MAX_SEQUENCE {
        return Err(too_many());
    }
    let mut at = start;
    while if step > 0 { at <= stop } else { at >= stop } {
        found.push(make(at));
        at += step;
    }
    Ok(Value::Array(found))
}

pub(super) fn shuffle(call: &Call<'_>) -> Result<Value> {
    let mut items = call.array(0).to_vec();
    for last in (1..items.len()).rev() {
        let other = (super::math::random_bits() % (last as u64 + 1)) as usize;
        items.swap(last, other);
    }
    Ok(Value::Array(items))
}
