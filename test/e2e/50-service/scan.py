"""scan.py P-BASE64 VAULT-PID WHERE... - looks for the private half of an RSA key where it may not be.

The primes are found in the vault's memory first, by the public modulus: a scan that finds nothing there proves nothing.  Then no
run of 16 octets of p, q or d, in either order of octets, may stand in any WHERE (a process id or a file)."""
import base64, os, re, subprocess, sys


PAGE, PIECE, LAP = 4096, 16 << 20, 256	# a number that lies across two pieces is whole in one of them
SHADOW = 1 << 40	# a sanitizer's own map of memory is larger, and holds no octet of the program


def is_there(pagemap, first, last):
	"""Is any page in memory or swapped out?  What is not was never written."""
	pagemap.seek(first // PAGE * 8)
	entries = pagemap.read((last - first) // PAGE * 8)
	return any(e & 0xc0 for e in entries[7::8])


def memory(pid):
	with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem, open(f"/proc/{pid}/pagemap", "rb", 0) as pagemap:
		for line in maps:
			first, last, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
			first, last = int(first, 16), int(last, 16)
			if rights[0] != "r" or "[v" in line or last - first > SHADOW:
				continue
			for at in range(first, last, PIECE):
				end = min(at + PIECE, last)
				if not is_there(pagemap, at, end):
					continue
				begin = max(first, at - LAP)
				try:
					mem.seek(begin)
					yield mem.read(end - begin)
				except OSError:
					pass	# a guard page, or memory that was given back


def octets(where):
	if where.isdigit():
		yield from memory(where)
	elif os.path.exists(where):
		with open(where, "rb") as f:
			yield f.read()


def prime(modulus, pid):
	half = modulus.bit_length() // 16
	for block in memory(pid):
		for at in range(0, len(block) - half + 1, 8):
			if not block[at] & 1 or block[at + half - 1] < 0x80 or block[at + 8:at + 16] == bytes(8):
				continue
			p = int.from_bytes(block[at:at + half], "little")
			if 1 < p < modulus and modulus % p == 0:
				return p
	return None


der = base64.b64decode(sys.argv[1])
text = subprocess.run(["openssl", "rsa", "-pubin", "-inform", "DER", "-noout", "-modulus"], input=der, stdout=subprocess.PIPE, check=True).stdout
modulus = int(text.decode().split("=")[1], 16)
p = prime(modulus, sys.argv[2])
if p is None:
	sys.exit("vault: no prime was found: the scan is blind")
print("vault: a prime was found")
q = modulus // p
d = pow(65537, -1, (p - 1) * (q - 1))
runs, pieces = set(), set()
for number in (p, q, d):
	n = (number.bit_length() + 7) // 8
	for order in ("little", "big"):
		whole = number.to_bytes(n, order)
		runs |= {whole[i:i + 16] for i in range(0, n - 15)}
		pieces |= {whole[i:i + 8] for i in range(0, n - 7, 8)}	# one of them stands in each run
bad = 0
for where in sys.argv[3:]:
	hits = size = 0
	for block in octets(where):
		size += len(block)
		for piece in pieces:
			at = block.find(piece)
			while at >= 0:
				hits += any(block[i:i + 16] in runs for i in range(max(0, at - 8), at + 1))
				at = block.find(piece, at + 1)
	print(f"{where}: {hits} hits in {size} octets")
	bad += hits
sys.exit(1 if bad else 0)
