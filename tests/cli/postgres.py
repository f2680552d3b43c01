"""Databases on the server that scripts/with-postgres started."""

import itertools
import os
import subprocess

SERVER = os.environ.get("ETAPA_TEST_POSTGRES", "")
numbers = itertools.count(1)


def sql(statement, address=SERVER):
    """The rows as lines, their columns between bars."""
    return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, address],
                          check=True, capture_output=True, text=True).stdout.strip()


def new_database(test):
    """The address of an empty database, which goes with the test."""
    name = f"test_{os.getpid()}_{next(numbers)}"
    sql(f"CREATE DATABASE {name}")
    test.addCleanup(sql, f"DROP DATABASE {name} WITH (FORCE)")
    return SERVER.rsplit("/", 1)[0] + "/" + name
