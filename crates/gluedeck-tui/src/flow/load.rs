//! `Load`: a value from outside, with its age, that survives failing to be loaded again.

use gluedeck_core::domain::{Fault, Time};

/// A value that comes from outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Load<T> {
    /// Nobody asked for it yet.
    #[default]
    Idle,
    /// On its way for the first time.
    Loading,
    /// From the disk, as an earlier console left it; nothing newer has come yet.
    Cached {
        value: T,
        at: Time,
    },
    Ready {
        value: T,
        at: Time,
    },
    /// The last try failed. The old value, if there is one, stays, with its own time.
    Failed {
        old: Option<(T, Time)>,
        fault: Fault,
        /// When it first failed since the last success.
        since: Time,
    },
}

impl<T> Load<T> {
    /// The value, however old.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } | Self::Cached { value, .. } | Self::Failed { old: Some((value, _)), .. } => {
                Some(value)
            }
            _ => None,
        }
    }

    /// When the value was read.
    pub fn at(&self) -> Option<Time> {
        match self {
            Self::Ready { at, .. } | Self::Cached { at, .. } | Self::Failed { old: Some((_, at)), .. } => Some(*at),
            _ => None,
        }
    }

    /// What is wrong now, and since when.
    pub fn fault(&self) -> Option<(&Fault, Time)> {
        match self {
            Self::Failed { fault, since, .. } => Some((fault, *since)),
            _ => None,
        }
    }

    /// Marks it as asked for, if there is nothing to keep.
    pub fn ask(&mut self) {
        if matches!(self, Self::Idle) {
            *self = Self::Loading;
        }
    }

    /// The value, to be changed in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready { value, .. } | Self::Cached { value, .. } | Self::Failed { old: Some((value, _)), .. } => {
                Some(value)
            }
            _ => None,
        }
    }

    /// Whether it was read since the console started.
    pub fn is_fresh(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// Takes the answer; a failure keeps the old value and the time of the first failure.
    pub fn take(&mut self, result: Result<T, Fault>, now: Time) {
        *self = match (std::mem::take(self), result) {
            (_, Ok(value)) => Self::Ready { value, at: now },
            (Self::Ready { value, at } | Self::Cached { value, at }, Err(fault)) => {
                Self::Failed { old: Some((value, at)), fault, since: now }
            }
            (Self::Failed { old, since, .. }, Err(fault)) => Self::Failed { old, fault, since },
            (_, Err(fault)) => Self::Failed { old: None, fault, since: now },
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::domain::FaultKind;

    #[test]
    fn a_failure_keeps_the_value_its_age_and_the_time_of_the_first_failure() {
        let at = |minute: i64| Time::UNIX_EPOCH + chrono::TimeDelta::minutes(minute);
        let fault = || Fault::new(FaultKind::Throttled, "BatchGetWorkflows", "Rate exceeded");
        let mut load = Load::Idle;
        load.take(Ok(7), at(0));
        load.take(Err(fault()), at(1));
        load.take(Err(fault()), at(2));
        assert_eq!((load.value(), load.at()), (Some(&7), Some(at(0))));
        assert_eq!(load.fault().map(|(_, since)| since), Some(at(1)));
        load.take(Ok(8), at(3));
        assert_eq!((load.value(), load.fault()), (Some(&8), None));
    }
}
