//! The functions of Athena engine version 3: what they are called, what they take, what they do. The editor's completion and
//! help, the documentation, and the sandbox's engine read the same list.

mod aggregate;
mod binary;
mod conditions;
mod datetime;
mod datetime_parts;
mod help;
mod math;
mod misc;
mod nested;
mod string;
mod trigonometry;

pub use help::at;

use std::sync::OnceLock;

/// A function as it is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    pub name: &'static str,
    /// The group of Trino's list of functions by topic.
    pub group: &'static str,
    /// Trino's signatures; capitals are types, small letters lengths.
    pub signatures: &'static [&'static str],
    /// One sentence.
    pub about: &'static str,
    /// What may follow SELECT.
    pub example: &'static str,
    /// Whether any NULL among the arguments makes the answer NULL.
    pub strict: bool,
}

impl Function {
    const fn new(
        name: &'static str,
        group: &'static str,
        signatures: &'static [&'static str],
        about: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, group, signatures, about, example, strict: true }
    }

    /// It answers NULLs in its own way.
    const fn with_nulls(mut self) -> Self {
        self.strict = false;
        self
    }
}

/// All functions, by name.
pub fn all() -> &'static [Function] {
    static ALL: OnceLock<Vec<Function>> = OnceLock::new();
    ALL.get_or_init(|| {
        let groups = [
            aggregate::FUNCTIONS,
            binary::FUNCTIONS,
            conditions::FUNCTIONS,
            datetime::FUNCTIONS,
            datetime_parts::FUNCTIONS,
            math::FUNCTIONS,
            misc::FUNCTIONS,
            nested::FUNCTIONS,
            string::FUNCTIONS,
            trigonometry::FUNCTIONS,
        ];
        let mut all = groups.concat();
        all.sort_by_key(|function| function.name);
        all
    })
}

/// A function by name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    let name = name.to_ascii_lowercase();
    let index = all().binary_search_by_key(&name.as_str(), |function| function.name).ok()?;
    all().get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_and_described() {
        assert_eq!(find("SUBSTR").map(|function| function.name), Some("substr"));
        assert!(find("nonsense").is_none());
        for pair in all().windows(2) {
            assert!(pair[0].name < pair[1].name, "{} is there twice", pair[1].name);
        }
        for function in all() {
            assert!(function.about.ends_with('.') && !function.signatures.is_empty(), "{}", function.name);
        }
    }
}
