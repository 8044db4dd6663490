//! Resources that need no script: addresses, Apache, mail.
//! Not here: the order in which a group starts and stops them.

pub mod address;
pub mod apache;
pub mod mailto;
