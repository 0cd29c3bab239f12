//! Nobody outside `settings` can put a permit together.

fn main() {
    let _ = settings::LivePermit { _made_here: () };
}
