"""What the checks share: the files of the tree, C without its comments and strings, and the closing line."""
import os, re, subprocess, sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(TOP)
LIBRARY = "base crypt mail dnsmsg auth proto lint report lang".split()


def files(*patterns):
	"""The files of the tree that git knows or would take, by git's own patterns."""
	out = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "--", *patterns],
		stdout=subprocess.PIPE, check=True).stdout.decode()
	return sorted(f for f in set(out.splitlines()) if os.path.isfile(f))


def read(path):
	with open(path, encoding="utf-8", errors="replace", newline="") as f:
		return f.read()


def bare(text, keep_strings=False):
	"""C with comments blanked (lines stay), and what stands in strings too."""
	def blank(m):
		s = m.group(0)
		if s[0] == "/":
			return re.sub(r"[^\n]", " ", s)
		return s if keep_strings else s[0] + s[0]
	return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def prototypes(header):
	"""The functions that a header declares: name -> declaration."""
	text = re.sub(r"^[ \t]*#.*$", "", bare(read(header)), flags=re.M)
	found = re.finditer(r"^(\w[\w \t*]*?[ \t*])(\w+)(\([^;{}]*\));", text, re.M)
	return {m.group(2): " ".join(m.group(0).split()) for m in found if "typedef" not in m.group(1)}


def end(checked, wrong):
	for w in wrong:
		print(w)
	failed = len(wrong)
	print(f"{max(checked - failed, 0)} passed, {failed} failed")
	sys.exit(1 if failed or not checked else 0)
