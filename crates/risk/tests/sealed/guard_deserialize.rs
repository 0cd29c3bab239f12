//! A guard that passed cannot be read from bytes, and there is no empty one.

fn needs_deserialize<T: serde::de::DeserializeOwned>() {}

fn main() {
    needs_deserialize::<risk::ApprovedProtect>();
    let _: risk::ApprovedProtect = Default::default();
}
