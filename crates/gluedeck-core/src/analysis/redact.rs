//! Text without what must not be handed on: secrets, and, if asked, values of the data.

use crate::domain::NOT_SHOWN;
use gluedeck_pipeline::{Change, Difference};
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands in the place of a secret.
const SECRET: &str = "(secret)";
/// What stands in the place of a value.
const VALUE: &str = "(value)";

/// Patterns whose first group is what is kept of them.
static SECRETS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        // Access key ids, long-term and temporary ones (IAM, unique identifiers).
        r"()\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b",
        // `password=…`, `"secretAccessKey": "…"`, and arguments such as `--api-token …`.
        r#"(?i)((?:pass(?:word|wd|phrase)?|secret[a-z_-]*|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?\\?["']?\s*[=:]\s*\\?["']?)[^\s"',;&)}\]\\]{4,}"#,
        r"(?i)(--[a-z0-9_-]*(?:password|secret|token|key|credential)[a-z0-9_-]*[ =])[^\s]{4,}",
        r"(?i)(\bauthorization\s*[:=]\s*(?:basic|bearer|aws4-hmac-sha256)?\s*)[^\s,;]+",
        r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/-]{8,}=*",
        // JSON web tokens.
        r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
        // Credentials in addresses, and signed ones.
        r"([a-z][a-z0-9+.-]{1,20}://)[^\s/@:]+:[^\s/@]+@",
        r"(?i)([?&](?:x-amz-(?:signature|credential|security-token)|signature|sig)=)[^&\s]+",
        r"()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a valid pattern")).collect()
});

static VALUES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        // E-mail addresses, what is quoted, phone numbers, and long numbers.
        r"()[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
        r#"(?m)([=:]\s*|\s|\(|\[|^)"[^"\n]{1,400}""#,
        r"(?m)([=:]\s*|\s|\(|\[|^)'[^'\n]{1,400}'",
        r"()\+?\b\d{2,3}[ -]\d{3,4}[ -]\d{3,6}\b",
        r"()\b\d{7,}\b",
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a valid pattern")).collect()
});

/// Whether a name, such as that of a job's argument, says that its value is a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "api-key",
        "api_key",
        "apikey",
        "private",
        "credential",
    ];
    words.iter().any(|word| name.contains(word))
}

/// A difference between an account and a pipeline's file, without the values of an argument that is a secret.
pub fn difference(found: &Difference) -> Difference {
    let mut shown = found.clone();
    if let Change::Different { attribute, file, account } = &mut shown.change
        && attribute.strip_prefix("argument ").is_some_and(is_secret)
    {
        for value in [file, account].into_iter().filter(|value| !value.is_empty()) {
            NOT_SHOWN.clone_into(value);
        }
    }
    shown
}

/// The text without secrets.
pub fn secrets(text: &str) -> String {
    replaced(text, &SECRETS, SECRET)
}

/// The text without secrets, and without what looks like a value of the data.
pub fn values(text: &str) -> String {
    replaced(&secrets(text), &VALUES, VALUE)
}

fn replaced(text: &str, patterns: &[Regex], instead: &str) -> String {
    let with = format!("${{1}}{instead}");
    let all = patterns.iter().fold(Cow::Borrowed(text), |text, pattern| match pattern.is_match(&text) {
        true => Cow::Owned(pattern.replace_all(&text, with.as_str()).into_owned()),
        false => text,
    });
    all.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (text, hidden) in [
            ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
            ("password=hunter22!", "hunter22"),
            ("\"secretAccessKey\": \"wJalrXUtnFEMI/K7MDENG\"", "wJalr"),
            ("--db-password s3cr3tpw --day 2026-11-22", "s3cr3tpw"),
            ("Authorization: Bearer abc.def.ghi", "abc.def"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIi"),
            ("jdbc:postgresql://bob:pw1234@db.example/x", "pw1234"),
            ("https://s3/x?X-Amz-Signature=0123abcd&y=1", "0123abcd"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ] {
            let safe = secrets(text);
            assert!(!safe.contains(hidden) && safe.contains(SECRET), "{safe}");
        }
        for plain in [
            "phone_number is empty in 31 of 1204 rows; run jr_9bd47b679f617e1a at 03:08:26",
            "The security token included in the request is expired",
        ] {
            assert_eq!(secrets(plain), plain);
        }
    }

    #[test]
    fn values_go_if_asked() {
        let text = "row (id='a1', mail bob@example.com, phone 171-2345-67890, card 4111111111111111) of 1204";
        let safe = values(text);
        for hidden in ["a1", "bob", "2345", "4111"] {
            assert!(!safe.contains(hidden), "{safe}");
        }
        assert!(safe.contains("of 1204"), "counts stay: {safe}");
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in ".{0,400}") {
            let _ = values(&text);
        }
    }
}
