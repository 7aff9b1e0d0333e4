//! Everything that one simulated Huawei knows; shared by its two listeners and its handle.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{BesOptions, data::Data, render::Renderer, sign::Lock, tokens::Tokens};
use crate::{media::Signer, server::Gate};

pub(super) struct World {
    pub(super) options: BesOptions,
    pub(super) data: RwLock<Data>,
    pub(super) tokens: Mutex<Tokens>,
    /// Who signs wrongly too often is locked out.
    pub(super) lock: Mutex<Lock>,
    pub(super) gate: Gate,
    pub(super) signer: Signer,
}

impl World {
    pub(super) fn data(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn data_mut(&self) -> RwLockWriteGuard<'_, Data> {
        self.data.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.gate.clock.now_ms()
    }

    pub(super) fn renderer<'a>(&'a self, data: &'a Data) -> Renderer<'a> {
        let (options, now_ms) = (&self.options, self.now_ms());
        Renderer { data, options, now_ms, scratch: String::new() }
    }
}
