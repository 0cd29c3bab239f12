//! Approvals as types. Whoever holds an [`Approved`] holds something that passed the gate.
//!
//! Its fields are private, nothing deserialises into it, and it is made in two places only: where the
//! gate grants, and in [`verify`], which makes it from a decision whose seal fits. What crosses the
//! dispatcher or the wire is the plain [`contracts::Approval`]; by itself that has no power.
//!
//! A guard sends nothing by itself: when it triggers it says an intent, and the gate judges that like any
//! other. It is sealed all the same, because who could forge one could take a stop away.

use contracts::{
    Approval, CancelApproval, Corr, Envelope, Event, OrderId, OrderSpec, Protect, ProtectApproval,
    SealKey, Ts,
};

use crate::seals::{Kind, seal_cancel, seal_order, seal_protect};

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
    approval: ProtectApproval,
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
            Approved::verified(corr?, approval, Kind::Place, key).map(Granted::Place)
        }
        Event::AmendApproved(approval) => {
            Approved::verified(corr?, approval, Kind::Amend, key).map(Granted::Amend)
        }
        Event::CancelApproved(approval) => {
            ApprovedCancel::verified(corr?, approval, key).map(Granted::Cancel)
        }
        Event::ProtectApproved(approval) => {
            ApprovedProtect::verified(corr?, approval, key).map(Granted::Protect)
        }
        _ => Err(Unverified::NotAGrant),
    }
}

/// The same for whoever keeps guards and acts on no other grant.
pub fn verify_protect(decision: &Envelope, key: &SealKey) -> Result<ApprovedProtect, Unverified> {
    let Event::ProtectApproved(approval) = decision.event else {
        return Err(Unverified::NotAGrant);
    };
    let corr = decision.corr.ok_or(Unverified::NoCorrelation)?;
    ApprovedProtect::verified(corr, approval, key)
}

fn if_fits<T>(fits: bool, grant: T) -> Result<T, Unverified> {
    if fits { Ok(grant) } else { Err(Unverified::Forged) }
}

impl Approved {
    fn verified(
        corr: Corr,
        approval: Approval,
        kind: Kind,
        key: &SealKey,
    ) -> Result<Self, Unverified> {
        let fits = approval.seal == seal_order(key, kind, &corr, &approval);
        if_fits(fits, Self { corr, approval })
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
    fn verified(corr: Corr, approval: CancelApproval, key: &SealKey) -> Result<Self, Unverified> {
        let fits = approval.seal == seal_cancel(key, &corr, &approval);
        if_fits(fits, Self { corr, target: approval.target })
    }

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
    fn verified(corr: Corr, approval: ProtectApproval, key: &SealKey) -> Result<Self, Unverified> {
        let fits = approval.seal == seal_protect(key, &corr, &approval);
        if_fits(fits, Self { corr, approval })
    }

    /// For whom, and because of which intent.
    pub fn corr(&self) -> Corr {
        self.corr
    }

    /// The guard.
    pub fn protect(&self) -> Protect {
        self.approval.protect
    }

    /// The number of the approval; one with a lower number than another of the same order is older.
    pub fn number(&self) -> u32 {
        self.approval.number
    }
}
