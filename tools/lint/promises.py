#!/usr/bin/python3
"""doc/promises.tsv: each promise of an issue, the test that shows it (FILE or FILE#words of the test's name), the last figure."""
import os
from found import end, read

wrong, rows = [], 0
for n, line in enumerate(read("doc/promises.tsv").splitlines(), 1):
	if not line or line[0] == "#":
		continue
	rows += 1
	cells = line.split("\t")
	if len(cells) != 4 or not cells[1] or not cells[2]:
		wrong.append(f"doc/promises.tsv:{n}: issue, promise, tests, last figure are expected")
		continue
	for test in cells[2].split(" ; "):
		path, _, name = test.strip().partition("#")
		if not os.path.isfile(path):
			wrong.append(f"doc/promises.tsv:{n}: there is no {path}")
		elif name and name not in read(path):
			wrong.append(f"doc/promises.tsv:{n}: {path} has no test \"{name}\"")
end(rows, wrong)
