//! systole-config turns the three files into settings plus diagnostics with positions and fixes.
//! Here live parsers and what they know about the words. Not here: reading files, asking the system, clocks.
#![forbid(unsafe_code)]

pub mod configuration;

pub use configuration::{Configuration, Group, LogTarget, Logging, Medium, Realtime, Resource, ResourceKind};
