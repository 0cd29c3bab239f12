//! The simulated venue that the settings describe.

use settings::{FeeModel, Settings};
use simvenue::{
    FeeSchedule, Funds, Latency, Leg, PostOnlyMode, QueueModel, SelfTrade, VenueConfig,
};

use super::blueprint::BOOK_DEPTH;

/// Every property that can be set; the bounds are the venue's own.
pub(super) fn venue(settings: &Settings) -> VenueConfig {
    let said = &settings.venue;
    let funds = said.funds.iter().map(|(asset, amount)| (*asset, *amount)).collect();
    VenueConfig {
        latency: Latency {
            entry: Leg { fixed: said.entry_latency, jitter_max: said.entry_jitter_max },
            response: Leg { fixed: said.response_latency, jitter_max: said.response_jitter_max },
            seed: said.latency_seed,
        },
        fees: match said.fees {
            FeeModel::Ladder => FeeSchedule::ladder(),
            FeeModel::Flat => FeeSchedule::flat(said.maker_fee, said.taker_fee),
        },
        queue: match said.queue {
            settings::Queue::Back => QueueModel::Back,
            settings::Queue::Proportional => QueueModel::Proportional,
            settings::Queue::Front => QueueModel::Front,
        },
        self_trade: match said.self_trade {
            settings::SelfTrade::CancelNewest => SelfTrade::CancelNewest,
            settings::SelfTrade::CancelOldest => SelfTrade::CancelOldest,
            settings::SelfTrade::CancelBoth => SelfTrade::CancelBoth,
        },
        post_only: match said.post_only {
            settings::PostOnlyMode::Cancel => PostOnlyMode::Cancel,
            settings::PostOnlyMode::Reject => PostOnlyMode::Reject,
        },
        funds: Funds::Checked { start: funds },
        evidence_age_max: said.evidence_age_max,
        book_depth: BOOK_DEPTH,
        ..VenueConfig::default()
    }
}
