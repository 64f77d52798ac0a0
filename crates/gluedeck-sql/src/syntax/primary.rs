//! The expressions without operators: literals, names, calls, CASE, CAST, subqueries.

use super::ast::{Call, Expr, ExprKind, IntervalField, Name, QualifiedName, SortItem};
use super::expressions::at;
use super::literals::decode_hex;
use super::parser::Parser;
use super::token::Token;
use crate::error::{Position, Result};
use crate::types::Type;

/// What is written without brackets, and whether it may have a precision.
const SPECIAL: [(&str, bool); 9] = [
    ("current_date", false),
    ("current_time", true),
    ("current_timestamp", true),
    ("localtime", true),
    ("localtimestamp", true),
    ("current_user", false),
    ("current_path", false),
    ("current_catalog", false),
    ("current_schema", false),
];

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Expr> {
        let base = self.base()?;
        self.postfix(base)
    }

    /// Subscripts and fields after an expression.
    pub(super) fn postfix(&mut self, mut base: Expr) -> Result<Expr> {
        loop {
            if self.symbol("[") {
                let index = self.deeper(Self::value)?;
                self.expect_symbol("]")?;
                base = at(base.position, ExprKind::Subscript(Box::new(base), Box::new(index)));
            } else if !matches!(self.ahead(1), Token::Symbol("*")) && self.symbol(".") {
                let name = self.name()?;
                // Trino locates `a.b` where it begins.
                base = at(base.position, ExprKind::Dereference(Box::new(base), name));
            } else {
                return Ok(base);
            }
        }
    }

    fn base(&mut self) -> Result<Expr> {
        let position = self.position();
        match self.token().clone() {
            Token::Integer(digits) => self.literal(ExprKind::Integer(digits)),
            Token::Decimal(digits) => self.literal(ExprKind::Decimal(digits)),
            Token::Double(digits) => self.literal(ExprKind::Double(digits)),
            Token::Text(_) | Token::UnicodeText(_) => Ok(at(position, ExprKind::Text(self.text()?))),
            Token::Binary(digits) => {
                self.advance();
                Ok(at(position, ExprKind::Binary(decode_hex(&digits, position)?)))
            }
            Token::Parameter => {
                self.parameters += 1;
                let number = self.parameters - 1;
                self.literal(ExprKind::Parameter(number))
            }
            Token::Symbol("(") => self.bracketed(),
            Token::Word(word) => self.worded(&word.to_ascii_lowercase()),
            Token::Quoted(_) | Token::Backquoted(_) | Token::DigitWord(_) => self.named(),
            _ => Err(self.wanted("expression")),
        }
    }

    fn literal(&mut self, kind: ExprKind) -> Result<Expr> {
        let position = self.position();
        self.advance();
        Ok(at(position, kind))
    }

    /// What begins with a word that means something here, or a name.
    fn worded(&mut self, word: &str) -> Result<Expr> {
        let position = self.position();
        let called = matches!(self.ahead(1), Token::Symbol("("));
        match word {
            "null" => return self.literal(ExprKind::Null),
            "true" => return self.literal(ExprKind::Boolean(true)),
            "false" => return self.literal(ExprKind::Boolean(false)),
            "case" => return self.case(),
            "exists" => return self.exists(),
            "cast" | "try_cast" if called => return self.cast(word == "try_cast"),
            "array" if matches!(self.ahead(1), Token::Symbol("[")) => return self.array(),
            "row" if called => return Ok(at(position, ExprKind::Row(self.word_and_list()?))),
            "interval" if self.interval_follows() => {
                self.advance();
                return self.interval(position);
            }
            "extract" if called => return self.extract(),
            "position" | "substring" | "trim" | "normalize" if called => {
                if let Some(call) = self.standard_call(word)? {
                    return Ok(call);
                }
            }
            "grouping" => return Ok(at(position, ExprKind::Grouping(self.word_and_list()?))),
            "json_exists" | "json_value" | "json_query" | "json_object" | "json_array" if called => {
                return self.json_call(word);
            }
            "listagg" if called => return self.listagg(),
            _ => {}
        }
        if let Some((name, precise)) = SPECIAL.into_iter().find(|(name, _)| *name == word) {
            self.advance();
            let mut precision = None;
            if precise && self.symbol("(") {
                precision = Some(self.integer()?.parse().unwrap_or(u8::MAX));
                self.expect_symbol(")")?;
            }
            return Ok(at(position, ExprKind::Special(name, precision)));
        }
        if let Some(typed) = self.typed_text(word)? {
            return Ok(typed);
        }
        self.named()
    }

    /// `DATE '…'`, `DECIMAL '…'`, `DOUBLE PRECISION '…'`.
    fn typed_text(&mut self, word: &str) -> Result<Option<Expr>> {
        let position = self.position();
        let is_text = |token: &Token| matches!(token, Token::Text(_) | Token::UnicodeText(_));
        let words = if self.looks_like(&["double", "precision"]) && is_text(self.ahead(2)) {
            2
        } else if is_text(self.ahead(1)) && !super::words::is_reserved(word) {
            1
        } else {
            return Ok(None);
        };
        let Token::Word(type_name) = self.token().clone() else { return Ok(None) };
        (0..words).for_each(|_| drop(self.advance()));
        let text = self.text()?;
        let ty = Type::named(word, &[]);
        Ok(Some(at(position, ExprKind::Typed { type_name, ty, text })))
    }

    /// A column, a lambda of one name, or a call.
    fn named(&mut self) -> Result<Expr> {
        let position = self.position();
        if !self.at_name() {
            return Err(self.wanted("expression"));
        }
        let first = self.name()?;
        if self.symbol("->") {
            let body = self.expression()?;
            return Ok(at(position, ExprKind::Lambda(vec![first], Box::new(body))));
        }
        let mark = self.mark();
        let mut parts = vec![first.clone()];
        while matches!(self.token(), Token::Symbol(".")) && !matches!(self.ahead(1), Token::Symbol("*")) {
            self.advance();
            if !self.at_name() {
                break;
            }
            parts.push(self.name()?);
        }
        if self.at_symbol("(") {
            return self.call(QualifiedName(parts), position);
        }
        self.back(mark);
        Ok(at(position, ExprKind::Identifier(first)))
    }

    pub(super) fn sort_item(&mut self) -> Result<SortItem> {
        let value = self.expression()?;
        let descending = self.word("DESC");
        if !descending {
            self.word("ASC");
        }
        let mut nulls_first = None;
        if self.word("NULLS") {
            let first = self.word("FIRST");
            if !first {
                self.expect_word("LAST")?;
            }
            nulls_first = Some(first);
        }
        Ok(SortItem { value, descending, nulls_first })
    }

    /// `( … )`: an expression, a row, a lambda's names, or a query.
    fn bracketed(&mut self) -> Result<Expr> {
        let position = self.position();
        if matches!(self.ahead(1), Token::Symbol(")")) {
            self.advance();
            self.advance();
            self.expect_symbol("->")?;
            let body = self.expression()?;
            return Ok(at(position, ExprKind::Lambda(Vec::new(), Box::new(body))));
        }
        if let Some(names) = self.lambda_names() {
            let body = self.expression()?;
            return Ok(at(position, ExprKind::Lambda(names, Box::new(body))));
        }
        self.expect_symbol("(")?;
        if let Some(query) = self.deeper(Self::subquery)? {
            self.expect_symbol(")")?;
            return Ok(at(position, ExprKind::Subquery(Box::new(query))));
        }
        let mut fields = self.expressions()?;
        self.expect_symbol(")")?;
        Ok(if fields.len() == 1 { fields.remove(0) } else { at(position, ExprKind::Row(fields)) })
    }

    fn lambda_names(&mut self) -> Option<Vec<Name>> {
        let mark = self.mark();
        self.advance();
        let mut names = Vec::new();
        while let Token::Word(_) | Token::Quoted(_) = self.token() {
            match self.name() {
                Ok(name) => names.push(name),
                Err(_) => break,
            }
            if !matches!(self.token(), Token::Symbol(",")) {
                break;
            }
            self.advance();
        }
        if matches!(self.token(), Token::Symbol(")")) && matches!(self.ahead(1), Token::Symbol("->")) {
            self.advance();
            self.advance();
            return Some(names);
        }
        self.back(mark);
        None
    }

    fn exists(&mut self) -> Result<Expr> {
        let position = self.position();
        self.advance();
        self.expect_symbol("(")?;
        let query = self.query()?;
        self.expect_symbol(")")?;
        Ok(at(position, ExprKind::Exists(Box::new(query))))
    }

    /// A word and a list in brackets, which may be empty.
    fn word_and_list(&mut self) -> Result<Vec<Expr>> {
        self.advance();
        self.expect_symbol("(")?;
        let items = if self.at_symbol(")") { Vec::new() } else { self.expressions()? };
        self.expect_symbol(")")?;
        Ok(items)
    }

    fn case(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect_word("CASE")?;
        let operand = if self.at_word("WHEN") { None } else { Some(Box::new(self.expression()?)) };
        let mut branches = Vec::new();
        while self.word("WHEN") {
            let condition = self.expression()?;
            self.expect_word("THEN")?;
            branches.push((condition, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.mismatched());
        }
        let otherwise = if self.word("ELSE") { Some(Box::new(self.expression()?)) } else { None };
        self.expect_word("END")?;
        Ok(at(position, ExprKind::Case { operand, branches, otherwise }))
    }

    fn cast(&mut self, safe: bool) -> Result<Expr> {
        let position = self.position();
        self.advance();
        self.expect_symbol("(")?;
        let value = Box::new(self.expression()?);
        self.expect_word("AS")?;
        let ty = self.type_name()?;
        self.expect_symbol(")")?;
        Ok(at(position, ExprKind::Cast { value, ty, safe }))
    }

    fn array(&mut self) -> Result<Expr> {
        let position = self.position();
        self.advance();
        self.expect_symbol("[")?;
        let elements = if self.at_symbol("]") { Vec::new() } else { self.expressions()? };
        self.expect_symbol("]")?;
        Ok(at(position, ExprKind::Array(elements)))
    }

    fn extract(&mut self) -> Result<Expr> {
        let position = self.position();
        self.advance();
        self.expect_symbol("(")?;
        let field = self.name()?;
        self.expect_word("FROM")?;
        let value = self.value()?;
        self.expect_symbol(")")?;
        Ok(at(position, ExprKind::Extract(field, Box::new(value))))
    }

    fn interval_follows(&self) -> bool {
        match self.ahead(1) {
            Token::Symbol("+" | "-") => matches!(self.ahead(2), Token::Text(_)),
            Token::Text(_) => match self.ahead(2) {
                Token::Word(word) => ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]
                    .iter()
                    .any(|field| word.eq_ignore_ascii_case(field)),
                _ => false,
            },
            _ => false,
        }
    }

    /// After the word INTERVAL.
    pub(super) fn interval(&mut self, position: Position) -> Result<Expr> {
        let negative = self.symbol("-");
        if !negative {
            self.symbol("+");
        }
        let text = self.text()?;
        let from = self.interval_field()?;
        let to = if self.word("TO") { Some(self.interval_field()?) } else { None };
        Ok(at(position, ExprKind::Interval { negative, text, from, to }))
    }

    pub(super) fn interval_field(&mut self) -> Result<IntervalField> {
        let fields = [
            ("YEAR", IntervalField::Year),
            ("MONTH", IntervalField::Month),
            ("DAY", IntervalField::Day),
            ("HOUR", IntervalField::Hour),
            ("MINUTE", IntervalField::Minute),
            ("SECOND", IntervalField::Second),
        ];
        let found = fields.into_iter().find(|(word, _)| self.word(word));
        found.map(|(_, field)| field).ok_or_else(|| self.mismatched())
    }
}

/// A call without anything but arguments.
pub(crate) fn plain_call(name: &str, arguments: Vec<Expr>, position: Position) -> Expr {
    let name = QualifiedName(vec![Name { text: name.to_owned(), quoted: false, position }]);
    let (order_by, filter, over, overflow) = (Vec::new(), None, None, None);
    let call =
        Call { name, distinct: false, arguments, star: false, order_by, filter, ignore_nulls: false, over, overflow };
    at(position, ExprKind::Call(Box::new(call)))
}
