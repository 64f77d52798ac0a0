//! Another pipeline while the sandbox serves: records that are added, changed or removed.

use super::{Control, Time};
use crate::world::{Record, Table};
use gluedeck_pipeline::RecordResources;
use std::sync::Arc;

impl Control {
    /// Makes the pipeline's tables, and where it is deployed their resources, those of these records. Runs of what stays are
    /// kept. Copies of tables stay as they are.
    pub(crate) fn set_records(&mut self, records: &[Record], now: Time) {
        let world = Arc::clone(&self.world);
        let before: Vec<Arc<Table>> = world.tables().iter().cloned().collect();
        let known = |scope: &str| before.iter().find(|table| table.record.scope_id == scope);
        for table in before.iter().filter(|table| table.base == table.record.scope_id) {
            if !records.iter().any(|record| record.scope_id == table.record.scope_id) {
                self.remove_all_but(world.resources(&table.record), None);
                world.remove(&table.record.scope_id);
            }
        }
        for record in
            records.iter().filter(|record| known(&record.scope_id).is_none_or(|table| &table.record != *record))
        {
            let was = known(&record.scope_id).and_then(|table| world.resources(&table.record));
            world.put(record.clone());
            if world.is_deployed() {
                self.remove_all_but(was, world.resources(record));
                self.create(record, now);
            }
        }
    }

    /// Removes what a record made, but for what has the same name in what it makes now.
    fn remove_all_but(&mut self, was: Option<RecordResources>, now: Option<RecordResources>) {
        let Some(was) = was else { return };
        let kept = now.map(|now| now.names()).unwrap_or_default();
        for name in was.names().into_iter().filter(|name| !kept.contains(name)) {
            self.triggers.remove(&name);
            self.crawlers.remove(&name);
            self.delete_job(&name);
            self.delete_workflow(&name);
        }
    }
}
