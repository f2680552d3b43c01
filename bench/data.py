"""The organization that the bench works on: a scenario of five steps, with conversations in the first four, and a second
scenario whose steps are changed."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

from servers import Limits, clean_environment

MEMBERS = 3
LINES_MAX = 1_000_000  # of a list of requests: wrk holds it in memory
FAR_AWAY = 4_000_000_000_000
MOVING_STEPS = 4  # moves go round these; the fifth step is for the timers


class Data:
    """Made once, through the functions of the API; each measurement works on a copy."""

    def __init__(self, directory, binaries, conversations):
        self.directory = directory
        self.file = directory / "base.db"
        self.binary, self.fill = binaries.server, binaries.fill
        made = self.init(self.file, "Bench", "owner@bench.example")
        self.key = made["apiKey"]
        self.limits = Limits(binaries.limits, made["organizationId"])
        self.steps = self.make_steps()
        self.drafts = self.make_drafts()
        self.conversations = self.make_conversations(conversations)
        with closing(sqlite3.connect(self.file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.bodies = {"move": self.write("moves", self.moves()), "put": self.write("puts", self.puts()),
                       "register": self.write("registers", self.registers()),
                       "inbound": self.write("inbounds", self.inbounds())}

    def init(self, file, name, email):
        return json.loads(subprocess.run(
            [self.binary, "init", "--database", f"sqlite:{file}", "--organization", name, "--owner-email", email],
            capture_output=True, text=True, check=True, env=clean_environment()).stdout)

    def call(self, method, path, bodies):
        return self.limits.call(self.file, method, path, bodies)

    def make_steps(self):
        self.agent = agent = self.call("POST", "/agents", [{"name": "Assistant", "systemPrompt": "You help."}])[0]["id"]
        members = [member["id"] for member in self.call("POST", "/memberships", [
            {"name": f"Member {number}", "email": f"member{number}@bench.example", "role": "USER"}
            for number in range(MEMBERS)])]
        scenario = self.call("POST", "/crm/scenario", [{"name": "Sales"}])[0]["id"]
        steps = [
            {"name": "New", "agentId": agent},
            {"name": "Qualification", "trigger": "price, cost", "agentId": agent, "defaultPriority": "HIGH"},
            {"name": "Offer", "assigneeLogicType": "fair_distribution_selected",
             "selectedMembershipIdsForAssignee": members, "defaultTags": ["offer sent"]},
            {"name": "Follow-up", "defaultTagsToRemove": ["offer sent"], "defaultPriority": "MEDIUM"},
            {"name": "Waiting"},
        ]
        prompt = "Find out what they need, answer in one short paragraph, and offer to call back."
        made = [step["id"] for step in self.call("POST", "/crm/step", [
            {"scenarioId": scenario, "prompt": prompt} | step for step in steps])]
        self.call("PUT", "/crm/step", [
            {"id": made[3], "autoNextStepId": made[0], "autoNextTime": 2, "autoNextTimeUnit": "h"},
            {"id": made[4], "autoNextStepId": made[0], "autoNextTime": 1}])
        return made

    def make_drafts(self):
        """Steps in which nobody stands, so that changing them leaves the moves and the GET as they are."""
        scenario = self.call("POST", "/crm/scenario", [{"name": "Drafts"}])[0]["id"]
        return [step["id"] for step in self.call("POST", "/crm/step", [
            {"scenarioId": scenario, "name": f"Draft {number}", "prompt": "Help."} for number in range(MOVING_STEPS)])]

    def make_conversations(self, count):
        made = subprocess.run([self.fill, self.file, self.limits.organization, str(count), *self.steps[:MOVING_STEPS]],
                              capture_output=True, text=True, check=True).stdout
        return made.split()

    def moves(self):
        """Rounds over all conversations in a random order, each to the step after its own: every move is a real one, and
        the list may be sent again from its beginning. A list of one round must be long enough."""
        order = list(enumerate(self.conversations))
        random.Random(1).shuffle(order)
        for round_number in range(1, 1 + (MOVING_STEPS if len(order) < LINES_MAX // MOVING_STEPS else 1)):
            for index, conversation in order:
                yield {"conversationId": conversation, "destStepId": self.steps[(index + round_number) % MOVING_STEPS]}

    def puts(self):
        """Changes of steps: seven fields, two of them with new values each time."""
        dice = random.Random(2)
        for number in range(20_000):
            yield {"id": dice.choice(self.drafts), "name": f"Step {number}", "trigger": "price, cost, plan",
                   "prompt": f"Find out what they need ({number}), answer in one short paragraph, offer to call back.",
                   "initialMessage": None, "defaultStatus": "UNRESOLVED", "defaultPriority": "HIGH", "isRequired": False}

    def registers(self):
        """Messages of end users, each in a random conversation."""
        dice = random.Random(3)
        for number in range(LINES_MAX // 2):
            yield (f"/conversations/{dice.choice(self.conversations)}/message-register",
                   {"message": f"Good morning, what about my order number {number}? It should have come on Friday."})

    def inbounds(self):
        """What end users say: a turn each, in a random conversation; one in ten says what moves it (R43)."""
        dice = random.Random(5)
        for number in range(LINES_MAX // 2):
            wish = "What is the price of" if number % 10 == 0 else "Good morning, where is"
            yield (f"/agents/{self.agent}/query",
                   {"query": f"{wish} my order number {number}?", "conversationId": dice.choice(self.conversations)})

    def write(self, name, bodies):
        path = self.directory / name
        with path.open("w") as file:
            for body in bodies:
                target, body = body if isinstance(body, tuple) else (None, body)
                text = json.dumps(body, separators=(",", ":"))
                file.write(f"{target}\t{text}\n" if target else text + "\n")
        return path

    def copy(self, name):
        path = self.directory / name
        shutil.copyfile(self.file, path)
        with path.open("rb") as copied:
            os.fsync(copied.fileno())  # else the kernel writes gigabytes of it while the cells flush their commits
        return path

    def waiting(self, due):
        """A copy in which all conversations wait in the fifth step; `due` of them, chosen at random, and the one of another
        organization will be set to the same instant."""
        path = self.copy("timers.db")
        lone = self.lone_timer(path)
        with closing(sqlite3.connect(path)) as database, database:
            ours = "organization_id = ?"
            database.execute(f"DELETE FROM job WHERE {ours}", (self.limits.organization,))
            database.execute(f"UPDATE placement SET step_id = ?, due_at = ? WHERE {ours}",
                             (self.steps[-1], FAR_AWAY, self.limits.organization))
            database.execute(
                "INSERT INTO job (organization_id, id, kind, key, state, due_at, attempts, payload, cause, created_at)"
                " SELECT organization_id, id, 'timer.fire', 'timer:' || id || ':' || entry_seq, 'pending', due_at, 0,"
                " json_object('conversationId', conversation_id, 'placementId', id, 'entrySeq', entry_seq), 'bench', created_at"
                f" FROM placement WHERE {ours}", (self.limits.organization,))
            placements = [row[0] for row in database.execute(f"SELECT id FROM placement WHERE {ours}",
                                                             (self.limits.organization,))]
            chosen = random.Random(4).sample(placements, due) + [lone]
            database.execute("CREATE TABLE bench_due (id TEXT PRIMARY KEY)")
            database.executemany("INSERT INTO bench_due VALUES (?)", ((placement,) for placement in chosen))
            database.execute("UPDATE job SET due_at = ?", (FAR_AWAY,))
        return path

    def lone_timer(self, path):
        """Another organization with one conversation, whose timer waits; the id of its placement."""
        other = self.init(path, "Neighbour", "owner@neighbour.example")
        limits = Limits(self.limits.binary, other["organizationId"])
        scenario = limits.call(path, "POST", "/crm/scenario", [{"name": "Sales"}])[0]["id"]
        steps = [step["id"] for step in limits.call(path, "POST", "/crm/step", [
            {"scenarioId": scenario, "name": name, "prompt": "Help."} for name in ("Waiting", "After")])]
        limits.call(path, "PUT", "/crm/step", [{"id": steps[0], "autoNextStepId": steps[1], "autoNextTime": 60}])
        conversation = limits.call(path, "POST", "/conversation", [{}])[0]["id"]
        limits.call(path, "POST", "/crm/step/conversation", [{"conversationId": conversation, "stepId": steps[0]}])
        with closing(sqlite3.connect(path)) as database:
            return database.execute("SELECT id FROM placement WHERE conversation_id = ?", (conversation,)).fetchone()[0]

    def set_due(self, path, due_milliseconds):
        """Moves the chosen timers to one instant."""
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE placement SET due_at = ? WHERE id IN (SELECT id FROM bench_due)", (due_milliseconds,))
            database.execute("UPDATE job SET due_at = ? WHERE (organization_id, key) IN (SELECT organization_id,"
                             " 'timer:' || placement.id || ':' || placement.entry_seq FROM placement"
                             " JOIN bench_due ON bench_due.id = placement.id)",
                             (due_milliseconds,))


def lateness_of(path, due_milliseconds, organization):
    """How many milliseconds after its time each timer fired, sorted: the instants of the transactions that moved. First
    those of the organization, then those of others."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT organization_id = ?, created_at FROM event WHERE kind = 'step.entered' AND"
                                " cause = 'job' AND created_at >= ? ORDER BY created_at",
                                (organization, due_milliseconds)).fetchall()
    return tuple([at - due_milliseconds for own, at in rows if bool(own) == wanted] for wanted in (True, False))


def now_milliseconds():
    return int(time.time() * 1000)
