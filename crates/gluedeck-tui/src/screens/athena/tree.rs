//! The catalog as a tree: databases, tables, columns, partitions.

use crate::flow::catalog::Catalog;
use crate::flow::{Action, Context, Load};
use crate::ui::scroll::moved;
use crate::ui::{LineInput, Scroll, Selection};
use gluedeck_core::analysis::filter::Scorer;
use gluedeck_core::analysis::sql::complete::quoted;
use gluedeck_core::domain::{Column, Database, Partition, Table};
use gluedeck_core::request::GetPartitions;
use std::cell::Cell;
use std::collections::BTreeSet;

/// Partitions that are listed below a table; the newest come first.
const PARTITIONS: usize = 10;

/// The state of the tree.
#[derive(Debug, Default)]
pub struct Tree {
    /// What is open: `database`, or `database.table`.
    open: BTreeSet<String>,
    /// By what the lines name: databases and tables come in while one is here.
    selected: Selection<String>,
    pub scroll: Cell<Scroll>,
    /// Only names that fit are shown.
    pub find: LineInput,
}

/// A line of the tree.
#[derive(Debug, Clone, Copy)]
pub enum Node<'c> {
    Database {
        name: &'c str,
        known: Option<&'c Database>,
        open: bool,
    },
    Table {
        database: &'c str,
        table: &'c Table,
        open: bool,
    },
    Column {
        database: &'c str,
        table: &'c Table,
        column: &'c Column,
        key: bool,
    },
    /// What is known of the partitions, and how many are not listed.
    Partitions {
        database: &'c str,
        table: &'c Table,
        count: usize,
        newest: Option<&'c str>,
    },
    Partition {
        table: &'c Table,
        database: &'c str,
        partition: &'c Partition,
    },
    Location {
        database: &'c str,
        table: &'c Table,
        location: &'c str,
    },
    /// It is on its way, or why it is not there; of a database or of a table's partitions.
    Waiting {
        database: &'c str,
        table: Option<&'c Table>,
        text: &'c str,
    },
}

impl Node<'_> {
    /// What tells a line from the others.
    fn key(&self) -> String {
        match self {
            Self::Database { name, .. } => (*name).to_owned(),
            Self::Table { database, table, .. } => key(database, &table.name),
            Self::Column { database, table, column, .. } => format!("{}.{}", key(database, &table.name), column.name),
            Self::Partition { database, table, partition } => {
                format!("{}={}", key(database, &table.name), partition.values.join("/"))
            }
            Self::Partitions { database, table, .. } => format!("partitions of {}", key(database, &table.name)),
            Self::Location { database, table, .. } => format!("location of {}", key(database, &table.name)),
            Self::Waiting { database, table, .. } => {
                format!("loading {}", key(database, table.map_or("", |table| &table.name)))
            }
        }
    }
}

impl Tree {
    /// Which of the lines is selected.
    pub fn index(&self, nodes: &[Node<'_>]) -> usize {
        self.selected.index(nodes.len(), |n, key| nodes[n].key() == *key)
    }

    /// Moves by lines.
    pub fn step(&mut self, step: isize, context: &Context) {
        let nodes = self.nodes(context);
        let to = moved(self.index(&nodes), step, nodes.len());
        self.selected.hold(nodes.get(to).map(Node::key));
    }

    /// Looks for names; the first that fits is selected.
    pub fn find(&mut self, text: String) {
        self.find.text = text;
        self.selected = Selection::default();
    }

    pub fn nodes<'c>(&self, context: &'c Context) -> Vec<Node<'c>> {
        let mut nodes = Vec::new();
        let names = context.databases.value().map(Vec::as_slice).unwrap_or_default();
        let find = self.find.text.trim();
        let mut scorer = Scorer::new(find);
        for name in names {
            let known = context.catalog.databases.iter().find(|database| &database.name == name);
            let tables = known.map(|database| database.tables.as_slice()).unwrap_or_default();
            let mut fits = |table: &&Table| {
                find.is_empty()
                    || scorer.score(&table.name).is_some()
                    || table.all_columns().any(|column| column.name.contains(find))
            };
            let fitting: Vec<&Table> = tables.iter().filter(&mut fits).collect();
            if !find.is_empty() && fitting.is_empty() && scorer.score(name).is_none() {
                continue;
            }
            let open = self.open.contains(name) || !find.is_empty();
            nodes.push(Node::Database { name, known, open });
            if !open {
                continue;
            }
            if known.is_none() {
                let fault = context.catalog.read.get(name).and_then(Load::fault);
                let text = fault.map_or("loading …", |(fault, _)| fault.headline());
                nodes.push(Node::Waiting { database: name, table: None, text });
            }
            for table in fitting {
                self.table(&mut nodes, name, table, &context.catalog);
            }
        }
        nodes
    }

    fn table<'c>(&self, nodes: &mut Vec<Node<'c>>, database: &'c str, table: &'c Table, catalog: &'c Catalog) {
        let open = self.open.contains(&key(database, &table.name));
        nodes.push(Node::Table { database, table, open });
        if !open {
            return;
        }
        let column = |key| move |column| Node::Column { database, table, column, key };
        nodes.extend(table.columns.iter().map(column(false)));
        nodes.extend(table.partition_keys.iter().map(column(true)));
        if !table.partition_keys.is_empty() {
            let load = catalog.partitions.get(&(database.to_owned(), table.name.clone()));
            match load.and_then(Load::value) {
                Some(partitions) => {
                    let newest = partitions.first().and_then(|first| first.values.first()).map(String::as_str);
                    nodes.push(Node::Partitions { database, table, count: partitions.len(), newest });
                    let some = partitions.iter().take(PARTITIONS);
                    nodes.extend(some.map(|partition| Node::Partition { table, database, partition }));
                }
                None => {
                    let fault = load.and_then(Load::fault);
                    let text = fault.map_or("loading partitions …", |(fault, _)| fault.headline());
                    nodes.push(Node::Waiting { database, table: Some(table), text });
                }
            }
        }
        nodes.extend(table.location.as_deref().map(|location| Node::Location { database, table, location }));
    }

    /// Opens the selected line, or closes it; asks for what is not known.
    pub fn toggle(&mut self, context: &Context) -> Vec<Action> {
        let nodes = self.nodes(context);
        match nodes.get(self.index(&nodes)) {
            Some(Node::Database { name, open, .. }) => {
                let name = (*name).to_owned();
                if *open {
                    self.open.remove(&name);
                } else {
                    self.open.insert(name);
                }
                Vec::new()
            }
            Some(Node::Table { database, table, open }) => {
                let (database, name) = ((*database).to_owned(), table.name.clone());
                let (open, partitioned) = (*open, !table.partition_keys.is_empty());
                let key = key(&database, &name);
                if open {
                    self.open.remove(&key);
                    return Vec::new();
                }
                self.open.insert(key);
                let request = GetPartitions { database, table: name };
                if partitioned { vec![Action::request(request)] } else { Vec::new() }
            }
            _ => self.close(context),
        }
    }

    /// Closes what the selected line is in, and goes there.
    pub fn close(&mut self, context: &Context) -> Vec<Action> {
        let nodes = self.nodes(context);
        let at = self.index(&nodes);
        let Some(node) = nodes.get(at) else { return Vec::new() };
        let parent = match node {
            Node::Database { open: true, .. } | Node::Table { open: true, .. } => return self.toggle(context),
            Node::Database { .. } => return Vec::new(),
            Node::Table { .. } => nodes[..at].iter().rposition(|node| matches!(node, Node::Database { .. })),
            _ => nodes[..at].iter().rposition(|node| matches!(node, Node::Table { .. } | Node::Database { .. })),
        };
        self.selected.hold(parent.and_then(|parent| nodes.get(parent)).map(Node::key));
        Vec::new()
    }

    /// Opens a database, so that its tables are in sight.
    pub fn open(&mut self, database: &str) {
        self.open.insert(database.to_owned());
    }

    /// The database and table of the selected line.
    pub fn table_of<'c>(&self, context: &'c Context) -> Option<(&'c str, &'c Table)> {
        let nodes = self.nodes(context);
        nodes.get(..=self.index(&nodes))?.iter().rev().find_map(|node| match node {
            Node::Table { database, table, .. } => Some(Some((*database, *table))),
            Node::Database { .. } => Some(None),
            _ => None,
        })?
    }

    /// What the selected line is called in SQL.
    pub fn name(&self, context: &Context, current: Option<&str>) -> Option<String> {
        let named = |database: &str, table: &str| match current == Some(database) {
            true => quoted(table),
            false => format!("{}.{}", quoted(database), quoted(table)),
        };
        let nodes = self.nodes(context);
        match nodes.get(self.index(&nodes))? {
            Node::Database { name, .. } => Some(quoted(name)),
            Node::Table { database, table, .. } => Some(named(database, &table.name)),
            Node::Column { column, .. } => Some(quoted(&column.name)),
            Node::Partition { table, partition, .. } => {
                let key = table.partition_keys.first()?;
                Some(format!("{} = {}", quoted(&key.name), literal(key, partition.values.first()?)))
            }
            Node::Location { location, .. } => Some((*location).to_owned()),
            Node::Partitions { .. } | Node::Waiting { .. } => None,
        }
    }

    /// A query that shows some rows of the selected table: of the newest partition, if it is known, so that little is
    /// scanned.
    pub fn preview(&self, context: &Context) -> Option<String> {
        let (database, table) = self.table_of(context)?;
        let partitions = context.catalog.partitions.get(&(database.to_owned(), table.name.clone()));
        let nodes = self.nodes(context);
        let chosen = match nodes.get(self.index(&nodes)) {
            Some(Node::Partition { partition, .. }) => partition.values.first().cloned(),
            _ => partitions.and_then(Load::value).and_then(|all| all.first()?.values.first().cloned()),
        };
        let filter = match (table.partition_keys.first(), chosen) {
            (Some(key), Some(value)) => format!("\n where {} = {}", quoted(&key.name), literal(key, &value)),
            _ => String::new(),
        };
        Some(format!("select *\n  from {}.{}{filter}\n limit 100", quoted(database), quoted(&table.name)))
    }
}

fn key(database: &str, table: &str) -> String {
    format!("{database}.{table}")
}

fn literal(key: &Column, value: &str) -> String {
    let text = format!("'{}'", value.replace('\'', "''"));
    match key.kind.as_str() {
        "date" => format!("date {text}"),
        "int" | "bigint" | "smallint" | "tinyint" => value.to_owned(),
        _ => text,
    }
}
