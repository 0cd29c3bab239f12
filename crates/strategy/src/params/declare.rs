//! The macro that declares parameters.

/// Declares the parameters of a strategy: names, kinds, defaults, ranges and what each is for.
///
/// Makes the struct, and implements [`Params`](crate::Params), `Deserialize` (strict: unknown keys and
/// values out of range are errors) and `Serialize` for it.
///
/// ```
/// use strategy::{Params, params};
/// use contracts::{Bps, Money};
///
/// params! {
///     /// What the example takes.
///     pub struct Config {
///         /// Periods of the fast average.
///         fast: u32 = 12, in 2..=200;
///         /// What each purchase may cost.
///         stake: Money = "250";
///         /// How far the price may fall before the position is closed.
///         stop: Bps = 250, in 0..=5000;
///     }
/// }
///
/// let config = Config::read(&serde_json::json!({ "fast": 5 })).unwrap();
/// assert_eq!(config.fast, 5);
/// let wrong = Config::read(&serde_json::json!({ "fats": 5 })).unwrap_err();
/// assert_eq!(wrong.to_string(), "there is no parameter `fats`; try: `fast`");
/// ```
#[macro_export]
macro_rules! params {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $about:literal])*
                $field:ident : $kind:ty = $default:literal $(, in $low:literal ..= $high:literal)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $( $(#[doc = $about])* pub $field: $kind, )*
        }

        impl $crate::Params for $name {
            fn describe() -> Vec<$crate::ParamInfo> {
                vec![$(
                    $crate::ParamInfo {
                        name: stringify!($field),
                        kind: <$kind as $crate::ParamValue>::KIND,
                        default: $crate::export::Value::from($default),
                        range: $crate::params!(@range $($low, $high)?),
                        about: concat!($($about,)* "").trim_ascii(),
                    },
                )*]
            }

            fn read(values: &$crate::export::Value) -> Result<Self, $crate::Invalid> {
                let given =
                    $crate::export::Given::open(values, <Self as $crate::Params>::describe())?;
                Ok(Self { $( $field: given.take(stringify!($field))?, )* })
            }

            fn show(&self) -> $crate::export::Value {
                let mut shown = $crate::export::Map::new();
                $(
                    let value = $crate::ParamValue::show(&self.$field);
                    shown.insert(stringify!($field).to_owned(), value);
                )*
                $crate::export::Value::Object(shown)
            }
        }

        impl<'de> $crate::export::Deserialize<'de> for $name {
            fn deserialize<D: $crate::export::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let values = $crate::export::Value::deserialize(deserializer)?;
                <Self as $crate::Params>::read(&values)
                    .map_err(<D::Error as $crate::export::DeserializeError>::custom)
            }
        }

        impl $crate::export::Serialize for $name {
            fn serialize<S: $crate::export::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                $crate::export::Serialize::serialize(&$crate::Params::show(self), serializer)
            }
        }
    };
    (@range) => { None };
    (@range $low:literal, $high:literal) => {
        Some(($crate::export::Value::from($low), $crate::export::Value::from($high)))
    };
}

#[cfg(test)]
mod tests {
    use contracts::testing::money;
    use contracts::{Bps, Money, Span, Timeframe};
    use serde_json::{Value, json};

    use crate::params::Params;
    use crate::pulse::Pulse;

    params! {
        /// Parameters of a test.
        struct Config {
            /// Periods of the
            /// fast average.
            fast: u32 = 12, in 2..=200;
            stake: Money = "250", in "0.01"..="100000";
            stop: Bps = -5, in -10..=5000;
            threshold: f64 = 0.02, in 0.0..=1.0;
            on: Pulse = "trades";
            frame: Timeframe = "5m";
            wait: Span = "30s", in "0ms"..="1h";
            bold: bool = false;
        }
    }

    fn refused(values: &Value) -> String {
        Config::read(values).unwrap_err().to_string()
    }

    #[test]
    fn params_absent_values_have_their_defaults() {
        for empty in [json!(null), json!({})] {
            let config = Config::read(&empty).unwrap();
            assert_eq!((config.fast, config.stake), (12, money("250")));
            assert_eq!((config.on, config.frame), (Pulse::Trades, Timeframe::M5));
            assert_eq!((config.stop, config.wait), (Bps::new(-5), Span::from_secs(30)));
            assert!(!config.bold);
        }
    }

    #[test]
    fn params_unknown_key_names_the_nearest() {
        let unknown = json!({ "fast": 5, "steak": "1" });
        assert_eq!(refused(&unknown), "there is no parameter `steak`; try: `stake`");
        let far = refused(&json!({ "leverage": 100 }));
        assert!(far.contains("try: one of fast, stake, stop, threshold, on"), "{far}");
    }

    #[test]
    fn params_out_of_range_says_the_range() {
        let expected = "fast: 1 is below 2; try: a value from 2 to 200, such as 12";
        assert_eq!(refused(&json!({ "fast": 1 })), expected);
        assert!(refused(&json!({ "fast": 201 })).contains("201 is above 200"));
        assert!(refused(&json!({ "stake": "0.001" })).contains(r#""0.001" is below "0.01""#));
        assert!(refused(&json!({ "stop": -11 })).contains("is below -10"));
        assert!(refused(&json!({ "wait": "2h" })).contains("is above"));
        for edge in [2, 200] {
            assert_eq!(Config::read(&json!({ "fast": edge })).unwrap().fast, edge);
        }
    }

    #[test]
    fn params_wrong_kind_says_the_kind() {
        let text = refused(&json!({ "fast": "12" }));
        assert_eq!(
            text,
            r#"fast: "12" is not a whole number from 0 up; try: a whole number from 0 up, such as 12"#
        );
        assert!(refused(&json!([1])).contains("a table of names and values"));
    }

    #[test]
    fn params_describe_lists_what_a_sweep_needs() {
        let infos = Config::describe();
        assert_eq!(infos.len(), 8);
        let fast = &infos[0];
        assert_eq!((fast.name, fast.about), ("fast", "Periods of the fast average."));
        assert_eq!((&fast.default, &fast.range), (&json!(12), &Some((json!(2), json!(200)))));
        assert_eq!(infos[4].range, None);
    }

    #[test]
    fn params_show_reads_back_and_serde_is_as_strict() {
        let config = Config::read(&json!({ "fast": 7, "on": "1h", "wait": "90s" })).unwrap();
        assert_eq!(Config::read(&config.show()), Ok(config.clone()));
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
        let error = serde_json::from_str::<Config>(r#"{"fsat":3}"#).unwrap_err();
        assert!(error.to_string().contains("try: `fast`"));
        assert!(serde_json::from_str::<Config>(r#"{"fast":1000}"#).is_err());
    }

    #[test]
    fn params_none_refuse_every_key() {
        assert!(<() as Params>::read(&json!({})).is_ok());
        let refused = <() as Params>::read(&json!({ "a": 1 })).unwrap_err();
        assert!(refused.to_string().contains("there is no parameter at all"));
    }
}
