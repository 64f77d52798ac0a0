//! What can be completed at the cursor: databases, tables, columns, functions, keywords.

use super::functions::{self, Function};
use super::statements;
use super::tables::{self, Named};
use super::token::{KEYWORDS, Token, TokenKind, tokens};
use crate::analysis::filter::Scorer;
use crate::analysis::words::counted;
use crate::domain::{Column, Database, Table};

/// At most so many are offered.
const MAX_ITEMS: usize = 200;

/// What is offered at a place of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// The byte at which the word begins that an item replaces.
    pub from: usize,
    /// The best first.
    pub items: Vec<Item>,
}

/// Something that can stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is put into the text.
    pub text: String,
    pub kind: ItemKind,
    /// A column's type, a table's database, what a function takes and answers.
    pub note: String,
}

/// What an item is; the order in which equally good ones are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    Column,
    Table,
    Database,
    Alias,
    Function,
    Keyword,
}

/// Completes the word that ends at `cursor` (a byte). `database` is the one that the statement runs in.
pub fn complete(text: &str, cursor: usize, database: Option<&str>, catalog: &[Database]) -> Completion {
    let statement = statements::at(text, cursor).filter(|statement| statement.range.start <= cursor);
    let statement = statement.map_or("", |statement| statement.text(text));
    let before: Vec<Token<'_>> = tokens(&text[..cursor]).filter(|token| token.kind != TokenKind::Blank).collect();
    let ends_here = |token: &&Token<'_>| token.to() == cursor;
    let last = before.last().filter(ends_here);
    if last.is_some_and(|token| {
        matches!(token.kind, TokenKind::String | TokenKind::Comment | TokenKind::Number | TokenKind::Parameter)
    }) {
        return Completion::default();
    }
    let word = last.filter(|token| matches!(token.kind, TokenKind::Name | TokenKind::Keyword | TokenKind::Quoted));
    let from = word.map_or(cursor, |token| token.from);
    let prefix = word.map_or("", |token| token.text.trim_start_matches('"'));
    let earlier = &before[..before.len() - usize::from(word.is_some())];
    let named = tables::of(statement);
    let place = CompletionScope { database, catalog, named: &named };
    let mut items = match earlier {
        [.., qualifier, dot] if dot.text == "." && dot.to() == from => place.behind(qualifier),
        [.., opener] if opens_table(opener) => place.tables(),
        _ if prefix.is_empty() => place.columns(),
        _ => place.anything(&common_names(statement)),
    };
    items = ranked(items, prefix);
    items.dedup_by(|a, b| a.text == b.text && a.kind == b.kind);
    // The word itself is no completion of itself.
    if items.first().is_some_and(|item| item.text == prefix) {
        items.remove(0);
    }
    Completion { from, items }
}

fn opens_table(token: &Token<'_>) -> bool {
    ["from", "join", "into", "table", "describe", "update"].iter().any(|word| token.is(word))
}

struct CompletionScope<'p> {
    database: Option<&'p str>,
    catalog: &'p [Database],
    named: &'p [Named],
}

impl CompletionScope<'_> {
    /// Behind `name.`: the columns of a table, or the tables of a database.
    fn behind(&self, qualifier: &Token<'_>) -> Vec<Item> {
        let name = qualifier.text.trim_matches(['"', '`']).to_lowercase();
        let is = |named: &&Named| named.alias.as_ref() == Some(&name) || named.table == name;
        let columns = self.named.iter().find(is).and_then(|named| self.table(named)).map(columns_of);
        columns.unwrap_or_else(|| self.database_named(&name).map(tables_of).unwrap_or_default())
    }

    fn tables(&self) -> Vec<Item> {
        let own = self.database.and_then(|name| self.database_named(name)).map(tables_of).unwrap_or_default();
        own.into_iter().chain(self.databases()).collect()
    }

    fn columns(&self) -> Vec<Item> {
        self.named.iter().filter_map(|named| self.table(named)).flat_map(columns_of).collect()
    }

    fn databases(&self) -> impl Iterator<Item = Item> {
        self.catalog.iter().map(|database| Item {
            text: quoted(&database.name),
            kind: ItemKind::Database,
            note: counted(database.tables.len(), "table"),
        })
    }

    fn anything(&self, common: &[String]) -> Vec<Item> {
        let item = |text: &str, kind, note: &str| Item { text: text.to_owned(), kind, note: note.to_owned() };
        let aliases =
            self.named.iter().filter_map(|named| Some(item(named.alias.as_ref()?, ItemKind::Alias, &named.table)));
        let common = common.iter().map(|name| item(name, ItemKind::Alias, "with"));
        let function = |function: &Function| {
            // What it takes and answers: the name is there already.
            let note = function.signatures.first().and_then(|signature| signature.strip_prefix(function.name));
            item(&format!("{}(", function.name), ItemKind::Function, note.unwrap_or_default())
        };
        let functions = functions::all().iter().map(function);
        let keywords = KEYWORDS.iter().map(|word| item(word, ItemKind::Keyword, ""));
        let names = self.columns().into_iter().chain(self.tables());
        names.chain(aliases).chain(common).chain(functions).chain(keywords).collect()
    }

    fn database_named(&self, name: &str) -> Option<&Database> {
        self.catalog.iter().find(|database| database.name.eq_ignore_ascii_case(name))
    }

    fn table(&self, named: &Named) -> Option<&Table> {
        let database = self.database_named(named.database.as_deref().or(self.database)?)?;
        database.tables.iter().find(|table| table.name.eq_ignore_ascii_case(&named.table))
    }
}

fn tables_of(database: &Database) -> Vec<Item> {
    let item = |table: &Table| Item {
        text: quoted(&table.name),
        kind: ItemKind::Table,
        note: if table.is_view() { "view".to_owned() } else { database.name.clone() },
    };
    database.tables.iter().map(item).collect()
}

fn columns_of(table: &Table) -> Vec<Item> {
    let item = |column: &Column| Item { text: quoted(&column.name), kind: ItemKind::Column, note: column.kind.clone() };
    table.all_columns().map(item).collect()
}

/// A name as SQL has it: in quotes if it is not a plain one.
pub fn quoted(name: &str) -> String {
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let keyword = KEYWORDS.binary_search(&name.to_lowercase().as_str()).is_ok();
    if begins && plain && !keyword { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The names that a WITH clause makes.
fn common_names(statement: &str) -> Vec<String> {
    let words: Vec<Token<'_>> =
        tokens(statement).filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment)).collect();
    if !words.first().is_some_and(|token| token.is("with")) {
        return Vec::new();
    }
    let makes = |three: &&[Token<'_>]| three[0].kind == TokenKind::Name && three[1].is("as") && three[2].text == "(";
    words.windows(3).filter(makes).map(|three| three[0].text.to_owned()).collect()
}

/// What begins with the prefix, then what contains its letters in order; nothing else.
fn ranked(items: Vec<Item>, prefix: &str) -> Vec<Item> {
    if prefix.is_empty() {
        return items.into_iter().take(MAX_ITEMS).collect();
    }
    let lower = prefix.to_lowercase();
    let mut scorer = Scorer::new(prefix);
    let mut rank = |item: Item| {
        let bare = item.text.trim_start_matches('"');
        let begins = bare.get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(&lower));
        if begins {
            return Some(((0, item.kind, 0), item));
        }
        // Keywords and functions are only offered where they begin so: else they would drown the names.
        let own = item.kind < ItemKind::Function;
        let points = own.then(|| scorer.score(bare)).flatten()?;
        Some(((1, ItemKind::Column, u16::MAX - points), item))
    };
    let mut found: Vec<_> = items.into_iter().filter_map(&mut rank).collect();
    found.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.text.cmp(&y.text)));
    found.into_iter().take(MAX_ITEMS).map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(name: &str, kind: &str) -> Column {
        Column { name: name.into(), kind: kind.into() }
    }

    fn table(name: &str, columns: Vec<Column>) -> Table {
        Table {
            name: name.into(),
            columns,
            partition_keys: vec![column("as_of_date", "date")],
            location: None,
            updated_on: None,
            kind: None,
            records: None,
            bytes: None,
        }
    }

    fn catalog() -> Vec<Database> {
        let user = table("user", vec![column("id", "string"), column("e-mail", "string")]);
        let device = table("device", vec![column("device_id", "string")]);
        vec![
            Database { name: "x_silver".into(), tables: vec![device, user] },
            Database { name: "x_gold".into(), tables: vec![table("kpi", vec![column("n", "bigint")])] },
        ]
    }

    /// Completes at `|`.
    fn offered(marked: &str) -> Vec<String> {
        let cursor = marked.find('|').expect("a cursor");
        let found = complete(&marked.replace('|', ""), cursor, Some("x_silver"), &catalog());
        found.items.into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn what_can_stand_there_is_offered() {
        assert_eq!(offered("select * from |"), ["device", "user", "x_silver", "x_gold"]);
        assert_eq!(offered("select * from x_gold.|"), ["kpi"]);
        assert_eq!(offered("select u.| from user u join device d on true"), ["id", "\"e-mail\"", "as_of_date"]);
        assert_eq!(offered("select | from device"), ["device_id", "as_of_date"]);
        assert_eq!(offered("select dev| from device d")[..2], ["device_id", "device"]);
        assert_eq!(offered("select 1; sel|")[0], "select");
        assert_eq!(offered("select coun|")[0], "count(");
        assert_eq!(offered("with late as (select 1) select lat|")[0], "late");
        assert!(offered("select 'from |'").is_empty(), "a string is no place for names");
        assert!(offered("select 1 -- fro|").is_empty());
    }

    #[test]
    fn the_word_is_replaced_from_its_beginning() {
        let found = complete("select em from user", 9, Some("x_silver"), &catalog());
        assert_eq!((found.from, found.items[0].text.as_str()), (7, "\"e-mail\""));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), at in 0_usize..60) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let found = complete(&text, at, Some("x_silver"), &catalog());
            prop_assert!(found.from <= at && text.is_char_boundary(found.from));
        }
    }
}
