//! The words that travel: keys, commands, messages, effects, routes, slots, and what screens share.

pub mod catalog;
pub mod command;
pub mod console;
pub mod context;
pub mod effect;
pub mod form;
pub mod key;
pub mod keymap;
pub mod load;
pub mod moment;
pub mod msg;
pub mod regions;
pub mod route;
pub mod slot;
mod snapshot;
pub mod tab;

pub use command::{Command, Scope};
pub use context::{Context, Endpoint, Session};
pub use effect::{Action, Dialog, Effect};
pub use form::{Field, FieldKind};
pub use gluedeck_core::Drafts;
pub use gluedeck_core::request::{Answered, ChangeOutcome, ConfirmedBy, Request, Stream, Streamed};
pub use key::{Code, Key};
pub use keymap::Keymap;
pub use load::Load;
pub use moment::Moment;
pub use msg::{Msg, Update};
pub use route::Route;
pub use slot::{Slot, Ticket};
pub use tab::Tab;
