"""openssl alone verifies a seal and a cosignature of a play, by the commands that the folders' own READMEs give
(issue 4, "It is done when"), and refuses both when they were changed.

    openssl_test.py AUDIT PLAY
"""

import base64
import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

AUDIT, PLAY = sys.argv[1], pathlib.Path(sys.argv[2])
ANCHOR = PLAY / "anchor"


def shell(command: str, folder: pathlib.Path) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


def flip(path: pathlib.Path, at: int):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


class Seal(unittest.TestCase):
    """Design section 5, stranger's check: openssl cms -verify -cades over the statement's exact bytes."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def extract(self, folder: pathlib.Path, number: int) -> pathlib.Path | None:
        out = self.scratch / f"{folder.parent.name}-{number}"
        run = subprocess.run([AUDIT, "entry", str(folder), str(number), "--extract", str(out)], capture_output=True, check=False)
        return out if run.returncode == 0 else None

    def steps(self, out: pathlib.Path) -> tuple[list[str], str]:
        """The README's commands in their order, and the one that verifies the seal."""
        commands = re.findall(r"^  ((?:openssl |\(openssl |grep ).*)$", (out / "README.txt").read_text(), re.MULTILINE)
        verify = [command for command in commands if command.startswith("openssl cms -verify")]
        self.assertEqual(1, len(verify), commands)
        return commands, verify[0]

    # The extract's README.txt: every command of it runs, each root's digest is the anchor's, and step 5 says yes.
    def test_the_readme_s_own_commands_verify_a_seal(self):
        roots = set(re.findall(r"^root \w+ ([0-9a-f]{64})$", ANCHOR.read_text(), re.MULTILINE))
        for folder in (PLAY / "ministry/evidence", PLAY / "GRC/evidence"):
            size = int((folder / "checkpoint").read_text().split("\n")[1])
            found = filter(None, (self.extract(folder, number) for number in range(1, size)))
            taken = list(itertools.islice(found, 3))
            self.assertEqual(3, len(taken), folder)
            for out in taken:
                commands, verify = self.steps(out)
                for command in commands:
                    run = shell(command, out)
                    self.assertEqual(0, run.returncode, f"{command}\n{run.stderr}")
                    if command.endswith("sha256sum"):
                        self.assertIn(run.stdout.split()[0], roots, command)
                flip(out / "statement.bin", 7)
                self.assertNotEqual(0, shell(verify, out).returncode, "a changed statement")
                flip(out / "statement.bin", 7)
                self.assertEqual(0, shell(verify, out).returncode)
                flip(out / "signature.p7s", -3)
                self.assertNotEqual(0, shell(verify, out).returncode, "a changed signature")
                flip(out / "signature.p7s", -3)
                shutil.copy(next((out / "authorities").iterdir()), out / "ca.pem")
                self.assertNotEqual(0, shell(verify, out).returncode, "without the root")

    # C2SP tlog-cosignature v1 and signed-note, by openssl pkeyutl with the key out of the policy.
    def test_every_line_of_every_checkpoint_verifies(self):
        for folder in sorted(PLAY.glob("*/evidence")):
            text, _, lines = (folder / "checkpoint").read_text(encoding="utf-8").rpartition("\n\n")
            text += "\n"
            keys = {}
            for line in (folder / "policy").read_text().splitlines():
                for word in line.split(" "):
                    if word.count("+") >= 2:
                        name, identity, key = word.split("+", 2)
                        keys[name, identity] = base64.b64decode(key, validate=True)
            seen = set()
            for line in lines.splitlines():
                _, name, payload = line.split(" ")
                payload = base64.b64decode(payload, validate=True)
                key = keys[name, payload[:4].hex()]
                signed = text.encode()
                if key[0] == 4:
                    signed = b"cosignature/v1\ntime %d\n" % int.from_bytes(payload[4:12], "big") + signed
                self.verifies(key[1:], signed, payload[-64:])
                seen.add(key[0])
            self.assertEqual({1, 4}, seen, folder)

    def verifies(self, key: bytes, signed: bytes, signature: bytes):
        work = self.scratch
        # The DER of an Ed25519 public key (RFC 8410) before its 32 bytes.
        (work / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
        (work / "text").write_bytes(signed)
        (work / "signature").write_bytes(signature)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature"
        self.assertEqual(0, shell(command, work).returncode)
        for name in ("text", "signature"):
            flip(work / name, 15)
            self.assertNotEqual(0, shell(command, work).returncode, f"changed {name}")
            flip(work / name, 15)

    # README.txt of the evidence folder, step 1, as it stands there.
    def test_the_folder_s_readme_verifies_its_checkpoint(self):
        for folder in sorted(PLAY.glob("*/evidence")):
            copy = self.scratch / folder.parent.name
            shutil.copytree(folder, copy)
            readme = (copy / "README.txt").read_text()
            step = re.search(r"^1\. .*?\n((?:     .*\n)+)", readme, re.MULTILINE)[1]
            self.assertIn("openssl pkeyutl -verify", step)
            self.assertEqual(0, shell(step, copy).returncode, step)
            flip(copy / "checkpoint", 3)
            self.assertNotEqual(0, shell(step, copy).returncode)


if __name__ == "__main__":
    if not ANCHOR.is_file():
        print(f"no play in {PLAY}: run ctest -R functional.play.flight first", file=sys.stderr)
        sys.exit(1)
    unittest.main(argv=sys.argv[:1], verbosity=1)
