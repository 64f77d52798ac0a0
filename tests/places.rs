//! Where the console goes without any configuration of its own: Regions, and the profiles of the AWS configuration.

use crate::support::World;
use crate::terminal::Terminal;

/// Two profiles of one server, without a Region and with one, and one of IAM Identity Center that nobody has logged in to.
fn aws_config(world: &World) -> tempfile::NamedTempFile {
    let url = world.url();
    let keys = format!("aws_access_key_id = a\naws_secret_access_key = b\nendpoint_url = {url}\n");
    let sso = "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ops\nregion = us-east-1\n";
    let text = format!(
        "[profile dev]\n{keys}[profile second]\nregion = us-east-1\n{keys}[profile corp]\n{sso}\
         [sso-session corp]\nsso_start_url = https://corp.invalid/start\nsso_region = us-east-1\n"
    );
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    file
}

fn command(terminal: &mut Terminal, line: &str) {
    terminal.press(":");
    terminal.sees("tab complete");
    terminal.press(line);
    terminal.sees(line);
    terminal.press("\r");
}

#[test]
fn without_a_region_the_console_asks_for_one_and_goes_to_others_and_to_profiles() {
    let world = World::scenario("jobs-only");
    let config = aws_config(&world);
    let path = config.path().to_str().expect("a path");
    let variables = [("AWS_CONFIG_FILE", path), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")];
    let mut terminal = Terminal::run(&["--profile", "dev"], &variables);
    terminal.sees("No Region is known");
    terminal.press("\r");
    terminal.sees("marketing attribution");
    command(&mut terminal, "region eu-west-3");
    terminal.sees("in eu-west-3.");
    terminal.press("E");
    let places = terminal.sees("second");
    for place in ["environment  dev", "environment  dev eu-west-3", "profile      corp", "region       us-east-1"] {
        assert!(places.contains(place), "{place}: {places}");
    }
    terminal.press("\x1b");
    terminal.until("the list is closed", |screen| !screen.contains("esc cancel"));
    command(&mut terminal, "profile second");
    terminal.sees("marketing attribution");
    command(&mut terminal, "profile corp");
    terminal.sees("aws sso login --profile corp");
    command(&mut terminal, "region nowhere");
    terminal.sees("such as eu-west-1");
}
