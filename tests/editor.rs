//! The SQL screen as one meets it: what is offered first, what completes, what an error says, what a paste brings along.

use crate::golden::morning;
use crate::support::World;
use crate::support::story::Story;
use crate::terminal::command;
use crate::triage::night;
use gluedeck_tui::flow::Msg;

fn athena(world: World) -> Story {
    let mut story = morning(world);
    story.press("4");
    story.until("FOR TONIGHT'S FAILURES");
    story
}

/// The first sight: the catalog, queries for what failed, the keys; a chosen query runs, and is among the last ones later.
#[test]
fn the_first_sight_offers_what_the_night_needs() {
    let mut story = athena(World::shared_morning());
    story.sees("CATALOG");
    story.sees("User: checks of this table");
    story.sees("Refund: row counts by night");
    story.sees("i  write SQL; ctrl-r runs it");
    story.press("j j j j");
    let line = story.line("User: checks of this table");
    assert!(line.contains("checks of user by night"), "{line}");
    story.press("G k enter");
    story.sees("order by as_of_date desc");
    story.press("ctrl-r");
    story.until("SUCCEEDED");
    story.press("ctrl-t esc");
    story.sees("LAST QUERIES");
}

/// Tab completes a word that has begun, indents elsewhere, and never leaves the editor; a setting keeps the list closed.
#[test]
fn tab_completes_or_indents_and_never_leaves_the_editor() {
    let mut story = athena(World::shared_morning());
    story.press("i");
    story.types("sel");
    story.sees("select");
    story.press("tab");
    story.types(" 1");
    assert_eq!(story.model.screens.athena.tab().editor.text(), "select 1");
    story.press("esc i");
    story.types(" ");
    story.press("tab");
    story.types("x");
    assert_eq!(story.model.screens.athena.tab().editor.text(), "select 1   x");
    story.model.screens.athena.completes_while_typing = false;
    story.press("ctrl-u");
    story.types("\nsele");
    story.misses("select  ");
    let before = story.model.screens.athena.tab().editor.text();
    story.press("tab tab");
    let after = story.model.screens.athena.tab().editor.text();
    assert!(after.len() > before.len() && after.ends_with("select"), "{after}");
}

/// A function is completed with what it takes, and explained where it is offered, touched, or being called.
#[test]
fn functions_are_completed_and_explained() {
    let mut story = athena(World::shared_morning());
    story.press("i");
    story.types("select split_pa");
    story.sees("split_part( (varchar(x), varchar(y), bigint) -> varchar(x)");
    story.press("f1");
    story.sees("split_part(varchar(x), varchar(y), bigint) -> varchar(x)");
    story.sees("select split_part('abc-@-def-@-ghi', '-@-', 2)");
    story.press("esc tab");
    story.types("lower(name), ");
    story.press("esc i f1");
    story.sees("split_part · string");
    story.press("esc");
    story.types("' ', 1) from nothing");
    story.press("f1");
    story.sees("No function of Athena under the cursor");
}

/// A failed statement shows the place and the name that may have been meant.
#[test]
fn an_unknown_name_has_its_place_and_its_neighbour() {
    let mut story = athena(World::shared_morning());
    story.press("i");
    let sql = "select id,\n       phone_numbr\n  from tumble_analytics_silver.\"user\"";
    story.send(Msg::Paste(sql.into()));
    story.until("ctrl-r");
    for _ in 0..60 {
        story.wait(300);
    }
    story.press("ctrl-r");
    story.until("COLUMN_NOT_FOUND");
    let screen = story.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let caret =
        lines.iter().position(|line| line.trim() == "^" || line.contains("│    ") && line.trim_end().ends_with('^'));
    let caret = caret.expect("a caret");
    let column = lines[caret].chars().position(|letter| letter == '^').expect("it");
    let under: String = lines[caret - 1].chars().skip(column).take(11).collect();
    assert_eq!(under, "phone_numbr", "{screen}");
    story.sees("Did you mean phone_number?");
}

/// What a chat made of quotes and blanks is not sent: the place is told, and enter puts SQL's own in its place.
#[test]
fn curly_quotes_and_no_break_spaces_are_offered_to_be_replaced() {
    let mut story = athena(night("night"));
    story.press("i");
    story.send(Msg::Paste("\u{feff}select\u{a0}\u{2018}a\u{2019} as x\u{ff1b}".into()));
    let sent = story.world.calls("StartQueryExecution");
    story.press("ctrl-r");
    story.sees(
        "enter replaces 4 characters and runs · esc cancels · line 1:7 has a no-break space (U+00A0), not valid in SQL",
    );
    story.press("esc");
    assert_eq!(story.world.calls("StartQueryExecution"), sent);
    story.press("ctrl-r enter");
    story.until("SUCCEEDED");
    assert_eq!(story.model.screens.athena.tab().editor.text(), "select 'a' as x;");
}

/// The same on the command line: the place, the character, what next, and exit code 2; the server refuses it too.
#[test]
fn the_command_says_which_character_is_no_sql() {
    let world = night("night");
    let run = |sql: &str| command(&world.url(), &["query", sql]);
    let refused = run("select \u{201c}id\u{201d}");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("line 1:8 has «\u{201c}» (U+201C) (and 1 more), which is not valid in SQL: replace it with \""),
        "{said}"
    );
    assert_eq!(run("\u{feff}select 1").status.code(), Some(0), "a byte order mark is none of the text");
    let failed = run("select idd\n  from tumble_analytics_silver.\"user\"");
    let said = String::from_utf8_lossy(&failed.stderr);
    assert!(said.contains("\n  select idd\n         ^\n"), "{said}");
}

/// A chart of a text column counts its values.
#[test]
fn a_chart_of_text_counts_its_values() {
    let mut story = athena(World::shared_morning());
    story.press("i");
    story.send(Msg::Paste("select a from (values ('x'), ('y'), ('x')) t(a)".into()));
    story.press("ctrl-r");
    story.until("SUCCEEDED");
    story.press("esc C");
    story.sees("BARS  value counts of a");
    let line = story.line("x  ");
    assert!(line.contains('2'), "{line}");
}

/// No form of output makes two values of one, loses a row, or moves a column.
#[test]
fn output_keeps_null_marks_rows_digits_and_the_order_of_columns() {
    let world = night("night");
    let run = |sql: &str, output: &str| {
        let done = command(&world.url(), &["query", sql, "--output", output]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let sql = "select 'NULL' as z, cast(null as varchar) as a, 'k\u{200b}' as k, '\u{1F469}\u{200d}\u{1F52C}' as e";
    let table = run(sql, "table");
    let line = table.lines().nth(1).expect("a row");
    assert!(line.starts_with("'NULL'  NULL  k<U+200B>  \u{1F469}\u{200d}\u{1F52C}"), "{line}");
    assert_eq!(run("select cast(null as varchar) as one", "csv"), "one\n\"\"\n");
    let json = run("select cast('12.340' as decimal(9,3)) as z, 1 as a", "jsonl");
    assert_eq!(json, "{\"z\":\"12.340\",\"a\":1}\n");
    let years = "select timestamp '0001-01-01 00:00:00' as first, timestamp '9999-12-31 23:59:59.123' as last";
    assert_eq!(run(years, "csv"), "first,last\n0001-01-01 00:00:00.000,9999-12-31 23:59:59.123\n");
}
