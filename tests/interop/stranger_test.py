"""A program that nobody here wrote verifies what a play left, and refuses it when it was changed (issue 4, "It is done when").

    stranger_test.py STRANGER PROOFS AUDIT PLAY

STRANGER is built of stranger/ with Debian's Go and x/mod; PROOFS prints proofs that engine/ledger makes; AUDIT is
chancery-audit; PLAY is the folder of a play.
"""

import base64
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

STRANGER, PROOFS, AUDIT, PLAY = sys.argv[1:5]
PLAY = pathlib.Path(PLAY)
ANCHOR = str(PLAY / "anchor")
SEED = 20151203


def stranger(*arguments, **more) -> subprocess.CompletedProcess:
    return subprocess.run([STRANGER, *map(str, arguments)], capture_output=True, text=True, check=False, **more)


def folders() -> list[pathlib.Path]:
    return sorted(PLAY.glob("*/evidence"))


def size_of(folder: pathlib.Path) -> int:
    return int((folder / "checkpoint").read_text().split("\n")[1])


class Stranger(unittest.TestCase):
    def holds(self, run):
        self.assertEqual(0, run.returncode, run.stderr)
        return run.stdout

    def refuses(self, run, what):
        self.assertEqual(1, run.returncode, f"{what}: {run.stdout}{run.stderr}")
        self.assertTrue(run.stderr.startswith("stranger: "), f"{what}: it did not refuse, it broke: {run.stderr}")

    # Design section 2, idea 5: checkpoints, cosignatures, tiles, receipts and proofs of every party with any C2SP tool.
    def test_every_party_s_folder_verifies(self):
        self.assertGreaterEqual(len(folders()), 4, "a play with several states is needed")
        told = self.holds(stranger(ANCHOR, *folders()))
        self.assertEqual(len(folders()), len(told.splitlines()), told)
        self.assertGreater(max(map(size_of, folders())), 256, "a full tile is needed")
        self.assertTrue(any(not line.endswith(" 0 receipts") for line in told.splitlines()), told)
        for folder in folders():
            self.holds(stranger(ANCHOR, folder))

    # RFC 6962 section 2.1: the proofs that our code builds hold for other people's verifier.
    def test_our_proofs_hold_for_their_verifier(self):
        folder = PLAY / "ministry/evidence"
        made = subprocess.run([PROOFS, str(folder), str(size_of(folder))], capture_output=True, text=True, check=True).stdout
        told = self.holds(stranger("--proofs", folder, input=made))
        self.assertGreater(int(told.split()[0]), 1000, told)
        lines = made.splitlines()
        for number in random.Random(SEED).sample(range(len(lines)), 40):
            words = lines[number].split(" ")
            if len(words) == 3:
                words.append(base64.b64encode(bytes(32)).decode())
            elif number % 2:
                words.pop()
            else:
                hash_ = bytearray(base64.b64decode(words[-1]))
                hash_[number % 32] ^= 1
                words[-1] = base64.b64encode(hash_).decode()
            bent = lines[:number] + [" ".join(words)] + lines[number + 1 :]
            self.refuses(stranger("--proofs", folder, input="\n".join(bent) + "\n"), lines[number])

    # C2SP tlog-proof: the receipt that chancery-audit takes out verifies with the entry's bytes, and with no others.
    def test_a_receipt_taken_out_verifies(self):
        with tempfile.TemporaryDirectory() as name:
            outs = []
            for number in ("3", "40"):
                out = pathlib.Path(name) / number
                subprocess.run([AUDIT, "entry", str(PLAY / "ministry/evidence"), number, "--extract", str(out)],
                               check=True, capture_output=True)
                outs.append(out)
            proofs = [out / "receipt.tlog-proof" for out in outs]
            entries = [out / "entry.bin" for out in outs]
            self.assertIn("entry 3 of ", self.holds(stranger("--receipt", ANCHOR, proofs[0], entries[0])))
            self.refuses(stranger("--receipt", ANCHOR, proofs[0], entries[1]), "another entry")
            text = proofs[0].read_text()
            for what, changed in (("another number", text.replace("index 3\n", "index 4\n")),
                                  ("no number", text.replace("index 3\n", "")),
                                  ("another version", text.replace("@v1", "@v2"))):
                self.assertNotEqual(text, changed)
                proofs[0].write_text(changed)
                self.refuses(stranger("--receipt", ANCHOR, proofs[0], entries[0]), what)


class Changed(unittest.TestCase):
    """Copies of the folders that were changed: each is refused."""

    refuses = Stranger.refuses

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.copies = []
        for folder in folders():
            copy = pathlib.Path(self.scratch.name) / folder.parent.name
            shutil.copytree(folder, copy)
            self.copies.append(copy)
        self.ministry = pathlib.Path(self.scratch.name) / "ministry"
        self.state = next(copy for copy in self.copies if (copy / "receipts").is_dir())

    def judge(self):
        return stranger(ANCHOR, *self.copies)

    # Ledger formats section 1, TRAP: x/mod accepts any one known line; the log AND its quorum must have signed.
    def test_neither_the_log_s_line_nor_a_witness_s_may_be_missing(self):
        for copy in self.copies:
            path = copy / "checkpoint"
            good = path.read_text(encoding="utf-8")
            lines = [line for line in good.split("\n") if line.startswith("\u2014 ")]
            # Of the always-on witnesses one is enough: without any of them the quorum is not reached.
            always_on = [line for line in lines if "/EUE/witness" in line]
            self.assertGreaterEqual(len(always_on), 1)
            self.assertGreaterEqual(len(lines) - len(always_on), 2)
            for gone in [[line] for line in lines if line not in always_on] + [always_on]:
                bent = good
                for line in gone:
                    bent = bent.replace(line + "\n", "")
                path.write_text(bent, encoding="utf-8")
                self.refuses(self.judge(), f"{copy.name} without {gone[0].split(' ')[1]}")
            path.write_text(good, encoding="utf-8")
        self.assertEqual(0, self.judge().returncode)

    # Issue 4: one changed byte anywhere in what is signed, hashed or proven is found.
    def test_one_changed_byte_is_refused(self):
        chosen, tried = random.Random(SEED), 0
        for copy in self.copies:
            files = [copy / "policy", copy / "checkpoint", *(path for path in (copy / "tile").rglob("*") if path.is_file())]
            if (copy / "receipts").is_dir():
                files += chosen.sample(sorted((copy / "receipts").iterdir()), 12)
            for path in files:
                good = path.read_bytes()
                for at in chosen.sample(range(len(good)), min(len(good), 10)):
                    bent = bytearray(good)
                    bent[at] ^= 1 << chosen.randrange(8)
                    path.write_bytes(bent)
                    self.refuses(stranger(ANCHOR, copy), f"{copy.name}/{path.relative_to(copy)} at {at}")
                    tried += 1
                path.write_bytes(good)
        self.assertGreater(tried, 400)
        self.assertEqual(0, self.judge().returncode)

    # C2SP tlog-tiles: exactly the files of the tree.
    def test_missing_surplus_and_swapped_files_are_refused(self):
        for folder in ("tile/0", "tile/entries"):
            path = next(path for path in sorted((self.ministry / folder).rglob("*")) if path.is_file())
            good = path.read_bytes()
            path.unlink()
            self.refuses(self.judge(), f"{path.name} is missing")
            path.write_bytes(good + b"\0")
            self.refuses(self.judge(), f"{path.name} is longer")
            path.write_bytes(good)
        (self.ministry / "tile/0/999").write_bytes(b"\0" * 8192)
        self.refuses(self.judge(), "a surplus tile")
        (self.ministry / "tile/0/999").unlink()
        one, other = sorted((self.state / "receipts").glob("*.entry"))[:2]
        kept = one.read_bytes()
        one.write_bytes(other.read_bytes())
        self.refuses(self.judge(), "another receipt's entry")
        one.unlink()
        self.refuses(self.judge(), "a receipt without its entry")
        one.write_bytes(kept)
        self.assertEqual(0, self.judge().returncode)

    # Issue 4, item 2: keys come from the anchor; a folder that names its own proves nothing.
    def test_a_folder_of_another_ledger_in_its_place_is_refused(self):
        for name in ("policy", "checkpoint"):
            good = (self.ministry / name).read_bytes()
            (self.ministry / name).write_bytes((self.state / name).read_bytes())
            self.refuses(self.judge(), name)
            (self.ministry / name).write_bytes(good)


if __name__ == "__main__":
    if not pathlib.Path(ANCHOR).is_file():
        print(f"no play in {PLAY}: run ctest -R functional.play.flight first", file=sys.stderr)
        sys.exit(1)
    unittest.main(argv=sys.argv[:1], verbosity=1)
