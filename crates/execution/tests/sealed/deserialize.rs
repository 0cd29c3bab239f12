//! A command cannot be read from bytes.

fn needs_deserialize<T: serde::de::DeserializeOwned>() {}

fn main() {
    needs_deserialize::<execution::VenueCommand>();
}
