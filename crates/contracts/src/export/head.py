"""The messages of Njord as Python types. Generated from the Rust types; do not edit.

    for line in open("messages.jsonl"):
        message = njord.parse(line)
        if isinstance(message.body, njord.Fill):
            print(message.body.symbol, message.body.price * message.body.qty)

Amounts are `Decimal` and exact as read; a product is as exact as the decimal context, whose default of
28 digits is short for money: `decimal.getcontext().prec = 60` is enough. Times are nanoseconds since
1970. A field that was absent is None. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Text:
    """On the wire a string of this pattern."""

    pattern: str


@dataclass(frozen=True)
class Between:
    """A whole number within these bounds."""

    least: int
    most: int
