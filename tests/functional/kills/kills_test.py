"""kill -9 of real processes under load (issue 4): the ministry's server, three daemons and two always-on witnesses are killed at
any moment, also while they start, while desks hand in applications and officers draft and approve.

    kills_test.py --bin FOLDER --agreements FOLDER --verdicts FOLDER --out FOLDER [--pki FOLDER] [--kills N] [--seed N]

`--pki`: keys to copy; new ones are made when the folder is not there.

Whoever asked and got no answer asks again, under the same id. At the end every act that a program answered for is in the
books it has to be in, once; nothing is in any book twice; every head that a store held when its program was killed, and every
exported one, is a head of the final tree; every book verifies and is reconciled. Exit 0: all of that holds, and the counts are
printed. Exit 1: something does not; the folder stays.
"""

import argparse
import base64
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import book

STATES = ("GRC", "AUT", "BGR")
WITNESSES = ("witness1", "witness2")
PROGRAMS = ("ministry", *STATES, *WITNESSES)
DESKS = [(state, waits) for state in STATES for waits in ("waits", "goes on")]
PATIENCE = 300.0  # seconds for an answer from programs that are killed all the time
# An invented beginning: the play founds the cooperation and leaves every party's configuration and store.
BEGINNING = """scenario: Before the kills
realm: rehearsal
agreement: eu-pakistan
procedure: 2016
ministry: PAK
states: GRC AUT BGR
agreed: 2016-03-01T00:00:00Z

person P01 invented
  name           Zulfibaran Marghuzari
  father_name    Taimurad Marghuzari
  birth_date     1984-02-19
  cnic           unknown to sender
  entered        2014-06-11
  registry       not_found

at 2016-09-05T08:00:00Z
GRC applies for P01 with passport authenticated_copy

at 2016-09-06T08:00:00Z
expect P01 open
"""


class Failed(Exception):
    """Something that must hold does not."""


class World:
    """The programs, their folder and what they were seen to hold."""

    def __init__(self, arguments: argparse.Namespace):
        self.bin = arguments.bin
        self.out = arguments.out.absolute()
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="chancery-kills-", dir="/tmp"))
        self.processes: dict[str, subprocess.Popen] = {}
        self.heads: list[tuple[str, int, bytes, str]] = []  # of which book, size, root, where seen
        self.copies = 0
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        scenario = self.sockets / "beginning.scenario"
        scenario.write_text(BEGINNING, encoding="utf-8")
        command = [self.bin / "chancery-play", scenario, "--agreements", arguments.agreements, "--out", self.out, "--quiet"]
        command += ["--verdicts", arguments.verdicts] + (["--pki", arguments.pki] if arguments.pki and arguments.pki.is_dir() else [])
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=900)
        for party in ("ministry", *STATES):
            shutil.rmtree(self.folder(party) / "evidence")
            file = self.config(party)
            lines = file.read_text(encoding="utf-8").splitlines()
            for i, line in enumerate(lines):
                for key in ("socket = ", 'address = "unix:'):
                    if line.startswith(key):
                        lines[i] = key + ('"' if key[-1] == " " else "") + str(self.sockets / pathlib.Path(line).name)
                if line.startswith("[casework]"):
                    self.casework = lines[i + 1].split('"')[1]
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.clock = int((self.out / "clock").read_text(encoding="utf-8"))
        self.beginning = self.number_of_acts()

    def folder(self, party: str) -> pathlib.Path:
        return self.out / party

    def config(self, party: str) -> pathlib.Path:
        name = {"ministry": "ministry", **{witness: "witness" for witness in WITNESSES}}.get(party, "state")
        return self.folder(party) / f"{name}.toml"

    def number_of_acts(self) -> int:
        with sqlite3.connect(f"file:{self.folder('ministry')}/store.db?mode=ro", uri=True) as store:
            return store.execute("SELECT count(*) FROM statement WHERE kind = 8").fetchone()[0]

    def move_clock(self, seconds: int):
        self.clock += seconds * 1000
        beside = self.out / "clock.new"
        beside.write_text(f"{self.clock}\n", encoding="utf-8")
        beside.rename(self.out / "clock")

    # ---- programs

    def start(self, party: str):
        ready = self.ready(party)
        ready.unlink(missing_ok=True)
        program = "chancery-ministry" if party == "ministry" else "chancery-state"
        command = [self.bin / program]
        if party in WITNESSES:
            command = [self.bin / "chancery-audit", "watch"]
        command += ["serve", "--config", self.config(party), "--ready-file", ready]
        if party in STATES:
            command += ["--clock-file", self.out / "clock"]
        with open(self.folder(party) / "log", "ab") as log:
            self.processes[party] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ready(self, party: str) -> pathlib.Path:
        return self.sockets / f"{party}.ready"

    def await_ready(self, party: str):
        until = time.monotonic() + PATIENCE
        while not self.ready(party).exists():
            if self.processes[party].poll() is not None:
                raise Failed(f"{party} ended by itself with {self.processes[party].returncode}: see its log")
            if time.monotonic() > until:
                raise Failed(f"{party} is not ready after {PATIENCE} s")
            time.sleep(0.005)

    def kill(self, party: str) -> bool:
        """Whether the program was ready when it was killed. The heads its store holds are kept."""
        process = self.processes[party]
        was_ready = self.ready(party).exists()
        process.kill()
        if process.wait() != -signal.SIGKILL:
            raise Failed(f"{party} had ended by itself with {process.returncode}: see its log")
        return was_ready

    def note_heads(self, party: str):
        """Every head that the store of a killed program holds, read in a copy."""
        self.copies += 1
        copy = self.sockets / "copy.db"
        for ending in ("", "-wal"):
            file = pathlib.Path(f"{self.folder(party)}/store.db{ending}")
            if file.exists():
                shutil.copyfile(file, f"{copy}{ending}")
        mine = "PAK" if party == "ministry" else party
        with sqlite3.connect(copy) as store:
            rows = [(mine, size, root, "head") for size, root in store.execute("SELECT size, root FROM head")]
            rows += [(mine, *row, "final") for row in store.execute("SELECT size, root FROM final_checkpoint")]
            for origin, size, root in store.execute("SELECT origin, size, root FROM witnessed"):
                rows.append((origin.split("/")[2], size, root, f"cosigned by {mine}"))
        store.close()
        self.heads += rows
        for file in self.sockets.glob("copy.db*"):
            file.unlink()

    def stop(self, party: str):
        process = self.processes[party]
        process.terminate()
        if process.wait(timeout=60) != 0:
            raise Failed(f"{party} ended with {process.returncode} when it was asked to stop")

    # ---- commands

    def run(self, program: str, arguments: list) -> tuple[int, object, str]:
        done = subprocess.run([self.bin / program, *arguments, "--json"], capture_output=True, timeout=PATIENCE, text=True)
        try:
            data = json.loads(done.stdout or "null")
        except ValueError:
            data = None
        return done.returncode, data, done.stderr

    def state(self, party: str, *arguments) -> tuple[int, object, str]:
        return self.run("chancery-state", [*arguments, "--config", self.config(party)])

    def officer(self, *arguments, number: int = 1) -> tuple[int, object, str]:
        keys = self.out / "pki/PAK"
        more = ["--server", self.casework, "--tls-roots", self.out / "pki/public/roots.pem"]
        more += ["--tls-key", keys / "tls/registry.key", "--tls-certificate", keys / "tls/registry.pem"]
        if arguments[:2] == ("act", "approve"):
            seal = keys / f"seal/registry-{number}"
            more += ["--seal-key", f"{seal}.key", "--seal-certificate", f"{seal}.pem", "--anchor", self.out / "anchor"]
            more += ["--clock-file", self.out / "clock"]
        return self.run("chancery-ministry", [*arguments, *more])

    def close(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)


def away(code: int) -> bool:
    """The program was not there, or ended while it answered: nothing is known about what became of the call."""
    return code == 5 or code < 0 or code >= 128


class Load:
    """Desks and officers, each on a thread; what they were answered."""

    def __init__(self, world: World):
        self.world = world
        self.ending = threading.Event()
        self.mutex = threading.Lock()
        self.sealed: dict[str, str] = {}  # digest of an act that a desk accepted -> state
        self.recorded: dict[str, str] = {}  # digest of an act that somebody was told is recorded -> author
        self.for_officers: list[tuple[str, str, str]] = []  # state, matter, digest of its application
        self.repeated = 0
        self.failures: list[str] = []
        # Each state has a desk that waits for rulings and one that does not.
        self.threads = [threading.Thread(target=self.guard, args=(self.desk, *desk)) for desk in DESKS]
        self.threads.append(threading.Thread(target=self.guard, args=(self.offices,)))
        for thread in self.threads:
            thread.start()

    def guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as error:  # pylint: disable=broad-except
            with self.mutex:
                self.failures.append(f"{work.__name__} {' '.join(arguments)}: {error}")

    def write(self, name: str, act: dict) -> pathlib.Path:
        file = self.world.sockets / name
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(act, stream)
        return file

    def again(self, call, *arguments, **more):
        """The first answer that is one."""
        until = time.monotonic() + PATIENCE
        while True:
            code, data, error = call(*arguments, **more)
            if not away(code):
                return code, data, error
            with self.mutex:
                self.repeated += 1
            if time.monotonic() > until:
                raise Failed(f"no answer to {arguments[:3]} in {PATIENCE} s: {error}")
            time.sleep(0.02)

    def desk(self, state: str, waits: str):
        count = 0
        number = DESKS.index((state, waits))
        while not self.ending.is_set():
            count += 1
            act = {
                "act": "application",
                "addressee": "PAK",
                "facts": {"category": "own_national", "decision_final": True, "present": True, "entry_date": "2015-02-01", "minor": False},
                "lines": [{"evidence": "identity_card", "grade": "original"}],
                "particulars": {"name": f"Invented {number} {count}", "cnic": "35202-7654321-1", "birth_date": "1980-01-02"},
            }
            file = self.write(f"desk-{number}.json", act)
            statement = f"0157{number:04x}00007000800000{count:010x}"
            arguments = ["act", "submit", file, "--id", statement, "--patience", "0.2"]
            code, rows, error = self.again(self.world.state, state, *arguments)
            row = rows[0] if isinstance(rows, list) and rows else {}
            if code != 0 or "statement_digest" not in row:
                raise Failed(f"act submit: exit code {code}: {error}{rows}")
            digest = row["statement_digest"]
            with self.mutex:
                self.sealed[digest] = state
            if waits == "waits":
                self.hear(state, statement, row["matter"], digest)
            else:
                time.sleep(0.3)

    def hear(self, state: str, statement: str, matter: str, digest: str):
        """Asks for a while whether the ministry has ruled; what is not heard of here is held to the books at the end."""
        until = time.monotonic() + 5
        while time.monotonic() < until and not self.ending.is_set():
            code, rows, error = self.again(self.world.state, state, "sent", "list", statement, "--patience", "0.2")
            if code != 0 or not rows:
                raise Failed(f"sent list: exit code {code}: {error}{rows}")
            if rows[0]["state"] == "recorded":
                with self.mutex:
                    self.recorded[digest] = state
                    self.for_officers.append((state, matter, digest))
                return
            if rows[0]["state"] == "turned_away":
                raise Failed(f"{state}'s act {digest[:8]} was turned away: {rows[0]}")
            time.sleep(0.05)

    def offices(self):
        while not self.ending.is_set():
            with self.mutex:
                task = self.for_officers.pop(0) if self.for_officers else None
            if task is None:
                time.sleep(0.05)
                continue
            state, matter, application = task
            begins = {"addressee": state, "matter": matter}
            self.office({"act": "verification", "facts": {"verification": "national"}, **begins})
            facts = {"answer": "confirmed", "confirmation_id": os.urandom(16).hex()}
            particulars = {"name": "Registered Specimen", "cnic": "35202-7654321-1"}
            self.office({"act": "reply", "answers": application, "facts": facts, "particulars": particulars, **begins})

    def office(self, act: dict):
        """Drafts an act and has it approved by as many officers as it needs, whatever is killed meanwhile."""
        file = self.write("officer.json", act)
        draft = digest = None
        while draft is None:
            code, data, error = self.world.officer("act", "draft", file)
            if code == 0:
                draft = data["draft"]
            elif not away(code):
                raise Failed(f"act draft {act['act']}: exit code {code}: {error}")
            else:  # it may have been made all the same
                row = self.find(act)
                draft = row["draft"] if row else None
        shown = self.again(self.world.officer, "act", "show", draft)
        digest = shown[1]["statement_digest"]
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            row = self.find(act)
            if row is None:  # it was there: so it is recorded
                break
            code, data, error = self.world.officer("act", "approve", draft, number=row["seals"] + 1)
            if code not in (0, 4) and not away(code):
                raise Failed(f"act approve {act['act']}: exit code {code}: {error}")
            if code == 4 and "DRAFT_UNKNOWN" not in error and "ALREADY_APPROVED" not in error:
                raise Failed(f"act approve {act['act']}: exit code {code}: {error}{data}")
        else:
            raise Failed(f"{act['act']} could not be finished")
        with self.mutex:
            self.recorded[digest] = "PAK"

    def find(self, act: dict):
        code, data, error = self.again(self.world.officer, "act", "list")
        if code != 0:
            raise Failed(f"act list: exit code {code}: {error}")
        rows = [row for row in data["drafts"] if row["matter"] == act["matter"] and row["act"] == act["act"]]
        return rows[0] if rows else None

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise Failed("; ".join(self.failures))


def kill_them(world: World, load: Load, kills: int, rng: random.Random) -> dict[str, int]:
    counts = {"ministry": 0, "daemons": 0, "witnesses": 0, "while starting": 0}
    parties = ["ministry", *PROGRAMS]
    for number in range(kills):
        # Every fourth one is killed while it may still be starting, the others in their work.
        party = rng.choice(parties)
        if rng.random() >= 0.25:
            world.await_ready(party)
        time.sleep(rng.uniform(0.0, 0.4))
        if not world.kill(party):
            counts["while starting"] += 1
        counts["ministry" if party == "ministry" else "daemons" if party in STATES else "witnesses"] += 1
        if number % 4 == 0 and party not in WITNESSES:
            world.note_heads(party)
        world.start(party)
        if number % 8 == 0:
            world.move_clock(3600)
        # So that something is done between the kills: now and then everybody is there for a moment.
        if number % 10 == 9:
            for one in PROGRAMS:
                world.await_ready(one)
        if load.failures:
            break
        if number % 100 == 99:
            print(f"{number + 1} kills, {len(load.sealed)} acts accepted, {len(load.recorded)} known as recorded", file=sys.stderr)
    for one in PROGRAMS:
        world.await_ready(one)
    return counts


def export_all(world: World):
    for state in STATES:
        for _ in range(10):  # there may be much that still waits
            code, _, error = world.state(state, "wait", "--settled", "--timeout", "50")
            if code == 0:
                break
        else:
            raise Failed(f"{state} is not settled: {error}")
    for state in STATES:
        code, _, error = world.state(state, "evidence", "export", world.folder(state) / "evidence")
        if code != 0:
            raise Failed(f"{state}: evidence export: {error}")
    for party in (*STATES, "ministry", *WITNESSES):
        world.stop(party)
    code, _, error = world.run(
        "chancery-ministry", ["evidence", "export", world.folder("ministry") / "evidence", "--config", world.config("ministry")])
    if code != 0:
        raise Failed(f"ministry: evidence export: {error}")


def audit_all(world: World):
    anchor = ["--anchor", world.out / "anchor"]
    for party in ("ministry", *STATES):
        program = "chancery-ministry" if party == "ministry" else "chancery-state"
        code, data, error = world.run(program, ["check", "--config", world.config(party)])
        if code != 0:
            raise Failed(f"{party}: check: exit code {code}: {error}{data}")
        code, data, error = world.run("chancery-audit", ["verify", world.folder(party) / "evidence", *anchor])
        if code != 0:
            raise Failed(f"{party}: verify: exit code {code}: {error}{data}")
    for state in STATES:
        code, data, error = world.run(
            "chancery-audit", ["reconcile", world.folder("ministry") / "evidence", world.folder(state) / "evidence", *anchor])
        if code != 0:
            raise Failed(f"{state}: reconcile: exit code {code}: {error}{data}")


def hold_to_answers(world: World, load: Load) -> tuple[int, int]:
    """Acts and heads held against the final books."""
    books = {party: book.Book(world.folder(party) / "evidence") for party in ("ministry", *STATES)}
    statements = {party: one.statements() for party, one in books.items()}
    for party, counts in statements.items():
        for (kind, digest), count in counts.items():
            if count != 1:
                raise Failed(f"{party} holds {kind} {digest[:8]} {count} times")
        for number, count in books[party].received().items():
            if count != 1:
                raise Failed(f"{party} received entry {number} {count} times")
    for digest, state in load.sealed.items():
        for party, kind in ((state, "sealed"), ("ministry", "act")):
            if (kind, digest) not in statements[party]:
                raise Failed(f"{state}'s desk accepted {digest[:8]}, and {party} does not hold it")
    for digest, author in load.recorded.items():
        if ("act", digest) not in statements["ministry"]:
            raise Failed(f"{author}'s act {digest[:8]} was answered as recorded, and the ministry does not hold it")
    acts = sum(1 for kind, _ in statements["ministry"] if kind in ("act", "founded"))
    answered = len(set(load.sealed) | set(load.recorded))
    if acts != world.beginning + answered:
        raise Failed(f"the ministry holds {acts} acts; {world.beginning} were there before and {answered} were answered for")
    for party in books:
        lines = (world.folder(party) / "evidence/checkpoint").read_text(encoding="utf-8").splitlines()
        world.heads.append(("PAK" if party == "ministry" else party, int(lines[1]), base64.b64decode(lines[2]), "exported"))
    for party, size, root, where in world.heads:
        roots = books["ministry" if party == "PAK" else party].roots
        if size >= len(roots) or roots[size] != root:
            raise Failed(f"a head of {party} of size {size} ({where}) is not one of its final tree of {len(roots) - 1}")
    return answered, len(world.heads)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bin", "agreements", "verdicts", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--pki", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.monotonic()
    world = World(arguments)
    try:
        registry = world.sockets / "people.json"
        with open(os.open(registry, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
            json.dump({"invented": True, "persons": []}, stream)
        world.processes["registry"] = subprocess.Popen(
            [world.bin / "chancery-registry-sim", "--people", registry, "--socket", world.sockets / "registry"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for party in PROGRAMS:
            world.start(party)
        load = Load(world)
        try:
            counts = kill_them(world, load, arguments.kills, random.Random(arguments.seed))
        finally:
            load.end()
        export_all(world)
        audit_all(world)
        answered, heads = hold_to_answers(world, load)
    except (Failed, subprocess.SubprocessError) as error:
        print(f"kills_test, seed {arguments.seed}: {error}", file=sys.stderr)
        return 1
    finally:
        world.close()
    print(
        f"kills: {sum(counts.values()) - counts['while starting']} ({counts['ministry']} of the ministry, {counts['daemons']} of daemons, "
        f"{counts['witnesses']} of witnesses; {counts['while starting']} of them while starting), seed {arguments.seed}; acts answered for: {answered} "
        f"({len(load.sealed)} by desks, {len(load.recorded)} known as recorded); calls repeated: {load.repeated}; "
        f"heads held against the final trees: {heads}; lost: 0, twice: 0, contradictions: 0; "
        f"{time.monotonic() - began:.0f} s")
    if len(load.sealed) < arguments.kills // 2 or len(load.recorded) < arguments.kills // 8:
        print("kills_test: too little was done between the kills to show anything", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
