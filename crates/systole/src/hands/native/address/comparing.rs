//! What should be on this node beside what is: one look at the kernel's table for all addresses.
//! Not here: what follows from a difference (executor/reconcile.rs, keeper.rs).

use super::{AddressSpec, Addresses, place};

/// One address as it should be and as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// It should be here, and may: its right has not ended.
    pub wanted: bool,
    pub there: bool,
    /// How often it was missing, and was to be put back, since this program began.
    pub repairs: u64,
}

impl Addresses {
    /// In the order of the addresses.
    ///
    /// # Errors
    /// A sentence when the kernel cannot be asked.
    pub fn compare(&self, specs: &[AddressSpec]) -> Result<Vec<Compared>, String> {
        let mut inner = self.lock();
        let (interfaces, present) = inner.table()?;
        let one = |spec: &AddressSpec| Compared {
            wanted: inner.held.contains_key(&spec.ip) && inner.rights.check(std::slice::from_ref(spec)).is_ok(),
            there: !place::present(spec, &interfaces, &present).is_empty(),
            repairs: inner.repairs.get(&spec.ip).copied().unwrap_or_default(),
        };
        Ok(specs.iter().map(one).collect())
    }
}
