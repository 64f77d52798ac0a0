//! Names of types in statements.

use super::ast::TypeName;
use super::parser::Parser;
use super::token::Token;
use crate::error::Result;
use crate::types::Type;

impl Parser<'_> {
    /// A type as it is written, for `CAST` and column definitions.
    pub(crate) fn type_name(&mut self) -> Result<TypeName> {
        let position = self.position();
        let start = self.offset();
        let ty = self.deeper(Self::any_type)?;
        let text = self.sql[start..self.offset()].trim_end().to_owned();
        Ok(TypeName { text, ty, position })
    }

    /// `None` if there is no such type.
    fn any_type(&mut self) -> Result<Option<Type>> {
        let mut ty = self.plain_type()?;
        while self.word("ARRAY") {
            if self.symbol("[") {
                self.integer()?;
                self.expect_symbol("]")?;
            }
            ty = ty.map(|element| Type::Array(Box::new(element)));
        }
        Ok(ty)
    }

    fn plain_type(&mut self) -> Result<Option<Type>> {
        if self.looks_like(&["ROW", "("]) {
            return self.row_type();
        }
        if self.looks_like(&["INTERVAL"]) {
            self.advance();
            let from = self.interval_field()?;
            let to = if self.word("TO") { self.interval_field()? } else { from };
            let years = to <= super::ast::IntervalField::Month;
            return Ok(Some(if years { Type::IntervalYear } else { Type::IntervalDay }));
        }
        if self.words(&["DOUBLE", "PRECISION"]) {
            return Ok(Some(Type::Double));
        }
        for (word, time) in [("TIMESTAMP", false), ("TIME", true)] {
            if self.looks_like(&[word]) {
                self.advance();
                return self.moment_type(time);
            }
        }
        let name = self.name()?.lower();
        if (name == "array" || name == "map") && (self.at_symbol("<") || self.at_symbol("(")) {
            let close = if self.symbol("<") { ">" } else { ")" };
            if close == ")" {
                self.expect_symbol("(")?;
            }
            let types = self.list(|parser| parser.deeper(Self::any_type))?;
            self.expect_symbol(close)?;
            let types: Option<Vec<Type>> = types.into_iter().collect();
            return Ok(types.and_then(|types| Type::nested(&name, types)));
        }
        let mut numbers = Vec::new();
        let mut types = Vec::new();
        if self.symbol("(") {
            self.list(|parser| {
                match parser.token().clone() {
                    Token::Integer(digits) => {
                        parser.advance();
                        numbers.push(digits.parse().unwrap_or(u32::MAX));
                    }
                    _ => types.push(parser.deeper(Self::any_type)?),
                }
                Ok(())
            })?;
            self.expect_symbol(")")?;
        }
        if !types.is_empty() {
            return Ok(types.into_iter().collect::<Option<Vec<_>>>().and_then(|types| Type::nested(&name, types)));
        }
        Ok(Type::named(&name, &numbers))
    }

    fn moment_type(&mut self, time: bool) -> Result<Option<Type>> {
        let mut precision = 3;
        if self.symbol("(") {
            precision = self.integer()?.parse().unwrap_or(u8::MAX);
            self.expect_symbol(")")?;
        }
        let zone = if self.words(&["WITH", "TIME", "ZONE"]) {
            true
        } else {
            self.words(&["WITHOUT", "TIME", "ZONE"]);
            false
        };
        if precision > 12 {
            return Ok(None);
        }
        Ok(Some(match (time, zone) {
            (true, true) => Type::TimeTz(precision),
            (true, false) => Type::Time(precision),
            (false, true) => Type::TimestampTz(precision),
            (false, false) => Type::Timestamp(precision),
        }))
    }

    fn row_type(&mut self) -> Result<Option<Type>> {
        self.advance();
        self.expect_symbol("(")?;
        let fields = self.list(|parser| {
            let mark = parser.mark();
            // `name type`, or a type alone: only what follows tells.
            if parser.at_name() {
                let name = parser.name()?;
                if !parser.at_symbol(",") && !parser.at_symbol(")") && !parser.at_symbol("(") && !parser.at_symbol("<")
                {
                    let inside = parser.mark();
                    if let Ok(ty) = parser.deeper(Self::any_type)
                        && (parser.at_symbol(",") || parser.at_symbol(")"))
                    {
                        let named = if name.quoted { name.text.clone() } else { name.lower() };
                        return Ok((Some(named), ty));
                    }
                    parser.back(inside);
                }
                parser.back(mark);
            }
            Ok((None, parser.deeper(Self::any_type)?))
        })?;
        self.expect_symbol(")")?;
        let fields: Option<Vec<_>> = fields.into_iter().map(|(name, ty)| Some((name, ty?))).collect();
        Ok(fields.map(Type::Row))
    }
}
