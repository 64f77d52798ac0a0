//! Bits, comparisons, conditions and conversions.

use super::Function;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "bit_count",
        "bitwise",
        &["bit_count(bigint, bigint) -> bigint"],
        "How many bits are set in a number that is held in the given number of bits, from 2 to 64.",
        "bit_count(9, 64)",
    ),
    Function::new(
        "bitwise_and",
        "bitwise",
        &["bitwise_and(bigint, bigint) -> bigint"],
        "Keeps the bits that are set in both numbers.",
        "bitwise_and(19, 25)",
    ),
    Function::new(
        "bitwise_left_shift",
        "bitwise",
        &[
            "bitwise_left_shift(tinyint, integer) -> tinyint",
            "bitwise_left_shift(smallint, integer) -> smallint",
            "bitwise_left_shift(integer, integer) -> integer",
            "bitwise_left_shift(bigint, integer) -> bigint",
        ],
        "Moves the bits of a number to the left within the width of its type.",
        "bitwise_left_shift(1, 2)",
    ),
    Function::new(
        "bitwise_not",
        "bitwise",
        &["bitwise_not(bigint) -> bigint"],
        "Turns every bit of a number around: minus the number, minus one.",
        "bitwise_not(19)",
    ),
    Function::new(
        "bitwise_or",
        "bitwise",
        &["bitwise_or(bigint, bigint) -> bigint"],
        "Keeps the bits that are set in at least one of two numbers.",
        "bitwise_or(19, 25)",
    ),
    Function::new(
        "bitwise_right_shift",
        "bitwise",
        &[
            "bitwise_right_shift(tinyint, integer) -> tinyint",
            "bitwise_right_shift(smallint, integer) -> smallint",
            "bitwise_right_shift(integer, integer) -> integer",
            "bitwise_right_shift(bigint, integer) -> bigint",
        ],
        "Moves the bits of a number to the right and fills up with zeros.",
        "bitwise_right_shift(8, 3)",
    ),
    Function::new(
        "bitwise_right_shift_arithmetic",
        "bitwise",
        &[
            "bitwise_right_shift_arithmetic(tinyint, integer) -> tinyint",
            "bitwise_right_shift_arithmetic(smallint, integer) -> smallint",
            "bitwise_right_shift_arithmetic(integer, integer) -> integer",
            "bitwise_right_shift_arithmetic(bigint, integer) -> bigint",
        ],
        "Moves the bits of a number to the right and keeps its sign.",
        "bitwise_right_shift_arithmetic(-8, 1)",
    ),
    Function::new(
        "bitwise_xor",
        "bitwise",
        &["bitwise_xor(bigint, bigint) -> bigint"],
        "Keeps the bits that are set in exactly one of two numbers.",
        "bitwise_xor(19, 25)",
    ),
    Function::new(
        "coalesce",
        "conditional",
        &["coalesce(T, T...) -> T"],
        "The first argument that is not NULL; the ones behind it are not evaluated.",
        "coalesce(NULL, 2, 3)",
    )
    .with_nulls(),
    Function::new(
        "format",
        "conversion",
        &["format(varchar, T...) -> varchar"],
        "Writes values into a text by a format such as '%5.2f' or '%s', by the rules of Java's Formatter.",
        "format('%.5f', pi())",
    )
    .with_nulls(),
    Function::new(
        "format_number",
        "conversion",
        &["format_number(bigint) -> varchar", "format_number(double) -> varchar"],
        "A short form of a number with about three digits and a unit letter: K, M, B, T or Q.",
        "format_number(123456)",
    ),
    Function::new(
        "greatest",
        "comparison",
        &["greatest(T...) -> T"],
        "The largest of the arguments; NULL as soon as one of them is NULL.",
        "greatest(1, 3, 2)",
    ),
    Function::new(
        "if",
        "conditional",
        &["if(boolean, T) -> T", "if(boolean, T, T) -> T"],
        "The second argument if the condition is true, otherwise the third, or NULL if there is none.",
        "if(1 < 2, 'yes', 'no')",
    )
    .with_nulls(),
    Function::new(
        "least",
        "comparison",
        &["least(T...) -> T"],
        "The smallest of the arguments; NULL as soon as one of them is NULL.",
        "least(1, 3, 2)",
    ),
    Function::new(
        "nullif",
        "conditional",
        &["nullif(T, U) -> T"],
        "NULL if the two arguments are equal, otherwise the first argument.",
        "nullif(1, 1)",
    )
    .with_nulls(),
    Function::new(
        "parse_data_size",
        "conversion",
        &["parse_data_size(varchar(x)) -> decimal(38, 0)"],
        "The number of bytes that a text with a unit names, such as 2.3MB; each unit is 1024 times the one before.",
        "parse_data_size('1B')",
    ),
    Function::new(
        "parse_presto_data_size",
        "conversion",
        &["parse_presto_data_size(varchar(x)) -> decimal(38, 0)"],
        "The number of bytes that a text with a unit names, such as 2.3MB; an older name of parse_data_size.",
        "parse_presto_data_size('1B')",
    ),
    Function::new(
        "try",
        "conditional",
        &["try(T) -> T"],
        "The value of an expression, or NULL where evaluating it fails on the data.",
        "try(1 / 0)",
    )
    .with_nulls(),
    Function::new(
        "typeof",
        "conversion",
        &["typeof(T) -> varchar"],
        "The name of the type of an expression, whatever its value.",
        "typeof(123)",
    )
    .with_nulls(),
];
