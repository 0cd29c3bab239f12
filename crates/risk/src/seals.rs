//! The gate's seals: by them `verify` and the gateway know what the gate itself has made.
//!
//! Each is over the kind of the grant, every field of it but the seal, and every field of the
//! correlation. The patterns below name all fields, so that a new one cannot be left out unnoticed.

use contracts::{Approval, CancelApproval, Corr, ProtectApproval, Seal, SealKey, SealWriter};

/// What a seal is over; no two kinds have the same.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Place = 1,
    Amend = 2,
    Cancel = 3,
    Protect = 4,
}

fn begin(key: &SealKey, kind: Kind, corr: &Corr) -> SealWriter {
    corr.seal_into(key.begin().bytes(&[kind as u8]))
}

/// The seal over an order or a change of one.
pub(crate) fn seal_order(key: &SealKey, kind: Kind, corr: &Corr, approval: &Approval) -> Seal {
    let Approval { id, spec, valid_until, seal: _, number, limits } = *approval;
    let seal = begin(key, kind, corr)
        .wide(id.bits())
        .word(valid_until.nanos() as u64)
        .word(u64::from(number))
        .word(u64::from(limits));
    spec.seal_into(seal).finish()
}

/// The seal over a cancel.
pub(crate) fn seal_cancel(key: &SealKey, corr: &Corr, approval: &CancelApproval) -> Seal {
    let CancelApproval { target, seal: _, number } = *approval;
    begin(key, Kind::Cancel, corr).wide(target.bits()).word(u64::from(number)).finish()
}

/// The seal over a guard.
pub(crate) fn seal_protect(key: &SealKey, corr: &Corr, approval: &ProtectApproval) -> Seal {
    let ProtectApproval { protect, seal: _, number } = *approval;
    protect.seal_into(begin(key, Kind::Protect, corr)).word(u64::from(number)).finish()
}
