//! The words that travel: keys, commands, messages, requests and replies, effects, routes, and what screens share.

pub mod catalog;
pub mod command;
pub mod console;
pub mod context;
pub mod drafts;
pub mod effect;
pub mod form;
pub mod key;
pub mod keymap;
pub mod load;
pub mod msg;
pub mod picture;
pub mod request;
pub mod route;

pub use command::{Command, Scope};
pub use context::{Context, Endpoint, Session};
pub use drafts::Drafts;
pub use effect::{Action, Dialog, Effect};
pub use form::{Field, FieldKind};
pub use key::{Code, Key};
pub use keymap::Keymap;
pub use load::Load;
pub use msg::{Moment, Msg};
pub use picture::Picture;
pub use request::{Done, How, Reply, Request, Slot, Ticket};
pub use route::Route;
