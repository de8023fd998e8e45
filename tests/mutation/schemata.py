#!/usr/bin/env python3
"""Writes a copy of the core in which every condition can be switched while it runs (docs/mutation.md).

    schemata.py --clang CLANG --root ROOT --out FOLDER FILE...

FILE... are sources of engine/procedure, by paths from ROOT. FOLDER gets a copy of each, `mutants.cc` with the names of
all mutants, and `mutants.tsv` with the same for people. Each condition of the copy asks `On(number)` whether it is to
be decided by the switch; with the switch at 0 it decides as the source does. The sources themselves stay as they are.

What becomes a mutant, and what does not, is decided by the syntax tree that clang prints, never by the text:

  - the conditions of `if`, `?:`, `while`; of a `for` whether it runs at all
  - what a function or lambda returns, what a variable is set to or begins with, where it is a bool
  - each operand of `&&` and `||` in them: the value that lets the others decide
  - `<`, `<=`, `>`, `>=`: also the neighbouring comparison

A mutant's name is file, function, text of the condition, its number among equals, and what it is switched to. It names
no line, so that it stays the same while the code around it moves.

Exit 0: written. 1: clang could not read a source. 2: usage.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

# No ruling depends on these. What is named here must exist (`read` looks), so that nothing stays named that has moved.
NOT_RULING = {
    # A procedure's form is judged before anybody signs it.
    "procedure.cc": {"Admit"},
    # Names for numbers, where sentences and codes are read and told.
    "facts.cc": {"WordNumber", "WordName", "PackCode", "FactNamed", "Describe"},
    # What is due, and words for people.
    "step.cc": {"ActsOf", "StandingAt", "NextTimeLimit", "SceneBefore", "SealsInWords"},
    # Whether a certificate is its holder's is looked at before an appointment is handed in.
    "seals.cc": {"HolderInWords", "AppointmentDefect", "AppointmentsBy"},
    # In which stream an entry stands, and which bundles a folder of evidence needs.
    "replay.cc": {"StreamOf", "ProceduresNamed"},
}
# Casts and brackets that change nothing about what a condition says.
THROUGH = {"ParenExpr", "ImplicitCastExpr", "ExprWithCleanups", "ConstantExpr", "MaterializeTemporaryExpr",
           "CXXBindTemporaryExpr", "FullExpr"}
NEIGHBOUR = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
FUNCTIONS = {"FunctionDecl", "CXXMethodDecl", "CXXConstructorDecl", "CXXDestructorDecl"}
SAYS = {"T": "always", "F": "never"}


def documents(text):
    """The JSON documents that clang prints one after another."""
    decoder = json.JSONDecoder()
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        document, at = decoder.raw_decode(text, at)
        yield document


def resolve_files(node, state):
    """clang prints a location's file only where it differs from the last one printed: writes it everywhere."""
    if isinstance(node, list):
        for item in node:
            resolve_files(item, state)
        return
    if not isinstance(node, dict):
        return
    if "offset" in node and "tokLen" in node:
        if "file" in node:
            state[0] = node["file"]
        node["file"] = state[0]
        return
    for value in node.values():
        resolve_files(value, state)


def inner(node):
    return [child for child in node.get("inner", []) if child]


def is_bool(node):
    return node.get("type", {}).get("desugaredQualType", node.get("type", {}).get("qualType")) in ("bool", "const bool")


def strip(node):
    while node["kind"] in THROUGH and len(inner(node)) == 1:
        node = inner(node)[0]
    return node


class Source:
    """One file on its way to the copy."""

    def __init__(self, path, root):
        self.path = path
        self.name = path.name
        self.raw = (root / path).read_bytes()
        self.wraps = {}  # (begin, end) -> what stands there instead, as a function of the text between
        self.mutants = []  # (function, text, what), in the order of the text

    def span(self, node):
        begin, end = node["range"]["begin"], node["range"]["end"]
        if "offset" not in begin or "offset" not in end:
            return None  # of a macro: a check of our own, which is no guard
        if not begin.get("file", "").endswith(str(self.path)):
            return None
        return begin["offset"], end["offset"] + end["tokLen"]

    def text(self, span):
        return re.sub(r"\s+", " ", self.raw[span[0]:span[1]].decode()).strip()

    # `values`: which of T and F are mutants of their own here. As an operand of && a condition is only ever made true:
    # made false, it is the whole that is false.
    def condition(self, node, values, function, neighbours=True, variable=None):
        node = strip(node)
        span = self.span(node)
        if span is None:
            return
        kind, operator = node["kind"], node.get("opcode")
        if kind == "UnaryOperator" and operator == "!":
            flipped = {"T": "F", "F": "T"}
            self.condition(inner(node)[0], [flipped[value] for value in values], function, neighbours)
            return
        if kind == "CXXBoolLiteralExpr":
            return
        if kind == "BinaryOperator" and operator in ("&&", "||"):
            self.wrap(span, values, function)
            for operand in self.chain(node, operator):
                self.condition(operand, ["T" if operator == "&&" else "F"], function, neighbours)
            return
        self.wrap(span, values, function, self.comparison(node) if neighbours else None, variable)

    def chain(self, node, operator):
        operands = []
        for child in inner(node):
            stripped = strip(child)
            if stripped["kind"] == "BinaryOperator" and stripped.get("opcode") == operator:
                operands += self.chain(stripped, operator)
            else:
                operands.append(child)
        return operands

    def comparison(self, node):
        """(where the left operand ends, where the right one begins, the operator), of < <= > >= alone."""
        if node["kind"] == "BinaryOperator" and node.get("opcode") in NEIGHBOUR:
            left, right = inner(node)
            operator = node["opcode"]
        elif node["kind"] in ("CXXRewrittenBinaryOperator", "CXXOperatorCallExpr"):
            found = self.written_comparison(node)
            if found is None:
                return None
            left, right, operator = found
        else:
            return None
        left_span, right_span = self.span(left), self.span(right)
        if left_span is None or right_span is None or left_span[1] > right_span[0]:
            return None
        if self.raw[left_span[1]:right_span[0]].decode().strip() != operator:
            return None
        return left_span, right_span, operator

    def written_comparison(self, node):
        """Of `a < b` that the compiler reads as a call: its two operands as they are written."""
        span = self.span(node)
        leaves = []

        def walk(child):
            child_span = self.span(child)
            if child_span is None or child_span[1] <= child_span[0]:
                return
            if child_span != span:
                leaves.append((child_span, child))
            else:
                for below in inner(child):
                    walk(below)
        for child in inner(node):
            walk(child)
        left = max((leaf for leaf in leaves if leaf[0][0] == span[0]), key=lambda leaf: leaf[0][1], default=None)
        right = min((leaf for leaf in leaves if leaf[0][1] == span[1]), key=lambda leaf: leaf[0][0], default=None)
        if left is None or right is None or left[0][1] > right[0][0]:
            return None
        operator = self.raw[left[0][1]:right[0][0]].decode().strip()
        return (left[1], right[1], operator) if operator in NEIGHBOUR else None

    def wrap(self, span, values, function, comparison=None, variable=None):
        self.wraps.setdefault(span, []).append((values, function, comparison, variable))

    def statements(self, node, function):
        """Finds the conditions in and below a node."""
        kind = node["kind"]
        children = inner(node)
        if kind == "IfStmt" and not node.get("isConstexpr"):
            if node.get("hasVar"):
                self.condition_variable(node, function)
            else:
                self.condition(children[1 if node.get("hasInit") else 0], ["T", "F"], function)
        elif kind == "ConditionalOperator":
            self.condition(children[0], ["T", "F"], function)
        elif kind == "WhileStmt":
            self.condition(children[0], ["T", "F"], function)
        elif kind == "ForStmt":
            # Init, a declaration (or nothing), condition, increment, body; nothing is printed as {}.
            condition = node["inner"][2]
            if condition:
                self.condition(condition, ["F"], function, neighbours=False)
        elif kind == "ReturnStmt" and children and is_bool(children[0]):
            self.condition(children[0], ["T", "F"], function)
        elif kind == "VarDecl" and is_bool(node) and node.get("init") and children:
            self.condition(children[-1], ["T", "F"], function)
        elif kind == "BinaryOperator" and node.get("opcode") == "=" and is_bool(node):
            self.condition(children[1], ["T", "F"], function)
        for child in children:
            # A lambda is printed as a class with its call operator and again as its body.
            if kind == "LambdaExpr" and child["kind"] == "CXXRecordDecl":
                continue
            self.statements(child, function)

    def condition_variable(self, node, function):
        """`if (auto x = f())` asks x: the switch is asked in its place."""
        variable = next(child for child in inner(node) if child["kind"] == "DeclStmt")
        declared = inner(variable)[0]
        span = self.span(declared)
        if span is not None:
            self.wrap(span, ["T", "F"], function, None, declared["name"])

    def declarations(self, node, scope):
        kind = node["kind"]
        if kind in FUNCTIONS:
            span = self.span(node)
            body = next((child for child in inner(node) if child["kind"] in ("CompoundStmt", "CXXTryStmt")), None)
            name = node.get("name", "")
            if span is None or body is None or node.get("isImplicit") or node.get("constexpr"):
                return
            if name in NOT_RULING.get(self.name, ()):
                self.left_out.add(name)
                return
            owner = self.owners.get(node.get("parentDeclContextId")) or scope
            self.statements(body, f"{owner}::{name}" if owner else name)
            return
        if kind == "CXXRecordDecl":
            self.owners[node["id"]] = node.get("name", "")
            scope = node.get("name", "")
        if kind == "FunctionTemplateDecl":
            return
        for child in inner(node):
            self.declarations(child, scope)

    def read(self, clang, root):
        command = [clang, "-std=c++20", f"-I{root}", "-fsyntax-only", "-Xclang", "-ast-dump=json", "-Xclang",
                   "-ast-dump-filter=chancery::procedure", str(root / self.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"schemata.py: {self.path}: {done.stderr}Remedy: the source must compile with {clang}")
        self.owners = {}
        self.left_out = set()
        for document in documents(done.stdout):
            resolve_files(document, [""])
            self.declarations(document, "")
        gone = sorted(NOT_RULING.get(self.name, set()) - self.left_out)
        if gone:
            sys.exit(f"schemata.py: {self.path} has no {', '.join(gone)}. Remedy: name it in NOT_RULING where it is now")

    def number(self, mutants):
        """Gives each switch its number, and each wrap its words."""
        met = collections.Counter()
        self.numbered = []
        for span in sorted(self.wraps, key=lambda span: (span[0], -span[1])):
            values, function, comparison, variable = self.wraps[span][0]
            text = self.text(span)
            met[(function, text)] += 1
            name = f"{self.name} | {function} | {text} | {met[(function, text)]}"
            switches = []
            for value in values:
                mutants.append(f"{name} | {SAYS[value]}")
                switches.append((len(mutants), value))
            neighbour = None
            if comparison is not None:
                mutants.append(f"{name} | {NEIGHBOUR[comparison[2]]} for {comparison[2]}")
                neighbour = (len(mutants), comparison)
            self.numbered.append((span, switches, neighbour, variable))

    def written(self, begin, end, wraps):
        """The text from begin to end with the wraps that lie in it."""
        text, at = "", begin
        while wraps:
            span, switches, neighbour, variable = wraps[0]
            below = [wrap for wrap in wraps[1:] if wrap[0][1] <= span[1] and wrap[0][0] >= span[0]]
            text += self.raw[at:span[0]].decode()
            text += self.wrapped(span, switches, neighbour, variable, below)
            at = span[1]
            wraps = wraps[1 + len(below):]
        return text + self.raw[at:end].decode()

    def wrapped(self, span, switches, neighbour, variable, below):
        condition = self.written(span[0], span[1], below)
        asked = f"static_cast<bool>({variable if variable else condition})"
        if neighbour is not None:
            number, (left, right, operator) = neighbour
            sides = [self.written(*side, [wrap for wrap in below if side[0] <= wrap[0][0] and wrap[0][1] <= side[1]])
                     for side in (left, right)]
            asked = f"(::chancery::mutation::On({number}) ? ({sides[0]} {NEIGHBOUR[operator]} {sides[1]}) : {asked})"
        for number, value in reversed(switches):
            asked = f"(::chancery::mutation::On({number}) ? {'true' if value == 'T' else 'false'} : {asked})"
        return f"{condition}; {asked}" if variable else asked

    def copy(self):
        return f'#include "tests/mutation/switch.h"\n#line 1 "{self.path}"\n' + self.written(0, len(self.raw), self.numbered)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clang", required=True)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    mutants = []
    for path in arguments.files:
        source = Source(path, arguments.root)
        source.read(arguments.clang, arguments.root)
        source.number(mutants)
        (arguments.out / path.name).write_text(source.copy(), encoding="utf-8")
    rows = "".join(f"    {json.dumps(name)},\n" for name in mutants)
    (arguments.out / "mutants.cc").write_text(
        '#include "tests/mutation/switch.h"\n\nnamespace chancery::mutation {\n\n'
        f"const std::vector<std::string>& AllMutants() {{\n  static const std::vector<std::string> all = {{\n{rows}"
        "  };\n  return all;\n}\n\n}  // namespace chancery::mutation\n", encoding="utf-8")
    (arguments.out / "mutants.tsv").write_text(
        "".join(f"{number}\t{name}\n" for number, name in enumerate(mutants, 1)), encoding="utf-8")


if __name__ == "__main__":
    main()
