"""The organization that bench/postgres works on, in a database of its own: a dozen conversations are made through the API,
and their rows are copied in the database under other ids, since a million requests would take an hour."""

import http.client
import json
import random
import subprocess

from data import MOVING_STEPS, Data, now_milliseconds
from servers import Etapa, clean_environment

KINDS = 12  # of conversations: each of the four steps with each of the three members
LINES_MAX = 500_000  # of a list of requests: wrk holds it in memory
# The id of conversation n is `c00000` and this number plus n; so are those of the rows that belong to it. As numbers,
# because pgbench can reckon with nothing else.
BASES = {"conversation": 1, "placement": 2, "stay": 3, "contact": 4, "job": 5, "fresh": 6}
PREFIX = "c00000"
STRIDE = 7919  # a prime that divides no number of conversations that anybody asks for


def base_of(noun):
    return BASES[noun] * 10 ** 18


NOUNS = ("conversation", "contact", "placement", "stay", "job", "number")  # what the rows of a conversation name


def value_of(column, nouns):
    """What stands in the column of copy n of a row that names these."""
    value = f"original.{column}"
    for noun in nouns:
        other = "lpad(CAST(n AS TEXT), 8, '0')" if noun == "number" else f"'{PREFIX}' || ({base_of(noun)} + n)"
        value = f"replace({value}, bench_kind.{noun}, {other})"
    return value


class PostgresData(Data):
    """Conversation n, from 0, stands in step n modulo 4. The server moves those of the first half, pgbench the others."""

    def __init__(self, cluster, binary, directory, conversations):
        self.cluster, self.binary, self.directory = cluster, binary, directory
        self.count = conversations // KINDS * KINDS
        self.half = self.count // 2 // KINDS * KINDS
        self.name = f"etapa_{conversations}"
        cluster.sql(f"CREATE DATABASE {self.name}")
        made = json.loads(subprocess.run(
            [binary, "init", "--database", self.address(), "--organization", "Bench", "--owner-email", "owner@bench.example"],
            capture_output=True, text=True, check=True, env=clean_environment()).stdout)
        self.key, self.organization = made["apiKey"], made["organizationId"]
        self.server = self.serve()
        self.steps = self.make_steps()
        self.make_kinds()
        self.server.stop()
        self.multiply()
        self.bytes_each = int(self.sql("SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables")) / self.count

    def address(self, port=None):
        return self.cluster.address(self.name, port)

    def serve(self, address=None):
        return Etapa(self.binary, address or self.address(), directory=self.directory)

    def sql(self, statements):
        return self.cluster.sql(statements, self.name)

    def call(self, method, path, bodies):
        return [self.send(self.server, method, path, body) for body in bodies]

    def post(self, server, path, body):
        return self.send(server, "POST", path, body)

    def send(self, server, method, path, body):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
        connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {self.key}",
                                                            "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path} answered {answer.status}: {text.decode()}")
        return json.loads(text)

    def kept_ids(self):
        """Of all that is there once."""
        names = {"organization": "id", "app_user": "id", "membership": "id", "api_key": "id", "agent": "id", "scenario": "id",
                 "step": "id"}
        return set(self.sql(" UNION ALL ".join(f"SELECT {column} FROM {table}" for table, column in names.items())).split())

    def make_kinds(self):
        """One conversation of each kind, and which ids belong to it."""
        rows = []
        for kind in range(KINDS):
            number = f"{90_000_000 + kind}"  # in its title and telephone number; those of the copies are smaller
            made = self.call("POST", "/conversation", [{"channel": "whatsapp", "title": f"Conversation {number}", "contact": {
                "firstName": f"Customer {number}", "phoneNumber": f"+55415{number}"}}])[0]
            self.call("POST", "/crm/step/conversation", [{"conversationId": made["id"],
                                                          "stepId": self.steps[kind % MOVING_STEPS]}])
            rows.append(f"({kind}, '{number}', '{made['id']}')")
        self.sql(f"""CREATE TABLE bench_kind AS
            SELECT given.kind, number, conversation.id AS conversation, contact_id AS contact, placement.id AS placement,
                active_stay_id AS stay, coalesce(job.id, '(none)') AS job
            FROM (VALUES {', '.join(rows)}) AS given (kind, number, id) JOIN conversation USING (id)
            JOIN placement ON placement.conversation_id = conversation.id
            LEFT JOIN job ON job.key LIKE 'timer:' || placement.id || ':%'""")

    def multiply(self):
        """The copies, by two sessions at a time."""
        # What the database gives to each row is left to it.
        tables = [line.split("|") for line in self.sql("""
            SELECT table_name, string_agg(column_name, ' ')
                FILTER (WHERE is_identity = 'NO' AND column_name <> 'transaction_id')
            FROM information_schema.columns WHERE table_schema = current_schema()
            GROUP BY table_name HAVING bool_or(column_name = 'organization_id')""").splitlines()]
        inserts = [self.insert_into(table, columns.split()) for table, columns in tables]
        middle = self.count // 2
        sessions = [subprocess.Popen(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", self.address()], stdin=subprocess.PIPE, text=True)
            for _ in range(2)]
        for session, (first, last) in zip(sessions, [(0, middle - 1), (middle, self.count - 1)]):
            # The copies refer to each other as the originals do, so nothing is checked.
            session.stdin.write("SET session_replication_role = replica;\n" + "".join(
                insert.format(first=first, last=last) for insert in inserts))
            session.stdin.close()
        if any([session.wait() != 0 for session in sessions]):
            raise SystemExit("The conversations could not be copied.")
        self.sql("UPDATE member_load SET open = (SELECT count(*) FROM conversation_assignee AS assignee WHERE"
                 " assignee.organization_id = member_load.organization_id AND"
                 " assignee.membership_id = member_load.membership_id)")
        self.sql("DROP TABLE bench_kind" + "".join(f", bench_{table}" for table, _ in tables))
        self.sql("VACUUM ANALYZE")

    def insert_into(self, table, columns):
        """The statement that copies the rows of a table that belong to the dozen; empty when it has none."""
        looks = [f"coalesce(bool_or(strpos(CAST(original.{column} AS TEXT), bench_kind.{noun}) > 0), FALSE)"
                 for column in columns for noun in NOUNS]
        found = self.sql(f"""CREATE TABLE bench_{table} AS SELECT bench_kind.kind AS bench_kind, original.*
            FROM {table} AS original JOIN bench_kind ON CAST(original AS TEXT) LIKE ANY (ARRAY['%' || conversation || '%',
                '%' || contact || '%', '%' || placement || '%']);
            SELECT count(*) > 0, {', '.join(looks)} FROM bench_{table} AS original
            JOIN bench_kind ON bench_kind.kind = original.bench_kind""").split("|")
        if found[0] == "f":
            return ""
        named = iter(found[1:])
        values = [value_of(column, [noun for noun in NOUNS if next(named) == "t"]) for column in columns]
        return (f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
                f" FROM generate_series({{first}}, {{last}}) AS n JOIN bench_kind ON bench_kind.kind = n % {KINDS}"
                f" JOIN bench_{table} AS original ON original.bench_kind = bench_kind.kind;\n")

    def write_moves(self):
        """Rounds over the server's half in a random order, each to the step after its own: every move is a real one, and the
        list may be sent again from its beginning, if it holds four rounds."""
        order = list(range(self.half))
        random.Random(1).shuffle(order)
        path = self.directory / f"moves-{self.count}"
        with path.open("w") as file:
            for number in range(1, 1 + (MOVING_STEPS if len(order) < LINES_MAX // MOVING_STEPS else 1)):
                for index in order:
                    file.write(json.dumps(self.move(index, number), separators=(",", ":")) + "\n")
        return path

    def move(self, index, by=1):
        return {"conversationId": PREFIX + str(base_of("conversation") + index),
                "destStepId": self.steps[(index + by) % MOVING_STEPS]}

    def take_back_assignments(self):
        """Of the conversations that pgbench moved to the step that assigns, so that it can assign again."""
        self.sql(f"""DELETE FROM conversation_assignee WHERE conversation_id LIKE '{PREFIX}%'
            AND CAST(right(conversation_id, 12) AS BIGINT) >= {self.half}
            AND CAST(right(conversation_id, 12) AS BIGINT) % {MOVING_STEPS} = 1""")

    def timer_row(self, place, shift):
        """Which conversation is number `place`, from 1, of those that `set_timers` chooses."""
        return (place * STRIDE + shift) % self.count

    def set_timers(self, count, due, shift):
        """So many conversations, others for another `shift`, wait in the fifth step for one instant."""
        self.sql(f"""BEGIN;
            CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS
                SELECT '{PREFIX}' || ({base_of('placement')} + (n * {STRIDE} + {shift}) % {self.count}) AS id
                FROM generate_series(1, {count}) AS n;
            UPDATE placement SET step_id = '{self.steps[-1]}', due_at = {due} FROM chosen
                WHERE organization_id = '{self.organization}' AND placement.id = chosen.id AND available;
            INSERT INTO job (organization_id, id, kind, key, state, due_at, attempts, payload, cause, created_at)
                SELECT organization_id, placement.id, 'timer.fire', 'timer:' || placement.id || ':' || entry_seq, 'pending',
                    due_at, 0, CAST(json_build_object('conversationId', conversation_id, 'placementId', placement.id,
                    'entrySeq', entry_seq) AS TEXT), 'bench', {now_milliseconds()}
                FROM placement JOIN chosen USING (id) WHERE organization_id = '{self.organization}' AND available
                ON CONFLICT (organization_id, key) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload;
            COMMIT;
            VACUUM ANALYZE job""")
