//! Where the user is.

use super::tab::Tab;
use crate::for_each_screen;
use gluedeck_core::domain::{PipelineId, Target};

macro_rules! routes {
    (
        tabs { $($tab:ident $field:ident $state:ident $key:literal $title:literal $name:literal $help:literal
            [$($scope:ident $scope_title:literal),*];)+ }
        pages { $($page:ident($about:ty) $page_field:ident $page_state:ident $below:ident $page_title:literal;)+ }
    ) => {
        /// A place. Places that are about something carry what they are about.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Route {
            $($tab,)+
            $($page($about),)+
        }

        impl Route {
            /// The tab that is lit.
            pub fn tab(&self) -> Tab {
                match self {
                    $(Self::$tab => Tab::$tab,)+
                    $(Self::$page(_) => Tab::$below,)+
                }
            }

            /// What a file with this view is called.
            pub fn file_name(&self) -> String {
                match self {
                    $(Self::$tab => $title.to_lowercase(),)+
                    $(Self::$page(about) => about.to_string(),)+
                }
            }
        }

        impl Route {
            /// The screen of a pipeline: what stands alone has runs of its own, the others have steps.
            pub fn of(pipeline: PipelineId) -> Self {
                match pipeline {
                    PipelineId::Alone(target) => Self::Job(target),
                    other => Self::Workflow(other),
                }
            }
        }

        impl From<Tab> for Route {
            fn from(tab: Tab) -> Self {
                match tab {
                    $(Tab::$tab => Self::$tab,)+
                }
            }
        }
    };
}

for_each_screen!(routes);
