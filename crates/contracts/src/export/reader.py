class Unreadable(ValueError):
    """A line that is no message of this version."""


def parse(line: str | bytes) -> Envelope:
    """Reads one message. Unknown fields are ignored, everything else is checked."""
    try:
        raw = json.loads(line, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise Unreadable("not an object")
    if raw.get("v") != VERSION or isinstance(raw.get("v"), bool):
        raise Unreadable(f"version {raw.get('v')!r}, this is for {VERSION}")
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in BODIES:
        raise Unreadable(f"unknown type {kind!r}")
    body = _record(BODIES[kind], raw.get("body"), kind)
    return _record(Envelope, raw, "message", body=body)


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is a float")


@cache
def _readers(record: type) -> list[tuple[str, Callable[[Any, str], Any], bool]]:
    hints = get_type_hints(record, include_extras=True)
    required = {field.name: field.default is MISSING for field in fields(record)}
    # The body of an envelope is read beforehand, because its type depends on another field.
    names = [name for name in required if hints[name] != Body]
    return [(name, _reader(hints[name]), required[name]) for name in names]


def _record(record: type, raw: Any, where: str, **values: Any) -> Any:
    if not isinstance(raw, dict):
        raise Unreadable(f"{where}: not an object")
    for name, reader, required in _readers(record):
        if name in raw:
            values[name] = reader(raw[name], f"{where}.{name}")
        elif required:
            raise Unreadable(f"{where}.{name}: missing")
    return record(**values)


@cache
def _reader(hint: Any) -> Callable[[Any, str], Any]:
    """How a value of that type is read."""
    if is_dataclass(hint):
        return lambda raw, where: _record(hint, raw, where)
    if get_origin(hint) is Annotated:
        base, rule = get_args(hint)
        return _number(rule) if isinstance(rule, Between) else _text(base, rule)
    if get_origin(hint) is Literal:
        return _word(get_args(hint))
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    if len(choices) == 1:
        return _reader(choices[0])
    return _choice(choices) if choices else _plain(hint)


def _text(base: type, rule: Text) -> Callable[[Any, str], Any]:
    pattern = re.compile(rule.pattern)

    def read(raw: Any, where: str) -> Any:
        if not isinstance(raw, str) or not pattern.fullmatch(raw):
            raise Unreadable(f"{where}: {raw!r} is not of the form {rule.pattern}")
        return base(raw)

    return read


def _number(rule: Between) -> Callable[[Any, str], Any]:
    def read(raw: Any, where: str) -> Any:
        if type(raw) is not int or not rule.least <= raw <= rule.most:
            raise Unreadable(f"{where}: {raw!r} is not a whole number of its range")
        return raw

    return read


def _word(words: tuple[str, ...]) -> Callable[[Any, str], Any]:
    def read(raw: Any, where: str) -> Any:
        if raw not in words:
            raise Unreadable(f"{where}: {raw!r} is none of {', '.join(words)}")
        return raw

    return read


def _choice(choices: list[Any]) -> Callable[[Any, str], Any]:
    """A bare word, or an object whose only key is the tag of a record."""
    words = [_reader(choice) for choice in choices if not is_dataclass(choice)]
    tagged = {choice.TAG: choice for choice in choices if is_dataclass(choice)}

    def read(raw: Any, where: str) -> Any:
        if isinstance(raw, dict) and len(raw) == 1:
            tag = next(iter(raw))
            if tag in tagged:
                return _record(tagged[tag], raw[tag], f"{where}.{tag}")
        elif isinstance(raw, str) and words:
            return words[0](raw, where)
        raise Unreadable(f"{where}: {raw!r} is none of its choices")

    return read


def _plain(kind: type) -> Callable[[Any, str], Any]:
    def read(raw: Any, where: str) -> Any:
        if not isinstance(raw, kind):
            raise Unreadable(f"{where}: {raw!r} is not a {kind.__name__}")
        return raw

    return read


def main() -> int:
    """Reads messages from the standard input; says what is wrong with the first bad one."""
    count = 0
    for line in sys.stdin:
        count += 1
        try:
            parse(line)
        except Unreadable as error:
            print(f"line {count}: {error}", file=sys.stderr)
            return 1
    print(f"{count} messages read")
    return 0


if __name__ == "__main__":
    sys.exit(main())
