//! placeholder
use crate::Stop;
use anyhow::Result;
#[derive(Debug, Clone)]
pub struct DemoOptions {
    pub keep: bool,
}
pub fn demo(_o: &DemoOptions, _s: &Stop) -> Result<bool> {
    Ok(false)
}
