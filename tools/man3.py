#!/usr/bin/python3
"""man3.py [--check | --links FOLDER] - the pages of section 3 say what the headers say.

A page has, by hand, its head, .Nd, the beginning of DESCRIPTION, EXAMPLES and SEE ALSO, and two lines that name what it is about:
    .\\" functions: zg_dkim_sign_* zg_dkim_block_check
    .\\" types: zg_canon* ZG_HASH_SIZE
The names, SYNOPSIS, "Types and constants" and "Functions" are made of include/zegel.  --check says what is not as it would be made,
or stands on no page, or on two.  --links makes a link for each function in FOLDER, where the pages are installed."""
import fnmatch, glob, os, re, sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/\n"


def read(path):
	with open(path, encoding="utf-8") as f:
		return f.read()


def declared(text):
	"""What a header declares, in its order: (names, comment, text) for types and macros, and for functions."""
	types, functions, comment, at = [], [], "", 0
	text = text[text.index("\n", text.index("#define ZEGEL_")) + 1:]
	text = re.sub(r"#ifdef __cplusplus\n(?:(?!#endif|#else).*\n)*?(?:#else\n((?:(?!#endif).*\n)*?))?#endif\n", lambda m: m.group(1) or "", text)
	while at < len(text):
		rest = text[at:]
		if m := re.match(COMMENT, rest):
			comment = "" if m.group(0).startswith("/* ---") else m.group(0)
		elif m := re.match(r"\n", rest):
			comment = ""
		elif m := re.match(r"#define (\w+).*\n", rest):
			types.append(([m.group(1)], comment, m.group(0)))
			comment = ""
		elif m := re.match(r"(?:struct|enum) (\w+)(?: \{.*?\n?\})?;\n", rest, re.S):
			types.append(([m.group(1)], comment, m.group(0)))
			comment = ""
		elif m := re.match(r"inline [^;{}]*\)\n\{.*?\n\}\n", rest, re.S):
			comment = ""	# the body of what was declared above
		elif m := re.match(r"(?:inline )?([\w ]+?[ *])(\w+)\(([^;{}]*)\);\n", rest):
			functions.append((m.group(2), comment, m.group(1).strip(), [" ".join(p.split()) for p in m.group(3).split(",")]))
		else:
			m = re.match(r".*\n", rest)
		at += m.end()
	return types, functions


def mdoc(comment):
	"""A comment as lines of mdoc: a sentence a line."""
	words = re.sub(r"([.?])\n", r"\1  ", "\n".join(re.sub(r"^[ /]*\*+/? ?|\s*\*/$", "", l) for l in comment.strip().splitlines()))
	lines = re.split(r"(?<=[.?])  +", words.replace("\n", " ").replace("\\", "\\e").strip())
	return [re.sub(r"^([.'])", r"\\&\1", l) for l in lines if l]


def mine(names, patterns):
	return any(fnmatch.fnmatchcase(n, p) for n in names for p in patterns)


def synopsis(header, functions):
	lines = [f".In zegel/{header}"]
	for name, _, kind, parameters in functions:
		lines += [f".Ft {kind}", f".Fn {name} " + " ".join(f'"{p}"' for p in parameters)]
	return lines


def told(functions):
	lines, at = [".Bl -tag -width Ds"], 0
	while at < len(functions):
		group = [f for f in functions[at:] if f[1] == functions[at][1]] if functions[at][1] else [functions[at]]
		lines += [".It " + " , ".join(f"Fn {f[0]}" for f in group), *mdoc(functions[at][1])]
		at += len(group)
	return lines + [".El"]


def made(page, headers):
	"""The page as it should be, and the names it holds."""
	wanted = {k: v.split() for k, v in re.findall(r'^\.\\" (functions|types): (.*)$', page, re.M)}
	header = re.search(r"^\.In zegel/(\S+)$", page, re.M).group(1)
	types, functions = headers[header]
	types = [t for t in types if mine(t[0], wanted.get("types", []))]
	functions = [f for f in functions if mine([f[0]], wanted.get("functions", []))]
	names = [f[0] for f in functions] or [re.search(r"^\.Nm (\S+)", page, re.M).group(1)]
	shown = "".join(("\n" if i and c else "") + c + t for i, (_, c, t) in enumerate(types)).replace("\\", "\\e")
	parts = {
		"NAME": [".Nm " + n + (" ," if n != names[-1] else "") for n in names] + re.findall(r"^\.Nd .*$", page, re.M),
		"SYNOPSIS": synopsis(header, functions),
	}
	for title, lines in parts.items():
		page = re.sub(rf"^\.Sh {title}\n.*?(?=^\.Sh )", lambda m: f".Sh {title}\n" + "\n".join(lines) + "\n", page, flags=re.S | re.M)
	body = f".Ss Types and constants\n.Bd -literal\n{shown}.Ed\n" if types else ""
	body += ".Ss Functions\n" + "\n".join(told(functions)) + "\n" if functions else ""
	page = re.sub(r"(?:^\.Ss (?:Types and constants|Functions)\n.*?)*(?=^\.Sh EXAMPLES)", "", page, count=0, flags=re.S | re.M)
	return page.replace(".Sh EXAMPLES\n", body + ".Sh EXAMPLES\n", 1), [f[0] for f in functions] + [n for t in types for n in t[0]]


def links(folder, held):
	for page, names in held.items():
		for name in names:
			if re.match(r"zg_", name) and f"{name}.3" != page and re.search(rf"^\.Fn {name} ", read(f"{TOP}/man/{page}"), re.M):
				path = os.path.join(folder, f"{name}.3")
				if os.path.lexists(path):
					os.unlink(path)
				os.symlink(page, path)


def main():
	headers = {os.path.basename(p): declared(read(p)) for p in sorted(glob.glob(f"{TOP}/include/zegel/*.h"))}
	held, wrong = {}, []
	for path in sorted(glob.glob(f"{TOP}/man/zg_*.3")):
		page = read(path)
		new, names = made(page, headers)
		held[os.path.basename(path)] = names
		if new != page and "--check" in sys.argv:
			wrong.append(f"man/{os.path.basename(path)}: is not as the headers have it; tools/man3.py writes it")
		elif new != page and len(sys.argv) == 1:
			with open(path, "w", encoding="utf-8") as f:
				f.write(new)
	if "--links" in sys.argv:
		return links(os.path.join(os.environ.get("MESON_INSTALL_DESTDIR_PREFIX", ""), sys.argv[-1]), held) or 0
	every = [n for names in held.values() for n in names]
	for types, functions in headers.values():
		for name in [f[0] for f in functions] + [n for t in types for n in t[0]]:
			if every.count(name) != 1:
				wrong.append(f"{name} stands on {every.count(name)} pages of man/; name it in the line of one")
	print("\n".join(wrong + [f"{max(len(every) - len(wrong), 0)} passed, {len(wrong)} failed"]))
	return 1 if wrong else 0


if __name__ == "__main__":
	sys.exit(main())
