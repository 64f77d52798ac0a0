//! Where a query names another.

use crate::error::Position;
use crate::syntax::ast::{Body, Name, NamedQuery, Query, Relation, RelationKind};

/// Whether a query of a WITH RECURSIVE reads itself.
pub(super) fn names_itself(named: &NamedQuery) -> bool {
    !references(&named.query, &named.name).is_empty()
}

/// Where a query's relations name another query.
pub(super) fn references(query: &Query, name: &Name) -> Vec<Position> {
    let hidden = query.with.iter().flat_map(|with| &with.queries).any(|inner| inner.name == *name);
    let mut found: Vec<Position> =
        query.with.iter().flat_map(|with| &with.queries).flat_map(|inner| references(&inner.query, name)).collect();
    if !hidden {
        found.extend(in_body(&query.body, name));
    }
    found
}

pub(super) fn in_body(body: &Body, name: &Name) -> Vec<Position> {
    match body {
        Body::Select(select) => select.from.iter().flat_map(|relation| in_relation(relation, name)).collect(),
        Body::Set { left, right, .. } => [in_body(left, name), in_body(right, name)].concat(),
        Body::Query(query) => references(query, name),
        Body::Table(table) if table.0.len() == 1 && table.0[0] == *name => vec![table.position()],
        Body::Table(_) | Body::Values(..) => Vec::new(),
    }
}

pub(super) fn in_relation(relation: &Relation, name: &Name) -> Vec<Position> {
    match &relation.kind {
        RelationKind::Table { name: table, .. } if table.0.len() == 1 && table.0[0] == *name => vec![table.position()],
        RelationKind::Subquery(query) | RelationKind::Lateral(query) => references(query, name),
        RelationKind::Join { left, right, .. } => [in_relation(left, name), in_relation(right, name)].concat(),
        RelationKind::Aliased { relation, .. } | RelationKind::Sampled { relation, .. } => in_relation(relation, name),
        RelationKind::Table { .. } | RelationKind::Unnest { .. } | RelationKind::Function { .. } => Vec::new(),
    }
}
