//! Numbers in sentences.

/// `1 workflow`, `1,204 rows`, `2 queries`: a count with its noun, which is given in the singular.
pub fn counted(count: usize, noun: &str) -> String {
    let number = thousands(count as u64);
    if count == 1 {
        return format!("{number} {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ if noun.ends_with("ch") => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// `1,204`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_is_not_many() {
        assert_eq!(counted(1, "workflow"), "1 workflow");
        assert_eq!(counted(0, "workflow"), "0 workflows");
        assert_eq!(counted(1_204, "row"), "1,204 rows");
        assert_eq!(counted(2, "query"), "2 queries");
        assert_eq!(counted(2, "day"), "2 days");
        assert_eq!(counted(3, "match"), "3 matches");
    }
}
