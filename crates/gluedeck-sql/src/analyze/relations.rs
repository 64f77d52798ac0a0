//! FROM: tables, views, derived tables, joins.

use super::expressions::Builder;
use super::scope::{Ctes, Env, Field, NamedRelation, RelationPlan};
use super::{CATALOG, CatalogEntry, Planner, column, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::syntax::Parser;
use crate::syntax::ast::{Name, QualifiedName, Relation, RelationKind};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};

impl Planner<'_> {
    /// Plans the relations of a FROM, after what a query around gave along.
    pub(super) fn from(
        &self,
        relations: &[Relation],
        env: &Env<'_>,
        carry: Option<&RelationPlan>,
    ) -> Result<RelationPlan> {
        let mut current = carry.map(|carry| self.renamed(carry)).transpose()?;
        for relation in relations {
            current = Some(self.relation(relation, env, current)?);
        }
        match current {
            Some(planned) => Ok(planned),
            None => Ok(RelationPlan {
                plan: LogicalPlanBuilder::empty(true).build().map_err(internal)?,
                fields: Vec::new(),
            }),
        }
    }

    /// The same plan with new names for its columns, so that it can stand twice in one plan.
    pub(super) fn renamed(&self, planned: &RelationPlan) -> Result<RelationPlan> {
        let fields: Vec<Field> =
            planned.fields.iter().map(|field| Field { column: self.fresh(), ..field.clone() }).collect();
        let columns = planned.fields.iter().zip(&fields).map(|(old, new)| column(&old.column).alias(&new.column));
        Ok(RelationPlan { plan: project(planned.plan.clone(), columns.collect())?, fields })
    }

    /// Plans a relation beside what stands before it, if anything does.
    pub(super) fn relation(
        &self,
        relation: &Relation,
        env: &Env<'_>,
        before: Option<RelationPlan>,
    ) -> Result<RelationPlan> {
        match &relation.kind {
            RelationKind::Join { kind, left, right, condition } => {
                // What stands before a join cannot be named in it, but what a query around gave along can.
                let Some(before) = before else {
                    let left = self.relation(left, env, None)?;
                    return self.join(left, *kind, right, condition, env, relation.position);
                };
                if before.carried().next().is_none() {
                    let joined = self.relation(relation, env, None)?;
                    return self.cross(before, joined);
                }
                let (along, mut own): (Vec<Field>, Vec<Field>) =
                    before.fields.into_iter().partition(|field| field.level > 0);
                let left = self.relation(left, env, Some(RelationPlan { plan: before.plan, fields: along }))?;
                let joined = self.join(left, *kind, right, condition, env, relation.position)?;
                own.extend(joined.fields);
                own.sort_by_key(|field| field.level == 0);
                Ok(RelationPlan { plan: joined.plan, fields: own })
            }
            _ if self.reads_left(relation) => {
                let before = match before {
                    Some(before) => before,
                    None => self.from(&[], env, None)?,
                };
                self.lateral_relation(before, relation, env, false)
            }
            _ => {
                let carried: Vec<Field> = before.iter().flat_map(RelationPlan::carried).cloned().collect();
                if !carried.is_empty() && self.names_outer(relation, env, &carried)? {
                    let before = before.unwrap_or(self.from(&[], env, None)?);
                    return self.lateral_relation(before, relation, env, false);
                }
                let right = self.alone(relation, env)?;
                match before {
                    Some(before) => self.cross(before, right),
                    None => Ok(right),
                }
            }
        }
    }

    /// Whether a relation can name the columns of those to its left.
    pub(super) fn reads_left(&self, relation: &Relation) -> bool {
        match &relation.kind {
            RelationKind::Lateral(_) | RelationKind::Unnest { .. } => true,
            RelationKind::Aliased { relation, .. } | RelationKind::Sampled { relation, .. } => {
                self.reads_left(relation)
            }
            _ => false,
        }
    }

    pub(super) fn cross(&self, left: RelationPlan, right: RelationPlan) -> Result<RelationPlan> {
        let plan = LogicalPlanBuilder::from(left.plan).cross_join(right.plan);
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        Ok(RelationPlan { plan, fields: left.fields.into_iter().chain(right.fields).collect() })
    }

    /// Plans a relation that names nothing of what stands beside it.
    pub(super) fn alone(&self, relation: &Relation, env: &Env<'_>) -> Result<RelationPlan> {
        match &relation.kind {
            RelationKind::Table { name, as_of } => {
                if as_of.is_some() {
                    return Err(Error::unsupported(relation.position, "time travel: it has no Iceberg tables"));
                }
                self.table(name, env)
            }
            RelationKind::Subquery(query) => self.query(query, env, None),
            RelationKind::Function { name, arguments } => self.table_function(name, arguments, env),
            RelationKind::Aliased { relation, alias, columns } => {
                let position = relation.position;
                let planned = self.alone(relation, env)?;
                aliased(planned, alias, columns.as_deref(), position)
            }
            RelationKind::Sampled { relation, percentage, .. } => {
                let planned = self.alone(relation, env)?;
                self.sampled(planned, percentage, env)
            }
            RelationKind::Join { .. } => self.relation(relation, env, None),
            RelationKind::Lateral(_) | RelationKind::Unnest { .. } => {
                let nothing = self.from(&[], env, None)?;
                self.lateral_relation(nothing, relation, env, false)
            }
        }
    }

    fn table(&self, name: &QualifiedName, env: &Env<'_>) -> Result<RelationPlan> {
        if let [single] = name.0.as_slice() {
            let known = env.ctes.iter().rposition(|known| single.is(known.name()));
            if let Some(index) = known {
                return self.named_query(&env.ctes[index], env, single);
            }
        }
        let (mut database, table) = self.table_name(name)?;
        if let (Some(own), 1) = (&env.database, name.0.len()) {
            database = own.to_string();
        }
        match self.catalog.find(&database, &table)? {
            Some(CatalogEntry::Table { provider, columns }) => {
                let scan =
                    LogicalPlanBuilder::scan(table.as_str(), provider_as_source(provider), None).map_err(internal)?;
                let plan = scan.build().map_err(internal)?;
                let qualifier = vec![CATALOG.to_owned(), database, table];
                let mut fields = Vec::new();
                let mut projected = Vec::new();
                for ((own, arrow), described) in plan.schema().iter().zip(columns) {
                    let field = Field {
                        qualifier: qualifier.clone(),
                        hidden: described.hidden,
                        ..Field::new(Some(described.name), described.ty.clone(), self.fresh())
                    };
                    let read = Expr::Column(datafusion::common::Column::new(own.cloned(), arrow.name()));
                    projected.push(
                        crate::functions::rows_of(read, arrow.data_type(), &described.ty, &self.facts)
                            .alias(&field.column),
                    );
                    fields.push(field);
                }
                Ok(RelationPlan { plan: project(plan, projected)?, fields })
            }
            Some(CatalogEntry::View { sql, database: of }) => self.view(name, &sql, &of, (database, table)),
            None if !self.catalog.has_database(&database) => {
                Err(Error::at(name.position(), Code::SchemaNotFound, format!("Schema '{database}' does not exist")))
            }
            None => {
                let message = format!("Table '{CATALOG}.{database}.{table}' does not exist");
                Err(Error::at(name.position(), Code::TableNotFound, message))
            }
        }
    }

    fn view(
        &self,
        name: &QualifiedName,
        sql: &str,
        of: &str,
        (database, view): (String, String),
    ) -> Result<RelationPlan> {
        let path = format!("{database}.{view}");
        if self.views.borrow().contains(&path) {
            return Err(Error::at(name.position(), Code::ViewIsRecursive, "View is recursive"));
        }
        let read = Parser::new(sql).and_then(|mut parser| {
            let query = parser.query()?;
            parser.expect_end()?;
            Ok(query)
        });
        let invalid = |error: Error| {
            let message = format!("Failed analyzing stored view '{CATALOG}.{path}': {error}");
            Error::at(name.position(), Code::InvalidView, message)
        };
        let query = read.map_err(invalid)?;
        self.views.borrow_mut().push(path.clone());
        let env = Env { database: Some(of.into()), ..Env::default() };
        let planned = self.query(&query, &env, None).map_err(invalid);
        self.views.borrow_mut().pop();
        let mut planned = planned?;
        for field in &mut planned.fields {
            field.qualifier = vec![CATALOG.to_owned(), database.clone(), view.clone()];
        }
        Ok(planned)
    }

    /// A query of a WITH, read again for each place that names it.
    fn named_query(&self, known: &NamedRelation, env: &Env<'_>, name: &Name) -> Result<RelationPlan> {
        let mut planned = match known {
            NamedRelation::Work(table) => self.work_table(table)?,
            NamedRelation::Query(cte) => {
                let inner = Env { ctes: Ctes::clone(&cte.before), outer: env.outer, database: env.database.clone() };
                if cte.recursive && super::references::names_itself(&cte.query) {
                    self.recursive(cte, &inner)?
                } else {
                    let planned = self.query(&cte.query.query, &inner, None)?;
                    match &cte.query.columns {
                        Some(columns) => with_columns(planned, &cte.query.name, columns)?,
                        None => planned,
                    }
                }
            }
        };
        planned.fields.iter_mut().for_each(|field| field.qualifier = vec![name.lower()]);
        Ok(planned)
    }

    fn sampled(
        &self,
        planned: RelationPlan,
        percentage: &crate::syntax::ast::Expr,
        env: &Env<'_>,
    ) -> Result<RelationPlan> {
        let nothing = self.from(&[], env, None)?;
        let mut builder = Builder::new(self, env.clone(), nothing);
        let share = builder.expression(percentage)?;
        let share = builder.coerced(share, &crate::types::Type::Double, percentage.position)?;
        let chance = crate::functions::random(&self.facts);
        let kept = (chance * lit(100.0)).lt(share.expr);
        let plan = LogicalPlanBuilder::from(planned.plan).filter(kept).and_then(LogicalPlanBuilder::build);
        Ok(RelationPlan { plan: plan.map_err(internal)?, ..planned })
    }

    /// Whether a relation, planned alone, would name columns of a query around.
    pub(super) fn names_outer(&self, relation: &Relation, env: &Env<'_>, carried: &[Field]) -> Result<bool> {
        if matches!(relation.kind, RelationKind::Table { .. }) && env.ctes.is_empty() {
            return Ok(false);
        }
        let outer = super::scope::Outer {
            fields: carried.to_vec(),
            parent: env.outer,
            ungrouped: Vec::new(),
            used: Default::default(),
        };
        let probe = Env { outer: Some(&outer), ..env.clone() };
        self.alone(relation, &probe)?;
        Ok(!outer.used.borrow().is_empty())
    }
}

/// A query of a WITH with names for its columns.
pub(super) fn with_columns(planned: RelationPlan, name: &Name, columns: &[Name]) -> Result<RelationPlan> {
    let visible = planned.visible().count();
    let position = columns.first().map_or(name.position, |column| column.position);
    if visible != columns.len() {
        let message = format!("Column alias list has {} entries but relation has {visible} columns", columns.len());
        return Err(Error::at(position, Code::MismatchedColumnAliases, message));
    }
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            let message = format!("Column name '{}' specified more than once", column.text);
            return Err(Error::at(column.position, Code::DuplicateColumnName, message));
        }
    }
    aliased(planned, name, Some(columns), position)
}

/// Gives a relation and, if listed, its columns names.
pub(super) fn aliased(
    mut planned: RelationPlan,
    alias: &Name,
    columns: Option<&[Name]>,
    position: Position,
) -> Result<RelationPlan> {
    if let Some(columns) = columns {
        let visible = planned.visible().count();
        if visible != columns.len() {
            let message = format!(
                "Column alias list has {} entries but '{}' has {visible} columns available",
                columns.len(),
                alias.lower()
            );
            return Err(Error::at(position, Code::MismatchedColumnAliases, message));
        }
        // Columns that `*` does not show cannot be named any more.
        planned.fields.retain(|field| field.level > 0 || !field.hidden);
        let own = planned.fields.iter_mut().filter(|field| field.level == 0);
        own.zip(columns).for_each(|(field, name)| field.name = Some(name.text.clone()));
    }
    let own = planned.fields.iter_mut().filter(|field| field.level == 0);
    own.for_each(|field| field.qualifier = vec![alias.lower()]);
    Ok(planned)
}
