//! Configuration: `gluedeck/config.toml` under the XDG folder, and how it merges with environment and flags.

use crate::analysis::stagger::{Estimate, Mode, Wish, Wishes};
use crate::domain::policy::Kind;
use crate::domain::{Dpu, Policy, Rule, WorkflowName};
use crate::ui::{Depth, Glyphs, Look, Theme};
use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The file. Flags win over it, and it wins over what is built in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A built-in theme, or a file's name in `themes/` beside this file.
    pub theme: Option<String>,
    /// Refuse every change.
    #[serde(default)]
    pub read_only: bool,
    /// The name of the environment in the header; by default the profile's.
    pub environment: Option<String>,
    /// What holds in an environment, by its name.
    #[serde(default)]
    environments: BTreeMap<String, EnvironmentConfig>,
    #[serde(default)]
    stagger: StaggerConfig,
}

/// What holds in one environment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentConfig {
    pub read_only: bool,
    /// In place of what Service Quotas says.
    pub dpu_limit: Option<f64>,
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
    most: Option<usize>,
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
    workflows: BTreeMap<String, WishConfig>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WishConfig {
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

fn margin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    within(deserializer, 1.0, 10.0)
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = NaiveTime::parse_from_str(&text, "%H:%M");
    time.map(Some).map_err(|_| de::Error::custom(format!("{text} is not a time of day such as 03:30")))
}

/// What an error in the file leads to: it may have said that nothing is to be changed.
const CLOSED: &str = "the defaults are used, and nothing can be changed until it is mended";

impl Config {
    /// The defaults, read-only.
    fn closed() -> Self {
        Self { read_only: true, ..Self::default() }
    }

    /// What the file says of an environment.
    pub fn environment(&self, name: &str) -> EnvironmentConfig {
        self.environments.get(name).cloned().unwrap_or_default()
    }

    /// How staggering is wanted.
    pub fn wishes(&self, mode: Mode) -> Wishes {
        let usual = Estimate::default();
        let own = &self.stagger;
        let estimate = Estimate {
            percentile: own.percentile.unwrap_or(usual.percentile),
            margin: own.margin.unwrap_or(usual.margin),
            crawler_dpu: own.crawler_dpu.map_or(usual.crawler_dpu, Dpu::of),
        };
        let wish = |wish: &WishConfig| Wish {
            priority: wish.priority,
            not_before: wish.not_before,
            done_by: wish.done_by,
            fixed: None,
        };
        let each = own.workflows.iter().map(|(name, own)| (WorkflowName::new(name), wish(own))).collect();
        Wishes { mode, estimate, done_by: own.done_by, each }
    }
}

impl EnvironmentConfig {
    /// The environment's policy; what the file leaves out is as its name suggests.
    pub fn policy(&self, name: &str) -> Policy {
        let (own, usual) = (&self.policy, Policy::of_environment(name));
        let rules = [
            (Kind::Start, own.start),
            (Kind::Stop, own.stop),
            (Kind::Rerun, own.rerun),
            (Kind::Job, own.job),
            (Kind::Crawler, own.crawler),
            (Kind::Trigger, own.trigger),
            (Kind::Schedule, own.schedule),
        ];
        let rules = rules.into_iter().filter_map(|(kind, rule)| Some((kind, rule?))).collect();
        Policy { rule: own.default.unwrap_or(usual.rule), rules, most: own.most.unwrap_or(usual.most) }
    }
}

/// Reads the file of a folder. No file is an empty one.
///
/// # Errors
/// Line, column and what was expected, if the file cannot be understood; the defaults then hold, and nothing can be
/// changed.
pub fn read(folder: Option<&Path>) -> (Config, Option<String>) {
    let Some(path) = folder.map(|folder| folder.join("config.toml")) else { return (Config::default(), None) };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Config::default(), None),
        Err(error) => return (Config::closed(), Some(format!("{}: {error}; {CLOSED}", path.display()))),
    };
    match toml::from_str(&text) {
        Ok(config) => (config, None),
        Err(error) => {
            let place = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let line = place.map(|line| format!(" line {line}")).unwrap_or_default();
            (Config::closed(), Some(format!("{}{line}: {}; {CLOSED}", path.display(), error.message())))
        }
    }
}

/// How things look: a named theme, by default the dark one. A theme that cannot be used is said, and the dark one taken.
pub fn look(name: Option<&str>, folder: Option<&Path>, depth: Depth, glyphs: Glyphs) -> (Look, Option<String>) {
    let name = name.unwrap_or("dark");
    let (theme, complaint) = match theme(name, folder, depth) {
        Ok(theme) => (theme, None),
        Err(error) => {
            let fallback = Theme::named("dark", depth).unwrap_or_else(|_| Theme::plain());
            (fallback, Some(format!("theme {name}: {error}; the dark theme is used")))
        }
    };
    (Look { theme, glyphs, depth }, complaint)
}

fn theme(name: &str, folder: Option<&Path>, depth: Depth) -> Result<Theme, String> {
    let own: Option<PathBuf> = match name.ends_with(".toml") {
        true => Some(PathBuf::from(name)),
        false => folder.map(|folder| folder.join("themes").join(format!("{name}.toml"))),
    };
    match own.as_deref().map(fs::read_to_string) {
        Some(Ok(text)) => Theme::parse(&text, depth),
        Some(Err(error)) if name.ends_with(".toml") => Err(error.to_string()),
        _ => Theme::named(name, depth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_the_file_is_said_and_the_defaults_hold() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config.toml"), "theme = 'light'\nread_onyl = true\n").expect("written");
        let (config, complaint) = read(Some(folder.path()));
        assert_eq!(config, Config::closed(), "a file that cannot be read may have said read-only");
        let complaint = complaint.expect("a complaint");
        assert!(complaint.contains("line 2") && complaint.contains("read_onyl"), "{complaint}");
    }

    #[test]
    fn policies_and_wishes_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[environments.prod]\ndpu_limit = 300\n[environments.prod.policy]\nschedule = 'deny'\nstart = 'confirm'\nmost = 5\n\
                    [stagger]\nmargin = 1.3\n[stagger.workflows.'User Workflow']\npriority = 2\ndone_by = '05:00'\n";
        fs::write(folder.path().join("config.toml"), text).expect("written");
        let (config, complaint) = read(Some(folder.path()));
        assert_eq!(complaint, None);
        let prod = config.environment("prod");
        let policy = prod.policy("prod");
        assert_eq!((prod.dpu_limit, policy.rule, policy.most), (Some(300.0), Rule::TypeName, 5));
        assert_eq!(policy.rules, BTreeMap::from([(Kind::Start, Rule::Confirm), (Kind::Schedule, Rule::Deny)]));
        assert_eq!(config.environment("dev").policy("dev"), Policy::of_environment("dev"));
        let wishes = config.wishes(Mode::Now);
        let user = &wishes.each[&WorkflowName::new("User Workflow")];
        assert_eq!((wishes.estimate.margin, user.priority, user.done_by), (1.3, 2, NaiveTime::from_hms_opt(5, 0, 0)));
        fs::write(folder.path().join("config.toml"), "[stagger]\ndone_by = 'late'\n").expect("written");
        assert!(read(Some(folder.path())).1.is_some_and(|complaint| complaint.contains("late")));
    }

    #[test]
    fn a_theme_with_an_error_is_said_and_the_dark_one_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("themes")).expect("made");
        fs::write(folder.path().join("themes/mine.toml"), "name = 'mine'\n[roles]\ngood = { fg = 'grün' }")
            .expect("written");
        let (look, complaint) = look(Some("mine"), Some(folder.path()), Depth::True, Glyphs::Unicode);
        assert_eq!(look.theme.name, "dark");
        assert!(complaint.expect("a complaint").contains("grün"));
    }
}
