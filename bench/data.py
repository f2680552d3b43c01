"""The organization that the bench works on: a scenario of five steps, with conversations in the first four, and a second
scenario whose steps are changed."""

import json
import random
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

from servers import Limits, clean_environment

MEMBERS = 3
MOVING_STEPS = 4  # moves go round these; the fifth step is for the timers


class Data:
    """Made once, through the functions of the API; each measurement works on a copy."""

    def __init__(self, directory, binary, limits_binary, conversations):
        self.directory = directory
        self.file = directory / "base.db"
        made = json.loads(subprocess.run(
            [binary, "init", "--database", f"sqlite:{self.file}", "--organization", "Bench", "--owner-email",
             "owner@bench.example"], capture_output=True, text=True, check=True, env=clean_environment()).stdout)
        self.key = made["apiKey"]
        self.limits = Limits(limits_binary, made["organizationId"])
        self.steps = self.make_steps()
        self.drafts = self.make_drafts()
        self.conversations = self.make_conversations(conversations)
        self.move_bodies = self.write("moves", self.moves())
        self.put_bodies = self.write("puts", self.puts())

    def call(self, method, path, bodies):
        return self.limits.call(self.file, method, path, bodies)

    def make_steps(self):
        agent = self.call("POST", "/agents", [{"name": "Assistant", "systemPrompt": "You help."}])[0]["id"]
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
        made = [conversation["id"] for conversation in self.call("POST", "/conversation", [
            {"channel": "whatsapp", "title": f"Conversation {number}",
             "contact": {"firstName": f"Customer {number}", "phoneNumber": f"+55415{number:08}"}}
            for number in range(count)])]
        self.call("POST", "/crm/step/conversation", [
            {"conversationId": conversation, "stepId": self.steps[index % MOVING_STEPS]}
            for index, conversation in enumerate(made)])
        return made

    def moves(self):
        """Rounds over all conversations in a random order, each to the step after its own: every move is a real one, and
        the list may be sent again from its beginning."""
        order = list(enumerate(self.conversations))
        random.Random(1).shuffle(order)
        for round_number in range(1, MOVING_STEPS + 1):
            for index, conversation in order:
                yield {"conversationId": conversation, "destStepId": self.steps[(index + round_number) % MOVING_STEPS]}

    def puts(self):
        """Changes of steps: seven fields, two of them with new values each time."""
        dice = random.Random(2)
        for number in range(20_000):
            yield {"id": dice.choice(self.drafts), "name": f"Step {number}", "trigger": "price, cost, plan",
                   "prompt": f"Find out what they need ({number}), answer in one short paragraph, offer to call back.",
                   "initialMessage": None, "defaultStatus": "UNRESOLVED", "defaultPriority": "HIGH", "isRequired": False}

    def write(self, name, bodies):
        path = self.directory / name
        path.write_text("".join(json.dumps(body, separators=(",", ":")) + "\n" for body in bodies))
        return path

    def copy(self, name):
        path = self.directory / name
        shutil.copyfile(self.file, path)
        return path

    def waiting(self, count):
        """A copy in which `count` conversations wait in the fifth step, all for the same instant: an hour from now."""
        path = self.copy("timers.db")
        self.limits.call(path, "POST", "/crm/step/move", [
            {"conversationId": conversation, "destStepId": self.steps[-1]} for conversation in self.conversations[:count]])
        return path

    def set_due(self, path, due_milliseconds):
        """Moves the timers of the fifth step to one instant; leaves those of other steps out of the measurement."""
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DELETE FROM job WHERE key NOT IN (SELECT 'timer:' || id FROM placement WHERE step_id = ?)",
                             (self.steps[-1],))
            database.execute("UPDATE job SET due_at = ?", (due_milliseconds,))
            database.execute("UPDATE placement SET due_at = ? WHERE step_id = ?", (due_milliseconds, self.steps[-1]))


def lateness_of(path, due_milliseconds):
    """How many milliseconds after its time each timer fired, sorted: the instants of the transactions that moved."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT created_at FROM event WHERE kind = 'step.entered' AND cause = 'job' "
                                "AND created_at >= ? ORDER BY created_at", (due_milliseconds,)).fetchall()
    return [at - due_milliseconds for (at,) in rows]


def now_milliseconds():
    return int(time.time() * 1000)
