//! Expressions with operators, from the weakest to the strongest: OR, AND, NOT, predicates, `||`, sums, products, signs, AT
//! TIME ZONE.

use super::ast::{Arithmetic, Comparison, Expr, ExprKind, Quantifier};
use super::parser::Parser;
use super::token::Token;
use crate::error::{Code, Error, Position, Result};

/// How many operators of one kind may stand in a row: each makes the tree one level deeper.
const MAX_CHAIN: usize = 400;

pub(super) fn at(position: Position, kind: ExprKind) -> Expr {
    Expr { position, kind }
}

impl Parser<'_> {
    pub(crate) fn expression(&mut self) -> Result<Expr> {
        self.deeper(Self::disjunction)
    }

    pub(super) fn expressions(&mut self) -> Result<Vec<Expr>> {
        self.list(Self::expression)
    }

    fn disjunction(&mut self) -> Result<Expr> {
        let position = self.position();
        let mut terms = vec![self.conjunction()?];
        while self.word("OR") {
            terms.push(self.conjunction()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { at(position, ExprKind::Or(terms)) })
    }

    fn conjunction(&mut self) -> Result<Expr> {
        let position = self.position();
        let mut terms = vec![self.negation()?];
        while self.word("AND") {
            terms.push(self.negation()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { at(position, ExprKind::And(terms)) })
    }

    fn negation(&mut self) -> Result<Expr> {
        let position = self.position();
        if self.word("NOT") {
            let value = self.deeper(Self::negation)?;
            return Ok(at(position, ExprKind::Not(Box::new(value))));
        }
        self.predicate()
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let pairs = [
            ("=", Comparison::Equal),
            ("<>", Comparison::NotEqual),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        pairs.into_iter().find(|(symbol, _)| self.symbol(symbol)).map(|(_, op)| op)
    }

    fn predicate(&mut self) -> Result<Expr> {
        let value = self.value()?;
        let position = self.position();
        if let Some(op) = self.comparison() {
            return self.compared(op, value, position);
        }
        if self.word("IS") {
            let not = self.word("NOT");
            let kind = if self.word("NULL") {
                ExprKind::IsNull(Box::new(value))
            } else {
                self.expect_word("DISTINCT")?;
                self.expect_word("FROM")?;
                ExprKind::IsDistinctFrom(Box::new(value), Box::new(self.value()?))
            };
            return Ok(negated(not, at(position, kind)));
        }
        let not = self.word("NOT");
        let kind = if self.word("BETWEEN") {
            let low = Box::new(self.value()?);
            self.expect_word("AND")?;
            ExprKind::Between { value: Box::new(value), low, high: Box::new(self.value()?) }
        } else if self.at_word("IN") {
            self.contained(value)?
        } else if self.word("LIKE") {
            let pattern = Box::new(self.value()?);
            let escape = if self.word("ESCAPE") { Some(Box::new(self.value()?)) } else { None };
            ExprKind::Like { value: Box::new(value), pattern, escape }
        } else if not {
            return Err(self.mismatched());
        } else {
            return Ok(value);
        };
        Ok(negated(not, at(position, kind)))
    }

    fn compared(&mut self, op: Comparison, value: Expr, position: Position) -> Result<Expr> {
        let quantifier = match self.token() {
            Token::Word(word) if matches!(self.ahead(1), Token::Symbol("(")) && self.is_query_after(2) => {
                match word.to_ascii_uppercase().as_str() {
                    "ALL" => Some(Quantifier::All),
                    "ANY" | "SOME" => Some(Quantifier::Any),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some(quantifier) = quantifier else {
            let right = self.value()?;
            return Ok(at(position, ExprKind::Comparison(op, Box::new(value), Box::new(right))));
        };
        self.advance();
        self.expect_symbol("(")?;
        let query = Box::new(self.query()?);
        self.expect_symbol(")")?;
        Ok(at(position, ExprKind::Quantified { op, quantifier, value: Box::new(value), query }))
    }

    fn contained(&mut self, value: Expr) -> Result<ExprKind> {
        let position = self.position();
        self.advance();
        if self.is_query_after(1) && self.symbol("(") {
            let query = self.query()?;
            self.expect_symbol(")")?;
            return Ok(ExprKind::InQuery(Box::new(value), Box::new(query)));
        }
        // Trino's parser gives up on what is no list at the word itself.
        let mut list = || {
            self.expect_symbol("(")?;
            let items = self.expressions()?;
            self.expect_symbol(")")?;
            Ok(items)
        };
        match list() {
            Ok(items) => Ok(ExprKind::InList(Box::new(value), items)),
            Err(Error { message, .. }) if message.starts_with("mismatched input") => {
                let message = "mismatched input 'IN'. Expecting: <expression>, <query>";
                Err(Error::at(position, Code::SyntaxError, message))
            }
            Err(error) => Err(error),
        }
    }

    /// A value expression: what may stand on a side of a comparison.
    pub(super) fn value(&mut self) -> Result<Expr> {
        let mut left = self.sum()?;
        let mut chain = 0;
        loop {
            let position = self.position();
            if !self.symbol("||") {
                return Ok(left);
            }
            self.chained(&mut chain)?;
            let right = self.sum()?;
            left = at(position, ExprKind::Concat(Box::new(left), Box::new(right)));
        }
    }

    fn sum(&mut self) -> Result<Expr> {
        let mut left = self.product()?;
        let mut chain = 0;
        loop {
            let position = self.position();
            let op = if self.symbol("+") {
                Arithmetic::Add
            } else if self.symbol("-") {
                Arithmetic::Subtract
            } else {
                return Ok(left);
            };
            self.chained(&mut chain)?;
            let right = self.product()?;
            left = at(position, ExprKind::Arithmetic(op, Box::new(left), Box::new(right)));
        }
    }

    fn product(&mut self) -> Result<Expr> {
        let mut left = self.signed()?;
        let mut chain = 0;
        loop {
            let position = self.position();
            let op = if self.symbol("*") {
                Arithmetic::Multiply
            } else if self.symbol("/") {
                Arithmetic::Divide
            } else if self.symbol("%") {
                Arithmetic::Modulus
            } else {
                return Ok(left);
            };
            self.chained(&mut chain)?;
            let right = self.signed()?;
            left = at(position, ExprKind::Arithmetic(op, Box::new(left), Box::new(right)));
        }
    }

    fn chained(&mut self, chain: &mut usize) -> Result<()> {
        *chain += 1;
        if *chain <= MAX_CHAIN {
            return Ok(());
        }
        let message = "statement is too large (stack overflow while parsing)";
        Err(Error::at(self.position(), Code::SyntaxError, message))
    }

    fn signed(&mut self) -> Result<Expr> {
        let position = self.position();
        let number = matches!(self.ahead(1), Token::Integer(_) | Token::Decimal(_) | Token::Double(_));
        if self.symbol("-") {
            if number {
                let digits = self.advance();
                let kind = match digits {
                    Token::Integer(digits) => ExprKind::Integer(format!("-{digits}")),
                    Token::Decimal(digits) => ExprKind::Decimal(format!("-{digits}")),
                    Token::Double(digits) => ExprKind::Double(format!("-{digits}")),
                    _ => return Err(self.mismatched()),
                };
                let literal = self.postfix(at(position, kind))?;
                return self.zoned(literal);
            }
            let value = self.deeper(Self::signed)?;
            return Ok(at(position, ExprKind::Negative(Box::new(value))));
        }
        if self.symbol("+") {
            let value = self.deeper(Self::signed)?;
            return Ok(at(position, ExprKind::Positive(Box::new(value))));
        }
        let value = self.primary()?;
        self.zoned(value)
    }

    fn zoned(&mut self, mut value: Expr) -> Result<Expr> {
        while self.looks_like(&["AT", "TIME", "ZONE"]) {
            let position = self.position();
            self.words(&["AT", "TIME", "ZONE"]);
            let zone_position = self.position();
            let zone = if self.word("INTERVAL") {
                self.interval(zone_position)?
            } else {
                at(zone_position, ExprKind::Text(self.text()?))
            };
            value = at(position, ExprKind::AtTimeZone(Box::new(value), Box::new(zone)));
        }
        Ok(value)
    }
}

fn negated(not: bool, expr: Expr) -> Expr {
    if not { at(expr.position, ExprKind::Not(Box::new(expr))) } else { expr }
}
