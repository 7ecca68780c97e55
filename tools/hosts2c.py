#!/usr/bin/env python3
"""hosts2c.py DNS-HOSTS MAIL-HOSTS MAIL-PROVIDERS PUBLIC-SUFFIXES OUT - the tables of data/*.tsv as C, checked row by row.

"-" is an empty field.  A host without a date in its last column is unchecked: pages then show the generic form.
"""
import re
import sys

NAMING = {"relative": "ZG_HOST_RELATIVE", "full": "ZG_HOST_FULL", "dotted": "ZG_HOST_DOTTED"}
BARE = {"at": "ZG_HOST_AT", "empty": "ZG_HOST_EMPTY", "domain": "ZG_HOST_DOMAIN"}
VALUE = {"plain": "false, false", "quoted": "false, true", "pieces": "true, true"}
ACCOUNT = {"": "ZG_PROVIDER_OTHER", "google": "ZG_PROVIDER_GOOGLE", "microsoft": "ZG_PROVIDER_MICROSOFT"}
TRAPS = {"", "special_form", "dmarc_default", "quotes_needed", "save_zone", "serial", "own_rules"}
DOMAIN = re.compile(r"\.?([a-z0-9_*](-?[a-z0-9_*]+)*\.)+([a-z][a-z0-9-]*|\*)\Z")
SUFFIX = re.compile(r"([a-z0-9-]+\.)?[a-z]{2,}\Z")
DATE = re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")
faults, servers, exchanges, wrongs = [], set(), set(), set()


def rows(path, columns):
    """(where, dictionary) of each row; its header must name the columns."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    if not lines or lines[0].split("\t") != columns:
        sys.exit(f"{path}:1: the columns are {' '.join(columns)}")
    seen = set()
    for number, line in enumerate(lines[1:], 2):
        cells = ["" if c == "-" else c for c in line.split("\t")]
        if len(cells) != len(columns):
            faults.append(f"{path}:{number}: {len(cells)} fields, {len(columns)} are wanted")
            continue
        if cells[0] in seen:
            faults.append(f"{path}:{number}: {cells[0]} again")
        if not cells[0] or (columns[0] == "id" and not re.match(r"[a-z0-9]+\Z", cells[0])):
            faults.append(f"{path}:{number}: {cells[0] or '-'} is no {columns[0]}")
        seen.add(cells[0])
        yield f"{path}:{number}", dict(zip(columns, cells))


def text(s):
    escaped = {'"': '\\"', "\\": "\\\\", "?": "\\?"}
    return 'ZG_SI("' + "".join(escaped.get(c) or (c if " " <= c <= "~" else "".join(f"\\{b:03o}" for b in c.encode()))
                               for c in s) + '")'


def names(where, cell, most, elsewhere):
    found = [n for n in cell.split(",") if n]
    for n in found:
        if not DOMAIN.match(n):
            faults.append(f"{where}: {n} is no pattern")
        if n in elsewhere:
            faults.append(f"{where}: {n} stands at another row or twice")
        elsewhere.add(n)
    if len(found) > most:
        faults.append(f"{where}: more than {most} names")
    return "{ " + ", ".join(text(n) for n in found or [""]) + " }"


def choice(where, table, cell):
    if cell not in table:
        faults.append(f"{where}: {cell} is none of {' '.join(table)}")
    return table.get(cell, "")


def checked(where, row):
    if row["checked"] and not DATE.match(row["checked"]):
        faults.append(f"{where}: {row['checked']} is no date")
    if row["checked"] and not row["source"] and row["id"] != "generic":
        faults.append(f"{where}: checked, but no source")
    if row["source"] and not row["source"].startswith("https://"):
        faults.append(f"{where}: {row['source']} is no https link")
    return f"{text(row['source'])}, {text(row['checked'])}"


def fields(where, cell):
    found = {}
    for part in filter(None, cell.split(";")):
        language, _, words = part.partition("=")
        found[language] = words.split("|")
        if language not in ("nl", "fr", "de", "en") or len(found[language]) != 3:
            faults.append(f"{where}: {part} is not language=name|type|value")
    one = lambda l: "{ " + ", ".join(text(w) for w in found.get(l, ["", "", ""])) + " }"
    return "{ " + ", ".join(one(l) for l in ("nl", "fr", "de", "en")) + " }"


def seconds(where, cell):
    if not re.match(r"(0|[1-9]\d{0,6})\Z", cell or "0"):
        faults.append(f"{where}: {cell} is no count of seconds")
        return 0
    return int(cell or "0")


def dns_host(where, r):
    if r["trap"] not in TRAPS:
        faults.append(f"{where}: no trap is called {r['trap']}")
    if r["link"] and not r["link"].startswith("https://"):
        faults.append(f"{where}: {r['link']} is no https link")
    return f"\t{{ {text(r['id'])}, {text(r['name'])},\n\t  {names(where, r['ns'], 12, servers)},\n\t  {fields(where, r['fields'])},\n" \
           f"\t  {choice(where, NAMING, r['naming'])}, {choice(where, BARE, r['bare'])}, {choice(where, VALUE, r['value'])}, " \
           f"{seconds(where, r['ttl_low'])}u,\n\t  {text(r['link'])}, {text(r['trap'])}, {checked(where, r)} }},\n"


def mail_host(where, r):
    if r["include"] and not DOMAIN.match(r["include"]):
        faults.append(f"{where}: {r['include']} is no domain")
    if r["wrong"] and not r["include"]:
        faults.append(f"{where}: wrong forms, but no right one")
    return f"\t{{ {text(r['id'])}, {text(r['name'])}, {names(where, r['mx'], 6, exchanges)}, {text(r['include'])},\n" \
           f"\t  {names(where, r['wrong'], 8, wrongs)}, {checked(where, r)} }},\n"


def provider(where, r):
    if not DOMAIN.match(r["pattern"]):
        faults.append(f"{where}: {r['pattern']} is no pattern")
    return f"\t{{ {text(r['pattern'])}, {text(r['name'])}, {choice(where, ACCOUNT, r['account'])} }},\n"


def suffix(where, r):
    if not SUFFIX.match(r["suffix"]):
        faults.append(f"{where}: {r['suffix']} is no suffix")
    return f"\t{text(r['suffix'])},\n"


TABLES = [
    ("zg_dns_host", "zg_dns_hosts", dns_host,
     ["id", "name", "ns", "fields", "naming", "bare", "value", "ttl_low", "link", "trap", "source", "checked"]),
    ("zg_mail_host", "zg_mail_hosts", mail_host, ["id", "name", "mx", "include", "wrong", "source", "checked"]),
    ("zg_provider", "zg_providers", provider, ["pattern", "name", "account"]),
    ("zg_slice", "zg_suffixes", suffix, ["suffix"]),
]


def main():
    out = "/* Made by tools/hosts2c.py. */\n#include \"lint/hosts_table.h\"\n\n"
    for path, (struct, name, write, columns) in zip(sys.argv[1:5], TABLES):
        table = [write(where, row) for where, row in rows(path, columns)]
        out += f"const struct {struct} {name}[] = {{\n{''.join(table)}}};\nconst size_t {name}_count = {len(table)};\n\n"
    if faults:
        sys.exit("\n".join(faults))
    with open(sys.argv[5], "w", encoding="ascii") as f:
        f.write(out)


main()
