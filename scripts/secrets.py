"""What detect-secrets does not know and this product has: secrets of Kraken, identities of age, addresses that hold a
password and no name. A plugin of it; scripts/secrets.sh hands it over."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class KrakenSecret(RegexBasedDetector):
    """Sixty-four bytes in base64, as the venue hands out its private keys."""

    secret_type = "Kraken Secret"
    denylist = [re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==")]


class AgeIdentity(RegexBasedDetector):
    """What opens the file of the secrets."""

    secret_type = "Age Identity"
    denylist = [re.compile(r"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{30,}")]


class AddressWithPassword(RegexBasedDetector):
    """An address of Redis may hold a password alone; with a name before it, detect-secrets knows it."""

    secret_type = "Address with Password"
    denylist = [re.compile(r"\b[a-z][a-z0-9+]*://:([^\s:@/\"'{}]+)@")]
