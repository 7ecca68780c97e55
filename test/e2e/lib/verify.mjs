// verify.mjs - what others say of our signatures: python3-dkim, opendkim-testmsg, Mail::DKIM, each asking the given nsd.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON } from './run.mjs';

const PY = `
import os, sys, dkim, dns.resolver
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = [os.environ["NAMESERVER"]]
dns.resolver.default_resolver = resolver
mail = sys.stdin.buffer.read()
count = len([1 for name, value in dkim.DKIM(mail).headers if name.lower() == b"dkim-signature"])
if not count:
	print("none")
for i in range(count):
	d = dkim.DKIM(mail)
	try:
		print("pass" if d.verify(i) else "fail", d.domain.decode(), d.selector.decode())
	except dkim.DKIMException as e:
		print("error", e)
`;
const PERL = `
use Mail::DKIM::Verifier;
binmode STDIN;
my $v = Mail::DKIM::Verifier->new();
while (<STDIN>) { $v->PRINT($_); }
$v->CLOSE;
my @s = $v->signatures;
print "none\\n" unless @s;
print $_->result, " ", $_->domain, " ", $_->selector, " ", $_->result_detail, "\\n" for @s;
`;

// Each gives a list of lines, one a signature, that begin with pass or something else.
export async function dkimpy(nsd, mail) {
	const r = await nsd.run(PYTHON, ['-c', PY], { input: mail });
	return r.status === 0 ? r.out.trim().split('\n') : [`error ${r.err}`];
}

export async function mailDkim(nsd, mail) {
	const r = await nsd.run('perl', ['-e', PERL], { input: mail });
	return r.status === 0 ? r.out.trim().split('\n') : [`error ${r.err}`];
}

// opendkim-testmsg judges the message as a whole: status 0 where it verifies.
export async function openDkim(nsd, mail) {
	const dir = mkdtempSync(join(nsd.dir, 'opendkim-'));
	const r = await nsd.run('opendkim-testmsg', ['-t', dir], { input: mail.toString('latin1').replace(/\r\n/g, '\n') });	// it makes CRLF itself
	return [r.status === 0 ? 'pass' : `fail ${r.status} ${r.out}${r.err}`];
}
