//! Queries that were saved under a name: a file each, so that they can be shared and edited.

use std::fs;
use std::io;
use std::path::Path;

const FOLDER: &str = "queries";

/// The saved queries, by name.
pub fn read_saved(folder: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let read = |entry: fs::DirEntry| {
        let path = entry.path();
        let name = path.file_stem()?.to_str()?.to_owned();
        let sql = path.extension().is_some_and(|ending| ending == "sql");
        sql.then(|| fs::read_to_string(&path).ok()).flatten().map(|text| (name, text))
    };
    let mut saved: Vec<(String, String)> = files.filter_map(read).collect();
    saved.sort();
    saved
}

/// Saves a query; one of the same name is replaced. Answers the name that it has, as a file can be called.
///
/// # Errors
/// If the folder cannot be written.
pub fn save_query(folder: &Path, name: &str, sql: &str) -> io::Result<String> {
    let name = super::file_name(name);
    super::replace(&folder.join(FOLDER).join(format!("{name}.sql")), sql.as_bytes())?;
    Ok(name)
}
