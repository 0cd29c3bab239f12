//! The check of a guard's seal cannot be left out.

fn skip(corr: contracts::Corr, approval: contracts::ProtectApproval, key: &contracts::SealKey) {
    let _ = risk::ApprovedProtect::verified(corr, approval, key);
}

fn main() {}
