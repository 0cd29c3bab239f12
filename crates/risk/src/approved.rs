//! Approvals as types. Whoever holds an [`Approved`] holds something that passed the gate.
//!
//! Its fields are private, nothing deserialises into it, and it is made in two places only: where the
//! gate grants, and in [`verify`], which makes it from a decision whose seal fits. What crosses the
//! dispatcher or the wire is the plain [`contracts::Approval`]; by itself that has no power.
//!
//! A guard (`ProtectApproved`) needs no type of its own here: it sends nothing. When it triggers it only
//! says an intent, and the gate judges that like any other.

use contracts::{
    Approval, CancelApproval, Corr, Envelope, Event, OrderId, OrderSpec, Protect, Seal, SealKey, Ts,
};

/// An order (or a change of one) that passed the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    corr: Corr,
    approval: Approval,
}

/// A cancel that passed the gate. Cancels always pass; the type shows that it came this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovedCancel {
    corr: Corr,
    target: OrderId,
}

/// A guard that passed the gate. Its exits will be intents of their own, judged one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovedProtect {
    corr: Corr,
    protect: Protect,
}

/// What a decision grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// A new order.
    Place(Approved),
    /// A change of an order.
    Amend(Approved),
    /// A cancel.
    Cancel(ApprovedCancel),
    /// A guard.
    Protect(ApprovedProtect),
}

/// Why a decision grants nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The message is not a grant.
    #[error("not a grant of the gate")]
    NotAGrant,
    /// It does not say for whom.
    #[error("the grant names no strategy")]
    NoCorrelation,
    /// The seal does not fit: the gate did not make this.
    #[error("the seal does not fit: this grant was not made by the gate")]
    Forged,
}

/// Makes of a decision what it grants, if the gate made it. Does not look at expiry or at whether it
/// was used before: that is the gateway's business, which has the time and the memory for it.
pub fn verify(decision: &Envelope, key: &SealKey) -> Result<Granted, Unverified> {
    let corr = decision.corr.ok_or(Unverified::NoCorrelation);
    match decision.event {
        Event::Approved(approval) => {
            Approved::verified(corr?, approval, false, key).map(Granted::Place)
        }
        Event::AmendApproved(approval) => {
            Approved::verified(corr?, approval, true, key).map(Granted::Amend)
        }
        Event::CancelApproved(CancelApproval { target, seal, number }) => {
            let corr = corr?;
            if seal != seal_cancel(key, &corr, target, number) {
                return Err(Unverified::Forged);
            }
            Ok(Granted::Cancel(ApprovedCancel { corr, target }))
        }
        Event::ProtectApproved(protect) => {
            Ok(Granted::Protect(ApprovedProtect { corr: corr?, protect }))
        }
        _ => Err(Unverified::NotAGrant),
    }
}

impl Approved {
    fn verified(
        corr: Corr,
        approval: Approval,
        amend: bool,
        key: &SealKey,
    ) -> Result<Self, Unverified> {
        if approval.seal == seal_order(key, &corr, &approval, amend) {
            Ok(Self { corr, approval })
        } else {
            Err(Unverified::Forged)
        }
    }

    /// For whom, and because of which intent.
    pub fn corr(&self) -> Corr {
        self.corr
    }

    /// The order's id.
    pub fn id(&self) -> OrderId {
        self.approval.id
    }

    /// The order exactly as it may be sent.
    pub fn spec(&self) -> OrderSpec {
        self.approval.spec
    }

    /// The last moment at which it may be sent.
    pub fn valid_until(&self) -> Ts {
        self.approval.valid_until
    }

    /// The number of the approval; each may be used once.
    pub fn number(&self) -> u32 {
        self.approval.number
    }
}

impl ApprovedCancel {
    /// For whom, and because of which intent.
    pub fn corr(&self) -> Corr {
        self.corr
    }

    /// The order to cancel.
    pub fn target(&self) -> OrderId {
        self.target
    }
}

impl ApprovedProtect {
    /// For whom, and because of which intent.
    pub fn corr(&self) -> Corr {
        self.corr
    }

    /// The guard.
    pub fn protect(&self) -> Protect {
        self.protect
    }
}

/// The gate's seal over an order or a change of one.
pub(crate) fn seal_order(key: &SealKey, corr: &Corr, approval: &Approval, amend: bool) -> Seal {
    let seal = key
        .begin()
        .bytes(corr.strategy.bytes())
        .bytes(&[corr.origin as u8, u8::from(amend)])
        .word(corr.intent.get())
        .wide(corr.parent.map_or(0, OrderId::bits))
        .wide(approval.id.bits())
        .word(approval.valid_until.nanos() as u64)
        .word(u64::from(approval.number))
        .word(u64::from(approval.limits));
    approval.spec.seal_into(seal).finish()
}

/// The gate's seal over a cancel.
pub(crate) fn seal_cancel(key: &SealKey, corr: &Corr, target: OrderId, number: u32) -> Seal {
    key.begin()
        .bytes(b"cancel")
        .bytes(corr.strategy.bytes())
        .bytes(&[corr.origin as u8])
        .wide(target.bits())
        .word(u64::from(number))
        .finish()
}
