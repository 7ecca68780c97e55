#!/usr/bin/python3
"""Does tools/hosts2c.py see it?  Copies of data/ that each hold one fault must be refused with the file and the line, and
nothing be written."""
import os, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = ["dns-hosts.tsv", "mail-hosts.tsv", "mail-providers.tsv", "public-suffixes.tsv"]
# What, file, its line (-1: one more), cell (-1: the whole line), what stands there then, what is said.
FAULTS = [
	("a column of another name", 0, 1, 4, "name", "the columns are"),
	("a field too many", 0, 2, -1, "x\ty", "fields, 12 are wanted"),
	("an empty line", 0, -1, -1, "", "fields, 12 are wanted"),
	("an id twice", 0, 4, 0, "transip", "transip again"),
	("an id with a blank", 0, 4, 0, "trans ip", "trans ip is no id"),
	("no id", 0, 4, 0, "-", "- is no id"),
	("a pattern with a scheme", 0, 4, 2, "https://ns.example.be", "is no pattern"),
	("a pattern in capitals", 0, 4, 2, ".Example.be", "is no pattern"),
	("a pattern that is a suffix", 0, 4, 2, ".be", "is no pattern"),
	("a pattern of another host", 0, 4, 2, ".transip.nl", ".transip.nl stands at another row"),
	("thirteen patterns", 0, 4, 2, ",".join(f".n{i}.example.be" for i in range(13)), "more than 12 names"),
	("a language that there is not", 0, 4, 3, "es=a|b|c", "is not language=name|type|value"),
	("two field names", 0, 4, 3, "nl=Naam|Type", "is not language=name|type|value"),
	("a way to write names that there is not", 0, 4, 4, "absolute", "absolute is none of"),
	("a sign for the domain that there is not", 0, 4, 5, "#", "# is none of"),
	("a form of values that there is not", 0, 4, 6, "base64", "base64 is none of"),
	("a TTL in words", 0, 4, 7, "1h", "1h is no count of seconds"),
	("a negative TTL", 0, 4, 7, "-60", "-60 is no count of seconds"),
	("a link without TLS", 0, 4, 8, "http://example.be/", "is no https link"),
	("a link that runs a script", 0, 4, 8, "javascript:alert(1)", "is no https link"),
	("a trap without words", 0, 4, 9, "quicksand", "no trap is called quicksand"),
	("a source that is no link", 0, 4, 10, "I know it", "is no https link"),
	("a month of 13", 0, 4, 11, "2026-13-01", "2026-13-01 is no date"),
	("a date of another order", 0, 4, 11, "25-11-2026", "25-11-2026 is no date"),
	("a suffix with a blank", 1, 2, 2, "google.com googlemail.com", "is no pattern"),
	("a suffix of another host", 1, 3, 2, "google.com", "google.com stands at another row"),
	("an include with its word", 1, 2, 3, "include:_spf.google.com", "is no domain"),
	("wrong forms without a right one", 1, 2, 3, "-", "wrong forms, but no right one"),
	("nine wrong forms", 1, 2, 4, ",".join(f"n{i}.example.be" for i in range(9)), "more than 8 names"),
	("checked without a source", 1, 2, 5, "-", "checked, but no source"),
	("a provider twice", 2, 3, 0, "gmail.com", "gmail.com again"),
	("a provider with an at sign", 2, 3, 0, "@gmail.com", "is no pattern"),
	("a suffix twice", 3, 3, 0, "ac", "ac again"),
	("a suffix with a dot in front", 3, 3, 0, ".be", ".be is no suffix"),
	("a suffix of three labels", 3, 3, 0, "a.co.uk", "a.co.uk is no suffix"),
	("an account that there is not", 2, 3, 2, "apple", "apple is none of"),
]
passed, failed = 0, 0


def check(what, is_right, text):
	global passed, failed
	passed, failed = passed + bool(is_right), failed + (not is_right)
	if not is_right:
		print(f"{what}:\n{text}")


def made(texts):
	"""Status, what was said, and what was written, of tables with these texts."""
	with tempfile.TemporaryDirectory() as folder:
		for name, text in zip(FILES, texts):
			with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
				f.write(text)
		r = subprocess.run([sys.executable, f"{TOP}/tools/hosts2c.py"] + [f"{folder}/{n}" for n in FILES] + [f"{folder}/out.c"],
			stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		try:
			with open(f"{folder}/out.c", encoding="ascii") as f:
				return r.returncode, r.stdout.decode(), f.read()
		except FileNotFoundError:
			return r.returncode, r.stdout.decode(), ""


def broken(text, line, cell, put):
	lines = text.splitlines()
	if line < 0:
		lines.append(put)
	elif cell < 0:
		lines[line - 1] = put
	else:
		cells = lines[line - 1].split("\t")
		cells[cell] = put
		lines[line - 1] = "\t".join(cells)
	return "\n".join(lines) + "\n", len(lines) if line < 0 else line


texts = [open(f"{TOP}/data/{n}", encoding="utf-8").read() for n in FILES]
status, said, out = made(texts)
check("the tables as they are", status == 0 and not said and out.count("_count = ") == 4, said)
for what, file, line, cell, put, words in FAULTS:
	changed = list(texts)
	changed[file], at = broken(texts[file], line, cell, put)
	status, said, out = made(changed)
	place = f"{FILES[file]}:{at}: "
	check(what, status == 1 and not out and any(place in l and words in l for l in said.splitlines()), said)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
