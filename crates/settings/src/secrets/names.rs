//! The secrets there are, each with its name in a file and its environment variable.

macro_rules! names {
    ($( $(#[doc = $about:literal])* $name:ident = $key:literal, $variable:literal; )*) => {
        /// A secret that something can need.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum SecretName { $( $(#[doc = $about])* $name, )* }

        impl SecretName {
            /// Every secret.
            pub const ALL: &[Self] = &[$( Self::$name, )*];

            /// Its name in a file of secrets.
            pub const fn key(self) -> &'static str {
                match self { $( Self::$name => $key, )* }
            }

            /// Its environment variable.
            pub const fn variable(self) -> &'static str {
                match self { $( Self::$name => $variable, )* }
            }

            /// What it opens.
            pub const fn about(self) -> &'static str {
                match self { $( Self::$name => concat!($($about)*).trim_ascii(), )* }
            }
        }
    };
}

names! {
    /// The key of the account at Kraken; not secret by itself, but nobody else's business.
    KrakenKey = "kraken_key", "NJORD_KRAKEN_KEY";
    /// The secret of that key, as Kraken shows it once.
    KrakenSecret = "kraken_secret", "NJORD_KRAKEN_SECRET";
    /// The password of the Redis user.
    RedisPassword = "redis_password", "NJORD_REDIS_PASSWORD";
    /// What callers of the control interface show.
    ControllerToken = "controller_token", "NJORD_CONTROLLER_TOKEN";
    /// What readers of the metrics show.
    MetricsToken = "metrics_token", "NJORD_METRICS_TOKEN";
    /// What viewers of the dashboard show.
    DashboardToken = "dashboard_token", "NJORD_DASHBOARD_TOKEN";
    /// The address that alerts are posted to.
    AlertWebhookUrl = "alert_webhook_url", "NJORD_ALERT_WEBHOOK_URL";
    /// What we show there.
    AlertWebhookToken = "alert_webhook_token", "NJORD_ALERT_WEBHOOK_TOKEN";
    /// The Slack address that alerts are posted to; who knows it can post.
    SlackWebhookUrl = "slack_webhook_url", "NJORD_SLACK_WEBHOOK_URL";
    /// The user at the mail server.
    SmtpUser = "smtp_user", "NJORD_SMTP_USER";
    /// The password of that user.
    SmtpPass = "smtp_pass", "NJORD_SMTP_PASS";
}
