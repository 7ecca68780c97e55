#!/usr/bin/python3
"""clang-format on all C files: the blanks between words, and the indentation of each statement, must be as it has them.

Where lines break and where comments stand is the writer's: doc/decisions/0006-clang-format.md tells why."""
import difflib, os, re, subprocess
from concurrent.futures import ThreadPoolExecutor
from found import bare, end, files, read


def statements(text):
	"""The lines that begin a statement or a block, without comments: (number, indentation, text)."""
	begins, found = True, []
	for n, line in enumerate(bare(text, keep_strings=True).splitlines(), 1):
		code = line.strip()
		if not code:
			continue
		if begins and code[0] not in '#"':
			found.append((n, line[:len(line) - len(line.lstrip())], " ".join(code.split())))
		begins = code[-1] in ";{}" or code[0] in "#\\"
	return found


def words(text):
	"""All words with one blank where any stands."""
	text = bare(text, keep_strings=True)
	text = re.sub(r"\s+", " ", re.sub(r"\\\n", " ", text))
	text = re.sub(r"\) ?- ?(?=\w)", ") - ", text)	# a minus behind a macro's argument is taken for a sign
	text = re.sub(r'(?<=") ?(?=")| (?=[;)])|(?<=\)) (?=\.)| (?=[<>])|(?<=[<>]) ', "", text)	# joined strings, what it takes for templates
	return text.replace("{ ", "{").replace(" }", "}").replace("( ", "(")


def judge(path):
	text = read(path)
	r = subprocess.run(["clang-format", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
	if r.returncode:
		return [f"{path}: {r.stderr.decode()}"]
	other, said = r.stdout.decode("utf-8", "replace"), []
	mine, theirs = words(text), words(other)
	for kind, a, b, c, d in difflib.SequenceMatcher(None, mine.split(" "), theirs.split(" "), autojunk=False).get_opcodes() if mine != theirs else []:
		if kind != "equal":
			said.append(f"{path}: \"{' '.join(mine.split(' ')[a:b])}\" is written \"{' '.join(theirs.split(' ')[c:d])}\"")
	a, b = statements(text), statements(other)
	for block in difflib.SequenceMatcher(None, [s[2] for s in a], [s[2] for s in b], autojunk=False).get_matching_blocks():
		for i in range(block.size):
			n, indent, code = a[block.a + i]
			if indent != b[block.b + i][1]:
				said.append(f"{path}:{n}: indentation: {code}")
	return said


every = files("*.c", "*.h")
with ThreadPoolExecutor(os.cpu_count()) as pool:
	end(len(every), [w for found in pool.map(judge, every) for w in found])
