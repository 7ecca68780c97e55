#!/usr/bin/python3
"""The comment of each function in include/zegel answers: what it does, what failure is, who owns what goes in and comes out, the law."""
import os, re, sys
from found import TOP, end, files, read
sys.path.insert(0, os.path.join(TOP, "tools"))
from man3 import declared

OWNED = r"\b(?:view|views|lives?|living|borrows?|copy|copies|copied|kept|caller's|outlive|literal|stays?|stay|taken|gives? back|given back|owns?|private|" \
	r"untouched|written|ended|ends|frees|wip\w+)\b"
LAWLESS = ("slice.h", "arena.h", "buf.h", "zegel.h", "secret.h")	# no RFC has a say in them
FREE = r"_(?:done|reset|init_fixed)$|^zg_(?:hash_update|dkim_sign_body|dkim_verify_(?:body|end|asker|keys|verdicts|feed|new|header)|dkim_keys_new)$"


def asks(name, comment, kind, parameters, header):
	"""What must be told of this function, and is not."""
	text = " ".join(re.sub(r"^[ /]*\*+/?", "", l) for l in comment.splitlines())
	if len(text.split()) < 2:
		return ["has no comment of its own"]
	out = [p for p in parameters if re.search(r"\bret\w*$", p)]
	points = [p for p in parameters if "*" in p or "zg_slice " in p]
	wants = [
		(kind == "int" and not name.endswith("_cmp"), r"\b0\b.*-1|-1.*\b0\b", "does not say what 0 and -1 are"),
		(kind.endswith("*") and "char" not in kind or kind == "const char *", r"\bNULL\b", "does not say when it answers NULL"),
		(kind.startswith("enum"), r"\b(?:OK|ZG_[A-Z_]+|SIGNABLE|[Tt]he same)\b", "does not say which answer is the good one"),
		(kind == "bool", r"\?|\bthe same\b", "does not say what it claims, as a question"),
		(kind.endswith("*") or kind == "struct zg_slice", OWNED + r"|\boctets at p\b", "does not say where its answer lives, and how long"),
		(bool(out) and kind != "size_t", OWNED + r"|\b[Tt]he same\b|Counts", "does not say who owns what it writes"),
		(kind == "void" and bool(points), r"\w", "says nothing"),
		(header not in LAWLESS and not re.search(FREE, name), r"RFC \d{4}|\b[Tt]he same\b", "names no section of an RFC"),
	]
	return [why for is_asked, answer, why in wants if is_asked and not re.search(answer, text)]


wrong, checked = [], 0
for path in files("include/zegel/*.h"):
	header, head = os.path.basename(path), read(path).split("*/")[0]
	types, functions = declared(read(path))
	seen = {}
	for name, comment, kind, parameters in functions:
		checked += 1
		wrong += [f"{path}: {name} {why}" for why in asks(name, comment, kind, parameters, header)]
		if comment and seen.setdefault(comment, name) != name:
			wrong.append(f"{path}: {name} has only the comment of {seen[comment]}")
	wrong += [f"{path}: {t[0][0]} has no comment" for t in types if "{\n" in t[2] and not t[1] and "#define" not in t[2]]
	if header not in LAWLESS and not re.search(r"RFC \d{4}", read(path)):
		wrong.append(f"{path}: names no RFC")
	if functions and 'extern "C" {' not in read(path):
		wrong.append(f'{path}: C++ needs extern "C"')
end(checked, wrong)
