"""A deliberately naive explorer of an agreed procedure, to catch the checker's mistakes.

It reads procedure.textproto by itself and shares no code with the engine. Both sides, GRC as the requesting and PAK as the
requested state, try every act in every situation with every combination of words that the rules of that act can read, and the
situations are explored breadth first. Two ways:

  counted     waits to the moment before a limit and to the limit, forgets facts of a case that no later act can read, as
              engine/checker/world.h describes it; the number of situations must be the checker's.
  unreduced   the clock moves day by day, to the last and the first millisecond of each; nothing is forgotten, and situations
              are equal only if everything in them is, told relative to now. The verdicts must be the checker's.

Usage: explorer.py FOLDER [--world NAME] [--unreduced] [--stories]
"""

import argparse
import dataclasses
import itertools
import pathlib
import re
import sys
from typing import Any, Callable, Iterator

from core import DAY, Act, Matter, Procedure, Rule, World, moment
from language import Effect, day_number
from vocabulary import Vocabulary, read_vocabulary

REQUESTING, REQUESTED = "GRC", "PAK"
DIGEST = "sha256:"
BEGINNING = moment("2016-09-01T07:00:00Z")  # noon in Islamabad
ENTRY_INTO_FORCE = day_number("2010-12-01")

# What the properties look at, whether or not a sentence does.
JUDGED = {
    "application": ("decision_final", "present", "entry_date", "handle", "new_evidence", "category"),
    "verification": ("verification",),
    "reply": ("answer",),
    "document_issued": ("document_valid_until",),
    "flight_proposed": ("departure", "carrier"),
    "manifest": ("flight",),
}
# The words the properties tell apart.
PROPERTIES_TELL_APART = {
    "category": ("own_national", "third_country_national"),
    "verification": ("national", "not_national", "duty_established"),
    "answer": ("confirmed", "refused", "other_nationality"),
    "outcome": ("admitted", "returned", "held_over"),
}
JUDGED_LINES = {
    "manifest": ("confirmation", "decision_renewed"),
    "boarding_recorded": ("boarded",),
}


@dataclasses.dataclass(frozen=True)
class Bounds:
    """How much of the world is explored."""

    name: str
    cases: int = 1
    persons: int = 1
    flights: int = 0
    transfers: int = 0
    revisions: int = 2
    suspensions: bool = False
    days: int = 5  # unreduced: dates and moments are tried for each of so many days to come
    horizon: int = 15  # unreduced: days further away than this are all the same


WORLDS = {
    bounds.name: bounds
    for bounds in (
        Bounds("one case"),
        Bounds("one person twice", cases=2),
        Bounds("one journey", flights=1, transfers=1, days=2, horizon=3),
        Bounds("one journey under suspensions", flights=1, transfers=1, suspensions=True, days=2, horizon=3),
    )
}


@dataclasses.dataclass
class Result:
    """What an exploration found: `broken` is property and words for each kind of breach."""

    situations: int = 0
    tried: int = 0
    admitted: int = 0
    waits: int = 0
    broken: dict[tuple[str, str], list[str]] = dataclasses.field(default_factory=dict)

    @property
    def properties(self) -> set[str]:
        """The names of the broken properties."""
        return {name for name, _ in self.broken}


# ---------------------------------------------------------------------------------------------------------------- moves


class Moves:
    """All that either side may try."""

    def __init__(self, procedure: Procedure, bounds: Bounds, unreduced: bool) -> None:
        self.procedure = procedure
        self.bounds = bounds
        self.unreduced = unreduced
        self.vocabulary: Vocabulary = procedure.vocabulary
        self.rules: dict[str, list[Rule]] = {}
        for rule in procedure.rules:
            self.rules.setdefault(rule.act, []).append(rule)
        self.dates = set().union(*(rule.dates for rule in procedure.rules)) | {ENTRY_INTO_FORCE}
        self.shifts = set().union(*(rule.shifts for rule in procedure.rules)) | {0}
        told_apart = set().union(*(rule.told_apart for rule in procedure.rules))
        self.words: dict[str, list[str]] = {}
        for name, words in self.vocabulary.words.items():
            told = [word for number, word in enumerate(words)
                    if (name, word) in told_apart or word in PROPERTIES_TELL_APART.get(name, ())]
            self.words[name] = told + [word for word in words if word not in told][:1]

    def acts(self, world: World) -> Iterator[Act]:
        """Every act of the vocabulary by either side that some rule could admit in this stage."""
        used = digests(world)
        fresh = [f"{DIGEST}{number}" for number in range(len(used) + 4) if f"{DIGEST}{number}" not in used][:4]
        for kind, rules in self.rules.items():
            matter_kind = self.procedure.matter_of(kind)
            subjects: list[Matter | None] = list(world.of(matter_kind))
            most = {"case": self.bounds.cases, "flight": self.bounds.flights, "transfer": self.bounds.transfers}
            if len(subjects) < most.get(matter_kind, 0):
                subjects.append(None)
            for subject, author in itertools.product(subjects, (REQUESTING, REQUESTED)):
                # The requested state opens nothing: it would be the requesting one of another world.
                if subject is None and author == REQUESTED:
                    continue
                act = Act(kind, author, REQUESTED if author == REQUESTING else REQUESTING,
                          subject.id if subject is not None else f"{matter_kind}-{len(subjects)}", fresh[0], world.now,
                          world.now, None, None, {}, [])
                fitting = [
                    rule for rule in rules
                    if World.has_role(rule, act, subject)
                    and (rule.opens if subject is None else subject.stage in rule.stages)
                ]
                if fitting:
                    yield from self._filled(world, act, rules, subject, used, fresh)

    def _filled(self, world: World, act: Act, rules: list[Rule], subject: Matter | None, used: list[str],
                fresh: list[str]) -> Iterator[Act]:
        form = self.vocabulary.acts[act.kind]
        reads = set().union(*(rule.reads for rule in rules))
        required = set.intersection(*(set(rule.required) for rule in rules))
        names = [name for name in form.facts if ("act", name) in reads
                 or any(name in rule.required for rule in rules) or name in JUDGED.get(act.kind, ())]
        choices = [self._values(world, name, name in required, used, fresh[3]) for name in names]
        answers: list[str | None] = [None]
        if ("act", "answers") in reads:
            answers += [*used, fresh[3]]
        particulars = any(rule.particulars for rule in rules) or ("act", "commitment") in reads
        commitments = [None, fresh[1]] if particulars else [None]
        lists = list(self._lists(world, act, rules, reads, subject, used, fresh[2]))
        for answered, commitment, chosen in itertools.product(answers, commitments, itertools.product(*choices)):
            facts = {name: value for name, value in zip(names, chosen) if value is not None}
            for lines in lists:
                yield Act(act.kind, act.author, act.addressee, act.matter, act.digest, act.recorded_at, act.received_at,
                          answered, commitment, facts, lines)

    def _lists(self, world: World, act: Act, rules: list[Rule], reads: set[tuple[str, str]], subject: Matter | None,
               used: list[str], fresh: str) -> Iterator[list[dict[str, Any]]]:
        uses = {rule.use for rule in rules}
        if act.kind == "application":
            yield from self._evidence(reads)
            return
        if not uses & {"replace", "update"}:
            yield []
            return
        key = rules[0].key
        form = self.vocabulary.acts[act.kind]
        required = set.intersection(*(set(rule.line_required) for rule in rules))
        names = [name for name in form.line_facts if name not in key and (
            ("line", name) in reads or any(name in rule.line_required for rule in rules)
            or name in JUDGED_LINES.get(act.kind, ()))]
        rows: list[dict[str, Any]]
        if "update" in uses:
            rows = [{fact: row[fact] for fact in key if fact in row} for row in (subject.lines if subject else [])]
        elif "party" in key:
            rows = [{"party": REQUESTING}]
        else:
            rows = [{"case": one.id} for one in world.of("case")]
        choices: list[list[dict[str, Any] | None]] = []
        for row in rows:
            variants: list[dict[str, Any] | None] = [None]
            domains = [self._values(world, name, name in required, used, fresh) for name in names]
            for chosen in itertools.product(*domains):
                said = {name: value for name, value in zip(names, chosen) if value is not None}
                variants.append({**row, **said})
            choices.append(variants)
        for combination in itertools.product(*choices):
            yield [row for row in combination if row is not None]

    def _evidence(self, reads: set[tuple[str, str]]) -> Iterator[list[dict[str, Any]]]:
        # Every selection of the kinds of evidence that a sentence names, and one that none names.
        if ("line", "evidence") not in reads:
            yield []
            return
        items = [{"evidence": word, "grade": grade} for word in self.words["evidence"] for grade in self.words["grade"]]
        for size in range(len(items) + 1):
            for chosen in itertools.combinations(items, size):
                yield [dict(item) for item in chosen]

    def _values(self, world: World, name: str, required: bool, used: list[str], fresh: str) -> list[Any]:
        kind = self.vocabulary.types[name]
        today = self.procedure.day(REQUESTED, world.now)
        values: list[Any]
        if kind in ("word", "yes or no"):
            both = self.unreduced or kind == "yes or no"
            values = list(self.vocabulary.words[name] if both else self.words[name])
        elif kind == "count":
            values = list(range(0, self.bounds.revisions + 1))
        elif kind == "date":
            days = {day + beside for day in self.dates for beside in (-1, 0, 1)}
            days |= {today + shift + beside for shift in self.shifts for beside in (-1, 0, 1)}
            days.add(today + 10_000 if not self.unreduced else today + self.bounds.horizon)
            if self.unreduced:
                days |= set(range(today - 1, today + self.bounds.days + 1))
            values = sorted(days)
        elif kind == "moment":
            values = [self.procedure.start_of(REQUESTED, today + day, world.now) + DAY // 2
                      for day in range(self.bounds.days)]
        elif kind == "digest":
            values = [*used, fresh]
        elif kind == "code":
            values = ["ZQV"]
        elif kind == "party":
            values = [REQUESTING]
        elif name == "handle":
            values = [f"person-{number + 1}" for number in range(self.bounds.persons)]
        elif name == "flight":
            values = [one.id for one in world.of("flight")]
        elif name == "case":
            values = [one.id for one in world.of("case")]
        else:
            number = len(world.of("case"))
            values = [f"{name}-{other + 1}" for other in range(number + 1)]
        return values if required else [*values, None]

    def next_moment(self, world: World) -> int | None:
        """To which moment is waited; None when nothing is waited for."""
        if not any(world.is_open(matter) for matter in world.matters.values()):
            return None
        if self.unreduced:
            tomorrow = self.procedure.day(REQUESTED, world.now) + 1
            start = self.procedure.start_of(REQUESTED, tomorrow, world.now)
            return start - 1 if world.now < start - 1 else start
        ends = [end for matter in world.matters.values() for _, end in matter.limits.values()]
        coming = [at for end in ends for at in (end - 1, end) if at > world.now]
        return min(coming) if coming else None


def digests(world: World) -> list[str]:
    """Every digest that stands anywhere in the situation."""
    found: dict[str, None] = {}

    def look(value: Any) -> None:
        if isinstance(value, str) and value.startswith(DIGEST):
            found[value] = None
        elif isinstance(value, dict):
            for one in value.values():
                look(one)
        elif isinstance(value, (list, tuple)):
            for one in value:
                look(one)

    for matter in world.matters.values():
        look(matter.facts)
        look(matter.lines)
    look(world.books)
    return list(found)


# ------------------------------------------------------------------------------------------------------------- equality


class Names:
    """Digests and identifiers are told apart only by where they first occur."""

    def __init__(self) -> None:
        self.names: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.names.setdefault(value, len(self.names))


def relative(world: World, types: dict[str, str], horizon: int, names: Names) -> Callable[[str, Any], Any]:
    """Writes a fact as it stands to now."""
    today = world.procedure.day(REQUESTED, world.now)

    def write(name: str, value: Any) -> Any:
        kind = types.get(name)
        if kind == "date":
            return max(-horizon, min(horizon, value - today))
        if kind == "moment":
            return max(-horizon * DAY, min(horizon * DAY, value - world.now))
        return names(value) if kind in ("digest", "identifier") else value

    return write


def exact_key(world: World, bounds: Bounds) -> tuple[Any, ...]:
    """Everything in the situation, relative to now; digests by which are equal."""
    types = world.procedure.vocabulary.types
    names = Names()
    write = relative(world, types, bounds.horizon, names)

    def row(facts: dict[str, Any]) -> tuple[Any, ...]:
        return tuple((name, write(name, facts[name])) for name in sorted(facts))

    def book(value: Any) -> Any:
        if isinstance(value, dict):
            return tuple((key, book(one)) for key, one in sorted(value.items()))
        if isinstance(value, tuple):
            return tuple(book(one) for one in value)
        return write("confirmation", value) if isinstance(value, str) and value.startswith(DIGEST) else value

    today = world.procedure.day(REQUESTED, world.now)
    return (
        world.now - world.procedure.start_of(REQUESTED, today, world.now),
        world.suspended_by,
        world.carriers,
        tuple(
            (names(one.id), one.stage, row(one.facts), tuple(row(line) for line in one.lines),
             tuple((name, write_limit(world, limit, bounds)) for name, limit in sorted(one.limits.items())))
            for one in world.matters.values()
        ),
        tuple((key, book({name: (value if name != "document" or value is None
                                 else max(-bounds.horizon, min(bounds.horizon, value - today)))
                          for name, value in notes.items()}))
              for key, notes in sorted(world.books.items())),
    )


def write_limit(world: World, limit: tuple[int, int], bounds: Bounds) -> tuple[int, int]:
    """Since when and until when, relative to now."""
    far = bounds.horizon * DAY
    return max(-far, limit[0] - world.now), max(-far, limit[1] - world.now)


@dataclasses.dataclass
class Way:
    """What one rule or lapse does in a stage: where it leads, what it reads and what it writes whatever was there."""

    stage: str
    to: str
    reads: set[str]
    writes: set[str]
    counts: set[str]  # limits it asks about
    restarts: set[str]  # limits it starts or stops whatever they were


class CountedKey:
    """Equality as engine/checker/live.h describes it, for worlds in which nobody travels and there is one case."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        ways = list(self._ways())
        self.facts: dict[str, set[str]] = {stage: {"handle"} for matter, stage in procedure.stages if matter == "case"}
        self.limits: dict[str, set[str]] = {stage: set() for stage in self.facts}
        for _ in self.facts:  # no way back is longer than there are stages
            for way in ways:
                ended = ("case", way.to) in procedure.terminal
                self.facts[way.stage] |= way.reads | (self.facts[way.to] - way.writes)
                self.limits[way.stage] |= way.counts | (set() if ended else self.limits[way.to] - way.restarts)
        self.over = {stage for matter, stage in procedure.terminal if matter == "case"}
        for _ in self.facts:
            self.over -= {way.stage for way in ways if way.to not in self.over}

    def _ways(self) -> Iterator[Way]:
        for rule in self.procedure.rules:
            if self.procedure.matter_of(rule.act) != "case":
                continue
            texts = [guard.text for guard in rule.guards] + [effect.text for effect in rule.effects]
            counts = set(re.findall(r"(?:since|limit)\((\w+)\)", " ".join(texts)))
            reads = {name for holder, name in rule.reads if holder == "case"}
            for stage in rule.stages:
                yield self._way(stage, rule.to, reads, counts, rule.effects, rule.required)
        for lapse in self.procedure.lapses:
            if lapse.matter == "case":
                reads = {name for effect in lapse.effects for holder, name in effect.reads if holder == "case"}
                for stage in lapse.stages:
                    yield self._way(stage, lapse.to, reads, {lapse.limit}, lapse.effects, [])

    @staticmethod
    def _way(stage: str, to: str, reads: set[str], counts: set[str], effects: list[Effect], required: list[str]) -> Way:
        always = [effect for effect in effects if not effect.when and effect.holder == "case"]
        known = [rf"act\.{name}$" for name in required] + [r"act\.(digest|author|recorded_at|received_at)$", r"[\w-]+$"]
        writes = {
            effect.name for effect in always
            if effect.kind == "clear" or effect.kind == "set" and any(
                re.match(form, effect.text.partition("=")[2].strip()) for form in known)
        }
        restarts = {effect.name for effect in always if effect.kind in ("start", "stop")}
        return Way(stage, to or stage, reads, writes, counts, restarts)

    def __call__(self, world: World, bounds: Bounds) -> tuple[Any, ...]:
        names = Names()
        write = relative(world, self.procedure.vocabulary.types, 10**9, names)
        today = self.procedure.day(REQUESTED, world.now)
        cases = []
        for one in world.of("case"):
            notes = world.books[one.id]
            if one.stage in self.over:
                cases.append((names(one.id), one.stage, notes["denied"]))
                continue
            open_notes = (notes["confirmed"] is not None, notes["verified"], notes["claim"]) if world.is_open(one) else ()
            cases.append((
                names(one.id), one.stage,
                tuple((name, write(name, value)) for name, value in sorted(one.facts.items()) if name in self.facts[one.stage]),
                tuple((name, until - world.now) for name, (_, until) in sorted(one.limits.items())
                      if name in self.limits[one.stage]),
                notes["denied"], open_notes,
            ))
        return (world.now - self.procedure.start_of(REQUESTED, today, world.now), tuple(cases))


# ----------------------------------------------------------------------------------------------------------- properties


def judge(before: World, act: Act, after: World) -> list[tuple[str, str]]:
    """Writes an admitted act into the books of `after` and says what it broke (design section 9)."""
    broken: list[tuple[str, str]] = []
    books = after.books
    notes = books.get(act.matter, {})
    facts = act.facts
    if act.kind == "application":
        asserted = (facts.get("decision_final") == "yes" and facts.get("present") == "yes"
                    and facts.get("entry_date", -1) >= ENTRY_INTO_FORCE)
        if not asserted:
            broken.append(("P7", "somebody is applied for without the assertions that are needed"))
        for other in after.of("case"):
            if other.id == act.matter or "handle" not in facts or books[other.id]["handle"] != facts["handle"]:
                continue
            if after.is_open(other):
                broken.append(("P12", "one sender has two open cases of one person"))
            if books[other.id]["denied"] and facts.get("new_evidence") != "yes":
                broken.append(("P12", "somebody refused is applied for again without new evidence"))
        books[act.matter] = {"handle": facts.get("handle", ""), "confirmed": None, "verified": False, "denied": False,
                             "withdrawn": False, "held": False, "document": None, "claim": "nothing"}
    elif act.kind == "verification":
        notes["verified"] = facts.get("verification") == "national"
    elif act.kind == "reply":
        if facts.get("answer") == "confirmed":
            notes["confirmed"] = (act.commitment or "") if act.author == REQUESTED else None
        else:
            notes["denied"] = True
    elif act.kind == "document_issued":
        if notes["confirmed"] is None:
            broken.append(("P10", "a travel document is issued to somebody who is not confirmed"))
        notes["document"] = facts.get("document_valid_until")
    elif act.kind == "withdrawal":
        notes["withdrawn"] = True
    elif act.kind == "hold":
        notes["held"] = True
    elif act.kind == "hold_lifted":
        notes["held"] = False
    elif act.kind == "claim_made":
        notes["claim"] = "substantiated" if "claim_evidence" in facts else "made"
    elif act.kind == "claim_substantiated":
        notes["claim"] = "substantiated"
    elif act.kind == "claim_acknowledged" and notes["claim"] == "substantiated":
        notes["claim"] = "acknowledged"
    elif act.kind in ("claim_contested", "claim_dropped"):
        notes["claim"] = act.kind.removeprefix("claim_")
    elif act.kind == "manifest":
        books[act.matter] = {
            row["case"]: (row.get("confirmation"), row.get("decision_renewed") == "yes")
            for row in act.lines if "case" in row
        }
    elif act.kind == "boarding_recorded":
        for row in act.lines:
            if row.get("boarded") == "yes" and "case" in row:
                broken += judge_boarding(before, after, act, row["case"])
    return broken


def judge_boarding(before: World, after: World, act: Act, case: str) -> list[tuple[str, str]]:
    """What is broken by somebody's boarding."""
    broken: list[tuple[str, str]] = []
    person = after.books[case]
    listed = after.books[act.matter].get(case)
    flight = after.matters[after.matters[act.matter].facts["flight"]]
    if listed is None:
        return [("P4", "somebody boards who stands on no list")]
    confirmation, renewed = listed
    if person["confirmed"] is None or not person["verified"]:
        broken.append(("P1", "somebody boards whom the requested state has not confirmed"))
    if person["confirmed"] is not None and (confirmation or "") != person["confirmed"]:
        broken.append(("P1", "somebody boards under another person's confirmation"))
    if person["withdrawn"]:
        broken.append(("P6", "somebody boards after a withdrawal"))
    if person["held"]:
        broken.append(("P6", "somebody boards during a hold"))
    if before.suspended_by:
        broken.append(("P6", "somebody boards during a suspension"))
    if not renewed:
        broken.append(("P7", "somebody boards on a decision that was not looked at again"))
    arrival = after.procedure.day(REQUESTED, flight.facts["departure"]) + 1
    if person["document"] is None or person["document"] < arrival:
        broken.append(("P10", "somebody boards without a document valid on the day of arrival"))
    return broken


# ---------------------------------------------------------------------------------------------------------- exploration


def explore(procedure: Procedure, bounds: Bounds, unreduced: bool, enough: frozenset[str] = frozenset(),
            most: int = 2_000_000) -> Result:
    """Explores every situation within the bounds, breadth first; with `enough` only until those properties are broken."""
    moves = Moves(procedure, bounds, unreduced)
    key_of: Callable[[World, Bounds], tuple[Any, ...]] = exact_key if unreduced else CountedKey(procedure)
    result = Result()
    beginning = World(procedure, BEGINNING)
    number: dict[tuple[Any, ...], int] = {key_of(beginning, bounds): 0}
    stories: list[tuple[int, str]] = [(0, "")]
    waiting: list[str] = [""]  # in which stage somebody waits; empty when nobody does
    edges: list[list[tuple[int, bool]]] = [[]]

    def story(at: int, last: str) -> list[str]:
        told = [last] if last else []
        while at != 0:
            told.append(stories[at][1])
            at = stories[at][0]
        return told[::-1]

    frontier = [(0, beginning)]
    while frontier:
        level: list[tuple[int, World]] = []
        for at, world in frontier:
            for told, after, waited, broken in successors(world, moves, bounds, result):
                for breach in broken:
                    if breach not in result.broken:
                        result.broken[breach] = story(at, told)
                key = key_of(after, bounds)
                to = number.setdefault(key, len(number))
                if to == len(stories):
                    if to >= most:
                        raise RuntimeError(f"more than {most} situations")
                    stories.append((at, told))
                    open_cases = [one.stage for one in after.of("case") if after.is_open(one)]
                    waiting.append(open_cases[0] if open_cases else "")
                    edges.append([])
                    level.append((to, after))
                if to != at or waited:
                    edges[at].append((to, waited))
        frontier = [] if enough and enough <= result.properties else level
    result.situations = len(stories)
    if enough and enough <= result.properties:
        return result
    for at in endless_waits(edges, waiting):
        stage = waiting[at]
        result.broken.setdefault(("P5", f"a case can wait for ever in the stage {stage}"), story(at, ""))
    return result


def successors(world: World, moves: Moves, bounds: Bounds,
               result: Result) -> Iterator[tuple[str, World, bool, list[tuple[str, str]]]]:
    """All situations that one move leads to: how it is told, the situation, whether time passed, what was broken."""
    until = moves.next_moment(world)
    if until is not None:
        result.waits += 1
        yield f"wait until {until}", world.waited(until), True, []
    if bounds.suspensions:
        other = world.copy()
        other.suspended_by = () if world.suspended_by else (REQUESTED,)
        yield "resumed" if world.suspended_by else "suspended", other, False, []
    for act in moves.acts(world):
        result.tried += 1
        after = world.judged(act)
        if after is None:
            continue
        result.admitted += 1
        broken = judge(world, act, after)
        yield f"{act.author} {act.kind} {act.facts} {act.lines}", after, False, broken


def endless_waits(edges: list[list[tuple[int, bool]]], waiting: list[str]) -> list[int]:
    """P5: where a circle of situations with an open case can be gone round in which time passes, or where a case is open
    and no moment ever comes."""
    found = [at for at, stage in enumerate(waiting) if stage and not any(waited for _, waited in edges[at])]
    component = components(edges, waiting)
    for at, stage in enumerate(waiting):
        if stage and any(waited and waiting[to] and component[to] == component[at] for to, waited in edges[at]):
            found.append(at)
    return found


def components(edges: list[list[tuple[int, bool]]], waiting: list[str]) -> list[int]:
    """Numbers of strongly connected components among situations in which somebody waits (Kosaraju)."""
    size = len(edges)
    backwards: list[list[int]] = [[] for _ in range(size)]
    for at in range(size):
        for to, _ in edges[at]:
            if waiting[at] and waiting[to]:
                backwards[to].append(at)
    order: list[int] = []
    seen = [False] * size
    for root in range(size):
        if seen[root] or not waiting[root]:
            continue
        seen[root] = True
        path = [(root, iter(edges[root]))]
        while path:
            at, following = path[-1]
            for to, _ in following:
                if waiting[to] and not seen[to]:
                    seen[to] = True
                    path.append((to, iter(edges[to])))
                    break
            else:
                order.append(at)
                path.pop()
    component = [-1] * size
    for root in reversed(order):
        if component[root] != -1:
            continue
        component[root] = root
        stack = [root]
        while stack:
            for other in backwards[stack.pop()]:
                if component[other] == -1:
                    component[other] = root
                    stack.append(other)
    return component


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--world", default="one case", choices=sorted(WORLDS))
    parser.add_argument("--unreduced", action="store_true")
    parser.add_argument("--stories", action="store_true", help="show how each breach is reached")
    arguments = parser.parse_args()
    procedure = Procedure.read(arguments.folder, read_vocabulary())
    result = explore(procedure, WORLDS[arguments.world], arguments.unreduced)
    print(f"situations {result.situations}")
    print(f"tried {result.tried}, admitted {result.admitted}, waits {result.waits}")
    for (name, words), told in sorted(result.broken.items()):
        print(f"{name} {words}")
        for line in told if arguments.stories else []:
            print(f"    {line}")
    return 1 if result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
