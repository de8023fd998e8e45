"""What docs/checker.md says is so: its command is run, and its verdicts on both procedures are the checker's.

Usage: checker_test.py PROGRAM 2016|2010 [VERDICT]

2016: the command of the page ends with 0, every world it lists was explored to its end and all twelve properties hold. What was
found is kept in VERDICT, for whatever signs 2016 afterwards with the same program.
2010: exit code 1; P1 by silence and a document, P9 by a refusal on arrival, each with a story whose every line has a date; what is
broken is what the procedure itself names.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "checker.md").read_text(encoding="utf-8")


def run(program: str, arguments: list[str], expected: int) -> str:
    """What the program prints, when it ends as expected."""
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != expected:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}, not {expected}:\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(holds: bool, sentence: str) -> None:
    """Stops with the sentence that does not hold."""
    if not holds:
        raise SystemExit(sentence)


def story_of(text: str, heading: str) -> list[str]:
    """The lines of the story under a heading."""
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith(heading)), None)
    expect(begin is not None, f"no line begins with {heading!r}")
    story = []
    for line in lines[begin + 1:]:
        if not line.startswith("    "):
            break
        story.append(line.strip())
    return story


def agreed(program: str, verdict: str) -> None:
    """The procedure of 2016, by the very command the page shows."""
    command = re.search(r"^```\nchancery-procedure (.*)\n```$", PAGE, re.MULTILINE)
    expect(command is not None, "docs/checker.md shows no command")
    text = run(program, [*command.group(1).split(), "--verdict", verdict], 0)
    table = PAGE.partition("## The worlds")[2].partition("## Reductions")[0]
    for world in re.findall(r"^([^:\n]+): \d+ situations", text, re.MULTILINE):
        expect(world in re.split(r" *[|·] *", table.replace("\n", "|")), f"docs/checker.md does not list the world {world!r}")
    expect("NOT COMPLETE" not in text, "a world was not explored to its end")
    for number in range(1, 13):
        expect(f"\nP{number} holds: " in text, f"P{number} does not hold")
    expect("\nPROVEN: " in text, "it does not say that 2016 is proven")
    found = json.loads(pathlib.Path(verdict).read_text(encoding="utf-8"))
    expect(found["complete"] and set(found["properties"].values()) == {"holds"}, "the verdict kept is another")


def alone(program: str) -> None:
    """The agreement of 2010 alone."""
    text = run(program, ["check", "agreements/eu-pakistan/2010"], 1)
    silent = story_of(text, "P1 IS BROKEN (named in what is signed): somebody boards whom the requested state has not confirmed")
    expect(any("silence" in line for line in silent), "nobody is silent in the story of P1")
    expect(any("document_issued" in line for line in silent), "no document is issued in the story of P1")
    refused = story_of(text, "P9 IS BROKEN (named in what is signed): somebody expected is refused on arrival without a finding")
    expect(any("landing_permitted" in line for line in refused), "landing is not permitted in the story of P9")
    expect("outcome returned" in refused[-1] or "outcome held_over" in refused[-1], "nobody is refused in the story of P9")
    for line in silent + refused:
        expect(re.match(r"\d{4}-\d\d-\d\dT", line) is not None, f"no date: {line}")
    expect("\nBROKEN AS NAMED: " in text, "something is broken that 2010 does not name")
    expect("and is not: take" not in text, "2010 names something that is not broken")


def main() -> int:
    """The command line."""
    if (sys.argv[2:3], len(sys.argv)) not in ((["2016"], 4), (["2010"], 3)):
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[2] == "2016":
        agreed(sys.argv[1], sys.argv[3])
    else:
        alone(sys.argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
