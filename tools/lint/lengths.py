#!/usr/bin/python3
"""Functions of at most 120 lines, files of at most 1,000, nesting of at most 4; the spread is printed."""
import re, subprocess
from found import end, files, read

FUNCTION, FILE, NESTING = 120, 1000, 4


def functions(path):
	"""(name, first line, last line) of each function, as ctags sees them."""
	out = subprocess.run(["ctags", "-f", "-", "--fields=+ne", "--kinds-C=f", "--languages=C", "--langmap=C:.c.h", path],
		stdout=subprocess.PIPE, check=True).stdout.decode()
	for line in out.splitlines():
		m = re.search(r"^(\S+)\t.*\tline:(\d+).*\tend:(\d+)", line)
		if m:
			yield m.group(1), int(m.group(2)), int(m.group(3))


def spread(name, sizes, limits):
	sizes = sorted(sizes)
	at = lambda share: sizes[min(len(sizes) - 1, int(len(sizes) * share))]
	print(f"figure: {name}: {len(sizes)}, half at most {at(.5)} lines, 90 % {at(.9)}, 99 % {at(.99)}, longest {sizes[-1]} ({limits})")


wrong, lengths, sizes = [], [], []
for path in files("src/*.c", "src/*.h", "include/zegel/*.h", "test/*.c", "fuzz/*.c", "bench/*.c", "examples/*.c"):
	lines = read(path).splitlines()
	sizes.append(len(lines))
	if len(lines) > FILE:
		wrong.append(f"{path}: {len(lines)} lines")
	for name, first, last in functions(path):
		lengths.append(last - first + 1)
		if last - first + 1 > FUNCTION:
			wrong.append(f"{path}:{first}: {name} has {last - first + 1} lines")
		for n in range(first, last):
			m = re.match(r"(\t*)(?:\} )?(if|for|while|switch|do)\b", lines[n])
			if m and len(m.group(1)) > NESTING:
				wrong.append(f"{path}:{n + 1}: nested {len(m.group(1))} deep in {name}")
spread("functions", lengths, "aim: 15, 50, 100, 120")
spread("files", sizes, "aim: 90 % at most 600, none over 1,000")
end(len(lengths) + len(sizes), wrong)
