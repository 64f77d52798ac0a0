//! Filters: words that a name contains in order (fuzzy), `!` for the inverse, `field:value`, and comparisons.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use std::cmp::Ordering;

/// What a row says to a filter.
pub trait Fields {
    /// What words without a field are looked for in, fuzzily.
    fn name(&self) -> String;
    /// What words without a field are looked for in, letter by letter.
    fn texts(&self) -> Vec<String>;
    /// A field's value; `None` where there is no such field.
    fn field(&self, name: &str) -> Option<Value>;
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    /// A number; seconds of times and durations. `None` if it is not known, which no comparison holds for.
    Number(Option<f64>),
}

/// A filter: all of its terms hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    inverse: bool,
    kind: TermKind,
}

#[derive(Debug, Clone, PartialEq)]
enum TermKind {
    Word(String),
    Has { field: String, text: String },
    Compare { field: String, allowed: &'static [Ordering], number: f64 },
}

const OPERATORS: [(&str, &[Ordering]); 5] = [
    (">=", &[Ordering::Greater, Ordering::Equal]),
    ("<=", &[Ordering::Less, Ordering::Equal]),
    (">", &[Ordering::Greater]),
    ("<", &[Ordering::Less]),
    ("=", &[Ordering::Equal]),
];

impl Filter {
    /// Reads a filter. What is no term of another kind is a word to look for.
    pub fn parse(text: &str) -> Self {
        Self { terms: words(text).into_iter().filter_map(|word| term(&word)).collect() }
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row passes.
    pub fn passes(&self, row: &impl Fields) -> bool {
        self.terms.iter().all(|term| term.kind.holds(row) != term.inverse)
    }

    /// The names of fields that it asks for and that a row does not have.
    pub fn unknown_fields(&self, row: &impl Fields) -> Vec<&str> {
        let named = self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Has { field, .. } | TermKind::Compare { field, .. } => Some(field.as_str()),
            TermKind::Word(_) => None,
        });
        named.filter(|name| row.field(name).is_none()).collect()
    }
}

impl TermKind {
    fn holds(&self, row: &impl Fields) -> bool {
        match self {
            Self::Word(word) => {
                is_fuzzy(word, &row.name()) || row.texts().iter().any(|text| text.to_lowercase().contains(word))
            }
            Self::Has { field, text } => match row.field(field) {
                Some(Value::Text(value)) => value.to_lowercase().contains(text),
                Some(Value::Number(Some(value))) => number(text) == Some(value),
                _ => false,
            },
            Self::Compare { field, allowed, number } => match row.field(field) {
                Some(Value::Number(Some(value))) => value.partial_cmp(number).is_some_and(|o| allowed.contains(&o)),
                _ => false,
            },
        }
    }
}

/// Words, of which one in double quotes may have blanks.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn term(word: &str) -> Option<Term> {
    let (inverse, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let lower = word.to_lowercase();
    let is_field = |name: &str| !name.is_empty() && name.chars().all(char::is_alphanumeric);
    let kind = if let Some((field, text)) = lower.split_once(':').filter(|(field, _)| is_field(field)) {
        TermKind::Has { field: field.to_owned(), text: text.to_owned() }
    } else {
        let compare = OPERATORS.into_iter().find_map(|(operator, allowed)| {
            let (field, value) = lower.split_once(operator).filter(|(field, _)| is_field(field))?;
            Some(TermKind::Compare { field: field.to_owned(), allowed, number: number(value)? })
        });
        compare.unwrap_or(TermKind::Word(lower))
    };
    (kind != TermKind::Word(String::new())).then_some(Term { inverse, kind })
}

/// `7`, `1.5`, `$0.40`; `30s`, `5m`, `1h30m`, `2d` in seconds.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim_start_matches('$');
    if let Ok(number) = text.parse::<f64>() {
        return Some(number).filter(|number| number.is_finite());
    }
    let (mut total, mut digits) = (0.0, String::new());
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' | '.' => {
                digits.push(letter);
                continue;
            }
            's' => 1.0,
            'm' => 60.0,
            'h' => 3_600.0,
            'd' => 86_400.0,
            _ => return None,
        };
        total += digits.parse::<f64>().ok()? * unit;
        digits.clear();
    }
    (digits.is_empty() && !text.is_empty()).then_some(total)
}

/// Whether a text has the letters of a word in this order, near enough to each other not to be chance.
pub fn is_fuzzy(word: &str, text: &str) -> bool {
    score(word, text).is_some()
}

/// How well a text fits a word: the higher the better. A word that is not in it whole must begin where words of the text
/// begin, or else every list of long names matches every short word.
pub fn score(word: &str, text: &str) -> Option<u16> {
    Scorer::new(word).score(text)
}

/// Scores many texts by one word: what that needs is made once.
#[derive(Debug)]
pub struct Scorer {
    matcher: Matcher,
    atom: Atom,
    lower: String,
    least: usize,
    letters: Vec<char>,
}

impl Scorer {
    /// Of a word.
    pub fn new(word: &str) -> Self {
        Self {
            matcher: Matcher::new(Config::DEFAULT),
            atom: Atom::new(word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false),
            lower: word.to_lowercase(),
            // A match letter by letter scores 16 for each letter, and more where it begins a word or goes on without a gap.
            least: word.chars().count() * 20,
            letters: Vec::new(),
        }
    }

    /// As [`score`].
    pub fn score(&mut self, text: &str) -> Option<u16> {
        let found = self.atom.score(Utf32Str::new(text, &mut self.letters), &mut self.matcher)?;
        let fits = usize::from(found) >= self.least || text.to_lowercase().contains(&self.lower);
        fits.then_some(found)
    }
}

/// Whether a name is like a pattern in which `*` stands for any text.
pub fn matches_wildcard(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Row;

    impl Fields for Row {
        fn name(&self) -> String {
            "MachineTransaction Workflow".to_owned()
        }

        fn texts(&self) -> Vec<String> {
            vec!["failed".to_owned(), "silver DQ: phone_number is empty".to_owned()]
        }

        fn field(&self, name: &str) -> Option<Value> {
            match name {
                "state" => Some(Value::Text("failed".to_owned())),
                "took" => Some(Value::Number(Some(461.0))),
                "cost" => Some(Value::Number(None)),
                _ => None,
            }
        }
    }

    #[test]
    fn words_fields_and_comparisons() {
        let passes = |text: &str| Filter::parse(text).passes(&Row);
        for yes in [
            "",
            "mactran",
            "Machine",
            "phone_number",
            "state:fail",
            "took>5m",
            "took>=461",
            "took<1h",
            "!took>10m",
            "machine state:failed took<=7m41s",
            "\"is empty\"",
            "!user",
        ] {
            assert!(passes(yes), "{yes}");
        }
        for no in ["zebra", "!machine", "took>8m", "cost>0", "cost<1", "state:good", "nobody:x", "machine took>1h"] {
            assert!(!passes(no), "{no}");
        }
        assert_eq!(Filter::parse("nobody:x took>1").unknown_fields(&Row), ["nobody"]);
    }

    #[test]
    fn numbers_with_units() {
        assert_eq!((number("1h30m"), number("$0.5"), number("2d")), (Some(5_400.0), Some(0.5), Some(172_800.0)));
        for text in ["", "m", "5x", "1h30", "nan", "inf"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, name, fits) in [
            ("User*", "User Workflow", true),
            ("*Role*", "UserRole Workflow", true),
            ("User", "User Workflow", false),
            ("*", "", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches_wildcard(pattern, name), fits, "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter(text in any::<String>()) {
            let filter = Filter::parse(&text);
            let _ = filter.passes(&Row);
            let _ = number(&text);
            prop_assert!(matches_wildcard(&text.replace('*', ""), &text.replace('*', "")));
        }
    }
}
