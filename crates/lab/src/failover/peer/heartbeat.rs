//! Debian's Heartbeat on one machine of the comparison.
//! Not here: its installation and its tools; that is original.rs.

use super::{Product, last_lines, other, systole};
use crate::failover::setup::Setup;
use crate::node::Node;
use crate::original::Original;
use anyhow::Result;

/// Heartbeat 3.0.6 by its init script.
#[derive(Debug)]
pub struct Heartbeat;

impl Product for Heartbeat {
    fn prepare(&mut self, node: &Node, setup: &Setup) -> Result<()> {
        Original::install(node)?;
        systole::files(node, setup)
    }

    fn start(&mut self, node: &Node) -> Result<()> {
        Original::on(node).start()
    }

    fn ready(&mut self, node: &Node) -> Result<bool> {
        let heartbeat = Original::on(node);
        let active = heartbeat.cl_status(&["nodestatus", other(node)])?.out.trim() == "active";
        // "transition" while resources are on their way.
        let holds = heartbeat.cl_status(&["rscstatus"])?.out;
        Ok(active && matches!(holds.trim(), "all" | "none" | "local" | "foreign"))
    }

    fn leave(&mut self, node: &Node) -> Result<()> {
        Original::on(node).hb_standby("all")
    }

    fn owns(&self, name: &str, _line: &str) -> bool {
        name == "heartbeat"
    }

    fn lost_power(&mut self) {}

    fn words(&self, node: &Node) -> String {
        last_lines(&Original::on(node).log())
    }
}
