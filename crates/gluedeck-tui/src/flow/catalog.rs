//! The data catalog as far as it has been read: database by database, quietly, while Athena is on the screen.

use super::load::Load;
use gluedeck_core::domain::{Database, Fault, Partition, Table, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// Tables are read again after this long.
const AGE: Duration = Duration::from_secs(300);

/// What is known of the catalog.
#[derive(Debug, Default)]
pub struct Catalog {
    /// With the tables that have been read, by name.
    pub databases: Vec<Database>,
    /// When the tables of a database were read, or why they could not be.
    pub read: BTreeMap<String, Load<()>>,
    /// When they are due again, by the wall.
    pub due: BTreeMap<String, Duration>,
    /// Partitions of tables that have been looked at, by database and table.
    pub partitions: BTreeMap<(String, String), Load<Vec<Partition>>>,
}

impl Catalog {
    /// Takes the tables of a database; a failure keeps those that were known.
    pub fn take(&mut self, database: &str, result: Result<Vec<Table>, Fault>, now: Time) {
        let load = self.read.entry(database.to_owned()).or_default();
        match result {
            Ok(tables) => {
                load.take(Ok(()), now);
                match self.databases.binary_search_by(|known| known.name.as_str().cmp(database)) {
                    Ok(n) => self.databases[n].tables = tables,
                    Err(n) => self.databases.insert(n, Database { name: database.to_owned(), tables }),
                }
            }
            Err(fault) => load.take(Err(fault), now),
        }
    }

    /// A request for the tables of a database is sent: the next is due in a while.
    pub fn asked(&mut self, database: &str, wall: Duration) {
        self.due.insert(database.to_owned(), wall + AGE);
    }

    pub fn table(&self, database: &str, table: &str) -> Option<&Table> {
        let database = self.databases.iter().find(|known| known.name == database)?;
        database.tables.iter().find(|known| known.name == table)
    }
}
