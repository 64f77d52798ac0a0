//! All integration tests in one program: the SQL engine is linked once, not once a file.

mod advice;
mod athena;
mod board;
mod causes;
mod circles;
mod clients;
mod commands;
mod contract;
mod depth;
mod docs;
mod golden;
mod logs;
mod monkey;
mod network;
mod operate;
mod pictures;
mod queries;
mod shapes;
mod stagger;
mod stagger_plans;
mod stories;
mod support;
mod terminal;
mod tidy;
mod triage;
mod triage_console;
