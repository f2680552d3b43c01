"""What the compiler and clang-tidy do not check: who may include whom, and what may be written where.

Each rule is a function of a path (relative to the checkout) and the file's text that yields sentences. `ALLOWED` lists
the files that a rule does not hold for, each with its reason.
"""

import re

# The graph of CMakeLists.txt: a folder may include itself, what stands beside it here, and what those may include.
LAYERS = {
    "base": [],
    "db": ["base"],
    "net": ["base"],
    "crm": ["db"],
    "flow": ["crm"],
    "channels": ["net", "crm"],
    "models": ["net", "crm"],
    "work": ["flow", "net", "channels", "models"],
    "api": ["work"],
    "app": ["api"],
}

# Folders of things that must not know each other, with the headers that all of them share.
SIBLINGS = {
    "flow/effects": {"effect"},
    "flow/triggers": {"trigger"},
    "channels": {"channel"},
    "models": {"model"},
    "work": {"kind", "runner", "outside", "courier", "sweep", "post", "expiry"},
}

# Headers of C libraries, each for one file.
C_HEADERS = {
    "sqlite3.h": "src/db/sqlite.cpp",
    "libpq-fe.h": "src/db/libpq.cpp",
    "sodium.h": "src/base/crypto.cpp",
    "zlib.h": "src/net/gzip.cpp",
}

LINES_MAX = 400

# rule name → {path: why}
ALLOWED = {
    "catches": {},
    "sizes": {},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT_OR_TEXT = re.compile(
    r'(?P<raw>R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)")|(?P<text>"(?:\\.|[^"\\\n])*")|(?P<comment>//[^\n]*|/\*.*?\*/)', re.DOTALL
)


def code_of(text, keep_text=False):
    """The text without comments and, unless wanted, without what stands in quotes; line breaks stay."""

    def blank(match):
        if match["comment"] is None and keep_text:
            return match[0]
        return "\n" * match[0].count("\n") + ("" if match["comment"] else '""')

    return COMMENT_OR_TEXT.sub(blank, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def includes(text):
    for match in INCLUDE.finditer(text):
        yield match[1] == '"', match[2]


def layer_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def reachable(layer):
    seen = {layer}
    for below in LAYERS[layer]:
        seen |= reachable(below)
    return seen


def is_test(path):
    return path.startswith("tests/") or path.endswith("_test.cpp") or path.split("/")[-1].startswith("test_")


def layers(path, text):
    layer = layer_of(path)
    if layer is None:
        return
    if layer not in LAYERS:
        yield f"src/{layer} is not a layer of DESIGN 4"
        return
    for own, name in includes(text):
        other = name.split("/")[0]
        if own and other in LAYERS and other not in reachable(layer):
            yield f"{layer} must not include {name}"
        if own and other not in LAYERS and not is_test(path):
            yield f"{name} is not written from src/ on"
        if own and layer in ("channels", "models") and re.search(r"^crm/.*store\.hpp$|^db/", name):
            yield f"{layer} see entities, never {name}"


def libraries(path, text):
    for own, name in includes(text):
        if own or not path.startswith("src/"):
            continue
        if name.startswith("boost/beast") and layer_of(path) != "net":
            yield f"only src/net includes Beast ({name})"
        if name in C_HEADERS and path != C_HEADERS[name]:
            yield f"only {C_HEADERS[name]} includes {name}"


def siblings(path, text):
    for folder, shared in SIBLINGS.items():
        prefix = f"src/{folder}/"
        if not path.startswith(prefix):
            continue
        mine = kind_of(path[len(prefix) :])
        if mine == "all" or mine in shared:
            continue
        for own, name in includes(text):
            if own and name.startswith(folder + "/") and kind_of(name[len(folder) + 1 :]) not in shared | {mine}:
                yield f"{folder}/{mine} must not know {name}; all.cpp is the one place that knows them all"


def kind_of(name):
    return re.sub(r"(_test)?\.[ch]pp$", "", name.split("/")[0])


def coroutines(path, text):
    if layer_of(path) in ("crm", "flow") and re.search(r"\bco_(await|return|yield)\b", code_of(text)):
        yield "code under a transaction never waits: no coroutines in crm and flow"


def suppressions(path, text):
    for match in re.finditer(r"NOLINT\w*(\([^)]*\))?(.*)", text):
        if not match[1] or not re.search(r"\w", match[2]):
            yield f"line {line_of(text, match.start())}: NOLINT names its check and gives its reason on the line"


def catches(path, text):
    code = code_of(text)
    for match in re.finditer(r"catch\s*\(\s*\.\.\.\s*\)\s*{", code):
        if not re.search(r"\bthrow;|\bcurrent_exception\(\)", block_at(code, match.end())):
            yield f"line {line_of(code, match.start())}: catch (...) that passes nothing on belongs to the boundaries only"


def block_at(code, start):
    depth = 1
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return code[start:at]
    return code[start:]


def sizes(path, text):
    lines = text.count("\n")
    if lines > LINES_MAX:
        yield f"{lines} lines, more than {LINES_MAX}"


def sleeps(path, text):
    if is_test(path):
        code = code_of(text)
        for match in re.finditer(r"\b(sleep_for|sleep_until|u?sleep|nanosleep)\b", code):
            yield f"line {line_of(code, match.start())}: tests wait for a condition or move the clock, they never sleep"


def headers(path, text):
    if path.endswith(".hpp") and not re.match(r"#pragma once\n// \S", text):
        yield "a header opens with #pragma once and a comment that says what it is and is not"


def statements(path, text):
    if layer_of(path) in ("crm", "db") or is_test(path) or not path.startswith("src/"):
        return
    code = code_of(text, keep_text=True)
    for match in re.finditer(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s', code):
        yield f"line {line_of(code, match.start())}: SQL belongs to the stores of src/crm"


# Keys without the organization: table or index → why.
KEYS_WITHOUT_ORGANIZATION = {
    "organization": "its id is the organization",
    "app_user": "a person may be a member of several organizations",
    "api_key_by_hash": "a request names its key before anybody knows whose it is",
    "channel_connection_by_id": "a provider's hook names its connection before anybody knows whose it is",
    "event": "the sequence orders the events of a transaction, and names no row to anybody",
    "installation": "there is one",
    "schema_version": "of the whole database",
}

# Statements without the organization: their beginning → why.
STATEMENTS_WITHOUT_ORGANIZATION = {
    "SELECT {columns} FROM organization ORDER BY": "commands list organizations",
    "SELECT EXISTS (SELECT 1 FROM organization)": "a new database greets its operator",
    "SELECT {columns} FROM organization WHERE id = $1": "its id is the organization",
    "SELECT id FROM organization WHERE id = $1": "its id is the organization",
    "INSERT INTO organization (id,": "/readyz stores something",
    "DELETE FROM organization WHERE id = $1": "/readyz stores something",
    "INSERT INTO app_user": "a person may be a member of several organizations",
    "SELECT {columns} FROM api_key WHERE hash = $1": "a request names its key before anybody knows whose it is",
    "SELECT {columns} FROM channel_connection WHERE id = $1": "a provider's hook names its connection, and no key",
    "SELECT count(*) FROM job WHERE state = $1": "a metric of the whole server",
    "WITH RECURSIVE waiting (id) AS": "the runner asks which organizations have due jobs",
    "SELECT epoch FROM installation": "there is one",
    "SELECT key_fingerprint FROM installation": "there is one",
    "UPDATE installation SET key_fingerprint": "there is one",
    "SELECT organization_id FROM webhook_cursor AS reader": "the runner asks which organizations have events to tell",
    "SELECT {columns} FROM stream_token WHERE hash = $1": "a request names its token before anybody knows whose it is",
}


def tables(sql):
    """Name and body of each CREATE TABLE."""
    return re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", sql, re.DOTALL)


def keys(path, text):
    if not path.startswith("migrations/"):
        return
    sql = re.sub(r"--[^\n]*", "", text)
    found = [(table, columns) for table, body in tables(sql) for columns in keys_of(body)]
    found += re.findall(r"CREATE UNIQUE INDEX (\w+) ON \w+ \(([^)]*)\)", sql)
    for name, columns in found:
        if not columns.startswith("organization_id") and name not in KEYS_WITHOUT_ORGANIZATION:
            yield f"the key ({columns}) of {name} does not begin with organization_id"


def keys_of(body):
    yield from re.findall(r"(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)", body)
    yield from re.findall(r"^\s*(\w+) [^\n,(]*(?:PRIMARY KEY|UNIQUE|\{sequence\})", body, re.MULTILINE)


def organizations(path, text):
    if is_test(path) or layer_of(path) != "crm":
        return
    code = code_of(text, keep_text=True)
    for match in re.finditer(r'"((?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s[^"]+)', code):
        # What a query is composed of stands in the function that begins it.
        end = code.find("\n}", match.start())
        rest = code[match.start() : end if end > 0 else len(code)]
        if "Query query" not in code[max(0, match.start() - 30) : match.start()]:
            rest = rest.split(";")[0]
        if re.search(r"organization_id|tx\.organization\(\)|\badd_(filters?|living)\(|\bliving\b", rest):
            continue
        if not any(match[1].startswith(known) for known in STATEMENTS_WITHOUT_ORGANIZATION):
            yield f"line {line_of(code, match.start())}: a statement names the organization"


RULES = [keys, organizations, layers, libraries, siblings, coroutines, suppressions, catches, sizes, sleeps, headers, statements]


def findings(path, text):
    for rule in RULES:
        if path not in ALLOWED.get(rule.__name__, {}):
            for sentence in rule(path, text):
                yield f"{path}: {sentence} [{rule.__name__}]"
