//! Types with variables, as signatures have them.

/// A type with variables in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pattern {
    /// `T`
    Variable(String),
    /// A name with parameters: `varchar(x)`, `array(T)`, `bigint`.
    Named(String, Vec<Pattern>),
    /// A number that is computed: `x + y`.
    Number(Number),
    /// Types of arguments and of the result.
    Function(Vec<Pattern>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    Literal(i64),
    Variable(String),
    Of(char, Box<Number>, Box<Number>),
    /// `min` or `max`.
    Choice(bool, Vec<Number>),
}
