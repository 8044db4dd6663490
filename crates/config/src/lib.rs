//! systole-config turns the three files into settings plus diagnostics with positions and fixes.
//! Here live parsers and what they know about the words. Not here: reading files, asking the system, clocks.
#![forbid(unsafe_code)]

pub mod address;
pub mod authkeys;
mod common;
pub mod configuration;
pub mod diagnostic;
pub mod directives;
pub mod duration;
mod extension;
mod fix;
mod groups;
mod ha_cf;
mod haresources;
mod lookup;
mod nodes;
mod read;
mod sources;
pub mod suggest;
pub mod surroundings;
mod timing;
pub mod watching;
mod words;

pub use address::{AddressError, AddressSpec};
pub use authkeys::{AuthKeys, Key, KeyName, Method, Protection};
pub use common::common_lines;
pub use configuration::{Configuration, Group, LogTarget, Logging, Medium, PingNode, Realtime, Resource, ResourceKind};
pub use diagnostic::{Diagnostic, FileKind, Fix, Place, Severity};
pub use fix::{Fixed, FixedFile, fix};
pub use read::{Reading, read, read_authkeys};
pub use sources::{FILE_MAX, SourceFile, Sources, Unreadable, Why};
pub use surroundings::{Catalogue, DirectoryFact, InterfaceFact, Surroundings};
pub use watching::Watching;
pub use words::printable;
