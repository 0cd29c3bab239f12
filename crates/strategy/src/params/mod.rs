//! Parameters of strategies: declared once, checked before anything starts, listed for people and sweeps.
//!
//! A macro by example declares them, so that no compiler plug-in is needed: [`crate::params`] makes
//! the struct, its reading with ranges and known keys, and its description from one list. Reading is
//! strict: a key that nobody knows is refused, with the nearest one that is known.

mod declare;
mod nearest;
mod value;

pub use value::{NotThatKind, ParamValue};

pub(crate) use nearest::nearest;

use serde_json::{Map, Value};

use crate::invalid::Invalid;

/// The parameters of a strategy. Made by [`crate::params`]; nobody writes this by hand.
pub trait Params: Sized + Clone + Send + 'static {
    /// Every parameter, in the order of declaration.
    fn describe() -> Vec<ParamInfo>;

    /// Reads a table of values, as JSON or TOML has them. What is absent has its default; nothing at
    /// all is an empty table.
    fn read(values: &Value) -> Result<Self, Invalid>;

    /// Every value, the defaults included.
    fn show(&self) -> Value;
}

/// No parameters.
impl Params for () {
    fn describe() -> Vec<ParamInfo> {
        Vec::new()
    }
    fn read(values: &Value) -> Result<Self, Invalid> {
        Given::open(values, Self::describe()).map(|_| ())
    }
    fn show(&self) -> Value {
        Value::Object(Map::new())
    }
}

/// What a person, or a sweep, may know about a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamInfo {
    /// The key.
    pub name: &'static str,
    /// What kind of value it takes, in a word.
    pub kind: &'static str,
    /// What holds where nothing is said.
    pub default: Value,
    /// The smallest and the largest value.
    pub range: Option<(Value, Value)>,
    /// What it is for.
    pub about: &'static str,
}

/// A table of values against the parameters that are known.
#[doc(hidden)]
pub struct Given<'a> {
    values: Option<&'a Map<String, Value>>,
    known: Vec<ParamInfo>,
}

impl<'a> Given<'a> {
    /// Opens a table; refused where it is none, or has a key that is not known.
    pub fn open(values: &'a Value, known: Vec<ParamInfo>) -> Result<Self, Invalid> {
        let values = match values {
            Value::Null => None,
            Value::Object(values) => Some(values),
            other => {
                let what = format!("parameters are a table of names and values, not {other}");
                return Err(Invalid::new(what));
            }
        };
        let names: Vec<&str> = known.iter().map(|info| info.name).collect();
        for key in values.into_iter().flat_map(Map::keys) {
            if !names.contains(&key.as_str()) {
                return Err(unknown("parameter", key, &names));
            }
        }
        Ok(Self { values, known })
    }

    /// The value of one parameter: what was given, else the default, inside the range.
    pub fn take<T: ParamValue>(&self, name: &'static str) -> Result<T, Invalid> {
        let info = self.known.iter().find(|info| info.name == name);
        let info = info.ok_or_else(|| Invalid::new("not declared").at(name))?;
        let given = self.values.and_then(|values| values.get(name)).unwrap_or(&info.default);
        let value = T::read(given).map_err(|NotThatKind(why)| {
            Invalid::new(why).at(name).advice(format!("{}, such as {}", T::KIND, info.default))
        })?;
        match &info.range {
            Some(range) => within(value, info, range),
            None => Ok(value),
        }
    }
}

fn within<T: ParamValue>(
    value: T,
    info: &ParamInfo,
    (low, high): &(Value, Value),
) -> Result<T, Invalid> {
    let declared = |bound: &Value| {
        T::read(bound).map_err(|NotThatKind(why)| {
            Invalid::new(format!("its range is declared wrongly: {why}")).at(info.name)
        })
    };
    let outside = if value < declared(low)? {
        format!("is below {low}")
    } else if value > declared(high)? {
        format!("is above {high}")
    } else {
        return Ok(value);
    };
    let advice = format!("a value from {low} to {high}, such as {}", info.default);
    Err(Invalid::new(format!("{} {outside}", value.show())).at(info.name).advice(advice))
}

/// A name that nobody knows, with the nearest that somebody does.
pub(crate) fn unknown(what: &str, name: &str, known: &[&str]) -> Invalid {
    let advice = match (nearest(name, known), known) {
        (Some(near), _) => format!("`{near}`"),
        (None, []) => format!("without it: there is no {what} at all"),
        (None, _) => format!("one of {}", known.join(", ")),
    };
    Invalid::new(format!("there is no {what} `{name}`")).advice(advice)
}
