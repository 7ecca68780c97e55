#!/usr/bin/python3
"""Calls and habits that the house never has."""
import re
from found import LIBRARY, bare, end, files, read

CALLS = r"strcpy|stpcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok(?:_r)?|strto(?:l|ul|ll|ull|d|f|ld|imax|umax)|ato(?:i|l|ll|f)|gets|" \
	r"alloca|scanf|sscanf|fscanf|setjmp|longjmp|system|popen|mktemp|tmpnam|rand|random|srand"
RULES = [
	(rf"(?<![\w.>])(?:{CALLS})\s*\(", "a banned call"),
	(r"<ctype\.h>|<alloca\.h>", "a banned header"),
	(r"\btypedef\s+(?:struct|union|enum)\b", "a typedef of a struct"),
	(r"^\s*#\s*if\s+0\b", "commented-out code"),
	(r"\bTODO\b|\bFIXME\b|\bXXX\b", "something left to do"),
	(r"[ \t]+$", "blanks at the end of a line"),
	(r"^ {4}", "blanks where a tab stands"),
]
RAW = ("blanks at the end of a line", "blanks where a tab stands", "a banned header")
PURE = [(r"(?<![\w.>])(?:malloc|calloc|realloc|free|getenv|time|clock|printf|fprintf|open|read|write|close)\s*\(", "a call of the system")]
LINE, ROW = 132, 144	# octets, and in the tables of tests; aim at 100

wrong, checked = [], 0
for path in files("src/*.c", "src/*.h", "include/zegel/*.h", "test/*.c", "fuzz/*.c", "examples/*.c", "bench/*.c"):
	checked += 1
	text = read(path)
	code = bare(text, keep_strings=False)
	rules = RULES + (PURE if path.startswith("src/") and path.split("/")[1] in LIBRARY else [])
	for n, line in enumerate(code.splitlines(), 1):
		raw = text.splitlines()[n - 1]
		if "\r" in raw:
			wrong.append(f"{path}:{n}: a CR")
		for what, why in rules:
			if re.search(what, raw if why in RAW else line):
				wrong.append(f"{path}:{n}: {why}: {raw.strip()}")
		if len(raw) > (ROW if path.startswith("test/") else LINE):
			wrong.append(f"{path}:{n}: a line of {len(raw)} octets")
	for m in re.finditer(r"/\*.*?\*/|//[^\n]*", bare_strings := re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text), re.S):
		n = bare_strings[:m.start()].count("\n") + 1
		if m.group(0).startswith("//"):
			wrong.append(f"{path}:{n}: a comment of the other kind")
		elif n > 1 and re.search(r"^[ \t*/]*(?:(?:if|for|while) \(.*[;{]|return [\w(]+\)?;|\w+ = .*;)\s*(?:\*/)?$", m.group(0), re.M):
			wrong.append(f"{path}:{n}: commented-out code")
end(checked, wrong)
