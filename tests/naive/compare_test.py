"""The checker and the naive explorer must agree (issue 3).

Usage: compare_test.py PROGRAM FOUNDING

PROGRAM is chancery-procedure; `check DIR --json` prints under "explored" {"worlds": [{"name", "situations"}], "violations":
[{"property", "kind"}]}. FOUNDING is the folder of the founding procedure. Both must count the same situations of the small
procedure, and on it and on each of its variants both must break the same properties; the explorer goes there without any
reduction.
"""

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from core import Procedure
from explorer import WORLDS, explore
from vocabulary import Vocabulary, read_vocabulary

COUNTED = {"one case, its days counted": "one case"}
COMPARED = (*COUNTED, "one case", "one person twice", "a journey", "a journey under holds",
            "a journey on an old document")
SMALL = pathlib.Path(__file__).resolve().parent / "small"


@dataclasses.dataclass(frozen=True)
class Variant:
    """The small procedure with some of its text taken out, and what must be found to be broken then."""

    name: str
    taken_out: str
    put_in: str
    broken: frozenset[str]
    world: str  # in which the explorer finds it
    unreduced: bool = True


def guard(text: str) -> str:
    """A guard of the small procedure on a line of its own."""
    return f"guard {{ {text} article: \"Small\" }}"


VARIANTS = (
    Variant("extended without end", guard('require: "unknown case.extended" ground: "already_extended"'), "",
            frozenset({"P5"}), "one case"),
    Variant("a silence that leads nowhere", 'limit: "reply" to: "closed"', 'limit: "reply" then { do: "case.extended = yes" }',
            frozenset({"P5"}), "one case"),
    Variant("no final decision", guard('require: "act.decision_final == yes" ground: "decision_not_final"'), "",
            frozenset({"P7"}), "one case"),
    Variant("a document before the confirmation",
            'name: "document_issued" act: "document_issued" role: "requested"\n  from: "confirmed"',
            'name: "document_issued" act: "document_issued" role: "requested"\n  from: "open" from: "confirmed"',
            frozenset({"P5", "P10"}), "one case"),  # no limit that runs then has a lapse
    Variant("two open cases", 'when: "known earlier.stage" require: "earlier.stage in {admitted, refused, withdrawn, closed}"',
            'when: "unknown earlier.stage" require: "act.present == yes"', frozenset({"P12"}), "one person twice", False),
    Variant("asked again without new evidence",
            'when: "earlier.stage in {refused, closed}" require: "act.new_evidence == yes"',
            'when: "earlier.stage in {refused, closed}" require: "act.present == yes"',
            frozenset({"P12"}), "one person twice", False),
    Variant("confirmed without a finding", guard('require: "case.verification == national" ground: "not_verified"'), "",
            frozenset({"P1"}), "one journey"),
    Variant("another's confirmation",
            guard('require: "line.confirmation == case.confirmation" ground: "confirmation_differs"'), "",
            frozenset({"P1"}), "one journey"),
    Variant("boarded during a hold",
            guard('when: "line.boarded == yes" require: "unknown case.held" ground: "held"'), "",
            frozenset({"P6"}), "one journey"),
    Variant("a decision that was not renewed",
            guard('require: "line.decision_renewed == yes" ground: "decision_not_final"'), "",
            frozenset({"P7"}), "one journey"),
    Variant("a document valid until the departure", "day(flight.departure) + 1", "day(flight.departure)",
            frozenset({"P10"}), "one journey"),
    Variant("on the way for ever", 'when: "line.boarded == yes" do: "start case.journey"',
            'when: "line.boarded == no" do: "start case.journey"', frozenset({"P5"}), "one journey"),
)


def check(program: str, founding: pathlib.Path, folder: pathlib.Path) -> dict[str, Any]:
    """What the checker says; its exit code says only whether something is broken, or that these are not all worlds."""
    done = subprocess.run([program, "check", str(folder), "--founding", str(founding), "--json",
                           *(argument for world in COMPARED for argument in ("--world", world))],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (1, 6):
        raise RuntimeError(f"check {folder} ended with {done.returncode}: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer["defects"]:
        raise RuntimeError(f"{folder} was not explored, its form has defects: {answer['defects']}")
    explored: dict[str, Any] = answer["explored"]
    return explored


class Comparison:
    """Counts what does not agree."""

    def __init__(self, program: str, founding: pathlib.Path, vocabulary: Vocabulary) -> None:
        self.program = program
        self.founding = founding
        self.vocabulary = vocabulary
        self.failures = 0

    def expect(self, what: str, checker: Any, explorer: Any) -> None:
        """Says and counts a difference."""
        agree = checker == explorer
        self.failures += 0 if agree else 1
        print(f"{'ok     ' if agree else 'DIFFERS'} {what}: checker {checker}, explorer {explorer}", flush=True)

    def count(self, folder: pathlib.Path, said: dict[str, Any]) -> None:
        """The same number of situations where days are counted."""
        procedure = Procedure.read(folder, self.vocabulary)
        numbers = {world["name"]: world["situations"] for world in said["worlds"]}
        for name, world in COUNTED.items():
            self.expect(f"situations of {folder.name}, {name}", numbers.get(name),
                        explore(procedure, WORLDS[world], False).situations)

    def variant(self, variant: Variant, folder: pathlib.Path) -> None:
        """The same properties are broken by a variant of the small procedure."""
        text = (SMALL / "procedure.textproto").read_text(encoding="utf-8")
        if text.count(variant.taken_out) < 1:
            raise ValueError(f"{variant.name}: the small procedure does not say {variant.taken_out!r} any more")
        shutil.copytree(SMALL, folder)
        (folder / "procedure.textproto").write_text(text.replace(variant.taken_out, variant.put_in), encoding="utf-8")
        checker = {violation["property"] for violation in check(self.program, self.founding, folder)["violations"]}
        procedure = Procedure.read(folder, self.vocabulary)
        result = explore(procedure, WORLDS[variant.world], variant.unreduced, variant.broken)
        self.expect(variant.name, sorted(checker), sorted(result.properties))
        self.expect(f"{variant.name}, as expected", sorted(checker), sorted(variant.broken))


def main() -> int:
    """The command line."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, founding = sys.argv[1], pathlib.Path(sys.argv[2])
    comparison = Comparison(program, founding, read_vocabulary())
    said = check(program, founding, SMALL)
    comparison.count(SMALL, said)
    whole = Procedure.read(SMALL, comparison.vocabulary)
    broken: set[str] = set()
    for world in ("one case", "one journey"):
        result = explore(whole, WORLDS[world], True)
        print(f"        {world}, unreduced: {result.situations} situations", flush=True)
        broken |= result.properties
    comparison.expect("the small procedure", sorted({one["property"] for one in said["violations"]}), sorted(broken))

    with tempfile.TemporaryDirectory() as scratch:
        for number, variant in enumerate(VARIANTS):
            comparison.variant(variant, pathlib.Path(scratch) / str(number))
    print(f"{comparison.failures} differences")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main())
