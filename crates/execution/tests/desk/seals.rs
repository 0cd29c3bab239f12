//! Seals of the gate, made by the test: a twin of the gate's own.

use contracts::{Approval, Envelope, Event, ProtectApproval, SealWriter};

use crate::rig::GATE_KEY;

/// The same decision with the seal that the gate would put on it, if it is a grant.
pub(crate) fn sealed(decision: Envelope) -> Envelope {
    let Some(corr) = decision.corr else { return decision };
    let begin = |kind: u8| corr.seal_into(GATE_KEY.begin().bytes(&[kind]));
    let order = |kind: u8, approval: Approval| {
        let Approval { id, spec, valid_until, number, limits, .. } = approval;
        let words = [valid_until.nanos() as u64, u64::from(number), u64::from(limits)];
        let writer = words.into_iter().fold(begin(kind).wide(id.bits()), SealWriter::word);
        Approval { seal: spec.seal_into(writer).finish(), ..approval }
    };
    let guard = |approval: ProtectApproval| {
        let writer = approval.protect.seal_into(begin(4)).word(u64::from(approval.number));
        ProtectApproval { seal: writer.finish(), ..approval }
    };
    let event = match decision.event {
        Event::Approved(approval) => Event::Approved(order(1, approval)),
        Event::AmendApproved(approval) => Event::AmendApproved(order(2, approval)),
        Event::ProtectApproved(approval) => Event::ProtectApproved(guard(approval)),
        event => event,
    };
    Envelope { event, ..decision }
}
