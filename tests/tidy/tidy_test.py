#!/usr/bin/env python3
"""Holds the sources to tests/tidy/rules.py, and the rules to examples that they must refuse."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import rules

TOP = Path(__file__).resolve().parent.parent.parent

# rule, path, text that it must refuse, text that it must let through
EXAMPLES = [
    ("keys", "migrations/0009_x.sql", "CREATE TABLE x (\n    id TEXT NOT NULL PRIMARY KEY\n);",
     "CREATE TABLE x (\n    organization_id TEXT,\n    id TEXT,\n    PRIMARY KEY (organization_id, id)\n);"),
    ("keys", "migrations/0009_x.sql", "CREATE UNIQUE INDEX x_by_name ON x (name);",
     "CREATE UNIQUE INDEX x_by_name ON x (organization_id, name);"),
    ("organizations", "src/crm/x/store.cpp", 'tx.all<X>("SELECT {columns} FROM x WHERE id = $1", id);\n}',
     'tx.all<X>("SELECT {columns} FROM x WHERE organization_id = $1 AND id = $2", tx.organization(), id);\n}'),
    ("layers", "src/db/tx.cpp", '#include "crm/steps/step.hpp"\n', '#include "base/id.hpp"\n'),
    ("layers", "src/net/http.cpp", '#include "db/tx.hpp"\n', '#include "base/log.hpp"\n'),
    ("layers", "src/db/tx.cpp", '#include "net/http.hpp"\n', '#include "db/rows.hpp"\n'),
    ("layers", "src/base/id.cpp", '#include "id.hpp"\n', '#include "base/id.hpp"\n'),
    ("layers", "src/misc/x.cpp", "", None),
    ("layers", "src/channels/mail/mail.cpp", '#include "crm/steps/store.hpp"\n', '#include "crm/steps/step.hpp"\n'),
    ("libraries", "src/api/live.cpp", "#include <boost/beast/http.hpp>\n", "#include <boost/json.hpp>\n"),
    ("libraries", "src/db/tx.cpp", "#include <sqlite3.h>\n", '#include "db/sqlite.hpp"\n'),
    ("siblings", "src/flow/effects/a.cpp", '#include "flow/effects/b.hpp"\n', '#include "flow/effects/effect.hpp"\n'),
    ("siblings", "src/channels/a/x.cpp", '#include "channels/b/x.hpp"\n', '#include "channels/a/y.hpp"\n'),
    ("siblings", "src/work/a_test.cpp", '#include "work/b.hpp"\n', '#include "work/a.hpp"\n'),
    ("coroutines", "src/flow/enter.cpp", "co_await x;\n", "// co_await is for outside functions\n"),
    ("suppressions", "src/a.cpp", "f();  // NOLINT\n", "f();  // NOLINT(bugprone-x): because it is so\n"),
    ("suppressions", "src/a.cpp", "f();  // NOLINT(bugprone-x)\n", None),
    ("catches", "src/api/steps.cpp", "} catch (...) {\n}\nthrow;", "} catch (...) {\n    undo();\n    throw;\n}\n"),
    ("sizes", "src/a.cpp", "\n" * (rules.LINES_MAX + 1), "\n" * rules.LINES_MAX),
    ("sleeps", "src/base/clock_test.cpp", "std::this_thread::sleep_for(1s);\n", "// nobody has to sleep\n"),
    ("headers", "src/base/id.hpp", "#pragma once\n#include <string>\n", "#pragma once\n// An id.\n"),
    ("statements", "src/api/steps.cpp", 'tx.all<Step>("SELECT 1");\n', 'log.info("SELECTED");\n'),
]


class Rules(unittest.TestCase):
    def test_each_rule_refuses_and_lets_through(self):
        for rule, path, bad, good in EXAMPLES:
            with self.subTest(rule=rule, bad=bad):
                self.assertTrue(any(f"[{rule}]" in finding for finding in rules.findings(path, bad)))
                if good is not None:
                    self.assertFalse([finding for finding in rules.findings(path, good) if f"[{rule}]" in finding])

    def test_every_rule_has_an_example(self):
        self.assertEqual({rule.__name__ for rule in rules.RULES}, {example[0] for example in EXAMPLES})

    def test_exceptions_name_files_that_exist_and_reasons(self):
        for rule, files in rules.ALLOWED.items():
            for path, why in files.items():
                self.assertTrue((TOP / path).is_file() and why, f"{rule}: {path}")

    def test_exceptions_to_naming_the_organization_are_of_something_and_have_reasons(self):
        migrations = "".join(path.read_text() for path in sorted((TOP / "migrations").glob("*.sql"))) + (
            TOP / "src/db/postgres_migrate.cpp").read_text()
        for name, why in rules.KEYS_WITHOUT_ORGANIZATION.items():
            self.assertTrue(re.search(rf"(TABLE|INDEX) {name}\b", migrations) and why, name)
        stores = "".join(path.read_text() for path in sorted((TOP / "src/crm").rglob("*.cpp")))
        for beginning, why in rules.STATEMENTS_WITHOUT_ORGANIZATION.items():
            self.assertTrue(f'"{beginning}' in stores and why, beginning)

    def test_the_link_lines_state_the_same_graph(self):
        linked = {}
        for name, rest in re.findall(r"^etapa_layer\((\w+) +LAYERS([^)]*)\)", (TOP / "CMakeLists.txt").read_text(), re.M):
            linked[name] = re.split(r"LIBRARIES|PRECOMPILED", rest)[0].split()
        self.assertEqual(linked.keys(), rules.LAYERS.keys())
        for layer in linked:
            below = {layer}.union(*(rules.reachable(name) for name in linked[layer]))
            self.assertEqual(below, rules.reachable(layer), layer)


class Sources(unittest.TestCase):
    def test_keep_the_rules(self):
        paths = [path for folder in ("src", "tests", "bench") for path in sorted((TOP / folder).rglob("*.[ch]pp"))]
        paths += sorted((TOP / "migrations").glob("*.sql"))
        self.assertTrue(paths)
        found = [line for path in paths for line in rules.findings(str(path.relative_to(TOP)), path.read_text())]
        self.assertFalse(found, "\n" + "\n".join(found))


class Documents(unittest.TestCase):
    def test_the_table_of_what_clients_need_names_every_test(self):
        listed = re.findall(r"^\| (\w+) \|.*\| `Item(\w+)` \|$", (TOP / "docs/clients.md").read_text(), re.M)
        tests = re.findall(r"^TEST_F\(Clients, Item(\w+)\)", (TOP / "tests/contract/clients_test.cpp").read_text(), re.M)
        self.assertEqual([name for _, name in listed], tests)
        for item, name in listed:
            self.assertTrue(name.startswith(item.zfill(3 if item.endswith("b") else 2)), name)
        numbers = [int(item) for item, _ in listed if item.isdigit()]
        self.assertEqual(numbers, list(range(1, 24)))


if __name__ == "__main__":
    unittest.main()
