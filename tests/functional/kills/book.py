"""What a stranger reads in an exported book: entries, their statements, and the root of the tree of each size.

Standard library alone, and nothing of the programs under test: c2sp.org/tlog-tiles, RFC 6962, and the protobuf wire form of
proto/chancery/ledger/v1/entry.proto.
"""

import hashlib
import pathlib

KINDS = {8: "act", 9: "sealed", 10: "offered", 11: "received", 12: "stream_head", 13: "equivocation", 14: "founded"}


def fields(data: bytes):
    """Every field of a protobuf message: number and value, an integer or bytes."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        elif tag & 7 == 1:
            at += 8
            yield tag >> 3, data[at - 8 : at]
        elif tag & 7 == 2:
            size = varint()
            at += size
            yield tag >> 3, data[at - size : at]
        else:
            raise ValueError(f"field {tag >> 3} has wire type {tag & 7}")


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Book:
    """The entries of an evidence folder."""

    def __init__(self, folder: pathlib.Path):
        self.entries: list[bytes] = []
        bundles = {}
        for file in (folder / "tile/entries").rglob("*"):
            if not file.is_file():
                continue
            parts = list(file.relative_to(folder / "tile/entries").parts)
            if len(parts) > 1 and parts[-2].endswith(".p"):
                parts = parts[:-2] + [parts[-2][:-2]]
            number = int("".join(part.removeprefix("x") for part in parts))
            data = file.read_bytes()
            if len(data) > len(bundles.get(number, b"")):
                bundles[number] = data
        for number in range(len(bundles)):
            data, at = bundles[number], 0
            while at < len(data):
                size = int.from_bytes(data[at : at + 2], "big")
                self.entries.append(data[at + 2 : at + 2 + size])
                at += 2 + size
        self._roots()

    def _roots(self):
        """The root of the tree of each size, from size 0."""
        self.roots = [hashlib.sha256().digest()]
        edge: list[tuple[int, bytes]] = []  # complete subtrees from the left: height and hash
        for entry in self.entries:
            edge.append((0, hashlib.sha256(b"\0" + entry).digest()))
            while len(edge) > 1 and edge[-1][0] == edge[-2][0]:
                (height, left), (_, right) = edge[-2], edge[-1]
                edge[-2:] = [(height + 1, node(left, right))]
            root = edge[-1][1]
            for _, left in reversed(edge[:-1]):
                root = node(left, root)
            self.roots.append(root)

    def statements(self) -> dict[tuple[str, str], int]:
        """How often each statement is in the book, by kind of entry and the digest of its bytes."""
        counts: dict[tuple[str, str], int] = {}
        for entry in self.entries:
            found = dict(fields(entry))
            kind = KINDS[found[2]]
            if kind in ("act", "sealed", "equivocation", "founded"):
                digest = hashlib.sha256(dict(fields(found[found[2]]))[1]).hexdigest()
                counts[kind, digest] = counts.get((kind, digest), 0) + 1
        return counts

    def received(self) -> dict[int, int]:
        """How often each entry of the other party's book was received."""
        counts: dict[int, int] = {}
        for entry in self.entries:
            found = dict(fields(entry))
            if KINDS[found[2]] == "received":
                number = dict(fields(found[11])).get(2, 0)
                counts[number] = counts.get(number, 0) + 1
        return counts
