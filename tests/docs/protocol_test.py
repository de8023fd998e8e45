"""docs/protocol.md lists every ground and every reason at the door (issue 2, design section 4).

Run by ctest; reads the sources as text, so that a ground or reason added without a word of explanation fails.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main() -> int:
    page = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    missing = []

    names = dict(re.findall(r'GroundName\{Ground::(k\w+), "(\w+)"\}', (ROOT / "engine/procedure/ruling.cc").read_text()))
    numbers = dict(
        re.findall(r"^  (k\w+) = (\d+),", (ROOT / "engine/procedure/ruling.h").read_text().split("enum class Ground")[1], re.M)
    )
    if not names or set(names) != set(numbers):
        missing.append(f"ruling.h and ruling.cc name different grounds: {set(names) ^ set(numbers)}")
    for key, name in names.items():
        row = f"| {numbers.get(key)} | `{name}` |"
        if row not in page:
            missing.append(f"ground {row}")

    reasons = set(re.findall(r'std::string_view k\w+ = "([A-Z_]+)"', (ROOT / "engine/exchange/reasons.h").read_text()))
    for header in ("statement.h", "envelope.h"):
        for match in re.findall(r"^//\s+((?:STATEMENT|ENVELOPE|PARTICULARS)_[A-Z_]+)\s", (ROOT / "engine/codec" / header).read_text(), re.M):
            reasons.add(match)
    if len(reasons) < 20:
        missing.append(f"only {len(reasons)} reasons found in the sources; the search is broken")
    for reason in sorted(reasons):
        if f"`{reason}`" not in page:
            missing.append(f"reason {reason}")

    for line in missing:
        print(f"docs/protocol.md: missing: {line}", file=sys.stderr)
    print(f"{len(names)} grounds, {len(reasons)} reasons, {len(missing)} missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
