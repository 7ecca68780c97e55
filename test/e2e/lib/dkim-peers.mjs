// dkim-peers.mjs - verifiers of others and ours, each one process that reads a line of JSON and writes one; nobody asks the network.
//
// A question: { mail (base64), now, dns: { name: [base64, ...] | 'timeout' } }.  An answer of a peer: { results: [[word, why], ...] },
// a word for each signature it saw; of ours, as dkim_ours.c has it.
import { spawn } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { PYTHON, TOP, ZEGEL, scratch } from './run.mjs';
import { atEnd } from './test.mjs';

const PY = `
import base64, json, sys
import dkim

class Clock:
	now = 0
	def time(self):
		return self.now
dkim.time = Clock()

def judge(q):
	dns = {name: v if isinstance(v, str) else [base64.b64decode(s) for s in v] for name, v in q["dns"].items()}
	def ask(name, timeout=5):
		found = dns.get((name if isinstance(name, str) else name.decode("utf-8", "replace")).rstrip(".").lower())
		if found == "timeout":
			raise dkim.DnsTimeoutError("timeout")
		return found[0] if found else None
	mail = base64.b64decode(q["mail"])
	dkim.time.now = q["now"]
	results = []
	try:
		count = len([1 for name, value in dkim.DKIM(mail).headers if name.lower() == b"dkim-signature"])
	except dkim.DKIMException as e:
		return [["error", str(e)]]
	for i in range(count):
		try:
			results.append(["pass" if dkim.DKIM(mail).verify(i, dnsfunc=ask) else "fail", ""])
		except dkim.DKIMException as e:
			results.append(["error", str(e)])
		except Exception as e:
			results.append(["crash", repr(e)])
	return results

for line in sys.stdin:
	print(json.dumps({"results": judge(json.loads(line))}), flush=True)
`;

const PERL = `
use strict;
my $now;
BEGIN { $now = 0; *CORE::GLOBAL::time = sub () { $now || CORE::time() }; }
use JSON::PP;
use MIME::Base64;
use Mail::DKIM::Verifier;
package Record;
sub new { my ($class, $text) = @_; return bless { text => $text }, $class; }
sub type { return "TXT"; }
sub txtdata { my $self = shift; return ($self->{text}); }
package main;
my $dns;
no warnings "redefine";
*Mail::DKIM::DNS::query = sub {
	my ($name, $type) = @_;
	my $found = $dns->{lc $name};
	die "DNS query timeout\\n" if defined $found && !ref $found;
	$@ = "NXDOMAIN";
	return map { Record->new(decode_base64($_)) } @{$found || []};
};
$| = 1;
# Not JSON but words with blanks between: JSON::PP takes longer to read a message than Mail::DKIM does to judge it.
while (my $line = <STDIN>) {
	chomp $line;
	(my $mail, $now, my @names) = split / /, $line, -1;
	$dns = {};
	for (@names) {
		my ($name, $kind, @records) = split /,/, $_, -1;
		$dns->{decode_base64($name)} = $kind eq "timeout" ? $kind : \\@records;
	}
	my @results = eval {
		local $SIG{__WARN__} = sub {};
		my $v = Mail::DKIM::Verifier->new(Strict => 1);
		$v->PRINT(decode_base64($mail));
		$v->CLOSE;
		my @s = $v->signatures;
		my @r = map { [ $_->result || "none", $_->result_detail || "" ] } @s;
		@r = ([ "error", $v->{signature_reject_reason} || "" ]) if !@r && $v->{signature_reject_reason};
		@r;
	};
	@results = ([ "crash", "$@" ]) if $@;
	print encode_json({ results => \\@results }), "\\n";
}
`;

const NODE = `
const { createRequire } = require('node:module');
const { dkimVerify } = createRequire(process.argv[2])('mailauth/lib/dkim/verify');
console.log = console.error;
const no = (code) => Object.assign(new Error(code), { code });
async function judge(q) {
	const resolver = async (name) => {
		const found = q.dns[name.toLowerCase()];
		if (found === 'timeout')
			throw no('ETIMEOUT');
		if (!found || !found.length)
			throw no('ENOTFOUND');
		return found.map((s) => [Buffer.from(s, 'base64').toString('latin1')]);
	};
	const r = await dkimVerify(Buffer.from(q.mail, 'base64'), { resolver, curTime: new Date(q.now * 1000), minBitLength: 1024 });
	return r.results.map((s) => [s.status.result, s.status.comment || '']);
}
(async () => {
	for await (const line of require('node:readline').createInterface({ input: process.stdin })) {
		let results;
		try {
			results = await judge(JSON.parse(line));
		} catch (e) {
			results = [['crash', String(e.message)]];
		}
		process.stdout.write(JSON.stringify({ results }) + '\\n');
	}
})();
`;

const b64 = (s) => Buffer.from(s).toString('base64');
const inWords = (q) => [q.mail, q.now, ...Object.entries(q.dns).map(([n, v]) => [b64(n), ...(v === 'timeout' ? [v] : ['records', ...v])].join(','))].join(' ');

class Peer {
	constructor(name, command, args, write = JSON.stringify) {
		Object.assign(this, { name, write });
		this.err = '';
		this.waiting = [];
		this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
		this.child.stderr.on('data', (d) => (this.err = (this.err + d).slice(-4000)));
		this.child.stdin.on('error', () => {});	// its end is told by close
		createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift()?.done(JSON.parse(line)));
		this.child.on('error', (e) => (this.err += e.message));
		this.child.on('close', (status) => this.waiting.splice(0).forEach((w) => w.failed(new Error(`${name} ended: ${status}\n${this.err}`))));
		atEnd(() => this.child.stdin.end());
	}
	ask(question) {
		return new Promise((done, failed) => {
			if (this.child.exitCode !== null)
				return failed(new Error(`${this.name} has ended\n${this.err}`));
			this.waiting.push({ done, failed });
			this.child.stdin.write(this.write(question) + '\n');
		});
	}
}

export function ours() {
	const program = join(dirname(realpathSync(ZEGEL)), '..', '..', 'test', 'unit', 'dkim_ours');
	const data = join(TOP, 'test', 'data', 'dkim', 'rfc');
	return new Peer('zegel', program, [join(data, 'rfc8463-rsa.pem'), join(data, 'rfc8463-ed25519-seed-base64.txt')]);
}

export function peers() {
	const script = join(scratch(), 'mailauth.cjs');
	writeFileSync(script, NODE);
	return [new Peer('dkimpy', PYTHON, ['-c', PY]), new Peer('Mail::DKIM', 'perl', ['-e', PERL], inWords),
		new Peer('mailauth', '/usr/bin/node', [script, join(TOP, 'test', 'e2e', 'package.json')])];
}
