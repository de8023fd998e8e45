"""What a dishonest or careless keeper does is caught by real programs and ends as a file that convicts (issue 4).

    contradiction_test.py --bin FOLDER --scenario FILE --out FOLDER [--pki FOLDER] [--verdicts FOLDER]

Plays a small scenario, then starts the programs again from the folders it left and does to them what a keeper could:
puts an old copy of the ministry's store back and recovers it from a state's slice, puts one of the state's back and recovers
it from its own export, runs the ministry past its witnesses from that copy, shows one state a history
and the other state another. Exit 0: everything was caught.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 60


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


class World:
    """The folders of a play, and the programs started from them."""

    def __init__(self, arguments):
        self.bin = arguments.bin
        self.out = arguments.out
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="chancery-witness-"))
        self.running = {}
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        play = [self.bin / "chancery-play", arguments.scenario, "--bin", self.bin, "--out", self.out, "--quiet", "--log-level", "quiet"]
        if arguments.pki:
            play += ["--pki", arguments.pki]
        if arguments.verdicts:
            play += ["--verdicts", arguments.verdicts]
        played = subprocess.run(play, capture_output=True, text=True, check=False)
        check(played.returncode == 0, f"the play ended with {played.returncode}: {played.stdout}{played.stderr}")
        # The play's sockets are gone with it.
        for state in ("GRC", "AUT"):
            self.edit(f"{state}/state.toml", r'socket = "[^"]*"', f'socket = "{self.sockets / state}"')
        self.edit("ministry/ministry.toml", r"\n\[registry\]\naddress[^\n]*\n", "\n")

    def edit(self, name, pattern, replacement):
        file = self.out / name
        text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"))
        check(count >= 1, f"{name}: {pattern} is not there")
        file.write_text(text, encoding="utf-8")

    def start(self, name, wait=True, config=None):
        ready = self.sockets / f"{name}.ready"
        ready.unlink(missing_ok=True)
        folder = self.out / name
        if name.startswith("witness"):
            command = [self.bin / "chancery-audit", "watch", "serve", "--config", folder / "witness.toml"]
        elif name == "ministry":
            command = [self.bin / "chancery-ministry", "serve", "--config", config or folder / "ministry.toml"]
        else:
            command = [self.bin / "chancery-state", "serve", "--config", folder / "state.toml",
                       "--clock-file", self.out / "clock"]
        with open(folder / "log", "ab") as log:
            self.running[name] = subprocess.Popen([*command, "--ready-file", ready], stderr=log)
        until = time.monotonic() + PATIENCE
        while wait and not ready.exists():
            check(self.running[name].poll() is None, f"{name} ended: {(folder / 'log').read_text()[-2000:]}")
            check(time.monotonic() < until, f"{name} is not ready")
            time.sleep(0.02)

    def stop(self, *names):
        for name in names:
            self.running[name].terminate()
        for name in names:
            code = self.running.pop(name).wait(PATIENCE)
            check(code == 0, f"{name} ended with {code}")

    def end(self):
        for program in self.running.values():
            program.kill()
            program.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def ask(self, *command, code=0):
        """A command's data; None when another exit code than 0 is expected."""
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        check(done.returncode == code, f"{' '.join(map(str, command))} ended with {done.returncode}, expected {code}: "
                                       f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() and code == 0 else None

    def state(self, name, *arguments, code=0):
        return self.ask(self.bin / "chancery-state", *arguments, "--json", "--config", self.out / name / "state.toml",
                        code=code)

    def status(self):
        pki = self.out / "pki/PAK/tls"
        casework = json.loads((self.sockets / "ministry.ready").read_text(encoding="utf-8"))["casework"]
        return self.ask(self.bin / "chancery-ministry", "status", "--json", "--server", casework,
                        "--tls-key", pki / "ministry.key", "--tls-certificate", pki / "ministry.pem",
                        "--tls-roots", self.out / "pki/public/roots.pem")

    def move_clock(self, milliseconds):
        clock = self.out / "clock"
        beside = self.out / "clock.new"
        beside.write_text(f"{int(clock.read_text()) + milliseconds}\n", encoding="utf-8")
        beside.rename(clock)

    def watched(self, party):
        """How large a party's ledger was when the first witness cosigned it last."""
        for line in (self.out / "witness1/watched/heads").read_text(encoding="utf-8").splitlines():
            if line.startswith("head ") and line.split(" ")[1].endswith(f"/{party}"):
                return int(line.split(" ")[2])
        return 0

    def wait_for(self, what, ask):
        until = time.monotonic() + PATIENCE
        while True:
            answer = ask()
            if answer:
                return answer
            check(time.monotonic() < until, f"in vain: {what}")
            time.sleep(0.05)

    def propose(self, state, airport, *more, code=0):
        """A flight of one state, which that state and the ministry read."""
        act = self.sockets / f"{state}.json"
        act.write_text(json.dumps({
            "act": "flight_proposed", "addressee": "PAK",
            "facts": {"carrier": "ZQV", "flight_number": "ZQV11", "flight_kind": "charter",
                      "departure": "2016-10-25T06:00:00Z", "departure_airport": airport, "arrival_airport": "KHI"},
            "lines": [{"party": state}]}), encoding="utf-8")
        return self.state(state, "act", "submit", act, *more, code=code)


def log_key(anchor, party):
    """Key id and raw key of a party's log, from the anchor's line."""
    line = next(one for one in anchor.splitlines() if one.startswith(f"log {party} "))
    _, identifier, key = line.split(" ")[2].split("+", 2)
    raw = base64.b64decode(key)
    check(raw[0] == 1, "an Ed25519 key")
    return bytes.fromhex(identifier), raw[1:]


def check_by_hand(conviction, anchor, folder):
    """The audit guide's recipe: openssl and nothing of ours says that one key signed two trees of one size."""
    lines = dict(line.split(" ", 1) for line in conviction.splitlines()[1:])
    check(lines["kind"] == "heads", f"two heads of one size, not {lines['kind']}")
    identifier, key = log_key(anchor, "PAK")
    der = folder / "log.der"
    der.write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
    heads = []
    for name in ("first", "second"):
        note = base64.b64decode(lines[name])
        text, signatures = note.rsplit(b"\n\n", 1)
        (folder / "text").write_bytes(text + b"\n")
        good = False
        for line in signatures.splitlines():
            body = base64.b64decode(line.split(b" ")[2])
            if body[:4] != identifier:
                continue
            (folder / "signature").write_bytes(body[4:])
            good = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", der, "-rawin",
                                   "-in", folder / "text", "-sigfile", folder / "signature"],
                                  capture_output=True, check=False).returncode == 0
        check(good, f"openssl does not verify {name}")
        heads.append(text.decode().split("\n")[:3])
    check(heads[0][:2] == heads[1][:2] and heads[0][2] != heads[1][2], "one origin, one size, two roots")


def store_of(folder):
    """The store's bytes, and the names of all files that belong to it."""
    return (folder / "store.db").read_bytes(), sorted(file.name for file in folder.glob("store.db*"))


def final_for_all(world):
    """What is exported stands under a checkpoint that every reader has cosigned."""
    world.start("AUT")
    for state in ("GRC", "AUT"):
        world.wait_for(f"the head is final for {state}", lambda state=state: (
            lambda s: s["ministry_final_size"] == s["ministry_size"] == world.status()["size"])(
                world.state(state, "status")))
    world.stop("AUT")


def restored_backup(world, old):
    """Section 10 of the ledger formats: an old copy that is put back is noticed before its first signature, and brought
    forward from the slice its reader had exported, under the cosigned checkpoint."""
    final_for_all(world)
    slice_of_grc = world.out / "slice-of-GRC"
    world.state("GRC", "evidence", "slice", "--out", slice_of_grc)
    verdict = world.ask(world.bin / "chancery-audit", "verify", slice_of_grc, "--anchor", world.out / "anchor", "--json")
    check(verdict["times"]["cosignatures"] > 0 and not verdict["not_said"],
          f"the slice says when its entries were seen: {verdict.get('times')}, {verdict['not_said']}")
    size = world.status()["size"]
    recover = [world.bin / "chancery-ministry", "recover", "--json", "--config", world.out / "ministry/ministry.toml", "--from"]
    world.ask(*recover, slice_of_grc, code=3)  # the server runs
    world.stop("ministry")
    kept = store_of(world.out / "ministry")[0]
    world.ask(*recover, slice_of_grc, code=3)  # what is newer, or as new, is never written over
    check(store_of(world.out / "ministry")[0] == kept, "nothing was changed")
    put(world, old)
    world.start("ministry")
    trouble = world.wait_for("the old copy is noticed",
                             lambda: "gone back in time" in world.status()["trouble"] and world.status()["trouble"])
    check("recover" in trouble, "it says how to recover")
    held = world.status()["size"]
    check(held < size, "an old copy")
    world.propose("GRC", "ATH")
    time.sleep(1)
    check(world.status()["size"] == held, "nothing is recorded by a ledger that has gone back")
    check(world.state("GRC", "status")["waiting"] == 1, "the act waits")
    world.stop("ministry")
    # An entry changed by whoever kept the folder brings nothing forward.
    changed = world.out / "slice-changed"
    shutil.copytree(slice_of_grc, changed)
    bundle = max((file for file in (changed / "slice").rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"\0")
    before = store_of(world.out / "ministry")
    world.ask(*recover, changed, code=1)
    check(store_of(world.out / "ministry") == before, "nothing was changed, and nothing left behind")
    # As it would be after a kill in mid-recovery: the copy half written, the old store linked aside.
    store = world.out / "ministry/store.db"
    (world.out / "ministry/store.db.recovering").write_bytes(b"half a copy")
    os.link(store, world.out / "ministry/store.db.before-recovery")
    done = world.ask(*recover, slice_of_grc)
    check(done["from"] == held and done["size"] == size, f"all that was cosigned is back: {done}")
    check(done["particulars_missing"] == 0, "no act with particulars was recorded since")
    check(pathlib.Path(done["aside"]).read_bytes() == before[0], "the old copy lies aside as it was")
    check((store_of(world.out / "ministry")[1]) == ["store.db", "store.db.before-recovery", "store.db.lock"],
          "and nothing else")
    pathlib.Path(done["aside"]).unlink()
    world.ask(world.bin / "chancery-ministry", "check", "--json", "--config", world.out / "ministry/ministry.toml")

    # Too few witnesses to share one with every quorum: nothing is signed, and what waits is recorded later.
    world.stop("witness2")
    world.start("ministry")
    check("before it signs again" in world.status()["trouble"], "with one witness heard it waits")
    time.sleep(1)
    check(world.status()["size"] == size, "and records nothing")
    world.start("witness2")
    world.wait_for("the act that waited is recorded", lambda: world.state("GRC", "status")["waiting"] == 0)
    world.wait_for("all is well", lambda: world.status()["trouble"] == "")


def restored_state(world, old):
    """The same with a state: nobody else has its entries, so it recovers from its own book, exported in time."""
    own = world.out / "own-book"
    world.wait_for("the own ledger is final",
                   lambda: (lambda s: s["own_final_size"] == s["size"])(world.state("GRC", "status")))
    world.wait_for("every receipt is final",
                   lambda: all(act.get("receipt") != "provisional" for act in world.state("GRC", "sent", "list")))
    world.state("GRC", "evidence", "export", own)
    size = world.state("GRC", "status")["size"]
    sent = world.state("GRC", "sent", "list")
    world.stop("GRC")
    put(world, old, "GRC")
    world.start("GRC")
    world.wait_for("the old copy is noticed", lambda: "gone back in time" in world.state("GRC", "status")["trouble"])
    check(world.state("GRC", "status")["size"] < size, "an old copy")
    world.stop("GRC")
    done = world.state("GRC", "recover", "--from", own)
    check(done["size"] == size and done["particulars_missing"] == 0, f"{done}")
    world.start("GRC")
    world.state("GRC", "wait", "--settled", "--timeout", str(PATIENCE))
    check(world.state("GRC", "sent", "list") == sent, "every act stands where it stood")
    # A witness that was heard before the other one is asked again a moment later, now that both were.
    world.wait_for("all is well", lambda: world.state("GRC", "status")["trouble"] == "")
    world.propose("GRC", "SKG", "--wait")
    world.state("GRC", "wait", "--settled", "--timeout", str(PATIENCE))
    world.stop("GRC")
    world.ask(world.bin / "chancery-state", "check", "--json", "--config", world.out / "GRC/state.toml",
              "--clock-file", world.out / "clock")
    world.start("GRC")


def audited(world):
    """What went back and was recovered verifies under the anchor, and both books agree."""
    final_for_all(world)
    world.wait_for("the own ledger is final",
                   lambda: (lambda s: s["own_final_size"] == s["size"])(world.state("GRC", "status")))
    ministry, state = world.out / "recovered-ministry", world.out / "recovered-GRC"
    world.ask(world.bin / "chancery-ministry", "evidence", "export", ministry, "--json", "--config",
              world.out / "ministry/ministry.toml")
    world.state("GRC", "evidence", "export", state)
    for folder in (ministry, state):
        verdict = world.ask(world.bin / "chancery-audit", "verify", folder, "--anchor", world.out / "anchor", "--json")
        check(verdict["times"]["cosignatures"] > 0, "and what its witnesses saw")
    world.ask(world.bin / "chancery-audit", "reconcile", ministry, state, "--anchor", world.out / "anchor", "--json")
    # Its own book and what it holds of the ministry's: what is others' is no difference.
    slice_of_grc = world.out / "recovered-slice"
    world.state("GRC", "evidence", "slice", "--out", slice_of_grc)
    agreed = world.ask(world.bin / "chancery-audit", "reconcile", slice_of_grc, state, "--anchor", world.out / "anchor",
                       "--json")
    check(agreed["slice_for"] == "GRC" and agreed["not_shown"] > 0 and agreed["receipts_matched"] > 0,
          f"the slice agrees with the state's own book: {agreed}")
    report = world.ask(world.bin / "chancery-audit", "report", slice_of_grc, "--json")
    check(set(report["by_state"]) <= {"GRC"} and report["not_shown"] == agreed["not_shown"],
          f"the report covers what Greece may read: {report['by_state']}")


def put(world, copy, party="ministry"):
    """Puts a copy of a party's store in the place of its own."""
    for file in (world.out / party).glob("store.db*"):
        file.unlink()
    for file in copy.glob("store.db*"):
        shutil.copy2(file, world.out / party / file.name)


def silent_keeper(world):
    """Design section 6: an act offered and not received counts from when it was seen in its author's own ledger."""
    world.stop("ministry")
    day = 24 * 60 * 60 * 1000
    world.move_clock(2 * day)
    size = world.state("GRC", "status")["size"]
    sent = world.propose("GRC", "SKG")
    # The sealed act and that it was offered in vain: both stand in the own ledger, and a witness has seen them.
    world.wait_for("a witness sees the act in its author's ledger", lambda: world.watched("GRC") >= size + 2)
    world.move_clock(4 * day)
    world.start("ministry")
    world.wait_for("the act is recorded", lambda: world.state("GRC", "status")["waiting"] == 0)
    convictions = world.state("GRC", "fork", "export")["convictions"]
    check([one["kind"] for one in convictions] == ["silence"], f"{convictions} for {sent}")
    file = world.sockets / "silence.conviction"
    world.state("GRC", "fork", "export", "--out", file)
    convicted = world.ask(world.bin / "chancery-audit", "convict", file, "--anchor", world.out / "anchor", "--json")
    check(convicted["convicted"] == "PAK" and convicted["kind"] == "silence", f"{convicted}")
    # Every reader rules the act with that time: the state when it collects it, the keeper when it checks its store.
    world.state("GRC", "wait", "--settled", "--timeout", str(PATIENCE))
    world.stop("ministry")
    world.ask(world.bin / "chancery-ministry", "check", "--json", "--config", world.out / "ministry/ministry.toml")
    world.start("ministry")


def two_histories(world):
    """A keeper that goes past its witnesses shows another state another history; that state finds out."""
    world.stop("ministry")
    old = world.out / "before"
    shutil.copytree(world.out / "ministry", old)
    world.start("ministry")
    world.start("AUT")
    world.state("AUT", "wait", "--settled", "--timeout", str(PATIENCE))
    # Whoever reaches a witness never gets as far as to send to such a keeper: AUT sees and hears nothing for a while.
    world.running["AUT"].send_signal(signal.SIGSTOP)
    world.propose("GRC", "HER", "--wait")
    world.state("GRC", "wait", "--settled", "--timeout", str(PATIENCE))
    honest = world.status()["size"]
    world.wait_for("a witness sees the act", lambda: world.watched("PAK") == honest)
    world.stop("ministry", "GRC", "witness1", "witness2")
    newest = world.out / "after"
    shutil.copytree(world.out / "ministry", newest)
    put(world, old)
    folder = world.out / "ministry"
    anchor = (world.out / "anchor").read_text(encoding="utf-8")
    # Its own anchor names no witness that it would have to hear, and no policy.
    (folder / "anchor").write_text(
        "".join(line + "\n" for line in anchor.splitlines() if not line.startswith(("always-on ", "policy "))),
        encoding="utf-8")
    text = (folder / "ministry.toml").read_text(encoding="utf-8")
    text = text.replace('anchor = "../anchor"', 'anchor = "anchor"').replace('policy = "policy"\n', "")
    text = re.sub(r"\n\[\[always_on\]\]\n(\w+ = \"[^\"]*\"\n)+", "\n", text)
    (folder / "dishonest.toml").write_text(text, encoding="utf-8")
    world.start("ministry", config=folder / "dishonest.toml")
    held = world.status()["size"]
    check(held < honest, "an old copy")
    world.running["AUT"].send_signal(signal.SIGCONT)
    while world.status()["size"] < honest:
        world.propose("AUT", "INN", "--wait")
    check(world.state("AUT", "fork", "export")["convictions"] == [], "with no witness in reach there is nothing to see")
    world.start("witness1")
    convictions = world.wait_for(
        "AUT finds out", lambda: world.state("AUT", "fork", "export")["convictions"])
    check(any(one["kind"] == "heads" for one in convictions), f"two heads of one size: {convictions}")
    # What it sends no more: the act waits, the other history does not grow by it.
    shown = world.status()["size"]
    world.propose("AUT", "GRZ")
    time.sleep(1)
    check(world.status()["size"] == shown and world.state("AUT", "status")["waiting"] == 1, "the act waits")
    trouble = world.wait_for("the daemon says so", lambda: world.state("AUT", "status")["trouble"])
    check("two histories" in trouble or "does not extend" in trouble, trouble)
    for one in convictions:
        file = world.sockets / f"{one['id']}.conviction"
        world.state("AUT", "fork", "export", "--id", one["id"], "--out", file)
        convicted = world.ask(world.bin / "chancery-audit", "convict", file, "--anchor", world.out / "anchor", "--json")
        check(convicted["convicted"] == "PAK", f"{convicted}")
        text = file.read_text(encoding="utf-8")
        if one["kind"] == "heads":
            check_by_hand(text, anchor, world.sockets)
        # One key's word against another's is nobody's crime.
        other = hashlib.sha256(text.encode()).digest()
        vkey = anchor.split("log PAK ")[1].split("\n")[0]
        forged = b"\x01" + other
        name = vkey.split("+")[0]
        identifier = hashlib.sha256(name.encode() + b"\n" + forged).digest()[:4].hex()
        strange = world.sockets / "strange-anchor"
        strange.write_text(anchor.replace(vkey, f"{name}+{identifier}+{base64.b64encode(forged).decode()}"),
                           encoding="utf-8")
        world.ask(world.bin / "chancery-audit", "convict", file, "--anchor", strange, code=1)
    # Both heads come out as they were signed; a folder that ends before them says that it cannot tell.
    heads = world.state("AUT", "fork", "export")["heads"]
    check({head["id"].split("-")[0] for head in heads} == {"shown", "held"} and honest in {head["size"] for head in heads},
          f"both heads: {heads}")
    for head in heads:
        note = world.sockets / head["id"]
        world.state("AUT", "fork", "export", "--id", head["id"], "--out", note)
        world.ask(world.bin / "chancery-audit", "contradict", note, world.out / "ministry/evidence", "--anchor",
                  world.out / "anchor", code=6)
    world.stop("ministry", "AUT")
    put(world, newest)
    world.start("witness2")
    world.start("ministry")
    world.start("GRC")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--scenario", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--pki", type=pathlib.Path)
    parser.add_argument("--verdicts", type=pathlib.Path)
    world = World(parser.parse_args())
    try:
        old = world.out / "old"
        shutil.copytree(world.out / "ministry", old)
        old_state = world.out / "old-GRC"
        shutil.copytree(world.out / "GRC", old_state)
        for program in ("witness1", "witness2", "ministry", "GRC"):
            world.start(program)
        sent = world.propose("GRC", "ATH", "--wait")
        check(sent is not None, "the act is recorded")
        world.state("GRC", "wait", "--settled", "--timeout", str(PATIENCE))
        status = world.wait_for(
            "a final receipt",
            lambda: (lambda s: s["ministry_final_size"] == s["ministry_size"] and s)(world.state("GRC", "status")))
        check(status["own_final_size"] == status["size"], "the own ledger is final too")
        sizes = {one["cosigned_size"] for one in world.status()["always_on"]}
        check(sizes == {world.status()["size"]}, f"both always-on witnesses cosigned the head: {sizes}")
        restored_backup(world, old)
        restored_state(world, old_state)
        audited(world)
        two_histories(world)
        silent_keeper(world)
        world.stop("GRC", "ministry", "witness1", "witness2")
    except Failed as failed:
        print(f"contradiction_test: {failed}", file=sys.stderr)
        return 1
    finally:
        world.end()
    print("caught: old copies put back and recovered, an act left lying, and two states shown two histories")
    return 0


if __name__ == "__main__":
    sys.exit(main())
