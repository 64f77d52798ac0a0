//! Angles.

use super::Function;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "acos",
        "math",
        &["acos(double) -> double"],
        "The angle in radians whose cosine is the given number.",
        "acos(1)",
    ),
    Function::new(
        "asin",
        "math",
        &["asin(double) -> double"],
        "The angle in radians whose sine is the given number.",
        "asin(1)",
    ),
    Function::new(
        "atan",
        "math",
        &["atan(double) -> double"],
        "The angle in radians whose tangent is the given number.",
        "atan(1)",
    ),
    Function::new(
        "atan2",
        "math",
        &["atan2(double, double) -> double"],
        "The angle in radians of the point whose height is given first and whose width second.",
        "atan2(1, 1)",
    ),
    Function::new(
        "cos",
        "math",
        &["cos(double) -> double"],
        "The cosine of an angle that is given in radians.",
        "cos(0)",
    ),
    Function::new(
        "cosh",
        "math",
        &["cosh(double) -> double"],
        "The hyperbolic cosine of a number, as a double.",
        "cosh(0)",
    ),
    Function::new(
        "degrees",
        "math",
        &["degrees(double) -> double"],
        "Turns an angle from radians into degrees.",
        "degrees(pi())",
    ),
    Function::new(
        "radians",
        "math",
        &["radians(double) -> double"],
        "Turns an angle from degrees into radians.",
        "radians(180)",
    ),
    Function::new(
        "sin",
        "math",
        &["sin(double) -> double"],
        "The sine of an angle that is given in radians.",
        "sin(0)",
    ),
    Function::new(
        "sinh",
        "math",
        &["sinh(double) -> double"],
        "The hyperbolic sine of a number, as a double.",
        "sinh(0)",
    ),
    Function::new(
        "tan",
        "math",
        &["tan(double) -> double"],
        "The tangent of an angle that is given in radians.",
        "tan(0)",
    ),
    Function::new(
        "tanh",
        "math",
        &["tanh(double) -> double"],
        "The hyperbolic tangent of a number, from -1 to 1.",
        "tanh(0)",
    ),
];
