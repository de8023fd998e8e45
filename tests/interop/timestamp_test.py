"""Time stamps with the real programs and an authority made of openssl alone (issue 4, item 8: "RFC 3161 time stamps (any authority,
`openssl ts` in tests) cover cosigned checkpoints … time-stamping never stands on the path of an act, and its long outage is a
stated, tested, recoverable condition").

    timestamp_test.py BIN PLAY AUTHORITY

BIN holds the programs, PLAY is what a play left, AUTHORITY is tests/support/stamping-authority. The play is not changed.
"""

import hashlib
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

BIN, PLAY, AUTHORITY = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]


def fingerprint(pem: pathlib.Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest()


class Stamps(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.play = self.scratch / "play"
        shutil.copytree(PLAY, self.play, ignore=shutil.ignore_patterns("evidence", "*.sock", "sockets"))
        self.authority = self.scratch / "authority"
        self.run_ok(AUTHORITY, "make", self.authority)
        self.root = self.authority / "root.pem"
        anchor = self.play / "anchor"
        anchor.write_text(anchor.read_text() + f"tsa a-stamper {fingerprint(self.root)}\n")
        for name in ("root.pem", "between.pem"):
            shutil.copy(self.authority / name, self.play / "pki/public" / f"stamps-{name}")

    def run_any(self, *command) -> subprocess.CompletedProcess:
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)

    def run_ok(self, *command) -> str:
        run = self.run_any(*command)
        self.assertEqual(0, run.returncode, f"{command}: {run.stdout}{run.stderr}")
        return run.stdout

    def ministry(self, *words) -> list:
        return [BIN / "chancery-ministry", *words, "--config", self.play / "ministry/ministry.toml"]

    def state(self, *words) -> list:
        return [BIN / "chancery-state", *words, "--config", self.play / "GRC/state.toml"]

    def clock(self, text: str):
        """Moves the rehearsal's clock to a moment."""
        moment = subprocess.run(["date", "-u", "-d", text, "+%s"], capture_output=True, text=True, check=True).stdout
        (self.play / "clock").write_text(f"{int(moment)}000\n")

    def stamp(self, program, name: str) -> tuple[pathlib.Path, pathlib.Path]:
        query, reply = self.scratch / f"{name}.tsq", self.scratch / f"{name}.tsr"
        self.run_ok(*program("timestamp", "ask", "--out", query))
        self.run_ok(AUTHORITY, "answer", self.authority, query, reply)
        self.run_ok(*program("timestamp", "add", reply))
        return query, reply

    def exported(self) -> pathlib.Path:
        folder = self.scratch / "evidence"
        self.run_ok(*self.ministry("evidence", "export", folder))
        return folder

    def verified(self, folder: pathlib.Path) -> dict:
        return json.loads(self.run_ok(BIN / "chancery-audit", "verify", folder, "--anchor", self.play / "anchor", "--json"))

    # "openssl alone verifies … a time stamp": the exported token over the exported checkpoint's bytes, with the exported
    # certificates; and not over other bytes.
    def test_openssl_alone_verifies_an_exported_stamp(self):
        self.stamp(self.ministry, "one")
        folder = self.exported()
        (reply,) = folder.glob("timestamps/*.tsr")
        checkpoint = reply.with_suffix(".checkpoint")
        chain = self.scratch / "ca.pem"
        chain.write_text("".join(pem.read_text() for pem in (folder / "trust/stamping").glob("*.pem")))
        verify = ["openssl", "ts", "-verify", "-in", reply, "-CAfile", chain]
        self.assertIn("Verification: OK", self.run_ok(*verify, "-data", checkpoint))
        self.assertIn("Verification: OK", self.run_ok(*verify, "-queryfile", reply.with_suffix(".tsq")))
        other = self.scratch / "other"
        other.write_bytes(checkpoint.read_bytes() + b"\n")
        self.assertNotEqual(0, self.run_any(*verify, "-data", other).returncode)
        verdict = self.verified(folder)
        (said,) = verdict["time_stamps"]
        self.assertEqual(("a-stamper", verdict["size"]), (said["authority"], said["size"]))
        self.assertLess(said["covered_until"], said["time"])

    # A state stamps its own book the same way, beside its daemon.
    def test_a_state_stamps_its_own_book(self):
        self.stamp(self.state, "state")
        status = json.loads(self.run_ok(*self.state("timestamp", "status"), "--json"))
        self.assertEqual(1, status["stamps"])
        self.assertIn("1 requests without", self.after_asking_again())

    def after_asking_again(self) -> str:
        self.run_ok(*self.state("timestamp", "ask", "--out", self.scratch / "again.tsq"))
        return self.run_ok(*self.state("timestamp", "status"))

    # A reply that answers nothing asked here, a second time the same, and an altered one, are refused (exit 3 or 4), and nothing
    # is kept of them.
    def test_a_reply_that_is_not_ours_is_refused(self):
        _, reply = self.stamp(self.ministry, "one")
        again = self.run_any(*self.ministry("timestamp", "add", reply))
        self.assertEqual(3, again.returncode, again.stderr)
        self.assertIn("answered already", again.stderr)
        foreign = self.scratch / "foreign.tsq"
        self.run_ok("openssl", "ts", "-query", "-data", reply, "-sha256", "-cert", "-out", foreign)
        self.run_ok(AUTHORITY, "answer", self.authority, foreign, self.scratch / "foreign.tsr")
        unknown = self.run_any(*self.ministry("timestamp", "add", self.scratch / "foreign.tsr"))
        self.assertNotEqual(0, unknown.returncode)
        self.assertIn("answers no request", unknown.stderr)
        query, changed = self.scratch / "two.tsq", self.scratch / "two.tsr"
        self.run_ok(*self.ministry("timestamp", "ask", "--out", query))
        self.run_ok(AUTHORITY, "answer", self.authority, query, changed)
        token = bytearray(changed.read_bytes())
        token[-1] ^= 1
        changed.write_bytes(token)
        self.assertNotEqual(0, self.run_any(*self.ministry("timestamp", "add", changed)).returncode)
        status = json.loads(self.run_ok(*self.ministry("timestamp", "status"), "--json"))
        self.assertEqual((1, 1), (status["stamps"], status["requests_waiting"]))

    # The long outage: stated by `status` (exit 1) and by `check`, which goes on saying the book is whole; one stamp ends it.
    def test_a_long_outage_is_stated_and_recovered(self):
        away = self.run_any(*self.ministry("timestamp", "status"))
        self.assertEqual(1, away.returncode, away.stderr)
        self.assertIn("outage", away.stdout)
        self.assertIn("Acts go on", away.stdout)
        self.assertIn("outage", self.run_ok(*self.ministry("check")))
        self.stamp(self.ministry, "recovery")
        status = json.loads(self.run_ok(*self.ministry("timestamp", "status"), "--json"))
        self.assertEqual("current", status["standing"])
        # The stamping certificate ends in ten years; the next stamp is due before.
        self.clock("now + 3625 days")
        self.assertIn("due", self.run_ok(*self.ministry("timestamp", "status")))
        self.clock("now + 4000 days")
        self.assertIn("ended", self.run_any(*self.ministry("timestamp", "status")).stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
