//! placeholder

pub mod localtime;
