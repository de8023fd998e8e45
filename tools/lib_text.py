#!/usr/bin/env python3
"""The checks of tools/check that read text: vocabulary, tests that name their sentence, and what no file may hold.

    lib_text.py [--fix] FILE...     paths from the root of the project, which is the current folder

Exit 0: nothing found. Exit 1: each finding is one line, path:line: what is wrong: what to do. --fix mends white space.
"""
import argparse
import pathlib
import re
import sys

VOCABULARY_FOLDERS = ("engine/procedure", "engine/codec", "engine/ledger", "engine/exchange", "audit")
CODE = {".h", ".cc"}
# Bytes that others gave us, or that are compared byte for byte: read by nobody here.
FOREIGN = ("proto/google/", "tests/data/", "tests/golden/", "tests/fuzz/corpus/", "LICENSE")
# These files are about the words that they would be refused for.
ABOUT_WORDS = {"tools/vocabulary.txt", "tools/lib_text.py", "tools/spelling.txt", "tests/layering/text_test.py"}

STRIP = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|^\s*#.*$',
                   re.DOTALL | re.MULTILINE)
IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_]\w*|(?<=\.)[A-Za-z_]\w*")
KEYWORDS = {"template"}
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

REFUSED = [
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), "leave nothing half: do it, or write an issue"),
    (re.compile(r"(?<![\w.])/(home|root|Users|work)/[\w.]"), "a path of one machine"),
    (re.compile(r"\b(registry|artifactory|nexus|mirror|proxy|pypi)\.[a-z0-9-]+\.(com|org|net|io|local|internal|example)\b"), "a host of one network"),
    (re.compile(r"\b(this|previous|earlier|next|last|coding|work) session\b", re.I), "a file tells no history"),
    (re.compile(r"BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-"), "no private key is ever kept here: certs/ makes them"),
    (re.compile(r"^(<{7}|>{7}|={7})( |$)"), "a merge that was not finished"),
]
REFUSED_IN_CODE = [
    (re.compile(r"\bDISABLED_\w"), "a test nobody runs is no test"),
    (re.compile(r"NOLINT(NEXTLINE|BEGIN)?(?!END)\b(?!\([\w.,*-]+\): \S)"), "write NOLINT(check): reason"),
]
COMMENTED_CODE = re.compile(r"^\s*// *(\w+(::\w+)*[ *&]+)?\w+(\.|->|::)?\w*\(.*\);\s*$|^\s*// *(return|if \(|for \()\b.*[;{]\s*$")
TEST_MACRO = re.compile(r"^(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(")


def parts(identifier):
    return [part.lower() for part in PART.findall(identifier)]


def contains(sequence, run):
    return any(sequence[i:i + len(run)] == run for i in range(len(sequence) - len(run) + 1))


def read_vocabulary(text):
    """[(parts of the word, what to say, folders, compounds that are right)]"""
    rules = []
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition("->")
        rest, _, right = rest.partition(" except ")
        say, _, folders = rest.partition("    in ")
        rules.append((word.strip().split("_"), say.strip(), tuple(folders.split()) or VOCABULARY_FOLDERS,
                      [compound.split("_") for compound in right.split()]))
    return rules


def vocabulary(path, text, rules):
    problems = []
    code = STRIP.sub(lambda match: "\n" * match[0].count("\n") or " ", text)
    for number, line in enumerate(code.splitlines(), 1):
        for identifier in dict.fromkeys(IDENTIFIER.findall(line)):
            if identifier in KEYWORDS:
                continue
            words = parts(identifier)
            for word, say, folders, right in rules:
                if not path.startswith(tuple(folder + "/" for folder in folders)):
                    continue
                if contains(words, word) and not any(contains(words, compound) for compound in right):
                    problems.append(f"{path}:{number}: {identifier}: say {say} (tools/vocabulary.txt)")
    return problems


def refused_text(path, lines):
    problems = []
    for number, line in enumerate(lines, 1):
        for pattern, why in REFUSED:
            match = pattern.search(line)
            if match:
                problems.append(f"{path}:{number}: {match[0].strip()}: {why}")
    return problems


def code_rules(path, lines):
    problems = []
    for number, line in enumerate(lines, 1):
        for pattern, why in REFUSED_IN_CODE:
            match = pattern.search(line)
            if match:
                problems.append(f"{path}:{number}: {match[0].strip()}: {why}")
        if COMMENTED_CODE.match(line):
            problems.append(f"{path}:{number}: {line.strip()}: code in a comment: delete it, the history keeps it")
        if path.startswith("tests/") and TEST_MACRO.match(line):
            before = lines[number - 2].strip() if number > 1 else ""
            after = next((text.strip() for text in lines[number:number + 3] if text.strip()), "")
            if not before.startswith("//") and not after.startswith("//"):
                problems.append(f"{path}:{number}: {line.strip()}: say in a comment above it which sentence "
                                "(article, specification, design section) this test holds the code to")
    return problems


def white_space(text, tabs_allowed):
    """The same text with LF line ends, no trailing blanks, no tabs, one newline at its end."""
    text = text.replace("\r\n", "\n")
    if not tabs_allowed:
        text = text.replace("\t", "  ")
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text.rstrip("\n") + "\n" if text.strip() else text


def check(path, text, rules):
    lines = text.splitlines()
    problems = []
    if path not in ABOUT_WORDS:
        problems += refused_text(path, lines)
    if pathlib.Path(path).suffix in CODE:
        problems += code_rules(path, lines)
        if path.startswith(tuple(folder + "/" for folder in VOCABULARY_FOLDERS)):
            problems += vocabulary(path, text, rules)
    if text.startswith("#!") and not pathlib.Path(path).stat().st_mode & 0o100:
        problems.append(f"{path}:1: a script that cannot be run: chmod +x {path}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).resolve().parent
    rules = read_vocabulary((here / "vocabulary.txt").read_text(encoding="utf-8"))
    problems = []
    for path in arguments.files:
        raw = pathlib.Path(path).read_bytes()
        if path.startswith(FOREIGN) or b"\0" in raw:
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            problems.append(f"{path}:1: not UTF-8")
            continue
        tidy = white_space(text, tabs_allowed=path.endswith((".go", ".mk", "Makefile", ".golden")))
        if tidy != text and arguments.fix:
            pathlib.Path(path).write_text(tidy, encoding="utf-8")
        elif tidy != text:
            pairs = zip(text.split("\n") + [""], tidy.split("\n") + [""])
            number = next((i for i, (old, new) in enumerate(pairs, 1) if old != new), 1)
            problems.append(f"{path}:{number}: white space (trailing blanks, tabs, line ends, last newline): "
                            "run tools/check --fix")
        problems += check(path, text, rules)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
