#!/usr/bin/env python3
"""docs/questions.md: every place it names stands in what `chancery-procedure show` prints or in articles.md, with what is quoted.

    questions_test.py CHANCERY_PROCEDURE            checks docs/questions.md, and the places that other pages name
    questions_test.py CHANCERY_PROCEDURE --self     shows that it fails when it must

Exit 0: all places exist. 1: each that does not is named.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROCEDURE = ROOT / "agreements" / "eu-pakistan" / "2016"
FEWEST = 20

QUESTION = re.compile(r"^(\d+)\. \*\*(.+\?)\*\*$")
CITED = re.compile(r'`(show (#[^`]+)|articles\.md: ([^`]+))`(?:\s+"([^"]+)")?')
PLACE = re.compile(r"^( *)(#[A-Za-z][^ ]*)")


def places_of(shown):
    """What stands at each place: from its line to the next place that is not inside it."""
    lines = shown.splitlines()
    found = {}
    for number, line in enumerate(lines):
        match = PLACE.match(line)
        if not match:
            continue
        indent = len(match[1])
        heading = number + 1 < len(lines) and lines[number + 1].startswith("== ")
        end = number + 1
        while end < len(lines):
            inner = PLACE.match(lines[end])
            next_heading = end + 1 < len(lines) and lines[end + 1].startswith("== ")
            if inner and len(inner[1]) <= indent and (not heading or next_heading):
                break
            end += 1
        if match[2] in found:
            raise SystemExit(f"two places are called {match[2]}")
        found[match[2]] = "\n".join(lines[number:end])
    return found


def rows_of(articles):
    """What articles.md says of each article."""
    found = {}
    for line in articles.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3:
            kind = ""
            for name in cells[0].split(", "):
                if name[:1].isdigit():
                    name = kind + name
                else:
                    kind = name.split(" ")[0] + " "
                found[name] = line
    return found


def check_places(page, text, places, rows):
    problems = []
    # A quotation may be broken over two lines.
    flat = re.sub(r"\s+", " ", text)
    for match in CITED.finditer(flat):
        known = places if match[2] else rows
        name = match[2] or match[3]
        if name not in known:
            problems.append(f"{page}: there is no place {match[1]}")
        elif match[4] and match[4] not in known[name]:
            problems.append(f'{page}: {match[1]} does not say "{match[4]}"')
    return problems


def check_questions(text, places, rows):
    problems = check_places("docs/questions.md", text, places, rows)
    questions = []
    for line in text.splitlines():
        match = QUESTION.match(line)
        if match:
            questions.append([int(match[1]), match[2], ""])
        elif questions:
            questions[-1][2] += line + "\n"
    if [number for number, _, _ in questions] != list(range(1, len(questions) + 1)):
        problems.append("docs/questions.md: the questions are not numbered from 1 on")
    if len(questions) < FEWEST:
        problems.append(f"docs/questions.md: {len(questions)} questions, fewer than {FEWEST}")
    for number, question, answer in questions:
        if not CITED.search(re.sub(r"\s+", " ", answer)):
            problems.append(f"docs/questions.md: question {number} ({question}) names no place")
    return problems


def self_check():
    shown = ("#limits\n== Time limits ==\n  text\n#limit.a\n  Limit a: 3 days\n#rule.b\n  Rule b\n    #rule.b.held\n"
             "      must hold\n    then: x\n#matter.case\n== The case ==\n")
    places = places_of(shown)
    rows = rows_of("| article | says | by |\n|---|---|---|\n| Art 11, 12 | transit | rules |\n")
    assert "Limit a" in places["#limits"] and "Rule b" in places["#limits"] and "The case" not in places["#limits"]
    assert "then: x" in places["#rule.b"] and "Limit" not in places["#rule.b"]
    assert "Art 12" in rows and "transit" in rows["Art 11"]
    good = "".join(f'{n}. **What?**\n   Places: `show #limit.a` "3\n   days".\n' for n in range(1, 21))
    assert check_questions(good, places, rows) == []
    for wrong in (good.replace("#limit.a", "#limit.gone", 1), good.replace('"3\n   days"', '"4 days"', 1),
                  good.replace("`show #limit.a`", "somewhere", 1), good.replace("20. ", "21. "),
                  good[:good.index("20. ")], good + '`articles.md: Art 13`'):
        assert check_questions(wrong, places, rows), wrong
    return 0


def main():
    program = sys.argv[1]
    if sys.argv[2:] == ["--self"]:
        return self_check()
    shown = subprocess.run([program, "show", str(PROCEDURE)], check=True, capture_output=True, text=True).stdout
    places = places_of(shown)
    rows = rows_of((PROCEDURE / "articles.md").read_text(encoding="utf-8"))
    problems = []
    for page in sorted((ROOT / "docs").rglob("*.md")) + [ROOT / "README.md"]:
        text = page.read_text(encoding="utf-8")
        name = str(page.relative_to(ROOT))
        problems += (check_questions(text, places, rows) if name == "docs/questions.md"
                     else check_places(name, text, places, rows))
    for problem in problems:
        print(problem)
    print(f"{len(places)} places, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
