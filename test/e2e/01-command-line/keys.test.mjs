// Keys: what people paste, told in four languages; selectors as they are pasted; records read by other readers; findings.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@cdktf/hcl2json';
import { PYTHON, TOP, ZEGEL, must, scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { zegel } from '../lib/zegel.mjs';

const DATA = join(TOP, 'test', 'data', 'keytext');
const file = (name) => readFileSync(join(DATA, name));
const LANGUAGES = ['en', 'nl', 'fr', 'de'];
const MAIL = 'From: Piet <piet@example.be>\nSubject: Offerte\nDate: Tue, 24 Nov 2026 22:39:17 +0000\n\nDag\n';

// Verbs on a state folder of its own, with a company and domains.
async function house(...domains) {
	const dir = scratch(), state = join(dir, 'state');
	const z = (args, options) => zegel([...args, '--state', state], { cwd: dir, ...options });
	const ok = async (args, options) => {
		const r = await z(args, options);
		assert.equal(r.status, 0, `zegel ${args.join(' ')}: ${r.status}\n${r.err}`);
		return r;
	};
	const json = async (args, options) => JSON.parse((await ok([...args, '--json'], options)).out);
	for (const domain of domains) {
		const [name, company = 'acme'] = domain.split('@');
		await z(['company', 'add', company]);
		await ok(['domain', 'add', name, '--company', company]);
	}
	return { dir, z, ok, json };
}

// A text, and what each language must say of it (a part of it that stands in all of them, and of the English words).
const CUT = file('rsa2048.pem').subarray(0, 800);
// RFC 7914 2: an N of 3, which is no power of two.
const SCRYPT_3 = 'MGIwTgYJKoZIhvcNAQUNMEEwIAYJKwYBBAHaRwQLMBMECHNhbHRzYWx0AgEDAgEBAgEBMB0GCWCGSAFlAwQBKgQQAAAAAAAAAAAAAAAAAAAAAAQQAAAAAAAAAAAAAAAAAAAAAA==';
const refused = [
	['a public key', file('rsa2048-public.pem'), /-----BEGIN/, /public half/],
	['a DNS record', 'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP', /-----BEGIN/, /DNS record/],
	['a DNS record with the private key', `v=DKIM1; p=${file('ed25519.pem').toString().split('\n')[1]}`, /DNS/, /private key in it: .*; make a new key/],
	['a certificate', file('certificate.pem'), /-----BEGIN/, /certificate/],
	['a bundle', file('bundle.p12'), /openssl pkcs12 -in \S+ -nocerts -nodes -out key\.pem/, /PKCS#12/],
	['a request', file('request.pem'), /-----BEGIN/, /certificate request/],
	['EC', file('ec-pkcs8.pem'), /EC.*zegel keygen/, /EC key/],
	['DSA', file('dsa.pem'), /DSA.*zegel keygen/, /DSA key/],
	['another kind', file('x25519.pem'), /RSA.*zegel keygen/, /another kind/],
	['OpenSSH, RSA', file('openssh-rsa.pem'), /ssh-keygen -p -m PEM -f /, /OpenSSH/],
	['OpenSSH, Ed25519', file('openssh.pem'), /OpenSSH.*ssh-keygen.*zegel keygen/, /only RSA/],
	['PuTTY', 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n', /puttygen \S+ -O private-openssh -o key\.pem/, /PuTTY/],
	['PGP', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----\n', /PGP.*zegel keygen/, /PGP/],
	['cut off', CUT, /\b800\b.*-----BEGIN/, /stops after 800 characters/],
	['cut in front', file('rsa2048.pem').subarray(900), /-----BEGIN/, /beginning .* missing/],
	['a letter of no key', file('rsa2048.pem').toString().replace(/^(.{140})./s, '$1\u00e9'), /\b140\b/, /after 140 characters/],
	['damaged', file('rsa2048-misfit.pem'), /-----BEGIN/, /numbers do not fit each other/],
	['two keys', Buffer.concat([file('rsa2048.pem'), file('ed25519.pem')]), / /, /two keys/],
	['closed', file('rsa2048-pbes2.pem'), /--passphrase-file/, /give it by/],
	['closed in another way', file('rsa2048-camellia.pem'), /openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default/, /not known here/],
	['512 bits', file('rsa512.pem'), /\b512\b.*\b1024\b.*RFC 8301.*zegel keygen/, /is too short to be safe/],
	['8192 bits', file('rsa8192.pem'), /\b8192\b.*\b4096\b/, /not every receiver/],
	['an exponent of 1', file('rsa2048-e1.pem'), /\b64\b.*zegel keygen/, /exponent/],
	['an even exponent', file('rsa2048-e2.pem'), /\b64\b.*zegel keygen/, /exponent/],
	['nothing', '', /-----BEGIN/, /no text here/],
	['blanks', ' \n\u00a0\n', /-----BEGIN/, /no text here/],
	['words', 'here is my key', /-----BEGIN/, /nothing in it/],
	['3 MB of A', 'A'.repeat(3e6), /-----BEGIN/, /too long for a key/],
	['some missing in the midst', file('rsa2048.pem').toString().replace(/^((?:.*\n){5}).*\n.*\n/, '$1'), /\b128\b.*-----BEGIN/, /some of the key is missing/],
	['scrypt with an N that is none', SCRYPT_3, /-----BEGIN/, /damaged/],
];

test('what is no key to sign with is told in four languages, with what to do, and never shown', async () => {
	for (const [what, input, all, english] of refused) {
		const said = [];
		for (const lang of LANGUAGES) {
			const r = await zegel(['record', 'example.be', '--selector', 's1', '--key', '-', '--lang', lang], { input });
			assert.deepEqual([r.status, r.out], [4, ''], `${what}, ${lang}`);
			assert.match(r.err, /^zegel: [^\n]+ ?; [^\n]+\n$/, `${what}, ${lang}`);
			assert.match(r.err, all, `${what}, ${lang}`);
			assert.ok(!/[A-Za-z0-9+/]{40}/.test(r.err), `${what}, ${lang}: ${r.err}`);
			said.push(r.err);
		}
		assert.match(said[0], english, what);
		assert.equal(new Set(said).size, 4, `${what}: two languages say the same\n${said.join('')}`);
	}
});

test('the same is told by the vault, and by sign of a key in a file', async () => {
	const h = await house('example.be'), path = join(h.dir, 'key');
	for (const [what, input, all, english] of refused) {
		writeFileSync(path, input);
		for (const r of [await h.z(['key', 'add', '--domain', 'example.be', '--selector', 's1', '--file', path]),
			await zegel(['sign', '--domain', 'example.be', '--key', path, '--selector', 's1'], { input: MAIL })]) {
			assert.deepEqual([r.status, r.out], [4, ''], what);
			assert.match(r.err, all, what);
			assert.match(r.err, english, what);
		}
	}
	assert.deepEqual((await h.json(['key', 'list'])).keys, []);
});

test('a wrong passphrase is told, and the right one opens', async () => {
	const h = await house('example.be'), pass = join(h.dir, 'pass');
	const add = (key, selector) => h.z(['key', 'add', '--domain', 'example.be', '--selector', selector, '--file', join(DATA, key), '--passphrase-file', pass]);
	writeFileSync(pass, 'wrong\n', { mode: 0o600 });
	for (const key of ['rsa2048-pbes2.pem', 'rsa2048-scrypt.pem', 'rsa2048-pbe3des.pem', 'rsa2048-traditional-aes.pem', 'ed25519-pbes2.pem']) {
		writeFileSync(pass, 'wrong\n');
		const wrong = await add(key, 's1');
		assert.equal(wrong.status, 4, key);
		assert.match(wrong.err, /passphrase does not open/, key);
		writeFileSync(pass, 'sesame\n');
		const right = await add(key, key.replace(/\W/g, '-').replace('-pem', ''));
		assert.equal(right.status, 0, key + right.err);
	}
});

test('a key is taken as it is pasted', async () => {
	const h = await house('example.be'), pem = file('rsa2048.pem').toString();
	const p = (await must('openssl', ['pkey', '-in', join(DATA, 'rsa2048.pem'), '-pubout', '-outform', 'DER'])).stdout.toString('base64');
	const dresses = {
		mail: pem.replace(/^/gm, '> '), json: JSON.stringify({ key: pem }), slashes: JSON.stringify({ key: pem }).replaceAll('/', '\\/'),
		line: pem.replaceAll('\n', ' '), curly: `\u201c${pem.replaceAll('-----', '\u2014\u2014-')}\u201d`, crlf: pem.replaceAll('\n', '\r\n'),
		nbsp: pem.replace(/^/gm, '\u00a0\u202f\ufeff'), bare: pem.replace(/-----.*-----/g, '').replace(/\s/g, ''),
		words: `Beste,\n\n${pem}\nGroeten\n-- \nPiet`, utf16: Buffer.from(`\ufeff${pem}`, 'utf16le'), both: `${file('rsa2048-public.pem')}${pem}${file('certificate.pem')}`,
	};
	for (const [name, input] of Object.entries(dresses)) {
		const made = await h.json(['key', 'add', '--domain', 'example.be', '--selector', name, '--file', '-'], { input });
		assert.ok(made.records[0].value.endsWith(`p=${p}`), name);
		assert.equal(made.is_made_here, false);
	}
});

test('a selector pasted as s1._domainkey or s1._domainkey.example.be is understood by every verb', async () => {
	const h = await house('example.be'), key = join(DATA, 'rsa2048.pem');
	const forms = ['s1', 'S1', 's1._domainkey', 's1._domainkey.', 's1._domainkey.example.be', 'S1._DomainKey.Example.BE.', ' s1._domainkey.example.be '];
	for (const selector of forms) {
		const made = await h.json(['key', 'add', '--domain', 'example.be', '--selector', selector]);
		assert.deepEqual([made.selector, made.records[0].name], ['s1', 's1._domainkey.example.be'], selector);
		assert.equal((await h.json(['key', 'show', '--domain', 'example.be', '--selector', selector])).selector, 's1');
		assert.equal((await h.json(['record', 'example.be', '--selector', selector])).records[0].name, 's1._domainkey.example.be');
		await h.ok(['key', 'remove', '--domain', 'example.be', '--selector', selector]);
		assert.equal((await h.json(['record', 'example.be', '--key', key, '--selector', selector])).records[0].name, 's1._domainkey.example.be');
		assert.match((await zegel(['sign', '--key', key, '--domain', 'example.be', '--selector', selector], { input: MAIL })).out, /[; \t]s=s1;/);
		const dir = scratch();
		assert.equal((await zegel(['keygen', '--domain', 'example.be', '--selector', selector, '--out', dir, '--type', 'ed25519'])).status, 0);
		assert.deepEqual(readdirSync(dir), ['s1._domainkey.example.be.pem']);
	}
	for (const selector of ['s1._domainkey.example.com', 'a b', 's1._domainkeyexample.be', '_domainkey', '', '-a', 'a..b']) {
		const r = await h.z(['key', 'add', '--domain', 'example.be', '--selector', selector]);
		assert.equal(r.status, 2, selector);
		assert.match(r.err, /selector; write letters|needs a value/, selector);
	}
});

// What programs read out of each form: { name: [strings] } of TXT records.
const quoted = (s) => [...s.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]);
const readers = {
	json: (text) => Object.fromEntries(JSON.parse(text).records.map((r) => [r.name, r.strings])),
	bind: async (text) => {
		const file = join(scratch(), 'zone'), head = '$ORIGIN example.be.\n@ 3600 IN SOA ns a 1 2 3 4 5\n@ 3600 IN NS ns\nns 3600 IN A 192.0.2.1\n';
		writeFileSync(file, head + text);
		await must('nsd-checkzone', ['example.be', file]);
		const lines = (await must('named-checkzone', ['-i', 'none', '-D', '-s', 'full', 'example.be', file])).out.split('\n').filter((l) => /\sTXT\s/.test(l));
		return Object.fromEntries(lines.map((l) => [l.split(/\s/)[0].replace(/\.$/, ''), quoted(l)]));
	},
	// The change batch of ChangeResourceRecordSets: a list of changes, each with an action and a set of records.
	route53: (text) => {
		const batch = JSON.parse(text);
		assert.deepEqual(Object.keys(batch), ['Changes']);
		for (const c of batch.Changes) {
			assert.deepEqual(Object.keys(c), ['Action', 'ResourceRecordSet']);
			assert.equal(c.Action, 'UPSERT');
			assert.deepEqual(Object.keys(c.ResourceRecordSet), ['Name', 'Type', 'TTL', 'ResourceRecords']);
			assert.deepEqual([c.ResourceRecordSet.Type, c.ResourceRecordSet.TTL, c.ResourceRecordSet.ResourceRecords.length], ['TXT', 3600, 1]);
		}
		return Object.fromEntries(batch.Changes.map(({ ResourceRecordSet: s }) => [s.Name.replace(/\.$/, ''), quoted(s.ResourceRecords[0].Value)]));
	},
	// A batch of records of the API: what is to be made stands in posts.
	cloudflare: (text) => {
		const batch = JSON.parse(text);
		assert.deepEqual(Object.keys(batch), ['posts']);
		for (const r of batch.posts) {
			assert.deepEqual(Object.keys(r), ['type', 'name', 'content', 'ttl']);
			assert.deepEqual([r.type, r.ttl], ['TXT', 3600]);
		}
		return Object.fromEntries(batch.posts.map((r) => [r.name, quoted(r.content)]));
	},
	// HashiCorp's own reader; the provider of AWS joins and parts strings by "".
	terraform: async (text) => {
		const { resource } = await parse('zegel.tf', text);
		return Object.fromEntries(Object.values(resource.aws_route53_record).map(([r]) => {
			assert.deepEqual(Object.keys(r).sort(), ['name', 'records', 'ttl', 'type', 'zone_id']);
			assert.deepEqual([r.type, r.ttl, r.records.length], ['TXT', 3600, 1]);
			return [r.name, r.records[0].split('""')];
		}));
	},
	text: (text) => Object.fromEntries([...text.matchAll(/Name: +(\S+)\nType: +TXT\nValue: +(.*)\n/g)].map((m) => [m[1], quoted(m[2])])),
};

test('records of every length in every form, read by programs that are not ours: strings of at most 255 octets', async () => {
	const dir = scratch();
	for (const [kind, ...args] of [['ed25519', '--type', 'ed25519'], ['2048', '--bits', '2048'], ['4096', '--bits', '4096']]) {
		const made = JSON.parse((await zegel(['keygen', '--domain', 'example.be', '--selector', `s${kind}`, '--out', dir, '--json', ...args])).out);
		const name = `s${kind}._domainkey.example.be`, key = made.private_key_file, want = made.records[0].value;
		assert.ok(existsSync(key));
		assert.match(want, kind === 'ed25519' ? /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/ : /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+={0,2}$/);
		for (const [format, read] of Object.entries(readers)) {
			const r = await zegel(['record', 'example.be', '--key', key, '--selector', `s${kind}`, '--include', '_spf.example.com', '--format', format]);
			assert.deepEqual([r.status, r.err], [0, ''], format);
			const got = await read(r.out);
			assert.deepEqual(Object.keys(got).sort(), ['_dmarc.example.be', 'example.be', name].sort(), format);
			assert.equal(got[name].join(''), want, `${format} ${kind}`);
			assert.equal(got['example.be'].join(''), 'v=spf1 include:_spf.example.com ~all', format);
			for (const strings of Object.values(got)) {
				assert.ok(strings.every((s) => s.length > 0 && s.length <= 255), `${format} ${kind}`);
				assert.equal(strings.length, Math.ceil(strings.join('').length / 255), `${format} ${kind}`);
			}
		}
		const cname = (await zegel(['record', 'example.be', '--key', key, '--selector', `s${kind}`, '--format', 'cname', '--target', 'keys.example.be'])).out;
		const [alias, rest] = [cname.split('\n')[0], cname.slice(cname.indexOf('\n') + 1)];
		assert.equal(alias, `${name}.\t3600\tIN\tCNAME\t${name}.keys.example.be.`);
		assert.equal((await readers.bind(cname))[`${name}.keys.example.be`].join(''), want);
		assert.equal((await readers.bind(rest))[`${name}.keys.example.be`].join(''), want);
	}
});

test('keygen speaks the same forms', async () => {
	for (const [format, read] of Object.entries(readers)) {
		const dir = scratch(), r = await zegel(['keygen', '--domain', 'example.be', '--selector', 'k1', '--out', dir, '--format', format]);
		assert.deepEqual([r.status, r.err], [0, ''], format);
		const got = await read(r.out), pem = join(dir, 'k1._domainkey.example.be.pem');
		const p = (await must('openssl', ['pkey', '-in', pem, '-pubout', '-outform', 'DER'])).stdout.toString('base64');
		assert.equal(got['k1._domainkey.example.be'].join(''), `v=DKIM1; k=rsa; p=${p}`, format);
	}
});

// An RSA key of given primes, made by OpenSSL's own arithmetic.
const RSA_OF = `import sys
from subprocess import run
def prime(bits):
    return int(run(["openssl", "prime", "-generate", "-bits", str(bits), "-hex"], check=True, capture_output=True).stdout, 16)
def integer(name, n):
    return f"{name}=INTEGER:{n}\\n"
p = prime(1024)
for path in sys.argv[1:]:
    q = prime(1024)
    d = pow(65537, -1, (p - 1) * (q - 1))
    text = "asn1=SEQUENCE:rsa\\n[rsa]\\n" + "".join(integer(*m) for m in (("v", 0), ("n", p * q), ("e", 65537), ("d", d), ("p", p), ("q", q),
        ("dp", d % (p - 1)), ("dq", d % (q - 1)), ("qi", pow(q, -1, p))))
    open(path + ".cnf", "w").write(text)
    run(["openssl", "asn1parse", "-genconf", path + ".cnf", "-noout", "-out", path], check=True, stdout=-3)
`;

test('findings: told by key add, list, show, record and doctor, with codes and severities that are stable', async () => {
	const h = await house('example.be', 'example.com', 'example.net@beta'), codes = (f) => f.map((x) => `${x.code} ${x.severity}`);
	const add = async (domain, selector, path, ...more) => h.json(['key', 'add', '--domain', domain, '--selector', selector, '--file', path, ...more]);
	const show = async (domain, selector) => codes((await h.json(['key', 'show', '--domain', domain, '--selector', selector])).findings);
	const one = join(h.dir, 'one.der'), two = join(h.dir, 'two.der'), short = join(h.dir, 'short.pem');
	await must(PYTHON, ['-c', RSA_OF, one, two]);
	await must('openssl', ['genrsa', '-out', short, '1024']);

	const made = await h.json(['key', 'add', '--domain', 'example.be', '--selector', 'made']);
	assert.deepEqual(made.findings, []);
	const weak = await add('example.be', 'weak', short);
	assert.deepEqual(codes(weak.findings), ['key_weak warning']);
	assert.deepEqual(Object.keys(weak.findings[0]), ['code', 'severity', 'name', 'text', 'remedy']);
	assert.equal(weak.findings[0].name, 'weak._domainkey.example.be');
	assert.match(weak.findings[0].text, /1024 bits/);
	assert.deepEqual(codes((await add('example.be', 'rfc', join(TOP, 'test/data/dkim/rfc/rfc6376-rsa.pem'))).findings), ['dkim_rsa_weak error', 'key_weak warning']);
	assert.deepEqual(codes((await add('example.be', 'one', one)).findings), []);
	const kin = await add('example.com', 'two', two);
	assert.deepEqual(codes(kin.findings), ['dkim_rsa_weak error']);
	assert.match(kin.findings[0].text, /prime in common with a key of example\.be/);
	assert.deepEqual(await show('example.be', 'one'), ['dkim_rsa_weak error'], 'the other one is as weak');
	assert.deepEqual(codes((await add('example.com', 'weak', short)).findings), ['key_weak warning', 'dkim_key_shared notice']);
	const foreign = await add('example.net', 'weak', short);
	assert.deepEqual(codes(foreign.findings), ['key_in_use error', 'key_weak warning']);
	assert.deepEqual(await show('example.be', 'weak'), ['key_in_use error', 'key_weak warning']);

	for (const lang of LANGUAGES) {
		const r = await h.ok(['key', 'show', '--domain', 'example.net', '--selector', 'weak', '--format', 'bind', '--lang', lang]);
		assert.match(r.out, /^weak\._domainkey\.example\.net\.\t3600\tIN\tTXT\t"v=DKIM1[^"]*"\n$/, 'standard output stays a zone');
		assert.equal(r.err.trim().split('\n').length, 2);
		assert.match(r.err, /^zegel: weak\._domainkey\.example\.net: .*1024.*RFC 8301/m);
	}
	const lines = (await h.ok(['key', 'list', '--domain', 'example.be'])).out.split('\n');
	assert.match(lines.find((l) => l.includes(' weak ')), /  key_in_use, key_weak$/);
	assert.match(lines.find((l) => l.includes(' made ')), /Z$/);
	const record = await h.ok(['record', 'example.be', '--key', short, '--selector', 'weak', '--format', 'bind']);
	assert.match(record.err, /^zegel: weak\._domainkey\.example\.be: warning: the RSA key has 1024 bits/);
	assert.deepEqual(codes((await h.json(['record', 'example.be', '--key', short, '--selector', 'weak'])).findings), ['key_weak warning']);
	const signed = await zegel(['sign', '--key', short, '--selector', 'weak', '--domain', 'example.be'], { input: MAIL });
	assert.equal(signed.status, 0);
	assert.match(signed.err, /1024 bits/);

	const doctor = await h.z(['doctor', '--json']), said = JSON.parse(doctor.out).checks.filter((c) => c.check === 'keys');
	assert.equal(doctor.status, 1);
	const of = (name, state) => said.filter((c) => c.where === `${name}._domainkey.example.be` && c.state === state).length;
	assert.deepEqual([of('weak', 'error'), of('weak', 'warning'), of('made', 'error'), of('one', 'error'), of('rfc', 'error')], [1, 1, 0, 1, 1]);
});

test('a passphrase without a key, and standard input asked for twice, are wrong use', async () => {
	const h = await house('example.be'), pass = join(h.dir, 'pass'), key = join(DATA, 'rsa2048-pbes2.pem');
	writeFileSync(pass, 'sesame\n', { mode: 0o600 });
	const wrong = [
		[['key', 'add', '--domain', 'example.be', '--passphrase-file', pass], /--passphrase-file: .*--file FILE/],
		[['record', 'example.be', '--passphrase-file', pass], /--passphrase-file: .*--key FILE/],
		[['key', 'add', '--domain', 'example.be', '--file', '-', '--passphrase-file', '-'], /--passphrase-file: standard input is asked for twice/],
		[['record', 'example.be', '--selector', 's1', '--key', '/dev/stdin', '--passphrase-file', '-'], /--passphrase-file: standard input is asked for twice/],
		[['sign', '--domain', 'example.be', '--selector', 's1', '--key', '-'], /--key: standard input is asked for twice/],
		[['sign', '--domain', 'example.be', '--selector', 's1', '--key', key, '--passphrase-file', '-'], /--passphrase-file: standard input is asked for twice/],
	];
	for (const [args, says] of wrong) {
		const r = await (args[0] === 'sign' ? zegel : h.z)(args, { input: MAIL });
		assert.deepEqual([r.status, r.out], [2, ''], args.join(' '));
		assert.match(r.err, says, args.join(' '));
	}
	assert.deepEqual((await h.json(['key', 'list'])).keys, [], 'no key was made');
	const mail = join(h.dir, 'mail');
	writeFileSync(mail, MAIL);
	const signed = await zegel(['sign', '--domain', 'example.be', '--selector', 's1', '--key', '-', mail], { input: file('rsa2048.pem') });
	assert.deepEqual([signed.status, signed.err], [0, '']);
});

test('a bare seed is told of; the public half of a key here is refused, and so is one octet again and again', async () => {
	const h = await house('example.be', 'example.com@beta'), seed = join(h.dir, 'seed');
	const made = await h.json(['key', 'add', '--domain', 'example.com', '--selector', 's1', '--type', 'ed25519']);
	const p = made.records[0].value.replace(/^.*p=/, '');
	for (const text of [p, `${p}\n`, 'A'.repeat(64), `${'A'.repeat(43)}=`]) {
		const r = await h.z(['key', 'add', '--domain', 'example.be', '--selector', 's1', '--file', '-'], { input: text });
		assert.equal(r.status, 4, text);
		assert.match(r.err, text.startsWith('AAAA') ? /nothing in it/ : /public half/, text);
	}
	writeFileSync(seed, 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n', { mode: 0o600 });
	for (const args of [['key', 'add', '--domain', 'example.be', '--selector', 's1', '--file', seed], ['record', 'example.be', '--selector', 's1', '--key', seed]])
		assert.match((await h.ok(args)).err, /seed: warning: taken as an Ed25519 seed, .*p=; make sure/, args[0]);
	const whole = await h.ok(['key', 'add', '--domain', 'example.be', '--selector', 's2', '--file', join(DATA, 'ed25519.pem')]);
	assert.doesNotMatch(whole.err, /taken as/, 'PKCS#8 says what it is');
});

test('key add tells which key retired, and that a selector is taken', async () => {
	const h = await house('example.be');
	assert.doesNotMatch((await h.ok(['key', 'add', '--domain', 'example.be', '--selector', 's1'])).out, /no longer/);
	assert.doesNotMatch((await h.ok(['key', 'add', '--domain', 'example.be', '--selector', 'e1', '--type', 'ed25519'])).out, /no longer/, 'another type');
	assert.match((await h.ok(['key', 'add', '--domain', 'example.be', '--selector', 's2'])).out, /^The key s2 .* signs from now on.*\nThe key s1 of example\.be signs no longer/);
	assert.deepEqual((await h.json(['key', 'add', '--domain', 'example.be', '--selector', 's3'])).retired, ['s2']);
	const again = await h.z(['key', 'add', '--domain', 'example.be', '--selector', 's1']);
	assert.equal(again.status, 4);
	assert.match(again.err, /s1: there is a key with this selector already; choose another --selector/);
});

test('keygen whose record cannot be written names the key that stays', async () => {
	const dir = scratch(), r = await must('sh', ['-c', '"$0" keygen --domain example.be --selector s1 --out "$1" > /dev/full 2> "$1/err"; echo $?', ZEGEL, dir]);
	assert.equal(r.out, '3\n');
	assert.match(readFileSync(join(dir, 'err'), 'utf8'), /s1\._domainkey\.example\.be\.pem: the key was made and stands there/);
	assert.ok(existsSync(join(dir, 's1._domainkey.example.be.pem')));
});

test('doctor: keys without a flaw are well', async () => {
	const h = await house('example.be');
	await h.ok(['key', 'add', '--domain', 'example.be', '--selector', 's1']);
	await h.ok(['key', 'add', '--domain', 'example.be', '--selector', 'e1', '--type', 'ed25519']);
	const said = JSON.parse((await h.z(['doctor', '--json'])).out).checks.filter((c) => c.check === 'keys');
	assert.deepEqual(said.map((c) => [c.state, /^keys: 2; /.test(c.text)]), [['ok', true]]);
});
