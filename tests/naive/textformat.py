"""A reader for the part of the protobuf text format in which procedures are written.

Only what those files use is understood: messages in braces, quoted texts, numbers and true or false. Every field is read as a
list, because nothing here knows which fields repeat.
"""

import re
from typing import Union

Message = dict[str, list["Field"]]
Field = Union[str, int, bool, Message]

_TOKEN = re.compile(r'\s+|#[^\n]*|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>-?\w+)|(?P<sign>[{}:])')


class TextError(ValueError):
    """The text is not what this reader understands."""


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise TextError(f"line {text.count(chr(10), 0, at) + 1}: unexpected {text[at]!r}")
        if match.lastgroup is not None:
            found.append(match.group())
        at = match.end()
    return found


def _unquote(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def parse(text: str) -> Message:
    """Reads a whole file."""
    tokens = _tokens(text)
    at = 0

    def message(closing: bool) -> Message:
        nonlocal at
        fields: Message = {}
        while at < len(tokens) and tokens[at] != "}":
            name = tokens[at]
            at += 1
            if tokens[at] == ":":
                at += 1
            value: Field
            if tokens[at] == "{":
                at += 1
                value = message(True)
                at += 1
            elif tokens[at].startswith('"'):
                parts: list[str] = []
                while at < len(tokens) and tokens[at].startswith('"'):
                    parts.append(_unquote(tokens[at]))
                    at += 1
                value = "".join(parts)
            else:
                token = tokens[at]
                at += 1
                value = token == "true" if token in ("true", "false") else int(token)
            fields.setdefault(name, []).append(value)
        if closing and at >= len(tokens):
            raise TextError("a brace is not closed")
        return fields

    whole = message(False)
    if at != len(tokens):
        raise TextError("a brace too many")
    return whole
