//! JSON Schemas for the types that are strings on the wire; compiled only with the `schema` feature.

/// What the text of such a type holds.
#[cfg(feature = "schema")]
pub(crate) enum TextKind {
    /// An exact decimal number.
    Decimal,
    /// A whole number of up to 64 bits.
    Whole,
    /// A name or id, described by this sentence.
    Name(&'static str),
}

#[cfg(feature = "schema")]
impl TextKind {
    /// The mark by which the exporter of types recognises the kind; it is not in the kept schemas.
    pub(crate) const MARK: &'static str = "x-njord-text";

    /// The value of the mark.
    pub(crate) const fn mark(&self) -> &'static str {
        match self {
            Self::Decimal => "decimal",
            Self::Whole => "whole",
            Self::Name(_) => "name",
        }
    }

    /// The schema of a text of this kind.
    pub(crate) fn schema(&self, pattern: &str) -> schemars::Schema {
        let description = match self {
            Self::Decimal => "An exact decimal number as text: no exponent, no float.",
            Self::Whole => "A whole number as text: JSON numbers lose digits above 2^53.",
            Self::Name(description) => description,
        };
        schemars::json_schema!({
            "type": "string", "pattern": pattern, "description": description, (Self::MARK): self.mark()
        })
    }
}

/// A schema that says "a string of this pattern".
macro_rules! text_schema {
    ($name:ident, $kind:ident $(($description:literal))?, $pattern:literal) => {
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                crate::schema::TextKind::$kind$(($description))?.schema($pattern)
            }
        }
    };
}
pub(crate) use text_schema;
