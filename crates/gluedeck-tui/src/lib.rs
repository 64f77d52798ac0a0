//! The console as a synchronous core: messages in, state and effects out. It performs nothing itself: no call to AWS, no
//! file, no clock, no async code. Whoever runs it (the program's runtime, or a test) performs the effects and sends back
//! what came of them.
//!
//! | module | what lives there |
//! |---|---|
//! | [`flow`] | keys, commands (one table of them), messages, effects, slots, and what screens share |
//! | [`ui`] | reusable pieces: themes, safe text, rows, editor, popups |
//! | [`screens`] | a folder a screen: state and update in `mod.rs`, paint in `view.rs` |
//! | [`app`] | the model, the one function that changes it, refreshing, overlays, the view |
//!
//! - State changes only in [`app::update()`]. Time arrives as a message.
//! - Every request has a slot and a ticket; newer replaces older, and a late reply is dropped in one place.
//! - What comes from outside is a [`flow::Load`]: an old value stays, with its age, while a new one loads or fails.
//! - Text from anywhere passes [`ui::text::clean`] before it is painted.

pub mod app;
pub mod flow;
pub mod screens;
pub mod ui;
