//! The registry: the state of all screens, by the place that they are at.

use super::screen::Screen;
use crate::flow::Route;
use crate::for_each_screen;

macro_rules! registry {
    (
        tabs { $($tab:ident $field:ident $state:ident $key:literal $title:literal $name:literal $help:literal
            [$($scope:ident $scope_title:literal),*];)+ }
        pages { $($page:ident($about:ty) $page_field:ident $page_state:ident $below:ident $page_title:literal;)+ }
    ) => {
        /// The state of all screens.
        #[derive(Debug, Default)]
        pub struct Screens {
            $(pub $field: super::$field::$state,)+
            $(pub $page_field: super::$page_field::$page_state,)+
        }

        impl Screens {
            /// The screen of a place.
            pub fn at(&self, route: &Route) -> &dyn Screen {
                match route {
                    $(Route::$tab => &self.$field,)+
                    $(Route::$page(_) => &self.$page_field,)+
                }
            }

            /// The screen of a place.
            pub fn at_mut(&mut self, route: &Route) -> &mut dyn Screen {
                match route {
                    $(Route::$tab => &mut self.$field,)+
                    $(Route::$page(_) => &mut self.$page_field,)+
                }
            }
        }
    };
}

for_each_screen!(registry);
