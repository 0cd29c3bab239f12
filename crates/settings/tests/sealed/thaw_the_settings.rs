//! What was loaded is frozen: paper does not become live behind the back of the checks.

fn thaw(loaded: &mut settings::Loaded) {
    loaded.settings().run.mode = settings::Mode::Live;
}

fn main() {}
