//! Everything that one simulated Yuju AI knows; shared by its two listeners and its handle.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicU64};

use super::{JijyunOptions, data::Data, render::Renderer};
use crate::server::Gate;

pub(super) struct World {
    pub(super) options: JijyunOptions,
    pub(super) data: RwLock<Data>,
    pub(super) gate: Gate,
    pub(super) media_url: String,
    pub(super) answered: AtomicU64,
    /// How many calls are still paid for; `None` is no limit.
    pub(super) allowance: Mutex<Option<u64>>,
}

impl World {
    pub(super) fn data(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn data_mut(&self) -> RwLockWriteGuard<'_, Data> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn renderer<'a>(&'a self, data: &'a Data) -> Renderer<'a> {
        let Self { options, media_url, .. } = self;
        Renderer { data, options, media_url, scratch: String::new() }
    }

    /// Takes a call off the allowance; false if none is left.
    pub(super) fn pays(&self) -> bool {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *allowance {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    pub(super) fn set_allowance(&self, calls: Option<u64>) {
        *self.allowance.lock().unwrap_or_else(PoisonError::into_inner) = calls;
    }
}
