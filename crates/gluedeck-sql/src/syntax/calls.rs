//! Calls of functions.

use super::ast::{Call, Expr, ExprKind, Name, Over, Overflow, QualifiedName};
use super::expressions::at;
use super::parser::Parser;
use super::primary::plain_call;
use super::token::Token;
use crate::error::{Position, Result};

impl Parser<'_> {
    pub(super) fn call(&mut self, name: QualifiedName, position: Position) -> Result<Expr> {
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

    pub(super) fn after_call(&mut self, call: &mut Call) -> Result<()> {
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

    pub(super) fn listagg(&mut self) -> Result<Expr> {
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

    /// The calls that the standard writes with words between the arguments; `None` if this one is written plainly.
    pub(super) fn standard_call(&mut self, word: &str) -> Result<Option<Expr>> {
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

    pub(super) fn trimmed(&mut self) -> Result<(&'static str, Vec<Expr>)> {
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
