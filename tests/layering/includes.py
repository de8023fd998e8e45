#!/usr/bin/env python3
"""Checks every #include of the tree against the layer table that the build wrote from its add_layer lines.

    includes.py --root SOURCE_FOLDER --table BUILD/layers.json

Exit 0: every include is allowed. Exit 1: each forbidden include is named with its rule and remedy. Exit 2: usage.
"""
import argparse
import json
import pathlib
import re
import sys

# The blueprint: what an add_layer line may declare. A new layer, or a new arrow, is a decision and changes this table.
# Nothing here lets what an auditor runs see a store, the exchange, a server or a client.
_ENGINE = {"base", "procedure", "codec", "crypto", "ledger", "store", "exchange"}
MAY_USE = {
    "base": set(),
    "procedure": {"base"},
    "explain": {"base", "procedure"},
    "checker": {"base", "procedure"},
    "codec": {"base", "procedure", "proto"},
    "crypto": {"base"},
    "ledger": {"base", "crypto"},
    "store": {"base", "ledger"},
    "exchange": _ENGINE - {"exchange"},
    "audit": {"base", "procedure", "explain", "codec", "crypto", "ledger"},
    # A story is written as a scenario only after it was played (docs/decisions/0007).
    "drafting": {"base", "procedure", "explain", "checker", "codec", "crypto", "ledger", "play"},
    # A witness reads notes and makes cosignatures (ledger, crypto) behind the doors of the other servers (edge); what
    # verifies uses none of it, and it holds no exchange and no store (docs/decisions/0010).
    "audit_watch": {"base", "crypto", "ledger", "edge", "proto", "rpc"},
    "edge": {"base", "codec", "crypto", "ledger", "proto", "rpc"},
    # What both parties' programs do with their store; a witness has an edge and no store.
    "edge_books": {"base", "crypto", "ledger", "store", "exchange", "edge"},
    "server": _ENGINE | {"edge", "edge_books", "explain", "proto", "rpc"},
    "client": _ENGINE | {"edge", "edge_books", "explain", "proto", "rpc"},
    "registry": {"base", "crypto", "proto", "rpc"},
    "play": _ENGINE | {"explain", "proto", "rpc", "audit"},
}

# Who may see what is not ours: first part of the include -> layers, and whether headers may include it too.
# A layer in a sub-folder of its own (an edge such as audit/watch) is named by its add_layer name.
EDGES = {"edge", "edge_books", "server", "client", "registry", "play", "audit_watch"}
TOOLS = EDGES | {"audit", "drafting"}
THIRD_PARTY = {
    "absl": (None, True),
    "openssl": ({"crypto"}, False),
    "sqlite3.h": ({"store"}, False),
    "libpq-fe.h": ({"store"}, False),
    "google": ({"codec"} | EDGES, True),
    "grpc": (EDGES, True),
    "grpcpp": (EDGES, True),
    "spdlog": (EDGES, True),
    "fmt": (EDGES, True),
    "CLI": (TOOLS, True),
    "toml++": (EDGES, True),
    "nlohmann": ({"codec"} | TOOLS, False),
    "microhttpd.h": ({"audit_watch"}, False),
    "systemd": ({"server", "client"}, False),
}
# Generated code: the layers that may include "chancery/...pb.h"; stubs also need USES rpc.
GENERATED = {"codec"} | EDGES

# The pure core and the Merkle arithmetic are functions of their arguments: these parts of the standard library bring a
# clock, a file, a thread, randomness, a locale or an order that differs between runs.
IMPURE_STD = {
    "atomic", "barrier", "chrono", "clocale", "condition_variable", "csignal", "cstdio", "ctime", "execution",
    "filesystem", "fstream", "future", "iomanip", "ios", "iosfwd", "iostream", "istream", "latch", "locale",
    "mutex", "ostream", "random", "regex", "semaphore", "shared_mutex", "spanstream", "sstream", "stop_token",
    "syncstream", "thread", "unordered_map", "unordered_set",
}
# Pure parts of the tree, and all that they may use of ours and of others.
PURE_BASE = {"engine/base/bytes.h", "engine/base/time.h", "engine/base/party.h", "engine/base/check.h"}
PURE = {
    "engine/procedure/": (PURE_BASE, set()),
    "engine/explain/": (PURE_BASE | {"engine/base/text.h"} | {
        f"engine/procedure/{name}.h" for name in ("evaluate", "procedure", "seals", "step")}, set()),
    "engine/ledger/merkle": (PURE_BASE | {"engine/base/status.h", "engine/crypto/sha256.h"}, {"absl"}),
}
# Layers that never call the operating system themselves.
NO_SYSTEM = {"procedure", "explain", "codec", "ledger"}

# Arithmetic that may round differently elsewhere, and state that outlives a call.
IMPURE_WORD = re.compile(r"\b(float|double|thread_local|volatile)\b")
COMMENT_OR_TEXT = re.compile(r'//.*|"(\\.|[^"\\])*"')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def is_system(path):
    """A header of C or POSIX: <unistd.h>, <sys/stat.h>, and the like."""
    return path.endswith(".h") and (
        "/" not in path or path.split("/")[0] in {"sys", "netinet", "arpa", "linux", "net"})


def pure_rules(path):
    """What a pure file may use (headers of other layers, third parties), or None for a file that need not be pure."""
    for folder, rules in PURE.items():
        if path.startswith(folder):
            return rules
    return None


def layer_of(path, layers):
    """The layer whose folder is the longest prefix of the path, or nothing."""
    best = None
    for layer in layers:
        if path.startswith(layer["folder"] + "/") and (
                best is None or len(layer["folder"]) > len(best["folder"])):
            best = layer
    return best


def judge(path, bracket, included, layers, root):
    """The rule that forbids this include, or None."""
    layer = layer_of(path, layers)
    name = layer["name"]
    pure = pure_rules(path)
    quoted = bracket == '"'

    if included.startswith("chancery/") and included.endswith(".pb.h"):
        need = "rpc" if included.endswith(".grpc.pb.h") else "proto"
        if name not in GENERATED:
            return f"layer {name} may not see generated code; codec turns bytes into values"
        if need not in layer["uses"] and not (need == "proto" and "rpc" in layer["uses"]):
            return f"add {need} to USES of layer {name}"
        return None

    other = layer_of(included, layers)
    if other is None and included.split("/")[0] in {"tests", "bench"}:
        return "nothing that ships includes tests or benchmarks"
    if other is not None:
        if not quoted:
            return "headers of ours are included with quotes, by their path from the root"
        if other["folder"].startswith("tests"):
            return "nothing that ships includes tests or benchmarks"
        if other["name"] != name and other["name"] not in layer["uses"]:
            return f"layer {name} does not declare {other['name']} in its add_layer line"
        if pure and other["name"] != name and included not in pure[0]:
            return "pure code uses of other layers only " + ", ".join(sorted(pure[0]))
        return None
    if quoted and (root / pathlib.Path(path).parent / included).exists():
        return "write the path from the root"

    first = included.split("/")[0]
    if first in THIRD_PARTY:
        if pure and first not in pure[1]:
            return "pure code uses the standard library and base values only"
        allowed, in_headers = THIRD_PARTY[first]
        if allowed is not None and name not in allowed:
            return f"{first} belongs to {', '.join(sorted(allowed))}"
        # An edge's headers are seen by edges only.
        if not in_headers and path.endswith(".h") and not (first == "nlohmann" and name in EDGES):
            return f"{first} stays inside .cc files, so that no other folder sees it"
        return None
    if is_system(included):
        if name in NO_SYSTEM or pure:
            return f"layer {name} makes no calls to the operating system"
        return None
    if "/" not in included and "." not in included:
        if pure and included in IMPURE_STD:
            return f"<{included}> is not pure: no clock, file, thread, random, locale, unordered order"
        return None
    return "not in the list of third-party headers in tests/layering/includes.py"


def own_header_first(root, path, lines):
    """What is wrong when a source does not start with the header of its name, which so compiles alone; or None."""
    own = path.removesuffix(".cc") + ".h"
    if not path.endswith(".cc") or not (root / own).is_file():
        return None
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            return None if match[2] == own else f"{path}:{number}: #include {match[2]}: the first is \"{own}\""
    return f"{path}:1: it includes nothing: the first is \"{own}\""


def declared(layers):
    """What add_layer lines declare against the blueprint."""
    problems = []
    for layer in layers:
        name, place = layer["name"], f'{layer["folder"]}/CMakeLists.txt:1'
        if layer["folder"].startswith("tests"):
            continue
        if name not in MAY_USE:
            problems.append(f"{place}: layer {name} has no row in the blueprint (MAY_USE in tests/layering/includes.py)")
            continue
        for use in layer["uses"]:
            if use not in MAY_USE[name]:
                problems.append(f"{place}: layer {name} may not use {use} (MAY_USE in tests/layering/includes.py)")
    return problems


def check(root, layers):
    problems = declared(layers)
    count = 0
    for layer in layers:
        for file in sorted((root / layer["folder"]).rglob("*")):
            if file.suffix not in {".h", ".cc"} or not file.is_file():
                continue
            path = file.relative_to(root).as_posix()
            if layer_of(path, layers)["name"] != layer["name"]:
                continue
            lines = file.read_text(encoding="utf-8").splitlines()
            first = own_header_first(root, path, lines)
            if first:
                problems.append(first)
            if path.startswith("tests"):
                continue
            for number, line in enumerate(lines, 1):
                match = INCLUDE.match(line)
                if not match:
                    word = IMPURE_WORD.search(COMMENT_OR_TEXT.sub("", line))
                    if word and pure_rules(path):
                        problems.append(f"{path}:{number}: {word[1]}: pure code computes with whole numbers "
                                        "and keeps nothing between calls")
                    continue
                count += 1
                rule = judge(path, match[1], match[2], layers, root)
                if rule:
                    problems.append(f"{path}:{number}: #include {match[2]}: {rule}")
    return problems, count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--table", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    layers = json.loads(arguments.table.read_text(encoding="utf-8"))["layers"]
    problems, count = check(arguments.root, layers)
    for problem in problems:
        print(problem)
    if count == 0:
        print("no include was read: is --root the source folder?")
        return 1
    print(f"{count} includes in {len(layers)} layers, {len(problems)} forbidden")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
