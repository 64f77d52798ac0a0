//! No circle of files inside a crate: a file that another one uses does not use that one, however far round. It counts what
//! is imported, and paths that are written out in the code. Only written-out paths between a folder's `mod.rs` and the files
//! beside it do not count: these two are one module to the outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Module = Vec<String>;

/// A crate's files, each as a module.
struct Modules {
    code: BTreeMap<Module, String>,
    imports: BTreeMap<Module, Vec<Import>>,
}

/// An import: the path, the name that it has here, and whether it is passed on.
struct Import {
    path: Vec<String>,
    name: String,
    exported: bool,
}

/// The imports of a file.
fn imports(code: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let statement = statement.rsplit("\n\n").next().unwrap_or_default().trim();
        let (exported, tree) = match statement.split_once("use ") {
            Some(("", tree)) => (false, tree),
            Some((before, tree)) if before.starts_with("pub") && before.len() < 16 => (true, tree),
            _ => continue,
        };
        let mut paths = Vec::new();
        expand(&[], &tree.split_whitespace().collect::<Vec<_>>().join(" "), &mut paths);
        found.extend(paths.into_iter().map(|(path, name)| Import { path, name, exported }));
    }
    found
}

impl Modules {
    fn read(source: &Path) -> Self {
        let mut code = BTreeMap::new();
        let mut open: Vec<PathBuf> = vec![source.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let inside = path.strip_prefix(source).expect("inside").with_extension("");
                    let mut module: Module =
                        inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
                        module.pop();
                    }
                    let text = fs::read_to_string(&path).expect("a file");
                    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
                    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                    // For whom something is visible is no use of it.
                    let code_alone = lines.collect::<Vec<_>>().join("\n").replace("pub(in ", "pub(");
                    code.insert(module, code_alone.replace("pub(crate::", "pub("));
                }
            }
        }
        let imports = code.iter().map(|(module, code)| (module.clone(), imports(code))).collect();
        Self { code, imports }
    }

    /// The file that a path leads into, and what is left of the path there.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<(Module, Vec<String>)> {
        let mut at = from.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (at, rest) = (Module::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            name => {
                at.push(name.to_owned());
                if !self.code.contains_key(&at) {
                    return None;
                }
                at.pop();
            }
        }
        while let Some(next) = rest.first() {
            at.push(next.clone());
            if !self.code.contains_key(&at) {
                at.pop();
                break;
            }
            rest = &rest[1..];
        }
        self.code.contains_key(&at).then(|| (at, rest.to_vec()))
    }

    /// The file in which a name is defined, through the files that pass it on.
    fn definition(&self, module: Module, name: Option<&String>, depth: usize) -> Module {
        let Some(name) = name.filter(|_| depth < 8) else { return module };
        let exports = self.imports[&module].iter().filter(|import| import.exported);
        for import in exports.filter(|import| import.name == *name) {
            if let Some((at, rest)) = self.resolve(&module, &import.path).filter(|(at, _)| *at != module) {
                return self.definition(at, rest.first(), depth + 1);
            }
        }
        module
    }

    /// The files that written-out paths lead into.
    fn written_out(&self, module: &Module) -> BTreeSet<Module> {
        let path = regex::Regex::new(r"(?:\b|^)\w+(?:::\w+)+").expect("a pattern");
        let statements = self.code[module].split(';').filter(|statement| !statement.contains("use "));
        let paths = statements.flat_map(|statement| path.find_iter(statement));
        let paths = paths.map(|path| path.as_str().split("::").map(str::to_owned).collect::<Vec<_>>());
        let used = paths.filter_map(|path| self.resolve(module, &path));
        used.map(|(at, rest)| self.definition(at, rest.first(), 0)).filter(|used| used != module).collect()
    }

    fn used_by(&self, module: &Module) -> BTreeSet<Module> {
        let imports = self.imports[module].iter().filter(|import| !import.exported);
        let used = imports.filter_map(|import| self.resolve(module, &import.path));
        used.map(|(at, rest)| self.definition(at, rest.first(), 0)).filter(|used| used != module).collect()
    }

    /// Files that lead to each other if written-out paths count too, and are not of one folder: its `mod.rs` and the files
    /// beside it are one module to the outside.
    fn knots(&self) -> BTreeSet<Vec<&Module>> {
        let uses = |module: &Module| self.used_by(module).into_iter().chain(self.written_out(module));
        let uses: BTreeMap<&Module, BTreeSet<Module>> =
            self.code.keys().map(|module| (module, uses(module).collect())).collect();
        let reached = |from: &Module| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(module) = open.pop() {
                let next = uses[&module].iter().filter(|next| !seen.contains(*next)).cloned().collect::<Vec<_>>();
                seen.extend(next.iter().cloned());
                open.extend(next);
            }
            seen
        };
        let reached: BTreeMap<&Module, BTreeSet<Module>> =
            self.code.keys().map(|module| (module, reached(module))).collect();
        let knot = |module: &&'_ Module| -> Vec<&Module> {
            let mutual = |other: &&Module| reached[*module].contains(*other) && reached[*other].contains(*module);
            self.code.keys().filter(mutual).collect()
        };
        let of_one_folder = |knot: &[&Module]| {
            let folder =
                knot.iter().min_by_key(|module| module.len()).map(|folder| folder.to_vec()).unwrap_or_default();
            knot.iter().all(|module| **module == folder || module[..module.len() - 1] == folder[..])
        };
        let knots = self.code.keys().map(|module| knot(&module));
        knots.filter(|knot| knot.len() > 1 && !of_one_folder(knot)).collect()
    }

    /// The first circle that is found.
    fn circle(&self) -> Option<Vec<Module>> {
        let uses: BTreeMap<&Module, BTreeSet<Module>> =
            self.code.keys().map(|module| (module, self.used_by(module))).collect();
        let mut done = BTreeSet::new();
        for start in self.code.keys() {
            let mut way: Vec<(Module, Vec<Module>)> = vec![(start.clone(), uses[start].iter().cloned().collect())];
            while let Some((module, open)) = way.last_mut() {
                let Some(next) = open.pop() else {
                    done.insert(module.clone());
                    way.pop();
                    continue;
                };
                if let Some(at) = way.iter().position(|(module, _)| *module == next) {
                    return Some(way[at..].iter().map(|(module, _)| module.clone()).chain([next]).collect());
                }
                if !done.contains(&next) {
                    let open = uses[&next].iter().cloned().collect();
                    way.push((next, open));
                }
            }
        }
        None
    }
}

/// Every path of a `use` tree, with the name that it has here.
fn expand(before: &[String], tree: &str, paths: &mut Vec<(Vec<String>, String)>) {
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, group.rsplit_once('}').map(|(group, _)| group)),
        None => (tree.split(" as ").next().unwrap_or_default(), None),
    };
    let alias =
        tree.split_once(" as ").filter(|(head, _)| !head.contains('{')).map(|(_, alias)| alias.trim().to_owned());
    let mut path = before.to_vec();
    path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "*").map(str::to_owned));
    let Some(group) = group else {
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
        paths.push((path, name));
        return;
    };
    let (mut depth, mut begin) = (0, 0);
    for (at, letter) in group.char_indices().chain([(group.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = group[begin..at].trim();
                if !part.is_empty() {
                    expand(&path, part, paths);
                }
                begin = (at + 1).min(group.len());
            }
            _ => {}
        }
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(root.join("crates")).expect("crates").map(|entry| entry.expect("an entry").path());
    let mut found = Vec::new();
    for source in crates.map(|folder| folder.join("src")).chain([root.join("src")]) {
        if let Some(circle) = Modules::read(&source).circle() {
            let names: Vec<String> = circle.iter().map(|module| module.join("/")).collect();
            found.push(format!("{}: {}", source.display(), names.join(" > ")));
        }
        for knot in Modules::read(&source).knots() {
            let names: Vec<String> = knot.iter().map(|module| module.join("/")).collect();
            found.push(format!("{}: {}", source.display(), names.join(", ")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("lib.rs", "mod a;\nmod b;\nmod c;\n\npub use b::Thing;\n");
    write("a.rs", "use crate::Thing;\nuse std::fs;\n");
    write("b.rs", "use super::c::{self, Other as Else};\n\npub struct Thing;\n");
    write("c.rs", "pub struct Other;\n");
    assert_eq!(Modules::read(folder.path()).circle(), None);
    write("c.rs", "pub struct Other;\n\nfn other() {\n    let thing = crate::a::new();\n}\n");
    let modules = Modules::read(folder.path());
    assert_eq!((modules.circle(), modules.knots().len()), (None, 1), "a written-out path makes one");
    write("c.rs", "pub struct Other;\n");
    assert_eq!(Modules::read(folder.path()).circle(), None);
    write("c.rs", "use crate::{\n    a::{A, B},\n};\n\npub struct Other;\n");
    assert_eq!(Modules::read(folder.path()).circle().expect("a circle").len(), 4);
}
