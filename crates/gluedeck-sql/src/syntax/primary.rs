//! The expressions without operators: literals, names, calls, CASE, CAST, subqueries.

use super::ast::{Call, Expr, ExprKind, IntervalField, Name, Over, Overflow, QualifiedName, SortItem};
use super::expressions::at;
use super::parser::Parser;
use super::token::Token;
use crate::error::{Code, Error, Position, Result};
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
            "exists" => {
                self.advance();
                self.expect_symbol("(")?;
                let query = self.query()?;
                self.expect_symbol(")")?;
                return Ok(at(position, ExprKind::Exists(Box::new(query))));
            }
            "cast" | "try_cast" if called => return self.cast(word == "try_cast"),
            "array" if matches!(self.ahead(1), Token::Symbol("[")) => return self.array(),
            "row" if called => {
                self.advance();
                self.expect_symbol("(")?;
                let fields = if self.at_symbol(")") { Vec::new() } else { self.expressions()? };
                self.expect_symbol(")")?;
                return Ok(at(position, ExprKind::Row(fields)));
            }
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
            "grouping" => {
                self.advance();
                self.expect_symbol("(")?;
                let columns = if self.at_symbol(")") { Vec::new() } else { self.expressions()? };
                self.expect_symbol(")")?;
                return Ok(at(position, ExprKind::Grouping(columns)));
            }
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

    fn call(&mut self, name: QualifiedName, position: Position) -> Result<Expr> {
        let mut call = Call {
            name,
            distinct: false,
            arguments: Vec::new(),
            star: false,
            order_by: Vec::new(),
            filter: None,
            ignore_nulls: false,
            over: None,
            overflow: None,
        };
        self.expect_symbol("(")?;
        if self.symbol("*") {
            call.star = true;
        } else if !self.at_symbol(")") && !self.at_word("ORDER") {
            call.distinct = self.word("DISTINCT");
            if !call.distinct && self.looks_like(&["ALL"]) && !matches!(self.ahead(1), Token::Symbol(_)) {
                self.advance();
            }
            call.arguments = self.expressions()?;
        }
        if self.words(&["ORDER", "BY"]) {
            call.order_by = self.list(Self::sort_item)?;
        }
        self.expect_symbol(")")?;
        self.after_call(&mut call)?;
        Ok(at(position, ExprKind::Call(Box::new(call))))
    }

    fn after_call(&mut self, call: &mut Call) -> Result<()> {
        if self.looks_like(&["FILTER", "("]) {
            self.advance();
            self.expect_symbol("(")?;
            self.expect_word("WHERE")?;
            call.filter = Some(self.expression()?);
            self.expect_symbol(")")?;
        }
        if self.words(&["IGNORE", "NULLS"]) {
            call.ignore_nulls = true;
        } else {
            self.words(&["RESPECT", "NULLS"]);
        }
        let window = matches!(self.ahead(1), Token::Symbol("("))
            || matches!(self.ahead(1), Token::Word(word) if !super::words::is_reserved(word))
            || matches!(self.ahead(1), Token::Quoted(_));
        if window && self.word("OVER") {
            call.over = Some(if self.symbol("(") {
                let window = self.window()?;
                self.expect_symbol(")")?;
                Over::Window(Box::new(window))
            } else {
                Over::Named(self.name()?)
            });
        } else if call.ignore_nulls {
            self.expect_word("OVER")?;
        }
        Ok(())
    }

    fn listagg(&mut self) -> Result<Expr> {
        let position = self.position();
        let Token::Word(word) = self.advance() else { return Err(self.mismatched()) };
        let name = QualifiedName(vec![Name { text: word, quoted: false, position }]);
        self.expect_symbol("(")?;
        let distinct = self.word("DISTINCT");
        if !distinct {
            self.word("ALL");
        }
        let mut arguments = vec![self.expression()?];
        if self.symbol(",") {
            let position = self.position();
            arguments.push(at(position, ExprKind::Text(self.text()?)));
        }
        let mut overflow = Overflow::Error;
        if self.words(&["ON", "OVERFLOW"]) && !self.word("ERROR") {
            self.expect_word("TRUNCATE")?;
            let filler = if self.at_text() { self.text()? } else { "...".to_owned() };
            let with_count = self.word("WITH");
            if !with_count {
                self.expect_word("WITHOUT")?;
            }
            self.expect_word("COUNT")?;
            overflow = Overflow::Truncate { filler, with_count };
        }
        self.expect_symbol(")")?;
        self.expect_word("WITHIN")?;
        self.expect_word("GROUP")?;
        self.expect_symbol("(")?;
        self.expect_word("ORDER")?;
        self.expect_word("BY")?;
        let order_by = self.list(Self::sort_item)?;
        self.expect_symbol(")")?;
        let overflow = Some(overflow);
        let mut call = Call {
            name,
            distinct,
            arguments,
            star: false,
            order_by,
            filter: None,
            ignore_nulls: false,
            over: None,
            overflow,
        };
        self.after_call(&mut call)?;
        Ok(at(position, ExprKind::Call(Box::new(call))))
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

    /// The calls that the standard writes with words between the arguments; `None` if this one is written plainly.
    fn standard_call(&mut self, word: &str) -> Result<Option<Expr>> {
        let position = self.position();
        let mark = self.mark();
        self.advance();
        self.expect_symbol("(")?;
        let (name, arguments) = match word {
            "position" => {
                let part = self.value()?;
                if !self.word("IN") {
                    self.back(mark);
                    return Ok(None);
                }
                ("strpos", vec![self.value()?, part])
            }
            "substring" => {
                let mut arguments = vec![self.value()?];
                if !self.word("FROM") {
                    self.back(mark);
                    return Ok(None);
                }
                arguments.push(self.value()?);
                if self.word("FOR") {
                    arguments.push(self.value()?);
                }
                ("substr", arguments)
            }
            "trim" => self.trimmed()?,
            _ => {
                let value = self.value()?;
                let mut form = "NFC";
                if self.symbol(",") {
                    let found = ["NFD", "NFC", "NFKD", "NFKC"].into_iter().find(|form| self.word(form));
                    form = found.ok_or_else(|| self.mismatched())?;
                }
                ("normalize", vec![value, at(position, ExprKind::Text(form.to_owned()))])
            }
        };
        self.expect_symbol(")")?;
        Ok(Some(plain_call(name, arguments, position)))
    }

    fn trimmed(&mut self) -> Result<(&'static str, Vec<Expr>)> {
        let sides = [("LEADING", "ltrim"), ("TRAILING", "rtrim"), ("BOTH", "trim")];
        let side = sides.into_iter().find(|(side, _)| self.word(side)).map(|(_, name)| name);
        let name = side.unwrap_or("trim");
        if side.is_some() && self.word("FROM") {
            return Ok((name, vec![self.value()?]));
        }
        let first = self.value()?;
        if self.word("FROM") {
            return Ok((name, vec![self.value()?, first]));
        }
        let mut arguments = vec![first];
        if side.is_none() && self.symbol(",") {
            arguments.push(self.value()?);
        }
        Ok((name, arguments))
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

fn decode_hex(text: &str, position: Position) -> Result<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let invalid = |message: &str| Error::at(position, Code::SyntaxError, message);
    if digits.iter().any(|c| !c.is_ascii_hexdigit()) {
        return Err(invalid("Binary literal can only contain hexadecimal digits"));
    }
    if !digits.len().is_multiple_of(2) {
        return Err(invalid("Binary literal must contain an even number of digits"));
    }
    let value = |c: char| c.to_digit(16).unwrap_or_default() as u8;
    Ok(digits.chunks(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect())
}

/// `U&'\0041 \+01F600'`.
pub(super) fn decode_unicode(text: &str, escape: &str, position: Position) -> Result<String> {
    let invalid = |message: String| Error::at(position, Code::SyntaxError, message);
    let mut letters = escape.chars();
    let (Some(mark), None) = (letters.next(), letters.next()) else {
        return Err(invalid("Invalid Unicode escape character".into()));
    };
    let mut decoded = String::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter != mark {
            decoded.push(letter);
            continue;
        }
        let mut ahead = rest.clone();
        match ahead.next() {
            Some(next) if next == mark => {
                decoded.push(mark);
                rest = ahead;
            }
            Some('+') => {
                decoded.push(code_point(&ahead.by_ref().take(6).collect::<String>(), 6, position)?);
                rest = ahead;
            }
            Some(_) => decoded.push(code_point(&rest.by_ref().take(4).collect::<String>(), 4, position)?),
            None => return Err(invalid("Incomplete escape sequence: ".into())),
        }
    }
    Ok(decoded)
}

fn code_point(digits: &str, length: usize, position: Position) -> Result<char> {
    let valid = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    let digits = &digits[..valid];
    if digits.chars().count() < length {
        return Err(Error::at(position, Code::SyntaxError, format!("Incomplete escape sequence: {digits}")));
    }
    let value = u32::from_str_radix(digits, 16)
        .map_err(|_| Error::at(position, Code::SyntaxError, format!("Invalid hexadecimal digit: {digits}")))?;
    char::from_u32(value)
        .ok_or_else(|| Error::at(position, Code::SyntaxError, format!("Invalid escaped character: {digits}")))
}
