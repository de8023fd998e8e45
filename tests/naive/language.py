"""The sentences of the rules, read from docs/procedure-language.md and nothing else.

A sentence becomes a Python function of a scene. What is not known is None, and a comparison with None is false.
"""

import datetime
import operator
import re
from typing import Any, Callable

from vocabulary import Vocabulary

Getter = Callable[[Any], Any]
Test = Callable[[Any], bool]

_TOKEN = re.compile(r"\s*(\d{4}-\d\d-\d\d|\w+|==|!=|<=|>=|[<>=(){},.+])")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_HOLDERS = ("act", "case", "transfer", "flight", "line", "listed", "lodged", "earlier", "entry")
_MATTERS = ("case", "transfer", "flight", "earlier")
_EPOCH = datetime.date(1970, 1, 1)


def day_number(text: str) -> int:
    """Days from 1970-01-01 to a date."""
    return (datetime.date.fromisoformat(text) - _EPOCH).days


class SentenceError(ValueError):
    """A sentence that this reader does not understand."""


class Sentence:
    """Reads one sentence; notes on the way whose facts it reads and with what they are compared."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.tokens: list[str] = []
        self.reads: list[tuple[str, str]] = []  # holder, name
        self.dates: list[int] = []
        self.shifts: list[int] = []
        self.told_apart: list[tuple[str, str]] = []  # a fact and a word that it is compared with
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise SentenceError(f"{text!r}: cannot read on at {at}")
            self.tokens.append(match.group(1))
            at = match.end()
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        token = self.peek()
        if not token or (wanted is not None and token != wanted):
            raise SentenceError(f"{self.text!r}: expected {wanted or 'more'} and found {token!r}")
        self.at += 1
        return token

    def took(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self.at += 1
        return True

    def end(self) -> None:
        if self.peek():
            raise SentenceError(f"{self.text!r}: {self.peek()!r} follows the end")

    # Whose facts.

    def path(self) -> tuple[str, str]:
        holder = self.take()
        if holder not in _HOLDERS:
            raise SentenceError(f"{self.text!r}: {holder!r} has no facts")
        self.take(".")
        name = self.take()
        self.reads.append((holder, name))
        return holder, name

    def getter(self, holder: str, name: str) -> Getter:
        if holder == "act":
            if name in ("author", "addressee", "digest", "answers", "commitment", "recorded_at", "received_at"):
                return lambda scene: getattr(scene.act, name) if scene.act is not None else None
            return lambda scene: scene.act.facts.get(name) if scene.act is not None else None
        if holder in _MATTERS:
            if name in ("stage", "id", "requesting", "requested"):

                def of_matter(scene: Any) -> Any:
                    matter = getattr(scene, holder)
                    return getattr(matter, name) if matter is not None else None

                return of_matter

            def fact_of_matter(scene: Any) -> Any:
                matter = getattr(scene, holder)
                return matter.facts.get(name) if matter is not None else None

            return fact_of_matter

        def fact_of_row(scene: Any) -> Any:
            row = getattr(scene, holder)
            return row.get(name) if row is not None else None

        return fact_of_row

    # What is compared.

    def plus(self) -> int:
        if not self.took("+"):
            return 0
        number = int(self.take())
        self.shifts.append(number)
        return number


    def where(self) -> list[Test]:
        tests: list[Test] = []
        if self.took("where"):
            tests.append(self.condition_part())
            while self.took("and"):
                tests.append(self.condition_part())
        return tests

    def operand(self) -> Getter:
        token = self.peek()
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", token):
            self.take()
            day = day_number(token)
            self.dates.append(day)
            return lambda scene: day
        if token.isdigit():
            self.take()
            number = int(token)
            return lambda scene: number
        if following == "(":
            return self.call()
        if following == ".":
            get = self.getter(*self.path())
            shift = self.plus()
            if not shift:
                return get

            def shifted(scene: Any) -> Any:
                value = get(scene)
                return value + shift if isinstance(value, int) else value

            return shifted
        self.take()
        return lambda scene: token

    def call(self) -> Getter:
        name = self.take()
        self.take("(")
        if name == "since":
            limit = self.take()
            self.take(")")
            return lambda scene: scene.running(limit, 0)
        if name == "limit":
            limit = self.take()
            if self.took(","):
                get = self.getter(*self.path())
                self.take(")")
                return lambda scene: scene.limit_from(limit, get(scene))
            self.take(")")
            return lambda scene: scene.running(limit, 1)
        if name == "day":
            get = self.getter(*self.path())
            self.take(")")
            shift = self.plus()
            self.shifts.append(0)

            def civil_day(scene: Any) -> Any:
                moment = get(scene)
                return scene.day(moment) + shift if moment is not None and scene.subject is not None else None

            return civil_day
        if name not in ("count", "sum"):
            raise SentenceError(f"{self.text!r}: {name!r} cannot be called")
        of = self.take()
        self.take(".")
        self.take("lines")
        summed = ""
        if name == "sum":
            self.take("of")
            summed = self.take()
        tests = self.where()
        self.take(")")

        def over(scene: Any) -> Any:
            rows = scene.lines_of(of)
            if rows is None:
                return None
            holder = {"act": "line", "transfer": "listed", "flight": "lodged"}[of]
            chosen = [row for row in rows if all(test(scene.seeing(holder, row)) for test in tests)]
            if not summed:
                return len(chosen)
            if any(summed not in row for row in chosen):
                return None
            return sum(row[summed] for row in chosen)

        return over

    # Conditions.

    def condition(self) -> Test:
        test = self.condition_part()
        self.end()
        return test

    def condition_part(self) -> Test:
        if self.took("suspended"):
            return lambda scene: scene.suspended()
        if self.took("families_together"):
            return lambda scene: scene.families_together()
        if self.took("not"):
            self.take("suspended")
            return lambda scene: not scene.suspended()
        if self.peek() in ("known", "unknown"):
            known = self.take() == "known"
            get = self.getter(*self.path())
            return lambda scene: (get(scene) is not None) == known
        if self.peek() in ("some", "no", "every"):
            quantifier = self.take()
            inner = self.condition_part()

            def over_lines(scene: Any) -> bool:
                holds = [inner(scene.seeing("line", row)) for row in (scene.lines_of("act") or [])]
                return {"some": any(holds), "no": not any(holds), "every": all(holds)}[quantifier]

            return over_lines
        if self.peek() in ("carrier_accepted", "may_take_part", "appointed"):
            predicate = self.take()
            self.take("(")
            get = self.getter(*self.path())
            self.take(")")
            return lambda scene: getattr(scene, predicate)(get(scene))
        compared_fact = self.tokens[self.at + 2] if len(self.tokens) > self.at + 2 else ""
        left = self.operand()
        if self.took("in"):
            self.take("{")
            self.told_apart.append((compared_fact, self.peek()))
            members = [self.operand()]
            while self.took(","):
                self.told_apart.append((compared_fact, self.peek()))
                members.append(self.operand())
            self.take("}")

            def among(scene: Any) -> bool:
                value = left(scene)
                return value is not None and any(value == member(scene) for member in members)

            return among
        sign = self.take()
        if sign not in _COMPARE:
            raise SentenceError(f"{self.text!r}: {sign!r} does not compare")
        compare = _COMPARE[sign]
        self.told_apart.append((compared_fact, self.peek()))
        right = self.operand()

        def compared(scene: Any) -> bool:
            one = left(scene)
            if one is None:
                return False
            other = right(scene)
            return other is not None and type(one) is type(other) and compare(one, other)

        return compared


class Effect:
    """What follows from an act: `kind` is set, clear, start or stop; `holder` and `name` say of what."""

    def __init__(self, text: str, when: list[Test], vocabulary: Vocabulary) -> None:
        reader = Sentence(text, vocabulary)
        self.text = text
        self.when = when
        self.value: Getter | None = None
        first = reader.peek()
        following = reader.tokens[1] if len(reader.tokens) > 1 else ""
        if first in ("start", "stop", "clear") and following != ".":
            self.kind = reader.take()
            self.holder, self.name = reader.path()
            reader.reads.clear()
            if self.kind == "start" and reader.took("since"):
                self.value = reader.operand()
        else:
            self.kind = "set"
            self.holder, self.name = reader.path()
            reader.reads.clear()
            reader.take("=")
            self.value = reader.operand()
        reader.end()
        self.reads = reader.reads
        self.told_apart = reader.told_apart
        self.dates = reader.dates
        self.shifts = reader.shifts
