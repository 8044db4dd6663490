//! Sets up a lab, says what it made, and holds it until a signal comes: what the tests of leaving nothing behind end
//! in every way there is.

use anyhow::Result;
use systole_lab::{Lab, Machine, NullModem, Stop};

fn main() -> Result<()> {
    let stop = Stop::on_signals()?;
    let lab = Lab::new(&stop)?;
    let cable = NullModem::new()?;
    let client = lab.client("192.168.1.100/24")?;
    let mut nodes = Vec::new();
    for (number, end) in (1..).zip(cable.ends()) {
        let machine = Machine {
            name: format!("node{number}"),
            address: format!("192.168.1.{number}/24"),
            program: None,
            serial: Some(end.clone()),
        };
        let mut node = lab.machine(machine)?;
        node.power_on()?;
        let process = node.spawn("sleeper", &["sleep", "1000"])?;
        println!("process {}", process.pid());
        println!("process {}", node.pid()?);
        for kind in ["net", "mnt", "uts", "ipc", "pid"] {
            println!("namespace {}", std::fs::read_link(format!("/proc/{}/ns/{kind}", process.pid()))?.display());
        }
        nodes.push((process, node));
    }
    println!("process {}", client.pid());
    println!("namespace {}", std::fs::read_link(format!("/proc/{}/ns/net", client.pid()))?.display());
    println!("directory {}", lab.directory().display());
    println!("ready");
    stop.wait();
    Ok(())
}
