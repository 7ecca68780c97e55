#!/usr/bin/python3
"""Every RFC section that the code names stands in doc/rfc.tsv, and every MUST there names the function that keeps it."""
import re
from found import bare, end, files, read

LINK = re.compile(r"RFC (\d{4})(?:,? (?:section )?([A-Z]?\d{0,2}(?:\.\d+)*)(?=[\s,;:.)*]|$))?((?:(?:,| and) \d+(?:\.\d+)+)*)")
rows, wrong, known = [], [], set()
for n, line in enumerate(read("doc/rfc.tsv").splitlines(), 1):
	if not line or line[0] == "#":
		continue
	cells = line.split("\t")
	if len(cells) != 5 or cells[2] not in ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "-"):
		wrong.append(f"doc/rfc.tsv:{n}: rfc, section, level, text, file:function are expected")
		continue
	rows.append((n, *cells))
	known.add((cells[0], cells[1]))

sources = {f: read(f) for f in files("src/*.c", "src/*.h", "include/zegel/*.h")}
cited = {}
for path, text in sources.items():
	comments = " ".join(re.findall(r"/\*.*?\*/", text, re.S))
	comments = re.sub(r"\s*\n[ \t*]*", " ", comments)
	for rfc, section, more in LINK.findall(comments):
		for s in [section.rstrip(".")] + re.findall(r"\d+(?:\.\d+)+", more):
			if s:
				cited.setdefault((rfc, s), path)
wrong += [f"{path}: RFC {rfc} {s} is not in doc/rfc.tsv" for (rfc, s), path in sorted(cited.items()) if (rfc, s) not in known]

code = {f: bare(t) for f, t in sources.items()}
for n, rfc, section, level, text, where in rows:
	if where == "" and level.startswith("MUST"):
		wrong.append(f"doc/rfc.tsv:{n}: a {level} of RFC {rfc} {section} without the code that keeps it")
	for place in where.split():
		path, _, function = place.partition(":")
		if path not in code or (function and not re.search(rf"\b{re.escape(function)}\b", code[path])):
			wrong.append(f"doc/rfc.tsv:{n}: there is no {place}")
end(len(rows) + len(cited), wrong)
