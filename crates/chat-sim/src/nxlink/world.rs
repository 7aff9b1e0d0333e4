//! Everything that one simulated NXLink knows; shared by its two listeners and its handle.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicU64},
};

use super::{NxlinkOptions, data::Data};
use crate::{media::Signer, server::Gate};

/// Last sent bytes by record id.
type Sent = HashMap<u64, Box<[u8]>>;

pub(super) struct World {
    pub(super) options: NxlinkOptions,
    pub(super) offset_s: i64,
    /// First day of the data, wall clock.
    pub(super) start_s: i64,
    pub(super) data: RwLock<Data>,
    pub(super) gate: Gate,
    pub(super) signer: Signer,
    pub(super) sent: Option<Mutex<Sent>>,
    pub(super) answered: AtomicU64,
}

impl World {
    pub(super) fn data(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn data_mut(&self) -> RwLockWriteGuard<'_, Data> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The virtual clock as the vendor's clocks on the wall show it, in milliseconds.
    pub(super) fn now_wall_ms(&self) -> i64 {
        self.gate.clock.now_ms().saturating_add(self.offset_s * 1000)
    }
}
