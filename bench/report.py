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

import plot

# title, the cell of Etapa, its base lines
TABLES = [
    ("GET /crm/step/{id}", "get", ["get nginx file", "get nginx memory"]),
    ("GET /crm/step/{id}, never asked before", "get fresh", ["get nginx file"]),
    ("PUT /crm/step", "put", ["put inside", "put raw"]),
    ("POST /crm/step/move", "move", ["move inside", "move raw"]),
    ("POST /conversations/{id}/message-register", "register", ["register inside", "register raw"]),
    ("POST /agents/{id}/query: inbound turns", "inbound", ["inbound inside", "inbound raw"]),
    ("The same with 96 clients", "inbound crowd", ["inbound inside", "inbound raw"]),
    ("Timers due at once", "timers", ["timers inside", "timers raw"]),
]

NAMES = {
    "get nginx file": "nginx, the same bytes from a file", "get nginx memory": "nginx, the same bytes from memory",
}

# What the project aims at: the base line and the ratio. A cell without an aim is there to be compared with.
TARGETS = {"get": ("get nginx file", 0.65), "put": ("put raw", 0.85), "move": ("move raw", 0.85),
           "register": ("register raw", 0.85), "inbound": ("inbound raw", 0.85), "inbound crowd": ("inbound raw", 0.85),
           "timers": ("timers raw", 0.8)}


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


def optional(cells, member, form):
    return form.format(median(cells, member)) if member in cells[0] else ""


def table(cells, title, name, bases):
    yield f"## {title}\n"
    yield ("| | per second | each round | p50 ms | p99 ms | p99.9 ms | CPU µs each | statements each | checkpoints in a cell |"
           " Etapa / this |")
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in [name, *bases]:
        measured = cells[row]
        rounds = " / ".join(f"{cell['perSecond']:,.0f}" for cell in measured)
        compared = "" if row == name else f"**{ratio(cells, name, row):.2f}**"
        yield "| " + " | ".join([
            "Etapa" if row == name else NAMES.get(row, row.split()[-1]), f"{median(measured):,.0f}", rounds,
            optional(measured, "p50", "{:.1f}"), optional(measured, "p99", "{:.1f}"), optional(measured, "p999", "{:.1f}"),
            optional(measured, "cpuMicroseconds", "{:.1f}"), optional(measured, "statementsEach", "{:.1f}"),
            optional(measured, "checkpoints", "{:.0f}"), compared]) + " |"
    if name not in TARGETS:
        yield ""
        return
    base, wanted = TARGETS[name]
    reached = ratio(cells, name, base)
    yield f"\nTarget: {wanted} of {NAMES.get(base, base.split()[-1])}; {'reached' if reached >= wanted else 'missed'}.\n"


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
        f"first {cell['first']}, half {cell['p50']}, 99 % {cell['p99']}, last {cell['worst']}, the one of another "
        f"organization beside them {cell['lone']}" for cell in cells["timers"])
    yield ""


def facts_of(facts, growth, name):
    yield "## Size and memory\n"
    yield "| | |\n|---|---|"
    yield f"| from start to the first answer, on {facts['conversations']:,} conversations | {facts['startMilliseconds']:.0f} ms |"
    yield f"| memory of its own when idle | {facts['idleMegabytes']:.0f} MB |"
    yield f"| memory of its own at the end of the load | {facts['loadedMegabytes']:.0f} MB |"
    yield f"| file size for each conversation (its contact, placement, stay and events included) | {facts['bytesEach']:,.0f} bytes |"
    yield ""
    if not growth:
        return
    yield "## Growth\n"
    yield f"![Moves and their 99th percentile]({name}-growth.svg)\n"
    yield "| conversations | GET /s | PUT /s | moves /s | messages /s | turns /s | p99 of moves, ms | bytes each |"
    yield "|---|---|---|---|---|---|---|---|"
    for size in growth:
        yield (f"| {size['conversations']:,} | " + " | ".join(f"{size[name]['perSecond']:,.0f}" for name in
                                                             ("get", "put", "move", "register", "inbound"))
               + f" | {size['move']['p99']:.1f} | {size['bytesEach']:,.0f} |")
    yield ""


def measured_in(cells):
    return [table for table in TABLES if table[1] in cells]


def text_of(about, result, name):
    cells = result["cells"]
    yield f"# {about['date']}, commit {about['commit']}\n"
    if about["changed"]:
        yield "**With changes that were not committed.**\n"
    yield f"- Command: `{about['command']}`"
    yield f"- Machine: {about['machine']}"
    yield f"- Load average at the start: {about['load']}. {about['note']}".rstrip()
    yield f"- Answer of the GET: {result['facts']['answerBytes']} bytes"
    yield "- Checkpoints of the write-ahead log: every 1,000 pages on both sides\n"
    yield "What the rows mean and how to read them: [README](../README.md).\n"
    yield f"![Etapa beside the limits]({name}.svg)\n"
    for title, kind, bases in measured_in(cells):
        yield from table(cells, title, kind, bases)
    if "timers" in cells:
        yield from lateness(cells)
    yield from facts_of(result["facts"], result["growth"], name)
    yield "## Statements\n"
    for title, kind, _ in measured_in(cells):
        if f"{kind} raw" in cells:
            yield from statements(cells, title, kind)


def keep(top, name, text, figures, drawing=None, growth=None):
    """Stores a result under its name: for people, for programs, and as plots."""
    path = top / "bench" / "results" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.with_suffix(".json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    if drawing:
        path.with_suffix(".svg").write_text(drawing)
    if growth:
        path.with_name(f"{name}-growth.svg").write_text(plot.growth(growth))


def write(top, about, result, publish):
    name = f"{about['date']}-{about['commit']}"
    text = "\n".join(text_of(about, result, name)).rstrip() + "\n"
    print(text)
    if publish:
        drawing = plot.ratios([
            (title, ratio(result["cells"], kind, TARGETS[kind][0]), TARGETS[kind][1],
             f"{median(result['cells'][kind]):,.0f}/s of {median(result['cells'][TARGETS[kind][0]]):,.0f}/s, "
             + NAMES.get(TARGETS[kind][0], "SQLite alone")) for title, kind, _ in measured_in(result["cells"]) if kind in TARGETS])
        keep(top, name, text, about | result, drawing, result["growth"])
