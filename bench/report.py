"""Turns the cells of a run into the published result: a table with ratios, each round, and the same as JSON."""

import datetime
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys

# title, the cell of Etapa, its base lines
TABLES = [
    ("GET /crm/step/{id}", "get", ["get nginx file", "get nginx memory"]),
    ("PUT /crm/step", "put", ["put inside", "put raw"]),
    ("POST /crm/step/move", "move", ["move inside", "move raw"]),
    ("Timers due at once", "timers", ["timers inside", "timers raw"]),
]

NAMES = {
    "get": "Etapa", "put": "Etapa", "move": "Etapa", "timers": "Etapa",
    "get nginx file": "nginx, the same bytes from a file", "get nginx memory": "nginx, the same bytes from memory",
}


def about_this_run(top, note):
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=top, capture_output=True, text=True, check=True).stdout.strip()

    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    return {
        "commit": git("rev-parse", "--short=12", "HEAD"),
        "changed": git("status", "--porcelain", "--untracked-files=no", "--", "src", "migrations", "cmake", "CMakeLists.txt", "bench",
                       ":(exclude)*_test.cpp"),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "command": shlex.join(["bench/run", *published(sys.argv[1:])]),
        "machine": f"{os.cpu_count()} cores, {cpu[1] if cpu else platform.machine()}, Linux {platform.release()}",
        "load": f"{os.getloadavg()[0]:.1f}",
        "note": note,
    }


def published(arguments):
    """The arguments without the path of a build tree and without the note, which stands elsewhere."""
    kept = []
    skip = False
    for argument in arguments:
        if not skip and not argument.startswith(("--build=", "--note=")) and argument not in ("--build", "--note"):
            kept.append(argument)
        skip = argument in ("--build", "--note")
    return kept


def median(cells, member="perSecond"):
    return statistics.median(cell[member] for cell in cells)


def ratio(cells, name, base):
    """The median of the ratios of each round, which both saw the same machine."""
    return statistics.median(one["perSecond"] / other["perSecond"] for one, other in zip(cells[name], cells[base]))


def milliseconds(cells, member):
    return f"{median(cells, member):.1f}" if member in cells[0] else ""


def table(cells, title, name, bases):
    yield f"## {title}\n"
    yield "| | per second, median | each round | p50 ms | p99 ms | CPU µs each | kB written each | Etapa / this |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in [name, *bases]:
        measured = cells[row]
        rounds = " / ".join(f"{cell['perSecond']:,.0f}" for cell in measured)
        compared = "" if row == name else f"**{ratio(cells, name, row):.2f}**"
        cpu = f"{median(measured, 'cpuMicroseconds'):.1f}" if "cpuMicroseconds" in measured[0] else ""
        written = f"{median(measured, 'writtenKilobytes'):.1f}" if "writtenKilobytes" in measured[0] else ""
        yield (f"| {NAMES.get(row, row.split()[-1])} | {median(measured):,.0f} | {rounds} | {milliseconds(measured, 'p50')} | "
               f"{milliseconds(measured, 'p99')} | {cpu} | {written} | {compared} |")
    yield ""


def shortened(text):
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"^SELECT .*? FROM (?!.*\bUNION\b)", "SELECT … FROM ", text)
    text = re.sub(r"\((\$?\w+, ){3,}[^)]*\)", "(…)", text)
    text = re.sub(r" SET .*(?= WHERE )| DO UPDATE SET .*", lambda match: match[0].split(" SET ")[0] + " SET …", text)
    text = re.sub(r" RETURNING .*", " RETURNING …", text)
    return text if len(text) < 150 else text[:147] + "…"


def statements(cells, title, name):
    """What one request asked of SQLite, dearest first; the cheapest are left out. The times are medians."""
    listed = sorted(cells[f"{name} raw"][-1]["statements"], key=lambda one: -one["perUnit"] * one["microseconds"])
    count = sum(one["perUnit"] for one in listed)
    total = sum(one["perUnit"] * one["microseconds"] for one in listed)
    yield f"### {title}: {count:.1f} statements, {total:.0f} µs of SQLite for each as a rule, its part of the commit included\n"
    yield "| statement | times for each | µs each time | µs in all |"
    yield "|---|---|---|---|"
    for one in listed:
        spent = one["perUnit"] * one["microseconds"]
        if spent > total / 100:
            text = shortened(one["text"]).replace("|", "\\|")
            yield f"| `{text}` | {one['perUnit']:.2f} | {one['microseconds']:.1f} | {spent:.1f} |"
    yield ""


def lateness(cells):
    yield "Lateness of the timers, milliseconds behind their time, in each round: " + "; ".join(
        f"first {cell['first']}, half {cell['p50']}, 99 % {cell['p99']}, last {cell['worst']}" for cell in cells["timers"])
    yield ""


def text_of(about, cells):
    yield f"# {about['date']}, commit {about['commit']}\n"
    if about["changed"]:
        yield "**With changes that were not committed.**\n"
    yield f"- Command: `{about['command']}`"
    yield f"- Machine: {about['machine']}"
    yield f"- Load average at the start: {about['load']}. {about['note']}".rstrip()
    yield f"- Answer of the GET: {cells['answer bytes']} bytes\n"
    yield "What the rows mean and how to read them: [README](../README.md).\n"
    for title, name, bases in TABLES:
        yield from table(cells, title, name, bases)
    yield from lateness(cells)
    yield "## Statements\n"
    for title, name, _ in TABLES[1:]:
        yield from statements(cells, title, name)


def write(top, about, cells, publish):
    text = "\n".join(text_of(about, cells)).rstrip() + "\n"
    print(text)
    if publish:
        path = top / "bench" / "results" / f"{about['date']}-{about['commit']}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.with_suffix(".json").write_text(json.dumps(about | {"cells": cells}, indent=1, ensure_ascii=False) + "\n")
