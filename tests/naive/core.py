"""What an act does to matters: an own, plain reading of docs/procedure-language.md and design sections 7 and 8.

Everything a rule, a limit or a lapse says is carried out here without any thought of speed. Seals are taken to be there:
who seals is not what the explorer is about.
"""

import copy
import dataclasses
import datetime
import pathlib
from typing import Any

import textformat
from language import Effect, Sentence, Test
from vocabulary import Vocabulary

DAY = 24 * 60 * 60 * 1000
Row = dict[str, Any]


def moment(text: str) -> int:
    """Milliseconds since 1970 of a moment such as 2016-09-01T07:00:00Z."""
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


@dataclasses.dataclass
class Act:
    """An act as recorded."""

    kind: str
    author: str
    addressee: str
    matter: str
    digest: str
    recorded_at: int
    received_at: int
    answers: str | None
    commitment: str | None
    facts: Row
    lines: list[Row]


@dataclasses.dataclass
class Matter:
    """A case, a flight or a transfer; limits are (since, first moment too late) by name."""

    id: str
    kind: str
    requesting: str
    requested: str
    stage: str
    facts: Row = dataclasses.field(default_factory=dict)
    lines: list[Row] = dataclasses.field(default_factory=list)
    limits: dict[str, tuple[int, int]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Guard:
    """A condition that must hold when all of `when` hold."""

    when: list[Test]
    require: Test
    text: str


class Rule:
    """One rule of the file, its sentences made into tests."""

    def __init__(self, message: textformat.Message, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.reads: set[tuple[str, str]] = set()
        self.dates: set[int] = set()
        self.shifts: set[int] = set()
        self.told_apart: set[tuple[str, str]] = set()
        self.name = message["name"][0]
        self.act = message["act"][0]
        self.role = message["role"][0]
        self.parties = message.get("party", [])
        self.opens = message.get("opens", [False])[0]
        self.stages = message.get("from", [])
        self.to = message.get("to", [""])[0]
        self.when = [self._test(text) for text in message.get("when", [])]
        self.required = message.get("required", [])
        self.particulars = message.get("particulars", [False])[0]
        self.guards = [self._guard(one) for one in message.get("guard", [])]
        self.effects = [self._effect(one) for one in message.get("then", [])]
        lines = message.get("lines", [{}])[0]
        self.use = lines.get("use", ["none"])[0]
        self.key = lines.get("key", [])
        self.line_required = lines.get("required", [])
        self.line_guards = [self._guard(one) for one in lines.get("guard", [])]
        self.line_effects = [self._effect(one) for one in lines.get("then", [])]

    def _note(self, reader: Sentence | Effect) -> None:
        self.reads.update(reader.reads)
        self.dates.update(reader.dates)
        self.shifts.update(reader.shifts)
        self.told_apart.update(reader.told_apart)

    def _test(self, text: str) -> Test:
        reader = Sentence(text, self.vocabulary)
        test = reader.condition()
        self._note(reader)
        return test

    def _guard(self, message: textformat.Message) -> Guard:
        when = [self._test(text) for text in message.get("when", [])]
        return Guard(when, self._test(message["require"][0]), message["require"][0])

    def _effect(self, message: textformat.Message) -> Effect:
        effect = Effect(message["do"][0], [self._test(text) for text in message.get("when", [])], self.vocabulary)
        self._note(effect)
        return effect


@dataclasses.dataclass
class Lapse:
    """What silence means; without `to` the matter stays in its stage."""

    name: str
    matter: str
    stages: list[str]
    limit: str
    to: str
    effects: list[Effect]


class Procedure:
    """A procedure as its file says it."""

    def __init__(self, message: textformat.Message, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.parties = [
            (one["party"][0], moment(one["from"][0]), moment(one["until"][0]) if "until" in one else None)
            for one in message["party"]
        ]
        self.zones = [
            (party, moment(one["from"][0]), one["minutes"][0])
            for one in message.get("zone", [])
            for party in one["party"]
        ]
        self.limits = {
            one["name"][0]: (one["days"][0], one.get("before", [False])[0]) for one in message.get("limit", [])
        }
        self.terminal = {
            (one["matter"][0], one["name"][0]) for one in message["stage"] if one.get("terminal", [False])[0]
        }
        self.stages = [(one["matter"][0], one["name"][0]) for one in message["stage"]]
        self.rules = [Rule(one, vocabulary) for one in message.get("rule", [])]
        self.lapses = []
        for one in message.get("lapse", []):
            effects = []
            for then in one.get("then", []):
                when = [Sentence(text, vocabulary).condition() for text in then.get("when", [])]
                effects.append(Effect(then["do"][0], when, vocabulary))
            self.lapses.append(
                Lapse(one["name"][0], one["matter"][0], one["from"], one["limit"][0], one.get("to", [""])[0], effects)
            )

    @staticmethod
    def read(folder: pathlib.Path, vocabulary: Vocabulary) -> "Procedure":
        """The procedure of a folder."""
        text = (folder / "procedure.textproto").read_text(encoding="utf-8")
        return Procedure(textformat.parse(text), vocabulary)

    def matter_of(self, act: str) -> str:
        """The kind of matter that an act moves."""
        return self.vocabulary.acts[act].matter

    def offset(self, party: str, at: int) -> int:
        """Milliseconds east of UTC where the party is."""
        held = [(since, minutes) for who, since, minutes in self.zones if who == party and since <= at]
        return max(held)[1] * 60_000 if held else 0

    def day(self, party: str, at: int) -> int:
        """The party's civil day of a moment."""
        return (at + self.offset(party, at)) // DAY

    def start_of(self, party: str, day: int, near: int) -> int:
        """The first moment of the party's civil day; the offset is the one that holds there."""
        guess = day * DAY - self.offset(party, near)
        return day * DAY - self.offset(party, guess)

    def first_too_late(self, limit: str, since: int, party: str) -> int:
        """The day from which is counted does not count, and the last day ends with the civil day."""
        days, before = self.limits[limit]
        day = self.day(party, since)
        return self.start_of(party, day - days + 1 if before else day + days + 1, since)


class Scene:
    """Whose facts a sentence reads, while one act or lapse is looked at."""

    def __init__(self, world: "World", now: int, act: Act | None, subject: Matter | None) -> None:
        self.world = world
        self.procedure = world.procedure
        self.now = now
        self.act = act
        self.subject = subject
        self.case: Matter | None = None
        self.transfer: Matter | None = None
        self.flight: Matter | None = None
        self.earlier: Matter | None = None
        self.line: Row | None = None
        self.listed: Row | None = None
        self.lodged: Row | None = None
        self.entry: Row | None = None
        if subject is not None:
            setattr(self, subject.kind, subject)
        if act is not None and subject is None and world.procedure.matter_of(act.kind) == "transfer":
            self.flight = world.matters.get(act.facts.get("flight", ""))
        if self.transfer is not None:
            self.flight = world.matters.get(self.transfer.facts.get("flight", ""))
        if self.flight is not None:
            state = self.transfer.requesting if self.transfer is not None else act.author if act is not None else ""
            for row in self.flight.lines:
                if row.get("party") == state:
                    self.lodged = row
        if act is not None and world.procedure.matter_of(act.kind) == "case" and "handle" in act.facts:
            for other in world.of("case"):
                same = other.facts.get("handle") == act.facts["handle"] and other.requesting == act.author
                if other.id != act.matter and same:
                    self.earlier = other

    def seeing(self, holder: str, row: Row) -> "Scene":
        """The same scene with one line in view."""
        other = Scene.__new__(Scene)
        other.__dict__.update(self.__dict__)
        setattr(other, holder, row)
        return other

    def lines_of(self, of: str) -> list[Row] | None:
        """The lines that some, no, every, count and sum go over."""
        if of == "act":
            return self.act.lines if self.act is not None else None
        matter: Matter | None = getattr(self, of)
        return matter.lines if matter is not None else None

    def running(self, limit: str, which: int) -> int | None:
        """Since when (0) or until when (1) a limit of the matter, or of the case in view, runs."""
        for matter in (self.subject, self.case):
            if matter is not None and limit in matter.limits:
                return matter.limits[limit][which]
        return None

    def limit_from(self, limit: str, since: int | None) -> int | None:
        """Where a limit ends that is counted from a moment."""
        if since is None or self.subject is None:
            return None
        return self.procedure.first_too_late(limit, since, self.subject.requested)

    def day(self, at: int) -> int:
        """The requested party's civil day."""
        assert self.subject is not None
        return self.procedure.day(self.subject.requested, at)

    def suspended(self) -> bool:
        """Whether a suspension covers the matter; all that are explored cover everything."""
        return bool(self.world.suspended_by)

    def carrier_accepted(self, carrier: str | None) -> bool:
        return carrier in self.world.carriers

    def may_take_part(self, party: str | None) -> bool:
        terms = self.procedure.parties
        return any(who == party and since <= self.now and (until is None or self.now < until) for who, since, until in terms)

    def families_together(self) -> bool:
        """Whether each family group with a minor among those who will be aboard has an adult among them too."""
        if self.act is None or self.transfer is None:
            return False
        named = {row.get("case") for row in self.act.lines}
        rows = [row for row in self.act.lines if row.get("boarded") == "yes"]
        rows += [
            row for row in self.transfer.lines if row.get("line_stage") == "boarded" and row.get("case") not in named
        ]
        cases = [self.world.matters[row["case"]] for row in rows if row.get("case") in self.world.matters]
        groups = [(case.facts.get("family_group"), case.facts.get("minor") == "no") for case in cases]
        adults = {group for group, adult in groups if adult}
        return all(adult or group is None or group in adults for group, adult in groups)

    def appointed(self, party: str | None) -> bool:
        return party in ("GRC", "PAK", "EUE")


class World:
    """A situation: what the acts so far have made, and the moment. `books` are the explorer's own notes."""

    def __init__(self, procedure: Procedure, now: int) -> None:
        self.procedure = procedure
        self.now = now
        self.matters: dict[str, Matter] = {}
        self.suspended_by: tuple[str, ...] = ()
        self.carriers: tuple[str, ...] = ("ZQV",)
        self.books: dict[str, dict[str, Any]] = {}

    def copy(self) -> "World":
        """A copy that can be changed without changing this one."""
        other = copy.copy(self)
        other.matters = {
            key: Matter(one.id, one.kind, one.requesting, one.requested, one.stage, dict(one.facts),
                        [dict(row) for row in one.lines], dict(one.limits))
            for key, one in self.matters.items()
        }
        other.books = {key: dict(notes) for key, notes in self.books.items()}
        return other

    def of(self, kind: str) -> list[Matter]:
        """The matters of a kind in the order in which they were opened."""
        return [one for one in self.matters.values() if one.kind == kind]

    def is_open(self, matter: Matter) -> bool:
        """Whether the matter waits for anything."""
        return (matter.kind, matter.stage) not in self.procedure.terminal

    # Time.

    def waited(self, until: int) -> "World":
        """The situation at a later moment: limits that pass on the way are applied in their order."""
        world = self.copy()
        world.now = until
        while True:
            due = []
            for matter in sorted(world.matters.values(), key=lambda one: one.id):
                for name, (_, end) in matter.limits.items():
                    for lapse in world.procedure.lapses:
                        fits = lapse.matter == matter.kind and lapse.limit == name and matter.stage in lapse.stages
                        if fits and end <= until:
                            due.append((end, len(due), matter, lapse))
            if not due:
                return world
            end, _, matter, lapse = min(due, key=lambda one: one[:2])
            del matter.limits[lapse.limit]
            scene = Scene(world, end, None, matter)
            if lapse.to:
                world._move(matter, lapse.to)
            for effect in lapse.effects:
                world._carry_out(effect, scene, None)

    # Acts.

    def _move(self, matter: Matter, stage: str) -> None:
        matter.stage = stage
        if not self.is_open(matter):
            matter.limits.clear()

    def _carry_out(self, effect: Effect, scene: Scene, row: Row | None) -> None:
        if not all(test(scene) for test in effect.when):
            return
        value = effect.value(scene) if effect.value is not None else None
        if effect.holder in ("listed", "entry"):
            if row is not None and effect.kind == "clear":
                row.pop(effect.name, None)
            elif row is not None and value is not None:
                row[effect.name] = value
            return
        matter: Matter | None = getattr(scene, effect.holder)
        if matter is None:
            return
        if effect.kind == "clear":
            matter.facts.pop(effect.name, None)
        elif effect.kind == "stop":
            matter.limits.pop(effect.name, None)
        elif effect.kind == "start":
            since = value if value is not None else scene.now
            matter.limits.pop(effect.name, None)
            end = self.procedure.first_too_late(effect.name, since, matter.requested)
            matter.limits[effect.name] = (since, end)
        elif effect.name == "stage":
            self._move(matter, value)
        elif value is not None:
            matter.facts[effect.name] = value

    @staticmethod
    def has_role(rule: Rule, act: Act, subject: Matter | None) -> bool:
        """Whether the author may do the act, seen from the matter."""
        if subject is None:
            return rule.opens and rule.role == "requesting" and act.author != act.addressee
        requesting, requested = act.author == subject.requesting, act.author == subject.requested
        has = {
            "requesting": requesting,
            "requested": requested,
            "either": requesting or requested,
            "participant": requesting or any(row.get("party") == act.author for row in subject.lines),
        }[rule.role]
        return has and act.addressee != act.author and act.addressee in (subject.requesting, subject.requested)

    def judged(self, act: Act) -> "World | None":
        """The situation after the act, or None when no rule admits it."""
        subject = self.matters.get(act.matter)
        kind = self.procedure.matter_of(act.kind)
        if subject is not None and subject.kind != kind:
            return None
        rule = self._rule_for(act, subject)
        if rule is None or any(fact not in act.facts for fact in rule.required):
            return None
        if rule.particulars and act.commitment is None:
            return None
        if any(fact not in row for row in act.lines for fact in rule.line_required):
            return None
        world: World = self
        if subject is None:
            world = self.copy()
            opened = Matter(act.matter, kind, act.author, act.addressee, rule.to, {"opened_by": act.digest})
            if kind == "transfer":
                opened.facts["flight"] = act.facts.get("flight", "")
            world.matters[act.matter] = opened
            subject = opened
        if not _pass(rule.guards, Scene(world, act.recorded_at, act, subject)):
            return None
        world = world.copy() if world is self else world
        if not world._carry_lines(rule, act):
            return None
        subject = world.matters[act.matter]
        for effect in rule.effects:
            world._carry_out(effect, Scene(world, act.recorded_at, act, subject), None)
        if rule.to:
            world._move(subject, rule.to)
        return world

    def _rule_for(self, act: Act, subject: Matter | None) -> Rule | None:
        scene = Scene(self, act.recorded_at, act, subject)
        for rule in self.procedure.rules:
            if rule.act != act.kind or not self.has_role(rule, act, subject):
                continue
            if subject is None and not rule.opens:
                continue
            if subject is not None and subject.stage not in rule.stages:
                continue
            if all(test(scene) for test in rule.when):
                return rule
        return None

    def _case_of(self, row: Row, transfer: Matter) -> Matter | None:
        found = self.matters.get(row.get("case", ""))
        if found is None or found.kind != "case":
            return None
        return found if (found.requesting, found.requested) == (transfer.requesting, transfer.requested) else None

    def _carry_lines(self, rule: Rule, act: Act) -> bool:
        subject = self.matters[act.matter]
        if rule.use == "none":
            return True

        def key_of(row: Row) -> tuple[Any, ...]:
            return tuple(row.get(fact) for fact in rule.key)

        if rule.use == "put":
            scene = Scene(self, act.recorded_at, act, subject)
            row: Row = {}
            for effect in rule.line_effects:
                self._carry_out(effect, scene, row)
            existing = next((one for one in reversed(subject.lines) if key_of(one) == key_of(row)), None)
            scene.entry = existing
            if not _pass(rule.line_guards, scene):
                return False
            if existing is None:
                subject.lines.append(row)
                return True
            scene.entry = dict(existing)
            for effect in rule.line_effects:
                self._carry_out(effect, scene, existing)
            return True

        first: dict[tuple[Any, ...], Row] = {}
        for row in subject.lines:
            first.setdefault(key_of(row), row)
        if len({key_of(row) for row in act.lines}) != len(act.lines):
            return False
        for row in act.lines:
            listed = first.get(key_of(row))
            case = self._case_of(row, subject)
            if (rule.use == "update" and listed is None) or ("case" in row and case is None):
                return False
            scene = Scene(self, act.recorded_at, act, subject)
            scene.line, scene.listed, scene.case = row, listed, case
            if not _pass(rule.line_guards, scene):
                return False
        if rule.use == "replace":
            kept = {key_of(row) for row in act.lines}
            for row in subject.lines:
                left_out = self.matters.get(row.get("case", ""))
                if key_of(row) not in kept and left_out is not None and left_out.facts.get("list") == subject.id:
                    del left_out.facts["list"]
            subject.lines = [dict(row) for row in act.lines]
            first = {key_of(row): row for row in subject.lines}
        for row in act.lines:
            for effect in rule.line_effects:
                scene = Scene(self, act.recorded_at, act, subject)
                scene.line, scene.listed, scene.case = row, first[key_of(row)], self._case_of(row, subject)
                self._carry_out(effect, scene, first[key_of(row)])
        return True


def _pass(guards: list[Guard], scene: Scene) -> bool:
    return all(guard.require(scene) for guard in guards if all(test(scene) for test in guard.when))
