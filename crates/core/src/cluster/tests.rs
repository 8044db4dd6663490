//! Two and three whole cores against each other, in virtual time, over links that can be cut.
//! Not here: bytes, real hands; the full simulator with its oracle is a crate of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cables;
mod chaos;
mod crashes;
mod early;
mod failures;
mod guarded;
mod leaving;
mod leftover;
mod numbering;
mod old;
mod operator;
mod reach;
mod services;
mod standing;
mod starting;
mod warm;
mod wire;
mod world;
