"""Turns the cells of bench/postgres into the published result."""

import plot
from report import keep, median, optional, ratio

P99_AIM = 15  # milliseconds, of moves with 64 clients
AIMS = {"single": 1.6, "pipeline": 0.85, "timers": 0.8}
NAMES = {"single": "pgbench, one statement at a time", "pipeline": "pgbench, in pipelines"}


def rivals(cells):
    """The cells of pgbench's moves, each with its kind and its number of clients."""
    return [(name, name.split()[0], name.split()[-1]) for name in cells if name.split()[0] in NAMES]


def row(cells, title, name, compared=""):
    measured = cells[name]
    return "| " + " | ".join([
        title, f"{median(measured):,.0f}", " / ".join(f"{cell['perSecond']:,.0f}" for cell in measured),
        *(optional(measured, member, "{:.1f}") for member in ("p50", "p99", "p999", "statementsEach", "roundTripsEach")),
        *(optional(measured, member, "{:.0f}") for member in ("cpuMicroseconds", "databaseMicroseconds")),
        compared]) + " |"


def head(first):
    yield (f"| {first} | per second | each round | p50 ms | p99 ms | p99.9 ms | statements each | round trips each |"
           " CPU µs each | of PostgreSQL | Etapa / this |")
    yield "|---|---|---|---|---|---|---|---|---|---|---|"


def verdict(reached, wanted):
    return f"{reached:.2f} of {wanted}: {'reached' if reached >= wanted else 'missed'}"


def moves(cells, facts):
    mine = f"move {facts['conversations']}"
    yield "## POST /crm/step/move\n"
    yield from head("")
    yield row(cells, "Etapa, 64 clients over HTTP", mine)
    for name, kind, clients in rivals(cells):
        yield row(cells, f"{NAMES[kind]}, {clients} clients", name, f"**{ratio(cells, mine, name):.2f}**")
    yield ""
    for name, kind, clients in rivals(cells):
        yield f"- Beside {NAMES[kind]}, {clients} clients: {verdict(ratio(cells, mine, name), AIMS[kind])}."
    p99 = median(cells[mine], "p99")
    yield f"- p99 with 64 clients: {p99:.1f} ms; the aim is {P99_AIM}: {'reached' if p99 <= P99_AIM else 'missed'}."
    yield f"- Transactions that had to be repeated: {sum(cell['repeats'] for cell in cells[mine]):.0f}.\n"


def growth(cells, facts):
    sizes = sorted(facts["filled"])
    if len(sizes) < 2:
        return
    yield "## Growth\n"
    yield "| conversations | moves /s | each round | p50 ms | p99 ms | p99.9 ms | bytes each, indexes included | filled in, s |"
    yield "|---|---|---|---|---|---|---|---|"
    for size in sizes:
        measured = cells[f"move {size}"]
        rounds = " / ".join(f"{cell['perSecond']:,.0f}" for cell in measured)
        waits = " | ".join(f"{median(measured, member):.1f}" for member in ("p50", "p99", "p999"))
        yield (f"| {size:,} | {median(measured):,.0f} | {rounds} | {waits} | {facts['bytesEach'][size]:,.0f} |"
               f" {facts['filled'][size]:.0f} |")
    yield ""


def timers(cells, facts):
    if "timers" not in cells:
        return
    yield f"## {facts['timers']:,} timers due at once\n"
    yield from head("")
    yield row(cells, "Etapa, two nodes", "timers")
    yield row(cells, f"pgbench, two pipelines, {facts['timersPerCommit']} in a commit", "timers pipeline",
              f"**{ratio(cells, 'timers', 'timers pipeline'):.2f}**")
    yield f"\n- Beside two pipelines: {verdict(ratio(cells, 'timers', 'timers pipeline'), AIMS['timers'])}."
    yield "- Milliseconds behind their time, in each round: " + "; ".join(
        f"first {cell['first']}, half {cell['p50']}, 99 % {cell['p99']}, last {cell['worst']}" for cell in cells["timers"])
    yield ""


def text_of(about, result, name):
    facts, cells = result["facts"], result["cells"]
    yield f"# {about['date']}, commit {about['commit']}, on PostgreSQL\n"
    if about["changed"]:
        yield "**With changes that were not committed.**\n"
    yield f"- Command: `{about['command']}`; it took {facts['minutes']:.0f} minutes"
    yield f"- Machine: {about['machine']}; server, database and clients share it"
    yield f"- Load average at the start: {about['load']}. {about['note']}".rstrip()
    yield f"- PostgreSQL {facts['version']}: " + ", ".join(f"`{key}={value}`" for key, value in facts["settings"].items())
    yield f"- Conversations: {facts['conversations']:,}, made in {facts['filled'][facts['conversations']]:.0f} s\n"
    yield "What the rows mean and how to read them: [README](../README.md).\n"
    yield f"![Etapa beside pgbench]({name}.svg)\n"
    yield from moves(cells, facts)
    yield from growth(cells, facts)
    yield from timers(cells, facts)


def bars(cells, facts):
    pairs = [(f"Moves, {NAMES[kind].removeprefix('pgbench, ')}, {clients}", f"move {facts['conversations']}", name, AIMS[kind])
             for name, kind, clients in rivals(cells)]
    if "timers" in cells:
        pairs.append(("Timers, beside two pipelines", "timers", "timers pipeline", AIMS["timers"]))
    return [(title, ratio(cells, mine, other), aim,
             f"{median(cells[mine]):,.0f}/s of {median(cells[other]):,.0f}/s") for title, mine, other, aim in pairs]


def write(top, about, result, publish):
    name = f"{about['date']}-{about['commit']}-postgres"
    text = "\n".join(text_of(about, result, name)).rstrip() + "\n"
    print(text)
    if publish:
        keep(top, name, text, about | result, plot.ratios(bars(result["cells"], result["facts"]), largest=2.6))
