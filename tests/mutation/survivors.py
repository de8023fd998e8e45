#!/usr/bin/env python3
"""Tells what became of the mutants of a run, and compares what survived with what is listed (docs/mutation.md).

    survivors.py RESULTS LIST [--partly] [--explored]
    survivors.py --write RESULTS LIST           writes LIST anew: what it says of a mutant stays, what is new is `unexplained`

RESULTS is what mutate-core or mutate-rules printed: fate, by what, name, with tabs between. LIST has two kinds of line, with two
spaces (or a tab) between:

    reason    KEY    VERDICT    TEXT            why mutants are not told apart; VERDICT is `equivalent` or `not told`
    FATE      KEY    NAME                       a mutant that came to that end; FATE is `survived`, `check`, `crash` or
                                                `property`

`survived`: neither a scenario nor a property told. `check`: a check of ours ended the program, and `crash`: a signal, memory or
the time limit did; neither is a kill. `property`: no
scenario told and a property did, so that it survives where nothing is explored.

--partly: the run was of some mutants only, and in any preset: with other checks of the compiler's a mutant may end the program that
survives, or is told, without them. --explored: the worlds were explored as well.

Exit 0: as listed. 1: not as listed, with the remedy. 2: usage, or a list that cannot be read. 6: there is no list.
"""
import argparse
import collections
import pathlib
import re
import sys

FATES = ("expectation", "property", "check", "crash", "form", "survived")
ENDED = ("check", "crash")
UNTOLD = ("survived", *ENDED)
SEPARATOR = re.compile(r"\t|  +")
VERDICTS = ("equivalent", "not told")


def read_results(path):
    results = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            fate, by, name = line.rstrip("\n").split("\t")
            results[name] = (fate, by)
    return results


def read_list(path):
    reasons, listed = {}, {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith("#") or not line.strip():
                continue
            line = line.rstrip("\n")
            fields = SEPARATOR.split(line, maxsplit=3 if line.startswith("reason") else 2)
            if fields[0] == "reason" and len(fields) == 4 and fields[2] in VERDICTS and fields[3]:
                reasons[fields[1]] = (fields[2], fields[3])
            elif fields[0] in (*UNTOLD, "property") and len(fields) == 3:
                if fields[1] not in reasons:
                    sys.exit(f"{path}:{number}: the reason '{fields[1]}' is not given above. Remedy: add a line 'reason'")
                if fields[2] in listed:
                    sys.exit(f"{path}:{number}: {fields[2]} is listed twice. Remedy: take one out")
                listed[fields[2]] = (fields[0], fields[1])
            else:
                print(f"{path}:{number}: neither a reason nor a mutant. Remedy: see survivors.py --help", file=sys.stderr)
                sys.exit(2)
    return reasons, listed


def told(results, reasons, listed):
    """The figures of a run."""
    count = collections.Counter(fate for fate, _ in results.values())
    print(f"{len(results)} mutants: " + ", ".join(f"{count[fate]} {fate}" for fate in FATES if count[fate]))
    verdicts = collections.Counter(reasons[listed[name][1]][0] for name, (fate, _) in results.items()
                                   if fate in UNTOLD and name in listed)
    for verdict in VERDICTS:
        if verdicts[verdict]:
            print(f"  of those that survived or ended the program, {verdicts[verdict]} {verdict}")


def differences(results, listed, partly, explored):
    for name, (fate, by) in results.items():
        said = listed.get(name, (None, None))[0]
        if fate in UNTOLD:
            if said is None and fate in ENDED and partly:
                continue
            if said is None:
                yield (f"{name}: {fate}{', ' + by if by else ''}, and is not listed. Remedy: write a scenario that tells it "
                       "apart, take out the condition when nothing needs it, or list it with the reason why it changes nothing")
            elif said != fate and not partly and not (said == "property" and not explored):
                yield f"{name}: is listed as {said}, and came to {fate}. Remedy: look why, and list it as that"
        elif said is not None and not (said in ENDED and partly) and not (said == "property" and fate == "property") and not (
                said == "survived" and fate == "property" and not explored):
            yield f"{name}: is listed as {said}, and is told now: {fate}, {by}. Remedy: take it out of the list"
    if partly:
        return
    for name in sorted(listed.keys() - results.keys()):
        yield f"{name}: is listed, and there is no such mutant. Remedy: take it out of the list"


def written(path, results):
    try:
        reasons, listed = read_list(path)
    except FileNotFoundError:
        reasons, listed = {}, {}
    rows = []
    for name, (fate, by) in results.items():
        said, key = listed.get(name, (None, "unexplained"))
        if fate in UNTOLD:
            rows.append((said if said == "property" and fate == "survived" else fate, key, name))
        elif fate == "property":
            rows.append((fate, key, name))
    if any(key == "unexplained" for _, key, _ in rows):
        reasons.setdefault("unexplained", ("not told", "nobody has looked at it yet"))
    used = {key for _, key, _ in rows}
    with open(path, "w", encoding="utf-8") as out:
        for key, (verdict, text) in reasons.items():
            if key in used:
                out.write(f"reason  {key}  {verdict}  {text}\n")
        out.writelines(f"{fate}  {key}  {name}\n" for fate, key, name in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("list")
    parser.add_argument("--partly", action="store_true")
    parser.add_argument("--explored", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    results = read_results(arguments.results)
    if arguments.write:
        written(arguments.list, results)
        return
    if not pathlib.Path(arguments.list).exists():
        told(results, {}, {})
        print(f"{arguments.list} is not there: nothing is compared. Remedy: write it with survivors.py --write, and say why "
              "of each", file=sys.stderr)
        sys.exit(6)
    reasons, listed = read_list(arguments.list)
    told(results, reasons, listed)
    found = list(differences(results, listed, arguments.partly, arguments.explored))
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
