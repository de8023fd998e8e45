#!/usr/bin/env python3
"""Draws the layers from the table that the build wrote from its add_layer lines.

    lib_layers.py --table build/dev/layers.json --write docs/layers.md      writes the page
    lib_layers.py --table build/dev/layers.json --compare docs/layers.md    exit 1 when the page is not what it would write
"""
import argparse
import json
import pathlib
import sys

HEAD = """# The layers

Written by `tools/check --fix` from the `add_layer` lines of the build; the build's tests refuse a page that differs. An arrow
reads "may use"; what follows from other arrows is left out of the picture and stands in the table.

```mermaid
flowchart TD
"""


def reachable(uses, start):
    seen, todo = set(), [start]
    while todo:
        for target in uses.get(todo.pop(), []):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def page(layers):
    layers = [layer for layer in layers if not layer["folder"].startswith("tests")]
    uses = {layer["name"]: layer["uses"] for layer in layers}
    shown = sorted({target for targets in uses.values() for target in targets} - set(uses))
    lines = [HEAD.rstrip("\n")]
    for layer in layers:
        lines.append(f'  {layer["name"]}["{layer["folder"]}"]')
    for name in shown:
        lines.append(f'  {name}[("{"proto: messages" if name == "proto" else "proto: services"}")]')
    for layer in layers:
        for target in layer["uses"]:
            others = [other for other in layer["uses"] if other != target]
            if not any(target in reachable(uses, other) for other in others):
                lines.append(f'  {layer["name"]} --> {target}')
    lines += ["```", "", "| folder | library | may use | links |", "|---|---|---|---|"]
    for layer in layers:
        lines.append(f'| `{layer["folder"]}` | `chancery_{layer["name"]}` | {", ".join(layer["uses"]) or "nothing of ours"} '
                     f'| {", ".join(layer["links"]) or "the standard library"} |')
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--table", type=pathlib.Path, required=True)
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--compare", type=pathlib.Path)
    arguments = parser.parse_args()
    text = page(json.loads(arguments.table.read_text(encoding="utf-8"))["layers"])
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")
    if arguments.compare:
        old = arguments.compare.read_text(encoding="utf-8") if arguments.compare.exists() else ""
        if old != text:
            print(f"{arguments.compare} does not show the layers of the build: run tools/check --fix")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
