//! Signatures as the registry writes them, `substr(varchar(x), bigint) -> varchar(x)`, and how a call binds to one.

use super::pattern::{Number, Pattern};
use super::signature_text::Reader;
use crate::types::{Type, common, turns_into};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Pattern>,
    /// Whether the last parameter may be given any number of times, also none.
    pub(crate) variadic: bool,
    pub(crate) result: Pattern,
}

/// What the variables of a signature stand for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bindings {
    types: BTreeMap<String, Type>,
    /// A length; `None` is unbounded.
    numbers: BTreeMap<String, Option<i64>>,
}

/// An argument of a call as far as it is known before a signature is chosen.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Typed(Type),
    /// A lambda of so many names.
    Lambda(usize),
}

impl Signature {
    /// Reads what the registry writes. `None` if it is no signature: those of standard functions with clauses are texts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        reader.word()?;
        let mut parameters = Vec::new();
        let mut variadic = false;
        if reader.take("(") && !reader.take(")") {
            loop {
                parameters.push(reader.pattern()?);
                if reader.take("...") {
                    variadic = true;
                }
                if reader.take(")") {
                    break;
                }
                reader.take(",").then_some(())?;
            }
        }
        reader.take("->").then_some(())?;
        let result = reader.pattern()?;
        reader.at_end().then_some(Self { parameters, variadic, result })
    }

    /// The parameter that takes an argument.
    pub(crate) fn parameter(&self, index: usize) -> Option<&Pattern> {
        match self.parameters.get(index) {
            Some(parameter) => Some(parameter),
            None if self.variadic => self.parameters.last(),
            None => None,
        }
    }

    fn takes(&self, count: usize) -> bool {
        if self.variadic { count + 1 >= self.parameters.len() } else { count == self.parameters.len() }
    }

    /// What its variables are for these arguments, or `None` if it does not fit. Lambdas are bound later.
    pub(crate) fn bind(&self, arguments: &[Argument], coerce: bool) -> Option<Bindings> {
        if !self.takes(arguments.len()) {
            return None;
        }
        let mut bindings = Bindings::default();
        // NULL fits everything, so what has a type comes first.
        for known in [true, false] {
            for (index, argument) in arguments.iter().enumerate() {
                let parameter = self.parameter(index)?;
                match argument {
                    Argument::Typed(ty) if (*ty != Type::Unknown) == known => {
                        bindings.unify(parameter, ty, coerce).then_some(())?;
                    }
                    Argument::Lambda(names) if !known => match parameter {
                        Pattern::Function(types) if types.len() == names + 1 => {}
                        _ => return None,
                    },
                    _ => {}
                }
            }
        }
        // What was bound must be what every argument turns into.
        for (index, argument) in arguments.iter().enumerate() {
            if let Argument::Typed(ty) = argument {
                let wanted = bindings.resolve(self.parameter(index)?)?;
                let fits = if coerce {
                    turns_into(ty, &wanted) || fills_up(ty, &wanted) || ty == &wanted
                } else {
                    same_shape(ty, &wanted)
                };
                fits.then_some(())?;
            }
        }
        Some(bindings)
    }
}

/// A text for a function of char, which is made as long as it wants with blanks.
fn fills_up(ty: &Type, wanted: &Type) -> bool {
    matches!((ty, wanted), (Type::Varchar(Some(own)), Type::Char(length)) if own <= length)
}

fn same_shape(ty: &Type, wanted: &Type) -> bool {
    match (ty, wanted) {
        (Type::Row(a), Type::Row(b)) => a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| same_shape(a, b)),
        _ => ty == wanted,
    }
}

impl Bindings {
    /// The type of a variable, if it is bound.
    pub(crate) fn of(&self, variable: &str) -> Option<&Type> {
        self.types.get(variable)
    }

    /// Makes a pattern fit a type.
    pub(crate) fn unify(&mut self, pattern: &Pattern, ty: &Type, coerce: bool) -> bool {
        match pattern {
            Pattern::Variable(name) => match self.types.get(name) {
                None => {
                    self.types.insert(name.clone(), ty.clone());
                    true
                }
                Some(bound) if bound == ty => true,
                Some(bound) => match common(bound, ty).filter(|_| coerce) {
                    Some(wider) => {
                        self.types.insert(name.clone(), wider);
                        true
                    }
                    None => false,
                },
            },
            Pattern::Named(name, parameters) => self.unify_named(name, parameters, ty, coerce),
            Pattern::Number(_) | Pattern::Function(_) => *ty == Type::Unknown,
        }
    }

    fn unify_named(&mut self, name: &str, parameters: &[Pattern], ty: &Type, coerce: bool) -> bool {
        let number = |length: &Option<u32>| length.map(i64::from);
        match (name, parameters, ty) {
            (_, _, Type::Unknown) if coerce => {
                parameters.iter().for_each(|parameter| self.default_number(parameter, name));
                true
            }
            ("array", [element], Type::Array(of)) => self.unify(element, of, coerce),
            ("map", [key, value], Type::Map(k, v)) => self.unify(key, k, coerce) && self.unify(value, v, coerce),
            ("row", patterns, Type::Row(fields)) if patterns.len() == fields.len() => {
                patterns.iter().zip(fields).all(|(pattern, (_, ty))| self.unify(pattern, ty, coerce))
            }
            ("qdigest", [of], Type::Digest("qdigest", Some(ty))) => self.unify(of, ty, coerce),
            ("varchar", [length], Type::Varchar(actual)) => self.widen(length, number(actual)),
            ("varchar", [length], Type::Char(actual)) if coerce => self.widen(length, Some(i64::from(*actual))),
            ("char", [length], Type::Char(actual)) => self.widen(length, Some(i64::from(*actual))),
            ("char", [length], Type::Varchar(Some(actual))) if coerce && *actual <= 65_536 => {
                self.widen(length, Some(i64::from(*actual)))
            }
            ("decimal", [precision, scale], Type::Decimal(p, s)) => self.widen_decimal(precision, scale, *p, *s),
            ("decimal", [precision, scale], other) if coerce && other.is_integer() => {
                self.widen_decimal(precision, scale, other.integer_digits().unwrap_or(19), 0)
            }
            ("timestamp", [precision], Type::Timestamp(p)) => self.widen(precision, Some(i64::from(*p))),
            ("timestamp", [precision], Type::Date) if coerce => self.widen(precision, Some(0)),
            ("timestamp with time zone", [precision], Type::TimestampTz(p)) => {
                self.widen(precision, Some(i64::from(*p)))
            }
            ("timestamp with time zone", [precision], Type::Timestamp(p)) if coerce => {
                self.widen(precision, Some(i64::from(*p)))
            }
            ("timestamp with time zone", [precision], Type::Date) if coerce => self.widen(precision, Some(0)),
            ("time", [precision], Type::Time(p)) => self.widen(precision, Some(i64::from(*p))),
            ("time with time zone", [precision], Type::TimeTz(p)) => self.widen(precision, Some(i64::from(*p))),
            ("time with time zone", [precision], Type::Time(p)) if coerce => self.widen(precision, Some(i64::from(*p))),
            _ => match self.resolve(&Pattern::Named(name.to_owned(), parameters.to_vec())) {
                Some(wanted) => *ty == wanted || (coerce && turns_into(ty, &wanted)),
                None => false,
            },
        }
    }

    fn default_number(&mut self, parameter: &Pattern, of: &str) {
        match parameter {
            Pattern::Number(Number::Variable(name)) => {
                let least = match (of, name.as_str()) {
                    ("decimal", "p") | ("char", _) => 1,
                    _ => 0,
                };
                self.numbers.entry(name.clone()).or_insert(Some(least));
            }
            Pattern::Variable(name) => {
                self.types.entry(name.clone()).or_insert(Type::Unknown);
            }
            Pattern::Named(of, inner) => inner.iter().for_each(|inner| self.default_number(inner, of)),
            _ => {}
        }
    }

    /// Binds a number to at least this much.
    fn widen(&mut self, pattern: &Pattern, number: Option<i64>) -> bool {
        match pattern {
            Pattern::Number(Number::Variable(name)) => {
                let wider = match (self.numbers.get(name), number) {
                    (None, number) => number,
                    (Some(Some(bound)), Some(number)) => Some(number.max(*bound)),
                    _ => None,
                };
                self.numbers.insert(name.clone(), wider);
                true
            }
            Pattern::Number(Number::Literal(wanted)) => number.is_some_and(|number| number <= *wanted),
            _ => false,
        }
    }

    fn widen_decimal(&mut self, precision: &Pattern, scale: &Pattern, p: u8, s: u8) -> bool {
        let (Pattern::Number(Number::Variable(p_name)), Pattern::Number(Number::Variable(s_name))) = (precision, scale)
        else {
            return self.widen(precision, Some(i64::from(p))) && self.widen(scale, Some(i64::from(s)));
        };
        let bound = |name: &String| self.numbers.get(name).copied().flatten();
        let wider = match (bound(p_name), bound(s_name)) {
            (Some(bp), Some(bs)) => common(&Type::Decimal(bp as u8, bs as u8), &Type::Decimal(p, s)),
            _ => Some(Type::Decimal(p, s)),
        };
        let Some(Type::Decimal(p, s)) = wider else { return false };
        self.numbers.insert(p_name.clone(), Some(i64::from(p)));
        self.numbers.insert(s_name.clone(), Some(i64::from(s)));
        true
    }

    /// The type that a pattern stands for.
    pub(crate) fn resolve(&self, pattern: &Pattern) -> Option<Type> {
        match pattern {
            Pattern::Variable(name) => Some(self.types.get(name).cloned().unwrap_or(Type::Unknown)),
            Pattern::Number(_) => None,
            Pattern::Function(types) => {
                let mut types = types.iter().map(|ty| self.resolve(ty)).collect::<Option<Vec<_>>>()?;
                let result = types.pop()?;
                Some(Type::Function(types, Box::new(result)))
            }
            Pattern::Named(name, parameters) => {
                let number = |index: usize| match parameters.get(index) {
                    Some(Pattern::Number(number)) => self.number(number),
                    _ => None,
                };
                let small = |index: usize| number(index).map(|n| n.clamp(0, 38) as u8);
                match (name.as_str(), parameters.len()) {
                    ("varchar", 1) => Some(Type::Varchar(number(0).and_then(|n| u32::try_from(n).ok()))),
                    ("char", 1) => Some(Type::Char(number(0)?.clamp(0, 65_536) as u32)),
                    ("decimal", 2) => Some(Type::Decimal(small(0)?.max(1), small(1)?)),
                    ("timestamp", 1) => Some(Type::Timestamp(small(0)?)),
                    ("timestamp with time zone", 1) => Some(Type::TimestampTz(small(0)?)),
                    ("timestamp with time zone", 0) => Some(Type::TimestampTz(3)),
                    ("time", 1) => Some(Type::Time(small(0)?)),
                    ("time with time zone", 1) => Some(Type::TimeTz(small(0)?)),
                    ("time with time zone", 0) => Some(Type::TimeTz(3)),
                    ("interval day to second", 0) => Some(Type::IntervalDay),
                    ("interval year to month", 0) => Some(Type::IntervalYear),
                    // Trino's own types of compiled patterns, to which a text turns.
                    ("joniregexp" | "codepoints" | "jsonpath" | "likepattern", 0) => Some(Type::VARCHAR),
                    (_, 0) => Type::named(name, &[]),
                    _ => {
                        let types = parameters.iter().map(|ty| self.resolve(ty)).collect::<Option<Vec<_>>>()?;
                        Type::nested(name, types)
                    }
                }
            }
        }
    }

    fn number(&self, number: &Number) -> Option<i64> {
        match number {
            Number::Literal(value) => Some(*value),
            Number::Variable(name) => self.numbers.get(name).copied().flatten(),
            Number::Of(op, a, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                match op {
                    '+' => a.checked_add(b),
                    '-' => a.checked_sub(b),
                    '*' => a.checked_mul(b),
                    _ => a.checked_div(b),
                }
            }
            Number::Choice(least, of) => {
                let numbers = of.iter().map(|number| self.number(number)).collect::<Option<Vec<_>>>()?;
                if *least { numbers.into_iter().min() } else { numbers.into_iter().max() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(signature: &str, arguments: &[Type]) -> Option<Type> {
        let signature = Signature::parse(signature).expect("a signature");
        let arguments: Vec<Argument> = arguments.iter().cloned().map(Argument::Typed).collect();
        let bindings = signature.bind(&arguments, true)?;
        bindings.resolve(&signature.result)
    }

    #[test]
    fn signatures_bind() {
        let varchar = |n| Type::Varchar(Some(n));
        assert_eq!(bound("substr(varchar(x), bigint) -> varchar(x)", &[varchar(5), Type::Integer]), Some(varchar(5)));
        assert_eq!(
            bound("concat(varchar(x), varchar(y)) -> varchar(x + y)", &[varchar(5), varchar(2)]),
            Some(varchar(7))
        );
        assert_eq!(
            bound("contains(array(T), T) -> boolean", &[Type::array(Type::Integer), Type::Bigint]),
            Some(Type::Boolean)
        );
        assert_eq!(bound("contains(array(T), T) -> boolean", &[Type::array(Type::Integer), varchar(1)]), None);
        assert_eq!(
            bound("ceil(decimal(p, s)) -> decimal(p - s + min(s, 1), 0)", &[Type::Decimal(4, 2)]),
            Some(Type::Decimal(3, 0))
        );
        assert_eq!(bound("abs(double) -> double", &[Type::Unknown]), Some(Type::Double));
        assert!(Signature::parse("reduce(array(T), S, function(S, T, S), function(S, R)) -> R").is_some());
        assert!(Signature::parse("f(timestamp(p) with time zone, interval day to second) -> time(p)").is_some());
    }
}
