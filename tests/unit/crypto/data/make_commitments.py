"""Computes commitments.txt from design section 5 with nothing but hashlib: an independent twin of engine/crypto/commitment.cc.

Each line: `item <label hex> <value hex> <salt hex> <digest>`; `items <digest>` is the commitment over the lines since the
last one, whose items stand in the order in which they are handed in, not in byte order. An empty field is written `-`.
"""
import hashlib


def item_digest(label: bytes, value: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(b"chancery/item/v1" + b"\0" + salt + len(label).to_bytes(2, "big") + label
                          + len(value).to_bytes(4, "big") + value).digest()


def items_digest(items) -> bytes:
    ordered = sorted(items, key=lambda item: item[0])
    return hashlib.sha256(b"chancery/items/v1" + b"\0" + len(items).to_bytes(2, "big")
                          + b"".join(item_digest(*item) for item in ordered)).digest()


def salt(n: int) -> bytes:
    return hashlib.sha256(b"test salt %d" % n).digest()


GROUPS = [
    [],
    [(b"name", b"TEST PERSON ONE", salt(1))],
    [(b"name", b"TEST PERSON ONE", salt(2)), (b"cnic", b"00000-0000000-0", salt(3)), (b"birth", b"1990-01-01", salt(4))],
    # Byte order: upper case before lower case, a prefix before what it begins, bytes above 0x7f last.
    [("é".encode(), b"1", salt(5)), (b"b", b"2", salt(6)), (b"a-b", b"", salt(7)), (b"a", b"4", salt(8)), (b"Z", b"5", salt(9))],
    # A length of more than one byte, zero bytes, and the same value under two labels.
    [(b"long", bytes(range(256)) * 2, salt(10)), (b"zero", b"\0\0", salt(11)), (b"zero-again", b"\0\0", salt(12))],
    [(b"item-%03d" % (259 - n), b"v", salt(100 + n)) for n in range(260)],
]

for group in GROUPS:
    for item in group:
        print("item", item[0].hex() or "-", item[1].hex() or "-", item[2].hex(), item_digest(*item).hex())
    print("items", items_digest(group).hex())
