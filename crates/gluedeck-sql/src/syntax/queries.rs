//! Queries: WITH, set operations, SELECT, VALUES, ORDER BY, OFFSET, LIMIT, windows.

use super::ast::{
    Body, Bound, Count, Frame, FrameUnit, GroupBy, GroupingElement, Limit, NamedQuery, Query, Select, SelectItem,
    SetOperation, Window, With,
};
use super::parser::Parser;
use super::token::Token;
use crate::error::{Code, Error, Result};

impl Parser<'_> {
    pub(crate) fn query(&mut self) -> Result<Query> {
        self.deeper(|parser| {
            let with = if parser.at_word("WITH") { Some(parser.with()?) } else { None };
            let mut query = parser.query_without_with()?;
            query.with = with;
            Ok(query)
        })
    }

    fn with(&mut self) -> Result<With> {
        self.expect_word("WITH")?;
        let recursive = self.word("RECURSIVE");
        let queries = self.list(|parser| {
            let name = parser.name()?;
            let columns = if parser.at_symbol("(") { Some(parser.names()?) } else { None };
            parser.expect_word("AS")?;
            parser.expect_symbol("(")?;
            let query = parser.query()?;
            parser.expect_symbol(")")?;
            Ok(NamedQuery { name, columns, query })
        })?;
        Ok(With { recursive, queries })
    }

    fn query_without_with(&mut self) -> Result<Query> {
        let position = self.position();
        let body = self.body()?;
        let mut query = Query { with: None, body, order_by: Vec::new(), offset: None, limit: None, position };
        if self.word("ORDER") {
            self.expect_word("BY")?;
            query.order_by = self.list(Self::sort_item)?;
        }
        if self.word("OFFSET") {
            query.offset = Some(self.count()?);
            if !self.word("ROW") {
                self.word("ROWS");
            }
        }
        let position = self.position();
        if self.word("LIMIT") {
            let count = if self.word("ALL") { None } else { Some(self.count()?) };
            query.limit = Some(Limit { count, with_ties: false, fetch: false, position });
        } else if self.word("FETCH") {
            if !self.word("FIRST") {
                self.expect_word("NEXT")?;
            }
            let count = if self.at_word("ROW") || self.at_word("ROWS") { Count::Number(1) } else { self.count()? };
            if !self.word("ROW") {
                self.expect_word("ROWS")?;
            }
            let with_ties = !self.word("ONLY");
            if with_ties {
                self.expect_word("WITH")?;
                self.expect_word("TIES")?;
            }
            query.limit = Some(Limit { count: Some(count), with_ties, fetch: true, position });
        }
        Ok(query)
    }

    fn count(&mut self) -> Result<Count> {
        if matches!(self.token(), Token::Parameter) {
            self.advance();
            self.parameters += 1;
            return Ok(Count::Parameter(self.parameters - 1));
        }
        let position = self.position();
        let digits = self.integer()?;
        let invalid = |_| Error::at(position, Code::SyntaxError, format!("Invalid number of rows: {digits}"));
        digits.parse::<u64>().map(Count::Number).map_err(invalid)
    }

    fn body(&mut self) -> Result<Body> {
        let mut left = self.intersection()?;
        loop {
            let position = self.position();
            let operation = if self.word("UNION") {
                SetOperation::Union
            } else if self.word("EXCEPT") {
                SetOperation::Except
            } else {
                return Ok(left);
            };
            let all = self.all_rows();
            let right = Box::new(self.intersection()?);
            left = Body::Set { operation, all, left: Box::new(left), right, position };
        }
    }

    fn intersection(&mut self) -> Result<Body> {
        let mut left = self.term()?;
        loop {
            let position = self.position();
            if !self.word("INTERSECT") {
                return Ok(left);
            }
            let all = self.all_rows();
            let right = Box::new(self.term()?);
            left = Body::Set { operation: SetOperation::Intersect, all, left: Box::new(left), right, position };
        }
    }

    fn all_rows(&mut self) -> bool {
        let all = self.word("ALL");
        if !all {
            self.word("DISTINCT");
        }
        all
    }

    fn term(&mut self) -> Result<Body> {
        if self.at_word("SELECT") {
            return Ok(Body::Select(Box::new(self.select()?)));
        }
        let position = self.position();
        if self.word("VALUES") {
            return Ok(Body::Values(self.expressions()?, position));
        }
        if self.word("TABLE") {
            return Ok(Body::Table(self.qualified_name()?));
        }
        if self.symbol("(") {
            let query = self.deeper(Self::query_without_with)?;
            self.expect_symbol(")")?;
            return Ok(Body::Query(Box::new(query)));
        }
        Err(self.wanted("query"))
    }

    /// A query, if what follows an opening bracket is one rather than an expression or a relation.
    pub(super) fn subquery(&mut self) -> Result<Option<Query>> {
        if self.is_query() { self.query().map(Some) } else { Ok(None) }
    }

    fn is_query(&self) -> bool {
        self.is_query_after(0)
    }

    /// Whether a query stands so many tokens ahead.
    pub(super) fn is_query_after(&self, first: usize) -> bool {
        let mut brackets = first;
        while matches!(self.ahead(brackets), Token::Symbol("(")) {
            brackets += 1;
        }
        let begins = |token: &Token| match token {
            Token::Word(word) => ["SELECT", "WITH", "VALUES", "TABLE"].iter().any(|w| word.eq_ignore_ascii_case(w)),
            _ => false,
        };
        if !begins(self.ahead(brackets)) {
            return false;
        }
        // `(SELECT 1) UNION …` goes on as a query, `(SELECT 1) + 1` as an expression.
        let goes_on = |token: &Token| match token {
            Token::Word(word) => ["UNION", "INTERSECT", "EXCEPT", "ORDER", "OFFSET", "LIMIT", "FETCH"]
                .iter()
                .any(|w| word.eq_ignore_ascii_case(w)),
            _ => false,
        };
        let mut at = brackets;
        for _ in first..brackets {
            at = match self.close(at) {
                Some(close) => close + 1,
                None => return true,
            };
            if !goes_on(self.ahead(at)) && !matches!(self.ahead(at), Token::Symbol(")") | Token::End) {
                return false;
            }
        }
        true
    }

    /// How far ahead the bracket closes that holds the token so far ahead.
    fn close(&self, from: usize) -> Option<usize> {
        let mut open = 0;
        for at in from.. {
            match self.ahead(at) {
                Token::Symbol("(") => open += 1,
                Token::Symbol(")") if open == 0 => return Some(at),
                Token::Symbol(")") => open -= 1,
                Token::End => return None,
                _ => {}
            }
        }
        None
    }

    fn select(&mut self) -> Result<Select> {
        let position = self.position();
        self.expect_word("SELECT")?;
        let distinct = self.word("DISTINCT");
        if !distinct {
            self.word("ALL");
        }
        let items = self.list(Self::select_item)?;
        let from = if self.word("FROM") { self.list(Self::relation)? } else { Vec::new() };
        let filter = if self.word("WHERE") { Some(self.expression()?) } else { None };
        let group_by = if self.word("GROUP") {
            self.expect_word("BY")?;
            Some(self.group_by()?)
        } else {
            None
        };
        let having = if self.word("HAVING") { Some(self.expression()?) } else { None };
        let mut windows = Vec::new();
        if self.word("WINDOW") {
            windows = self.list(|parser| {
                let name = parser.name()?;
                parser.expect_word("AS")?;
                parser.expect_symbol("(")?;
                let window = parser.window()?;
                parser.expect_symbol(")")?;
                Ok((name, window))
            })?;
        }
        Ok(Select { position, distinct, items, from, filter, group_by, having, windows })
    }

    fn select_item(&mut self) -> Result<SelectItem> {
        let position = self.position();
        if self.symbol("*") {
            return Ok(SelectItem::All { of: None, columns: None, position });
        }
        let value = self.expression()?;
        if self.symbol(".") {
            self.expect_symbol("*")?;
            let columns = if self.word("AS") { Some(self.names()?) } else { None };
            return Ok(SelectItem::All { of: Some(value), columns, position });
        }
        let named = self.word("AS") || (!self.goes_on() && self.at_name());
        let alias = if named { Some(self.name()?) } else { None };
        Ok(SelectItem::Single { value, alias })
    }

    fn group_by(&mut self) -> Result<GroupBy> {
        let distinct = self.word("DISTINCT");
        if !distinct && self.looks_like(&["ALL"]) && !matches!(self.ahead(1), Token::Symbol("," | ".")) {
            self.advance();
        }
        Ok(GroupBy { distinct, elements: self.list(Self::grouping_element)? })
    }

    fn grouping_element(&mut self) -> Result<GroupingElement> {
        if self.looks_like(&["ROLLUP", "("]) || self.looks_like(&["CUBE", "("]) {
            let rollup = self.word("ROLLUP");
            if !rollup {
                self.expect_word("CUBE")?;
            }
            self.expect_symbol("(")?;
            let sets = if self.at_symbol(")") { Vec::new() } else { self.list(Self::grouping_set)? };
            self.expect_symbol(")")?;
            return Ok(if rollup { GroupingElement::Rollup(sets) } else { GroupingElement::Cube(sets) });
        }
        if self.words(&["GROUPING", "SETS"]) {
            self.expect_symbol("(")?;
            let sets = self.list(Self::grouping_set)?;
            self.expect_symbol(")")?;
            return Ok(GroupingElement::Sets(sets));
        }
        self.grouping_set().map(GroupingElement::Simple)
    }

    /// `(a, b)`, `()` or one expression.
    fn grouping_set(&mut self) -> Result<Vec<super::ast::Expr>> {
        let mark = self.mark();
        if self.symbol("(") {
            if self.symbol(")") {
                return Ok(Vec::new());
            }
            if !self.is_query() {
                let columns = self.expressions();
                let ends = |token: &Token| match token {
                    Token::Symbol(symbol) => matches!(*symbol, "," | ")" | ";"),
                    Token::Word(word) => super::words::is_reserved(word) || word.eq_ignore_ascii_case("LIMIT"),
                    Token::End => true,
                    _ => false,
                };
                if let Ok(columns) = columns
                    && self.symbol(")")
                    && ends(self.token())
                {
                    return Ok(columns);
                }
            }
            self.back(mark);
        }
        Ok(vec![self.expression()?])
    }

    /// What stands between the brackets of OVER and WINDOW.
    pub(super) fn window(&mut self) -> Result<Window> {
        let position = self.position();
        let begins = ["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"];
        let named = !begins.iter().any(|word| self.looks_like(&[word])) && self.at_name();
        let base = if named { Some(self.name()?) } else { None };
        let mut partition_by = Vec::new();
        if self.word("PARTITION") {
            self.expect_word("BY")?;
            partition_by = self.expressions()?;
        }
        let order_position = self.position();
        let mut order_by = Vec::new();
        if self.word("ORDER") {
            self.expect_word("BY")?;
            order_by = self.list(Self::sort_item)?;
        }
        for words in [["MEASURES"].as_slice(), &["PATTERN", "("], &["AFTER", "MATCH"], &["DEFINE"]] {
            self.refuse_pattern(words)?;
        }
        let frame_position = self.position();
        let units = [("ROWS", FrameUnit::Rows), ("RANGE", FrameUnit::Range), ("GROUPS", FrameUnit::Groups)];
        let unit = units.into_iter().find(|(word, _)| self.word(word)).map(|(_, unit)| unit);
        let frame = match unit {
            None => None,
            Some(unit) => {
                let between = self.word("BETWEEN");
                let start = self.bound()?;
                let end = if between {
                    self.expect_word("AND")?;
                    self.bound()?
                } else {
                    Bound::CurrentRow
                };
                Some(Frame { position: frame_position, unit, start, end })
            }
        };
        Ok(Window { position, base, partition_by, order_by, order_position, frame })
    }

    fn bound(&mut self) -> Result<Bound> {
        if self.words(&["CURRENT", "ROW"]) {
            return Ok(Bound::CurrentRow);
        }
        if self.words(&["UNBOUNDED", "PRECEDING"]) {
            return Ok(Bound::UnboundedPreceding);
        }
        if self.words(&["UNBOUNDED", "FOLLOWING"]) {
            return Ok(Bound::UnboundedFollowing);
        }
        let value = self.expression()?;
        if self.word("PRECEDING") {
            return Ok(Bound::Preceding(value));
        }
        self.expect_word("FOLLOWING")?;
        Ok(Bound::Following(value))
    }
}
