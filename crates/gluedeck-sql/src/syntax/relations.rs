//! What stands after FROM.

use super::ast::{AsOf, JoinCondition, JoinKind, Relation, RelationKind};
use super::parser::Parser;
use super::token::Token;
use crate::error::{Error, Result};

impl Parser<'_> {
    pub(super) fn relation(&mut self) -> Result<Relation> {
        self.deeper(|parser| {
            let mut left = parser.sampled()?;
            loop {
                let position = left.position;
                if parser.words(&["CROSS", "JOIN"]) {
                    let right = Box::new(parser.sampled()?);
                    let condition = JoinCondition::None;
                    let kind = RelationKind::Join { kind: JoinKind::Cross, left: Box::new(left), right, condition };
                    left = Relation { position, kind };
                    continue;
                }
                let natural = parser.word("NATURAL");
                let Some(kind) = parser.join_kind()? else {
                    if natural {
                        return Err(parser.mismatched());
                    }
                    return Ok(left);
                };
                let right = Box::new(if natural { parser.sampled()? } else { parser.relation()? });
                let condition = if natural {
                    JoinCondition::Natural
                } else if parser.word("USING") {
                    JoinCondition::Using(parser.names()?)
                } else {
                    parser.expect_word("ON")?;
                    JoinCondition::On(parser.expression()?)
                };
                left = Relation { position, kind: RelationKind::Join { kind, left: Box::new(left), right, condition } };
            }
        })
    }

    fn join_kind(&mut self) -> Result<Option<JoinKind>> {
        if self.word("JOIN") {
            return Ok(Some(JoinKind::Inner));
        }
        if self.word("INNER") {
            self.expect_word("JOIN")?;
            return Ok(Some(JoinKind::Inner));
        }
        let sides = [("LEFT", JoinKind::Left), ("RIGHT", JoinKind::Right), ("FULL", JoinKind::Full)];
        let Some((_, kind)) = sides.into_iter().find(|(word, _)| self.word(word)) else { return Ok(None) };
        self.word("OUTER");
        self.expect_word("JOIN")?;
        Ok(Some(kind))
    }

    fn sampled(&mut self) -> Result<Relation> {
        let relation = self.aliased()?;
        if !self.word("TABLESAMPLE") {
            return Ok(relation);
        }
        let bernoulli = self.word("BERNOULLI");
        if !bernoulli {
            self.expect_word("SYSTEM")?;
        }
        self.expect_symbol("(")?;
        let percentage = Box::new(self.expression()?);
        self.expect_symbol(")")?;
        let position = relation.position;
        Ok(Relation { position, kind: RelationKind::Sampled { relation: Box::new(relation), bernoulli, percentage } })
    }

    fn aliased(&mut self) -> Result<Relation> {
        let relation = self.plain_relation()?;
        let position = relation.position;
        self.refuse_pattern(&["MATCH_RECOGNIZE", "("])?;
        let explicit = self.word("AS");
        if !explicit && (self.goes_on() || !self.at_name()) {
            return Ok(relation);
        }
        let alias = self.name()?;
        let columns = if self.at_symbol("(") { Some(self.names()?) } else { None };
        self.refuse_pattern(&["MATCH_RECOGNIZE", "("])?;
        Ok(Relation { position, kind: RelationKind::Aliased { relation: Box::new(relation), alias, columns } })
    }

    /// Row patterns begin with these words.
    pub(super) fn refuse_pattern(&self, words: &[&str]) -> Result<()> {
        if self.looks_like(words) {
            return Err(Error::unsupported(self.position(), "MATCH_RECOGNIZE and row patterns"));
        }
        Ok(())
    }

    /// Whether a word that could be a name goes on with the query here.
    pub(super) fn goes_on(&self) -> bool {
        let goes_on = ["TABLESAMPLE", "OFFSET", "LIMIT", "FETCH", "WINDOW"].iter().any(|word| self.looks_like(&[word]));
        let sample = self.looks_like(&["TABLESAMPLE", "BERNOULLI"]) || self.looks_like(&["TABLESAMPLE", "SYSTEM"]);
        let number = matches!(self.ahead(1), Token::Integer(_) | Token::Parameter)
            || self.looks_like(&["LIMIT", "ALL"])
            || self.looks_like(&["FETCH", "FIRST"])
            || self.looks_like(&["FETCH", "NEXT"])
            || (self.looks_like(&["WINDOW"]) && matches!(self.ahead(1), Token::Word(_) | Token::Quoted(_)));
        goes_on && (sample || number)
    }

    fn plain_relation(&mut self) -> Result<Relation> {
        let position = self.position();
        let called = matches!(self.ahead(1), Token::Symbol("("));
        if self.word("UNNEST") {
            self.expect_symbol("(")?;
            let values = self.expressions()?;
            self.expect_symbol(")")?;
            let ordinality = self.words(&["WITH", "ORDINALITY"]);
            return Ok(Relation { position, kind: RelationKind::Unnest { values, ordinality } });
        }
        if called && self.word("LATERAL") {
            self.expect_symbol("(")?;
            let query = self.query()?;
            self.expect_symbol(")")?;
            return Ok(Relation { position, kind: RelationKind::Lateral(Box::new(query)) });
        }
        if called && self.word("TABLE") {
            return self.table_function(position);
        }
        if self.symbol("(") {
            let kind = match self.subquery()? {
                Some(query) => RelationKind::Subquery(Box::new(query)),
                None => self.relation()?.kind,
            };
            self.expect_symbol(")")?;
            return Ok(Relation { position, kind });
        }
        if !self.at_name() {
            return Err(self.wanted("relation"));
        }
        let name = self.qualified_name()?;
        let mut as_of = None;
        if self.word("FOR") {
            let version = self.word("VERSION");
            if !version {
                self.expect_word("TIMESTAMP")?;
            }
            self.expect_word("AS")?;
            self.expect_word("OF")?;
            as_of = Some(AsOf { version, value: Box::new(self.value()?) });
        }
        Ok(Relation { position, kind: RelationKind::Table { name, as_of } })
    }

    fn table_function(&mut self, position: crate::error::Position) -> Result<Relation> {
        self.expect_symbol("(")?;
        let name = self.qualified_name()?;
        self.expect_symbol("(")?;
        let mut arguments = Vec::new();
        if !self.at_symbol(")") {
            arguments = self.list(|parser| {
                let named = matches!(parser.ahead(1), Token::Symbol("=>"));
                let name = if named { Some(parser.name()?) } else { None };
                if named {
                    parser.expect_symbol("=>")?;
                }
                Ok((name, parser.expression()?))
            })?;
        }
        self.expect_symbol(")")?;
        self.expect_symbol(")")?;
        Ok(Relation { position, kind: RelationKind::Function { name, arguments } })
    }
}
