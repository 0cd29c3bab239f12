//! A market that never was: seeded, exact, the same on every machine.
