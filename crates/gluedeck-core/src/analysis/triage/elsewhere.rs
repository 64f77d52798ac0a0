//! Alerts of another account or Region, and the environment that they belong to.

use crate::domain::Alert;

/// An environment that one could go to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    pub name: String,
    pub region: Option<String>,
    /// As the configuration has it, or as the service has told.
    pub account: Option<String>,
}

/// That an alert is of somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// `of 444455556666 us-east-1, and this is 111122223333 us-east-1`.
    pub text: String,
    /// The environment of the configuration that fits, if one does.
    pub environment: Option<String>,
    /// The Region, if that is all that is different.
    pub region: Option<String>,
}

/// Whether an alert is of somewhere else; what one of the two does not say is no difference.
pub fn elsewhere(alert: &Alert, here: &Environment, others: &[Environment]) -> Option<Elsewhere> {
    let differs = |theirs: &Option<String>, ours: &Option<String>| theirs.is_some() && ours.is_some() && theirs != ours;
    let other_region = differs(&alert.region, &here.region);
    let other_account = differs(&alert.account, &here.account);
    if !other_region && !other_account {
        return None;
    }
    let scope = |account: &Option<String>, region: &Option<String>| {
        let shown = [account.as_deref().filter(|_| other_account), region.as_deref()];
        shown.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let agrees = |theirs: &Option<String>, ours: &Option<String>| theirs.is_some() && theirs == ours;
    let fits = |other: &&Environment| {
        let contradicts = differs(&alert.region, &other.region) || differs(&alert.account, &other.account);
        let speaks = (!other_region || agrees(&alert.region, &other.region))
            && (!other_account || agrees(&alert.account, &other.account));
        other.name != here.name && !contradicts && speaks
    };
    let (theirs, ours) = (scope(&alert.account, &alert.region), scope(&here.account, &here.region));
    Some(Elsewhere {
        text: format!("for {theirs}, this is {ours}"),
        environment: others.iter().find(fits).map(|other| other.name.clone()),
        region: alert.region.clone().filter(|_| !other_account),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str, account: Option<&str>, region: &str) -> Environment {
        Environment { name: name.into(), region: Some(region.into()), account: account.map(str::to_owned) }
    }

    #[test]
    fn the_environment_that_fits_is_named() {
        let all = [
            environment("dev", Some("1"), "us-east-1"),
            environment("stg", None, "us-west-2"),
            environment("prod", Some("4"), "us-east-1"),
        ];
        let alert = |account: &str, region: &str| Alert {
            account: Some(account.into()),
            region: Some(region.into()),
            ..Alert::default()
        };
        let fits = |alert: Alert| elsewhere(&alert, &all[0], &all).map(|elsewhere| elsewhere.environment);
        assert_eq!(fits(alert("1", "us-east-1")), None);
        assert_eq!(fits(Alert::default()), None, "a name is of here");
        assert_eq!(fits(alert("4", "us-east-1")), Some(Some("prod".into())));
        assert_eq!(fits(alert("1", "us-west-2")), Some(Some("stg".into())));
        assert_eq!(fits(alert("9", "us-west-2")), Some(None), "stg's account is not known");
        assert_eq!(fits(alert("1", "eu-west-1")), Some(None));
        let text = elsewhere(&alert("4", "us-east-1"), &all[0], &all).expect("elsewhere").text;
        assert_eq!(text, "for 4 us-east-1, this is 1 us-east-1");
    }
}
