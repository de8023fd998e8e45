"""No invented person's particulars are in anything the programs or the tests leave behind (issue 2, design section 16).

    leak_search.py FOLDER... --scenarios FILE|FOLDER... [--plays FOLDER...]

Reads the persons of the scenarios and searches every file of the folders for whole distinctive values of 8 bytes and more:
as UTF-8 and UTF-16, in hexadecimal, and in base64 in its three alignments; birth dates as ISO tokens. Exit 0: nothing found,
and the search itself found a value planted for it in each of these forms. Exit 1: a leak, named by file and kind, never by
value, or a play that should have been searched has not been played. Folders named "particulars" and "inputs" hold what they
are for and are left out.
"""

import argparse
import base64
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LABELS = {"name", "father_name", "birth_date", "cnic", "passport_number", "passport_mrz", "registry_name", "registry_cnic"}


def values_of(scenario: pathlib.Path) -> dict[str, str]:
    """The distinctive values of a scenario's persons, each with its label."""
    found: dict[str, str] = {}
    for line in scenario.read_text(encoding="utf-8").splitlines():
        match = re.match(r"^  (\w+)\s+(\S.*)$", line)
        if match and match[1] == "scan":
            # What the player writes into every scan, beside the person's name (play/scans.h).
            found[f"Invented scan of {match[2].split()[0]}: "] = "scan"
            continue
        if not match or match[1] not in LABELS or match[2] == "unknown to sender":
            continue
        label, value = match[1], match[2].strip()
        spellings = {value}
        if label in ("cnic", "registry_cnic"):
            spellings.add(value.replace("-", ""))
        for spelling in spellings:
            if len(spelling.encode()) >= 8:
                found[spelling] = label
    return found


def base64_cores(data: bytes) -> set[str]:
    """What is the same in every base64 text that contains `data`, for the three ways it can be aligned."""
    cores = set()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data).decode()
        whole = text[-(-shift * 8 // 6) if shift else 0 : (shift + len(data)) * 8 // 6]
        cores.add(whole)
    return cores


def patterns_of(values: dict[str, str]) -> dict[str, str]:
    """Every text to look for, with what to call it."""
    patterns = {}
    for value, label in values.items():
        patterns[value] = f"{label} as text"
        for data, kind in ((value.encode(), "UTF-8"), (value.encode("utf-16-le"), "UTF-16")):
            patterns[data.hex()] = f"{label} in hexadecimal of {kind}"
            patterns[data.hex().upper()] = f"{label} in hexadecimal of {kind}"
            for core in base64_cores(data):
                patterns[core] = f"{label} in base64 of {kind}"
    return patterns


def grep(pattern_file: str, files: list[str]) -> list[tuple[str, str]]:
    """(file, what was found) for each hit. A value that is only digits and dashes must stand as a whole token."""
    hits = []
    for start in range(0, len(files), 500):
        run = subprocess.run(
            ["grep", "-oaHF", "-f", pattern_file, "--", *files[start : start + 500]],
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
        if run.returncode > 1:
            raise RuntimeError(run.stderr.decode(errors="replace"))
        for line in run.stdout.split(b"\n"):
            name, colon, text = line.partition(b":")
            if colon:
                hits.append((name.decode(errors="replace"), text.decode(errors="replace")))
    return hits


def search(folders: list[pathlib.Path], patterns: dict[str, str], work: pathlib.Path) -> tuple[list[tuple[str, str]], int]:
    pattern_file = work / "patterns"
    pattern_file.write_text("\n".join(patterns) + "\n", encoding="utf-8")
    files, narrowed = [], {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or {"particulars", "inputs"} & set(path.relative_to(folder).parts):
                continue
            files.append(str(path))
            data = path.read_bytes()
            if b"\0" in data:
                # UTF-16 of ASCII text is that text with zero bytes between: without them it is the text again.
                copy = work / f"narrowed-{len(narrowed)}"
                copy.write_bytes(data.replace(b"\0", b""))
                narrowed[str(copy)] = str(path)
    hits = grep(str(pattern_file), files) if files else []
    if narrowed:
        hits += [(narrowed[name] + " (UTF-16)", text) for name, text in grep(str(pattern_file), list(narrowed))]
    return hits, len(files)


def planted(patterns_for, work: pathlib.Path) -> list[str]:
    """The forms in which a planted value is not found: must be none, or the search proves nothing."""
    value = "Nobody Ofthisname"
    missed = []
    forms = {
        "text": value.encode(),
        "UTF-16": value.encode("utf-16-le"),
        "hexadecimal": value.encode().hex().encode(),
        "base64, alignment 0": base64.b64encode(value.encode()),
        "base64, alignment 1": base64.b64encode(b"x" + value.encode() + b"yy"),
        "base64, alignment 2": base64.b64encode(b"xx" + value.encode() + b"y"),
    }
    for form, data in forms.items():
        folder = work / "planted"
        folder.mkdir(exist_ok=True)
        (folder / "file").write_bytes(b"before " + data + b" after")
        hits, _ = search([folder], patterns_for({value: "name"}), work)
        if not hits:
            missed.append(form)
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--scenarios", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--plays", nargs="*", type=pathlib.Path, default=[], help="folders in which a play must have ended")
    arguments = parser.parse_args()

    values: dict[str, str] = {}
    for scenario in arguments.scenarios:
        for file in sorted(scenario.glob("*.scenario")) if scenario.is_dir() else [scenario]:
            values.update(values_of(file))
    if len(values) < 100:
        print(f"only {len(values)} values in the scenarios: the search would prove nothing", file=sys.stderr)
        return 1
    missing = [str(folder) for folder in arguments.folders if not folder.is_dir()]
    if missing:
        print(f"not there, so nothing to search: {', '.join(missing)}", file=sys.stderr)
        return 1

    unplayed = [str(folder) for folder in arguments.plays if not (folder / "anchor").is_file()]
    if unplayed:
        print(f"not played, so nothing to search: {', '.join(unplayed)}", file=sys.stderr)
        return 1

    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        missed = planted(patterns_of, work)
        if missed:
            print(f"the search does not find a planted value in: {', '.join(missed)}", file=sys.stderr)
            return 1
        patterns = patterns_of(values)
        hits, files = search(arguments.folders, patterns, work)
    leaks = sorted({(path, patterns[text]) for path, text in hits if text in patterns})
    for path, kind in leaks[:50]:
        print(f"{path}: an invented person's {kind}", file=sys.stderr)
    print(f"{len(values)} values in {len(patterns)} spellings, {files} files, {len(leaks)} leaks")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
