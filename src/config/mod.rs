//! Configuration: `gluedeck/config.toml` under the XDG folder, and how it merges with environment and flags.

mod athena;
mod watch;

pub use athena::AthenaConfig;
pub use watch::WatchConfig;

use chrono::NaiveTime;
use gluedeck_core::analysis::stagger::{Estimate, Mode, PlannerOptions, StartConstraints};
use gluedeck_core::analysis::triage::Environment;
use gluedeck_core::domain::policy::ChangeKind;
use gluedeck_core::domain::{Dpu, PipelineId, Policy, Rule};
use gluedeck_tui::ui::ThemeError;
use gluedeck_tui::ui::{Depth, Glyphs, Look, Theme};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file. Flags win over it, and it wins over what is built in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// A built-in theme, a file's name in `themes/` beside this file, or `auto`: by the terminal's background.
    pub theme: Option<String>,
    /// `unicode` or `ascii`; by default as the locale says.
    pub glyphs: Option<Glyphs>,
    /// Whether the mouse is taken; it is if nothing is said.
    pub mouse: Option<bool>,
    /// Refuse every change.
    pub read_only: bool,
    /// The environment to start in; by default the profile's name.
    pub environment: Option<String>,
    /// Keys by the names of commands, in place of the table's.
    pub keys: BTreeMap<String, Vec<String>>,
    pub refresh: RefreshConfig,
    /// How Athena is used where an environment does not say otherwise.
    pub athena: AthenaConfig,
    /// What `gluedeck watch` watches, and who hears of it.
    pub watch: WatchConfig,
    /// What holds in an environment, by its name.
    environments: BTreeMap<String, EnvironmentConfig>,
    stagger: StaggerConfig,
}

/// How fast the account is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshConfig {
    /// Seconds between two readings while something runs.
    #[serde(deserialize_with = "seconds")]
    pub busy: Option<u64>,
    /// Seconds between two readings while nothing runs.
    #[serde(deserialize_with = "seconds")]
    pub idle: Option<u64>,
}

/// What holds in one environment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentConfig {
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    /// The account's id, by which alerts of it are known.
    pub account: Option<String>,
    /// Only workflows whose names match are looked at; `*` stands for anything.
    pub workflows: Option<String>,
    /// The color of the badge: a name such as `green`, or `#rrggbb`.
    #[serde(deserialize_with = "color")]
    pub color: Option<String>,
    /// The file that the pipeline is deployed from: .json, .toml or .yaml; a leading `~/` is the home folder.
    pub pipeline: Option<PathBuf>,
    /// Whether it looks like production; by default if its name has "prod" in it.
    pub production: Option<bool>,
    pub read_only: bool,
    /// In place of what Service Quotas says.
    pub dpu_limit: Option<f64>,
    /// US dollars a DPU-hour, in place of what is known of the Region.
    #[serde(deserialize_with = "price")]
    pub dpu_hour_price: Option<f64>,
    /// Of FLEX runs.
    #[serde(deserialize_with = "price")]
    pub flex_dpu_hour_price: Option<f64>,
    pub athena: AthenaConfig,
    policy: PolicyConfig,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PolicyConfig {
    default: Option<Rule>,
    start: Option<Rule>,
    stop: Option<Rule>,
    rerun: Option<Rule>,
    job: Option<Rule>,
    crawler: Option<Rule>,
    trigger: Option<Rule>,
    schedule: Option<Rule>,
    max_changes: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StaggerConfig {
    #[serde(deserialize_with = "percent")]
    percentile: Option<f64>,
    #[serde(deserialize_with = "margin")]
    margin: Option<f64>,
    crawler_dpu: Option<f64>,
    #[serde(deserialize_with = "time_of_day")]
    done_by: Option<NaiveTime>,
    workflows: BTreeMap<String, ConstraintsConfig>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ConstraintsConfig {
    priority: u32,
    #[serde(deserialize_with = "time_of_day")]
    not_before: Option<NaiveTime>,
    #[serde(deserialize_with = "time_of_day")]
    done_by: Option<NaiveTime>,
}

fn within<'de, D: Deserializer<'de>>(deserializer: D, low: f64, high: f64) -> Result<Option<f64>, D::Error> {
    match f64::deserialize(deserializer)? {
        number if (low..=high).contains(&number) => Ok(Some(number)),
        number => Err(de::Error::custom(format!("{number} is not between {low} and {high}"))),
    }
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    within(deserializer, 1.0, 100.0)
}

fn price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    within(deserializer, 0.0, 100.0)
}

fn margin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    within(deserializer, 1.0, 10.0)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match u64::deserialize(deserializer)? {
        seconds @ 1..=3_600 => Ok(Some(seconds)),
        seconds => Err(de::Error::custom(format!("{seconds} is not between 1 and 3600 seconds"))),
    }
}

fn color<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match gluedeck_tui::ui::color::named(&name, Depth::True) {
        Some(_) => Ok(Some(name)),
        None => Err(de::Error::custom(format!("invalid color {name}, use e.g. green or #4ed964"))),
    }
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = NaiveTime::parse_from_str(&text, "%H:%M");
    time.map(Some).map_err(|_| de::Error::custom(format!("{text} is not a time of day such as 03:30")))
}

/// What an error leads to where it may have hidden that nothing is to be changed.
const READ_ONLY_UNTIL_FIXED: &str = "the rest of the file applies, but changes are blocked until this is fixed";

/// The settings, for those who look for one that there is not.
const SETTINGS: &str =
    "theme, glyphs, mouse, read_only, environment, keys, refresh, athena, watch, stagger and environments";

impl Config {
    /// The names of the environments.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.environments.keys().map(String::as_str)
    }

    /// What it says of where the environments are, by which one knows where an alert belongs.
    pub fn known(&self) -> Vec<Environment> {
        let known = |(name, own): (&String, &EnvironmentConfig)| Environment {
            name: name.clone(),
            region: own.region.clone(),
            account: own.account.clone(),
        };
        self.environments.iter().map(known).collect()
    }

    /// What the file says of an environment.
    pub fn environment(&self, name: &str) -> EnvironmentConfig {
        self.environments.get(name).cloned().unwrap_or_default()
    }

    /// How staggering is wanted.
    pub fn planner_options(&self, mode: Mode) -> PlannerOptions {
        let usual = Estimate::default();
        let own = &self.stagger;
        let estimate = Estimate {
            percentile: own.percentile.unwrap_or(usual.percentile),
            margin: own.margin.unwrap_or(usual.margin),
            crawler_dpu: own.crawler_dpu.map_or(usual.crawler_dpu, Dpu::of),
        };
        let constraints = |constraints: &ConstraintsConfig| StartConstraints {
            priority: constraints.priority,
            not_before: constraints.not_before,
            done_by: constraints.done_by,
            fixed: None,
        };
        let each = own.workflows.iter().map(|(name, own)| (PipelineId::workflow(name), constraints(own))).collect();
        PlannerOptions { mode, estimate, done_by: own.done_by, each }
    }
}

impl EnvironmentConfig {
    /// The environment's policy; what the file leaves out is as its name suggests.
    pub fn policy(&self, name: &str) -> Policy {
        let (own, usual) = (&self.policy, Policy::of_environment(name));
        let rules = [
            (ChangeKind::Start, own.start),
            (ChangeKind::Stop, own.stop),
            (ChangeKind::Rerun, own.rerun),
            (ChangeKind::Job, own.job),
            (ChangeKind::Crawler, own.crawler),
            (ChangeKind::Trigger, own.trigger),
            (ChangeKind::Schedule, own.schedule),
        ];
        let rules = rules.into_iter().filter_map(|(kind, rule)| Some((kind, rule?))).collect();
        Policy {
            rule: own.default.unwrap_or(usual.rule),
            rules,
            max_changes: own.max_changes.unwrap_or(usual.max_changes),
        }
    }
}

/// Reads the file of a folder. No file is an empty one.
///
/// Each error is told by line, column and what was expected, and what is right in the file holds all the same. Where the
/// error may have hidden that nothing is to be changed, nothing can be.
pub fn read(folder: Option<&Path>) -> (Config, Vec<String>) {
    let Some(path) = folder.map(|folder| folder.join("config.toml")) else { return Default::default() };
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text, &path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Default::default(),
        Err(error) => {
            let complaint = format!("{}: {error}; changes are blocked until this is fixed", path.display());
            (Config { read_only: true, ..Config::default() }, vec![complaint])
        }
    }
}

/// Reads a file's text; `name` is what it is called in complaints.
pub fn parse(text: &str, name: &str) -> (Config, Vec<String>) {
    let mut config = Config::default();
    let mut complaints = Vec::new();
    let mut closed = false;
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<(toml::de::Error, bool)> = errors.into_iter().map(|error| (error, true)).collect();
    for (key, value) in table.into_inner() {
        let setting = key.get_ref().to_string();
        if setting == "environments" {
            let (environments, wrong) = environments(value);
            config.environments = environments;
            errors.extend(wrong.into_iter().map(|error| (error, true)));
            continue;
        }
        let span = key.span();
        match config.set(&setting, value) {
            Ok(true) => {}
            Ok(false) => {
                let position = position(text, span.start);
                closed = true;
                complaints.push(format!(
                    "{name} {position}: unknown setting {setting}; settings: {SETTINGS}; {READ_ONLY_UNTIL_FIXED}"
                ));
            }
            Err(error) => errors.push((error, ["read_only", "environment"].contains(&setting.as_str()))),
        }
    }
    for (error, closes) in errors {
        let position = error.span().map(|span| format!(" {}", position(text, span.start))).unwrap_or_default();
        let rest = if closes { READ_ONLY_UNTIL_FIXED } else { "the rest of the file applies" };
        closed |= closes;
        complaints.push(format!("{name}{position}: {}; {rest}", error.message().trim()));
    }
    config.read_only |= closed;
    (config, complaints)
}

/// `line 3, column 7`.
fn position(text: &str, at: usize) -> String {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = String::from_utf8_lossy(before).rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

/// The environments, each by itself, and what is wrong with the others.
fn environments(value: Spanned<DeValue<'_>>) -> (BTreeMap<String, EnvironmentConfig>, Vec<toml::de::Error>) {
    let (mut found, mut errors) = (BTreeMap::new(), Vec::new());
    let DeValue::Table(table) = value.into_inner() else {
        let error = <toml::de::Error as de::Error>::custom("environments must be tables, such as [environments.prod]");
        return (found, vec![error]);
    };
    for (key, value) in table {
        match EnvironmentConfig::deserialize(value.into_deserializer()) {
            Ok(environment) => {
                found.insert(key.get_ref().to_string(), environment);
            }
            Err(error) => errors.push(error),
        }
    }
    (found, errors)
}

impl Config {
    /// Takes a setting; false if there is none of this name.
    fn set(&mut self, setting: &str, value: Spanned<DeValue<'_>>) -> Result<bool, toml::de::Error> {
        let value = value.into_deserializer();
        match setting {
            "theme" => self.theme = Some(Deserialize::deserialize(value)?),
            "glyphs" => self.glyphs = Some(Deserialize::deserialize(value)?),
            "mouse" => self.mouse = Some(Deserialize::deserialize(value)?),
            "read_only" => self.read_only = Deserialize::deserialize(value)?,
            "environment" => self.environment = Some(Deserialize::deserialize(value)?),
            "keys" => self.keys = Deserialize::deserialize(value)?,
            "refresh" => self.refresh = Deserialize::deserialize(value)?,
            "athena" => self.athena = Deserialize::deserialize(value)?,
            "watch" => self.watch = Deserialize::deserialize(value)?,
            "stagger" => self.stagger = Deserialize::deserialize(value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Why a theme of the user's own cannot be used.
#[derive(Debug, Error)]
enum ThemeFileError {
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    Theme(#[from] ThemeError),
}

/// How things look: a named theme, by default the one for the terminal's background. A theme that cannot be used is said,
/// and the dark one taken.
pub fn look(
    name: Option<&str>,
    folder: Option<&Path>,
    depth: Depth,
    glyphs: Glyphs,
    light: impl FnOnce() -> bool,
) -> (Look, Option<String>) {
    let name = match name.unwrap_or("auto") {
        // With 16 colors a theme is made for them, and the background is the terminal's own.
        "auto" if depth == Depth::Sixteen => "sixteen",
        "auto" if light() => "light",
        "auto" => "dark",
        name => name,
    };
    let (theme, complaint) = match theme(name, folder, depth) {
        Ok(theme) => (theme, None),
        Err(error) => {
            let fallback = Theme::named("dark", depth).unwrap_or_else(|_| Theme::plain());
            (fallback, Some(format!("theme {name}: {error}; using the dark theme")))
        }
    };
    (Look { theme, glyphs, depth }, complaint)
}

/// All themes that can be chosen: the user's own ones first.
pub fn themes(folder: Option<&Path>, depth: Depth) -> Vec<Theme> {
    let files = folder.and_then(|folder| fs::read_dir(folder.join("themes")).ok());
    let paths = files.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let own = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let own = own.filter_map(|path| Theme::parse(&fs::read_to_string(path).ok()?, depth).ok());
    let mut themes: Vec<Theme> = own.collect();
    themes.sort_by(|a, b| a.name.cmp(&b.name));
    let built_in = Theme::built_in().filter(|name| themes.iter().all(|own| own.name != *name));
    let built_in: Vec<Theme> = built_in.filter_map(|name| Theme::named(name, depth).ok()).collect();
    themes.extend(built_in);
    themes
}

fn theme(name: &str, folder: Option<&Path>, depth: Depth) -> Result<Theme, ThemeFileError> {
    let own: Option<PathBuf> = match name.ends_with(".toml") {
        true => Some(PathBuf::from(name)),
        false => folder.map(|folder| folder.join("themes").join(format!("{name}.toml"))),
    };
    match own.as_deref().map(fs::read_to_string) {
        Some(Ok(text)) => Ok(Theme::parse(&text, depth)?),
        Some(Err(error)) if name.ends_with(".toml") => Err(error.into()),
        _ => Ok(Theme::named(name, depth)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_said_with_its_place_and_the_rest_holds() {
        let (config, complaints) = parse("theme = 'light'\nread_onyl = true\n[stagger]\nmargin = 1.4\n", "config.toml");
        assert_eq!((config.theme.as_deref(), config.stagger.margin), (Some("light"), Some(1.4)));
        assert!(config.read_only, "the file may have said read-only");
        assert!(complaints[0].starts_with("config.toml line 2, column 1: unknown setting read_onyl"), "{complaints:?}");

        let wrong_look = "theme = 3\nmouse = false\n[environments.prod]\nread_only = true\n";
        let (config, complaints) = parse(wrong_look, "config.toml");
        assert!(!config.read_only, "how things look decides nothing");
        assert!(config.environment("prod").read_only && config.mouse == Some(false));
        assert!(complaints[0].contains("line 1, column 9") && complaints[0].contains("string"), "{complaints:?}");

        let one_wrong = "[environments.dev]\ndpu_limit = 50\n[environments.prod]\ndpu_limt = 300\n";
        let (config, complaints) = parse(one_wrong, "config.toml");
        assert!(config.read_only && config.environment("dev").dpu_limit == Some(50.0));
        assert!(complaints[0].contains("line 4") && complaints[0].contains("dpu_limt"), "{complaints:?}");

        let (config, complaints) = parse("theme = 'light\nmouse = false\n", "config.toml");
        assert!(config.read_only && complaints[0].contains("line 1"), "{complaints:?}");
    }

    #[test]
    fn policies_and_constraints_are_read() {
        let text = "[environments.prod]\ndpu_limit = 300\n[environments.prod.policy]\nschedule = 'deny'\nstart = 'confirm'\nmax_changes = 5\n\
                    [stagger]\nmargin = 1.3\n[stagger.workflows.'User Workflow']\npriority = 2\ndone_by = '05:00'\n";
        let (config, complaints) = parse(text, "config.toml");
        assert_eq!(complaints, Vec::<String>::new());
        let prod = config.environment("prod");
        let policy = prod.policy("prod");
        assert_eq!((prod.dpu_limit, policy.rule, policy.max_changes), (Some(300.0), Rule::TypeName, 5));
        assert_eq!(
            policy.rules,
            BTreeMap::from([(ChangeKind::Start, Rule::Confirm), (ChangeKind::Schedule, Rule::Deny)])
        );
        assert_eq!(config.environment("dev").policy("dev"), Policy::of_environment("dev"));
        let planner_options = config.planner_options(Mode::Now);
        let user = &planner_options.each[&PipelineId::workflow("User Workflow")];
        assert_eq!(
            (planner_options.estimate.margin, user.priority, user.done_by),
            (1.3, 2, NaiveTime::from_hms_opt(5, 0, 0))
        );
        assert!(parse("[stagger]\ndone_by = 'late'\n", "x").1[0].contains("late"));
        assert!(parse("[refresh]\nbusy = 0\n", "x").1[0].contains("not between 1 and 3600"));
        assert!(parse("[environments.dev]\ncolor = 'grün'\n", "x").1[0].contains("grün"));
    }

    #[test]
    fn a_theme_with_an_error_is_said_and_the_dark_one_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("themes")).expect("made");
        let (mine, good) = (folder.path().join("themes/mine.toml"), folder.path().join("themes/good.toml"));
        fs::write(mine, "name = 'mine'\n[roles]\ngood = { fg = 'grün' }").expect("written");
        fs::write(good, "name = 'good'\ninherits = 'light'").expect("written");
        let look_of = |name, depth, light| look(name, Some(folder.path()), depth, Glyphs::Unicode, move || light);
        let (look, complaint) = look_of(Some("mine"), Depth::True, false);
        assert_eq!(look.theme.name, "dark");
        assert!(complaint.expect("a complaint").contains("grün"));
        let names: Vec<String> = themes(Some(folder.path()), Depth::True).into_iter().map(|theme| theme.name).collect();
        assert!(names[0] == "good" && names.contains(&"dark".to_owned()), "{names:?}");
        let auto = |depth, light| look_of(None, depth, light).0.theme.name;
        assert_eq!((auto(Depth::True, true), auto(Depth::True, false)), ("light".into(), "dark".into()));
        assert_eq!(auto(Depth::Sixteen, true), "sixteen");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,200}") {
            let _ = parse(&text, "config.toml");
        }
    }
}
