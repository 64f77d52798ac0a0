//! The JSON functions of the SQL standard, with their clauses.

use super::ast::{Expr, ExprKind, JsonAnswer, JsonCall, JsonPathCall, Wrapper};
use super::expressions::at;
use super::parser::Parser;
use crate::error::Result;

impl Parser<'_> {
    pub(super) fn json_call(&mut self, word: &str) -> Result<Expr> {
        let position = self.position();
        self.advance();
        self.expect_symbol("(")?;
        let call = match word {
            "json_exists" => {
                let call = self.json_path_call()?;
                let answers = ["TRUE", "FALSE", "UNKNOWN", "ERROR"];
                let on_error = self.json_answer(&answers, "ERROR")?.unwrap_or(JsonAnswer::False);
                JsonCall::Exists { call, on_error }
            }
            "json_value" => {
                let call = self.json_path_call()?;
                let returning = if self.word("RETURNING") { Some(self.type_name()?) } else { None };
                let answers = ["NULL", "ERROR", "DEFAULT"];
                let on_empty = self.json_answer(&answers, "EMPTY")?.unwrap_or(JsonAnswer::Null);
                let on_error = self.json_answer(&answers, "ERROR")?.unwrap_or(JsonAnswer::Null);
                JsonCall::Value { call, returning, on_empty, on_error }
            }
            "json_query" => self.json_query()?,
            "json_object" => self.json_object()?,
            _ => self.json_array()?,
        };
        self.expect_symbol(")")?;
        Ok(at(position, ExprKind::Json(Box::new(call))))
    }

    fn json_path_call(&mut self) -> Result<JsonPathCall> {
        let input = self.expression()?;
        let format_json = self.format_json();
        self.encoding()?;
        self.expect_symbol(",")?;
        let path_position = self.position();
        let path = self.text()?;
        let mut passing = Vec::new();
        if self.word("PASSING") {
            passing = self.list(|parser| {
                let value = parser.expression()?;
                let format_json = parser.format_json();
                parser.encoding()?;
                parser.expect_word("AS")?;
                Ok((value, format_json, parser.name()?))
            })?;
        }
        Ok(JsonPathCall { input, format_json, path, path_position, passing })
    }

    fn format_json(&mut self) -> bool {
        self.words(&["FORMAT", "JSON"])
    }

    /// `ENCODING UTF16` and the like; what is not UTF-8 is refused.
    fn encoding(&mut self) -> Result<()> {
        if self.at_word("ENCODING") {
            return Err(crate::error::Error::unsupported(self.position(), "encodings of JSON"));
        }
        Ok(())
    }

    /// `… ON EMPTY` or `… ON ERROR`, if it is next.
    fn json_answer(&mut self, allowed: &[&str], on: &str) -> Result<Option<JsonAnswer>> {
        let mark = self.mark();
        let Some(word) = allowed.iter().find(|word| self.word(word)) else { return Ok(None) };
        let answer = match *word {
            "NULL" => JsonAnswer::Null,
            "ERROR" => JsonAnswer::Error,
            "TRUE" => JsonAnswer::True,
            "FALSE" => JsonAnswer::False,
            "UNKNOWN" => JsonAnswer::Unknown,
            "EMPTY" if self.word("OBJECT") => JsonAnswer::EmptyObject,
            "EMPTY" => {
                self.word("ARRAY");
                JsonAnswer::EmptyArray
            }
            _ => JsonAnswer::Default(self.expression()?),
        };
        self.expect_word("ON")?;
        if self.word(on) {
            return Ok(Some(answer));
        }
        self.back(mark);
        if on == "ERROR" { Err(self.mismatched()) } else { Ok(None) }
    }

    fn json_query(&mut self) -> Result<JsonCall> {
        let call = self.json_path_call()?;
        let returning = if self.word("RETURNING") {
            let ty = self.type_name()?;
            self.format_json();
            self.encoding()?;
            Some(ty)
        } else {
            None
        };
        let wrapper = if self.word("WITHOUT") {
            self.word("ARRAY");
            self.expect_word("WRAPPER")?;
            Wrapper::Without
        } else if self.word("WITH") {
            let conditional = self.word("CONDITIONAL");
            if !conditional {
                self.word("UNCONDITIONAL");
            }
            self.word("ARRAY");
            self.expect_word("WRAPPER")?;
            if conditional { Wrapper::Conditional } else { Wrapper::Unconditional }
        } else {
            Wrapper::Without
        };
        let mut omit_quotes = false;
        if self.at_word("KEEP") || self.at_word("OMIT") {
            omit_quotes = self.word("OMIT");
            if !omit_quotes {
                self.expect_word("KEEP")?;
            }
            self.expect_word("QUOTES")?;
            self.words(&["ON", "SCALAR", "TEXT", "STRING"]);
            self.words(&["ON", "SCALAR", "STRING"]);
        }
        let answers = ["NULL", "ERROR", "EMPTY"];
        let on_empty = self.json_answer(&answers, "EMPTY")?.unwrap_or(JsonAnswer::Null);
        let on_error = self.json_answer(&answers, "ERROR")?.unwrap_or(JsonAnswer::Null);
        Ok(JsonCall::Query { call, returning, wrapper, omit_quotes, on_empty, on_error })
    }

    fn json_object(&mut self) -> Result<JsonCall> {
        let mut members = Vec::new();
        let plain = !self.at_symbol(")") && !self.at_word("RETURNING");
        if plain {
            members = self.list(|parser| {
                let keyed = parser.looks_like(&["KEY"]) && !parser.looks_like(&["KEY", ":"]);
                if keyed {
                    parser.advance();
                }
                let name = parser.expression()?;
                if keyed || !parser.symbol(":") {
                    parser.expect_word("VALUE")?;
                }
                let value = parser.expression()?;
                let json = parser.format_json();
                parser.encoding()?;
                Ok((name, value, json))
            })?;
        }
        let absent_on_null = self.nulls_absent(false)?;
        let mut unique_keys = false;
        if self.at_word("WITH") || self.at_word("WITHOUT") {
            unique_keys = self.word("WITH");
            if !unique_keys {
                self.expect_word("WITHOUT")?;
            }
            self.expect_word("UNIQUE")?;
            self.word("KEYS");
        }
        Ok(JsonCall::Object { members, absent_on_null, unique_keys, returning: self.json_returning()? })
    }

    fn json_array(&mut self) -> Result<JsonCall> {
        let mut elements = Vec::new();
        if !self.at_symbol(")") && !self.at_word("RETURNING") {
            elements = self.list(|parser| {
                let value = parser.expression()?;
                let json = parser.format_json();
                parser.encoding()?;
                Ok((value, json))
            })?;
        }
        let absent_on_null = self.nulls_absent(true)?;
        Ok(JsonCall::Array { elements, absent_on_null, returning: self.json_returning()? })
    }

    fn nulls_absent(&mut self, default: bool) -> Result<bool> {
        let absent = self.word("ABSENT");
        if !absent && !self.word("NULL") {
            return Ok(default);
        }
        self.expect_word("ON")?;
        self.expect_word("NULL")?;
        Ok(absent)
    }

    fn json_returning(&mut self) -> Result<Option<super::ast::TypeName>> {
        if !self.word("RETURNING") {
            return Ok(None);
        }
        let ty = self.type_name()?;
        self.format_json();
        self.encoding()?;
        Ok(Some(ty))
    }
}
