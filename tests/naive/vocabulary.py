"""The words an agreed procedure may use, as the documents tell them.

The explorer shares nothing with the engine, so it learns facts, types and words from docs/procedure-language.md, and which
facts an act can carry from docs/acts.md.
"""

import dataclasses
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


@dataclasses.dataclass(frozen=True)
class ActForm:
    """An act: the kind of matter it moves and the facts that it and its lines can carry."""

    matter: str
    facts: tuple[str, ...]
    line_facts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """Types and words of facts, and the forms of acts."""

    types: dict[str, str]
    words: dict[str, tuple[str, ...]]
    acts: dict[str, ActForm]


def read_vocabulary() -> Vocabulary:
    """Reads both documents; raises ValueError when they no longer have the tables that are read here."""
    types: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    page = (DOCS / "procedure-language.md").read_text(encoding="utf-8").split("## The facts")[1]
    for name, kind, listed in re.findall(r"^\| `(\w+)` \| ([\w ]+?) \| ?([^|]*)\|$", page, re.M):
        types[name] = kind
        words[name] = tuple(word.strip() for word in listed.split(",") if word.strip())
        if kind == "yes or no":
            words[name] = ("yes", "no")

    acts: dict[str, ActForm] = {}
    page = (DOCS / "acts.md").read_text(encoding="utf-8")
    for matter, section in re.findall(r"^## Acts of (?:a|the) (\w+)$(.*?)(?=^## |\Z)", page, re.M | re.S):
        for name, text in re.findall(r"^### (\w+)$(.*?)(?=^### |\Z)", section, re.M | re.S):
            facts = re.search(r"^Facts: (.*?)\.$", text, re.M | re.S)
            lines = re.search(r"^Each line: (.*?)\.$", text, re.M | re.S)
            acts[name] = ActForm(
                matter,
                tuple(re.findall(r"`(\w+)`", facts.group(1))) if facts else (),
                tuple(re.findall(r"`(\w+)`", lines.group(1))) if lines else (),
            )
    if len(types) < 50 or len(acts) < 30:
        raise ValueError(f"only {len(types)} facts and {len(acts)} acts found in the documents")
    return Vocabulary(types, words, acts)
