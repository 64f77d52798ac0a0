//! Where one can go: the environments, the profiles of the AWS configuration, and the Regions.

use super::model::Model;
use crate::flow::effect::Destination;
use crate::flow::regions::REGIONS;

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedPlace {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) destination: Destination,
}

/// All places, in the order of the list. Without a Region there are only Regions to choose from.
pub(super) fn places(model: &Model) -> Vec<ListedPlace> {
    let session = &model.context.session;
    let environments = model.environments.iter().map(|name| ListedPlace {
        kind: "environment",
        name: name.clone(),
        destination: Destination::Named(name.clone()),
    });
    let others = model.profiles.iter().filter(|name| !model.environments.contains(name));
    let profiles = others.map(|name| ListedPlace {
        kind: "profile",
        name: name.clone(),
        destination: Destination::Profile(name.clone()),
    });
    let elsewhere = REGIONS.iter().filter(|name| session.region.as_deref() != Some(**name));
    let regions = elsewhere.map(|name| ListedPlace {
        kind: "region",
        name: (*name).to_owned(),
        destination: Destination::Region((*name).to_owned()),
    });
    match is_without_region(model) {
        true => regions.collect(),
        false => environments.chain(profiles).chain(regions).collect(),
    }
}

/// Whether it is connected, and knows no Region: nothing can be asked there.
pub(super) fn is_without_region(model: &Model) -> bool {
    model.is_connected && model.context.session.region.is_none()
}
