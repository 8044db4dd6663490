//! hands
#![allow(dead_code)]
pub mod agent;
pub mod executor;
pub mod native;
#[cfg(test)]
mod testing;
