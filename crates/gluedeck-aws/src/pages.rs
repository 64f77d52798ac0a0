//! Where a list that comes in pages goes on.

use std::collections::HashSet;

/// The tokens of a list's pages.
#[derive(Debug, Default)]
pub(super) struct Pages {
    seen: HashSet<String>,
}

impl Pages {
    /// The token for the next page, if there is one. A server that hands out an empty token, or one that it has handed out
    /// before, has no further page: followed, it would be asked for ever.
    pub(super) fn next(&mut self, token: Option<String>) -> Option<String> {
        token.filter(|token| !token.is_empty() && self.seen.insert(token.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_empty_or_comes_again_ends_the_list() {
        let mut pages = Pages::default();
        let mut next = |token: &str| pages.next(Some(token.to_owned()));
        assert_eq!(next("a").as_deref(), Some("a"));
        assert_eq!(next("b").as_deref(), Some("b"));
        assert_eq!(next("a"), None);
        assert_eq!(next(""), None);
        assert_eq!(pages.next(None), None);
    }
}
