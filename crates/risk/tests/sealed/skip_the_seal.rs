//! The step behind the check of the seal cannot be taken alone.

fn skip(corr: contracts::Corr, approval: contracts::Approval, key: &contracts::SealKey) {
    let _ = risk::Approved::verified(corr, approval, todo!(), key);
}

fn main() {}
