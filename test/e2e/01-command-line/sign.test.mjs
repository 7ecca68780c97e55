// keygen, record, sign, verify: keys in files, records in every form, and what others say of the signatures.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON, TOP, ZEGEL, must, run, scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { zegel } from '../lib/zegel.mjs';

const DATA = join(TOP, 'test', 'data');
const NOW = ['--now', '1795563719'];
const MAIL = 'From: Piet <piet@example.be>\nTo: an@example.com\nSubject: Offerte\nDate: Tue, 24 Nov 2026 22:39:17 +0000\n' +
	'Message-ID: <1@example.be>\n\nDag An,\n\n.een punt\nPiet\n';
const FROM = 'From: piet@example.be\n';

async function ok(args, options) {
	const r = await zegel(args, options);
	assert.equal(r.status, 0, `zegel ${args.join(' ')}: ${r.status}\n${r.err}`);
	return r.out;
}

// A key s1 of example.be in a folder of its own, its record as a zone.
async function withKey(args = []) {
	const dir = scratch();
	const zone = await ok(['keygen', '--domain', 'example.be', '--selector', 's1', '--out', dir, '--format', 'bind', ...args]);
	writeFileSync(join(dir, 'zone'), zone);
	const key = join(dir, 's1._domainkey.example.be.pem');
	const sign = (input, more = []) => zegel(['sign', '--key', key, '--selector', 's1', '--domain', 'example.be', ...NOW, ...more],
		{ input, cwd: dir });
	const verify = (input, more = []) => zegel(['verify', '--zone', join(dir, 'zone'), ...NOW, ...more], { input });
	return { dir, zone, key, sign, verify };
}

// The texts of a zone's TXT records by name.
const texts = (zone) => Object.fromEntries(zone.trim().split('\n').filter((l) => / ?\tTXT\t/.test(l)).map((l) =>
	[l.split('.\t')[0], [...l.matchAll(/"([^"]*)"/g)].map((m) => m[1])]));

// python3-dkim's word on a mail, asked with the texts of the zone.
async function dkimpy(mail, zone) {
	const answers = Object.fromEntries(Object.entries(texts(zone)).map(([k, v]) => [`${k}.`, v.join('')]));
	const code = 'import sys, json, dkim; a = json.load(open(sys.argv[1]));' +
		'print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda n, timeout=5: a.get(n.decode(), "").encode()))';
	const file = join(scratch(), 'answers.json');
	writeFileSync(file, JSON.stringify(answers));
	return (await must(PYTHON, ['-c', code, file], { input: mail })).out.trim() === 'True';
}

test('keygen: a file for its owner alone, that OpenSSL reads, and that is never overwritten', async () => {
	const dir = scratch();
	for (const [type, args, what] of [['rsa', [], /2048 bit/], ['rsa3072', ['--bits', '3072'], /3072 bit/], ['ed', ['--type', 'ed25519'], /ED25519/]]) {
		const said = JSON.parse(await ok(['keygen', '--domain', 'example.be', '--selector', type, '--out', dir, '--json', ...args]));
		const file = join(dir, `${type}._domainkey.example.be.pem`);
		assert.equal(said.private_key_file, file);
		assert.equal(statSync(file).mode & 0o777, 0o600);
		assert.match((await must('openssl', ['pkey', '-in', file, '-noout', '-text'])).out, what);
		assert.equal(said.records[0].value, said.records[0].strings.join(''));
		assert.ok(said.records[0].strings.every((s) => s.length > 0 && s.length <= 255));
		const before = readFileSync(file);
		const again = await zegel(['keygen', '--domain', 'example.be', '--selector', type, '--out', dir, ...args]);
		assert.equal(again.status, 4);
		assert.match(again.err, /^zegel: .*never overwritten; .*\n$/);
		assert.deepEqual(readFileSync(file), before);
	}
	assert.equal((await zegel(['keygen', '--domain', 'a.be', '--out', join(dir, 'none')])).status, 4);
});

test('keygen without a selector takes z and the month; a domain with letters of its own becomes A-labels', async () => {
	const dir = scratch();
	await ok(['keygen', '--domain', 'Exämple.BE', ...NOW], { cwd: dir });
	assert.deepEqual(readdirSync(dir), ['z202611._domainkey.xn--exmple-cua.be.pem']);
});

test('the record in every form carries the same text', async () => {
	const { dir, key, zone } = await withKey();
	const name = 's1._domainkey.example.be', value = texts(zone)[name].join('');
	assert.match(value, /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+=*$/);
	assert.ok(texts(zone)[name].length === 2 && texts(zone)[name][0].length === 255);
	const form = (f, more = []) => ok(['record', 'example.be', '--key', key, '--selector', 's1', '--include', '_spf.example.com', '--format', f, ...more]);
	const quoted = (s) => [...s.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]).join('');

	const all = texts(await form('bind'));
	assert.deepEqual(Object.keys(all), [name, 'example.be', '_dmarc.example.be']);
	assert.equal(all['example.be'].join(''), 'v=spf1 include:_spf.example.com ~all');
	assert.equal(all['_dmarc.example.be'].join(''), 'v=DMARC1; p=none');
	const zoneFile = join(dir, 'example.be.zone');
	writeFileSync(zoneFile, '$ORIGIN example.be.\n@ 3600 IN SOA ns.example.be. a.example.be. 1 2 3 4 5\n@ 3600 IN NS ns.example.be.\nns 3600 IN A 192.0.2.1\n' +
		await form('bind'));
	await must('nsd-checkzone', ['example.be', zoneFile]);

	const json = JSON.parse(await form('json')).records;
	assert.deepEqual(json.map((r) => [r.record, r.name, r.type]), [['dkim', name, 'TXT'], ['spf', 'example.be', 'TXT'], ['dmarc', '_dmarc.example.be', 'TXT']]);
	assert.equal(json[0].value, value);
	assert.equal(quoted(JSON.parse(await form('route53')).Changes[0].ResourceRecordSet.ResourceRecords[0].Value), value);
	assert.equal(quoted(JSON.parse(await form('cloudflare')).posts[0].content), value);
	assert.equal(/records = \["(.*?)"\]/.exec(await form('terraform'))[1].split('\\"\\"').join(''), value);
	assert.match(await form('text'), new RegExp(`Name: +${name}\nType: +TXT\nValue: +"`));
	const cname = await form('cname', ['--target', 'keys.example.com']);
	assert.equal(await form('cname', ['--target', 'Keys.EXAMPLE.com.']), cname, 'a zone is written with its dot or without');
	assert.match(cname, new RegExp(`^${name}\\.\t3600\tIN\tCNAME\t${name}\\.keys\\.example\\.com\\.\n`));
	assert.equal(texts(cname)[`${name}.keys.example.com`].join(''), value);
});

test('a signed mail passes here and with python3-dkim, in every canonicalization and with both kinds of key', async () => {
	for (const kind of [[], ['--type', 'ed25519']]) {
		const k = await withKey(kind);
		for (const canon of ['relaxed/relaxed', 'relaxed/simple', 'simple/relaxed', 'simple/simple']) {
			const r = await k.sign(MAIL, ['--canon', canon]);
			assert.equal(r.status, 0, r.err);
			assert.match(r.out, new RegExp(`c=${canon};`));
			const v = await k.verify(r.stdout, ['--json', '--authserv-id', 'mx.example.com']);
			assert.equal(v.status, 0, v.out);
			const said = JSON.parse(v.out);
			assert.deepEqual(Object.keys(said), ['dkim', 'spf', 'arc', 'dmarc', 'author_domain', 'authentication_results', 'dns_queries', 'dkim_not_looked_at']);
			assert.deepEqual(Object.keys(said.dkim[0]), ['domain', 'selector', 'algorithm', 'bits', 'identity', 'result', 'reason']);
			assert.deepEqual([said.spf, said.arc, said.dmarc, said.author_domain, said.dns_queries], [null, null, null, 'example.be', 1]);
			assert.equal(said.dkim[0].result, 'pass');
			assert.match(said.authentication_results, /^mx\.example\.com; dkim=pass header\.d=example\.be header\.s=s1 header\.a=(rsa|ed25519)-sha256 header\.b="?[A-Za-z0-9+/]{8}"?$/);
			assert.ok(await dkimpy(r.stdout, k.zone), `python3-dkim: ${kind} ${canon}`);
		}
	}
});

test('line ends: a local text gets CRLF, CRLF stays, and the two give the same mail', async () => {
	const k = await withKey(['--type', 'ed25519']), crlf = MAIL.replaceAll('\n', '\r\n');
	const [a, b] = [await k.sign(MAIL), await k.sign(crlf)];
	assert.deepEqual([a.status, b.status], [0, 0]);
	assert.deepEqual(a.stdout, b.stdout);
	assert.ok(a.out.endsWith(crlf));
	assert.doesNotMatch(a.out, /[^\r]\n/);
	assert.equal((await k.verify(a.out.replaceAll('\r\n', '\n'))).status, 0);
	writeFileSync(join(k.dir, 'mail'), MAIL);
	assert.deepEqual((await k.sign('', ['mail'])).stdout, a.stdout);
});

test('options of sign stand in the signature', async () => {
	const k = await withKey(['--type', 'ed25519']);
	const r = await k.sign(MAIL, ['--headers', 'From:To, subject', '--expire', '3600', '--algorithm', 'ed25519-sha256']);
	const field = r.out.slice(0, r.out.indexOf('From:')).replace(/\r\n\t/g, '');
	assert.match(field, /a=ed25519-sha256;/);
	assert.match(field, /t=1795563719; ?x=1795567319;/);
	assert.match(field, /h=from:to:subject;/i);
	assert.doesNotMatch(field, /\bl=/);
	assert.equal((await k.verify(r.stdout)).status, 0);
	assert.equal((await zegel(['verify', '--zone', join(k.dir, 'zone'), '--now', '1795567320'], { input: r.stdout })).status, 1);
});

test('sign refuses what a receiver would reject, and says why', async () => {
	const k = await withKey(['--type', 'ed25519']), key = (name) => join(DATA, 'keytext', name);
	const rows = [
		['no From', 'To: a@example.com\n\nx\n', [], /From field/],
		['two From', `${FROM}${FROM}\nx\n`, [], /more than one From/],
		['two addresses', 'From: a@example.be, b@example.be\n\nx\n', [], /more than one address/],
		['a source route', 'From: <@x,@y:a@example.be>\n\nx\n', [], /no address can be read/],
		['From that cannot be read', 'From: Piet\n\nx\n', [], /no address can be read/],
		['another domain', 'From: a@example.com\n\nx\n', [], /not of example\.be/],
		['two Subjects', `${FROM}Subject: a\nSubject: b\n\nx\n`, [], /two Subject fields/],
		['a line that is no field', `${FROM}hallo\n\nx\n`, [], /no field/],
		['a blank before the colon of From', 'From : a@example.be\n\nx\n', [], /colon of the field From.*write From:$/m],
		['a tab before the colon of any field', `${FROM}X-A\t: b\n\nx\n`, [], /colon of the field X-A/],
		['mixed line ends', `${FROM.trim()}\r\nTo: a@example.com\n\r\nx\r\n`, [], /^zegel: standard input:2: .*LF/],
		['a CR alone', `${FROM}\na\rb\n`, [], /^zegel: standard input:3: .*CR/],
		['a CR alone among CRLF', `${FROM.trim()}\r\n\r\na\rb\r\n`, [], /^zegel: standard input:3: .*CR/],
		['a NUL', `${FROM}\na\0b\n`, [], /^zegel: standard input:3: .*NUL/],
		['a line over 998 octets', `${FROM}\n${'a'.repeat(999)}\n`, [], /^zegel: standard input:3: .*998/],
		['nothing', '', [], /no message/],
		['a header without end', `${FROM}${'X: y\n'.repeat(60000)}`, [], /262144/],
		['too many fields', `${FROM}${'X: y\n'.repeat(1000)}\nx\n`, [], /1000 fields/],
		['an algorithm of another key', MAIL, ['--algorithm', 'rsa-sha256'], /rsa-sha256/],
	];
	for (const [proves, mail, args, what] of rows) {
		const r = await k.sign(mail, args);
		assert.deepEqual([r.status, r.out], [4, ''], proves);
		assert.match(r.err, /^zegel: .*; .*\n$/);
		assert.match(r.err, what, proves);
	}
	assert.equal((await k.sign(`${FROM}\n${'a'.repeat(998)}\n`)).status, 0);
	for (const [file, what] of [['rsa2048-public.pem', /public/], ['certificate.pem', /certificate/], ['ec-pkcs8.pem', /EC key/],
		['openssh.pem', /OpenSSH/], ['rsa512.pem', /1024/], ['rsa8192.pem', /8192 bits.*more than 4096/], ['rsa2048-pbes2.pem', /passphrase/]]) {
		const r = await zegel(['sign', '--key', key(file), '--selector', 's1', '--domain', 'example.be'], { input: MAIL });
		assert.equal(r.status, 4, file);
		assert.match(r.err, what, file);
	}
});

test('a key with a passphrase is opened by the file that holds it, which others may not read', async () => {
	const k = await withKey(), locked = join(k.dir, 'locked.pem'), pass = join(k.dir, 'pass');
	writeFileSync(pass, 'geheim woord\n', { mode: 0o600 });
	await must('openssl', ['pkey', '-in', k.key, '-aes256', '-passout', `file:${pass}`, '-out', locked]);
	const args = ['sign', '--key', locked, '--selector', 's1', '--domain', 'example.be', ...NOW, '--passphrase-file', pass];
	const r = await zegel(args, { input: MAIL });
	assert.equal(r.status, 0, r.err);
	assert.deepEqual(r.stdout, (await k.sign(MAIL)).stdout);
	writeFileSync(pass, 'ander woord\n');
	assert.match((await zegel(args, { input: MAIL })).err, /does not open/);
	chmodSync(pass, 0o644);
	const open = await zegel(args, { input: MAIL });
	assert.equal(open.status, 4);
	assert.ok(open.err.includes(`chmod 600 ${pass}`));
});

test('the first line of the passphrase file is it, and an empty one is told', async () => {
	const k = await withKey(), pass = join(k.dir, 'pass');
	for (const text of ['', '\n', '\r\n', '\ngeheim\n']) {
		writeFileSync(pass, text, { mode: 0o600 });
		const r = await k.sign(MAIL, ['--passphrase-file', pass]);
		assert.deepEqual([r.status, r.out], [4, '']);
		assert.match(r.err, /^zegel: [^\n]*pass: the first line is empty, .*passphrase.*; .*\n$/, JSON.stringify(text));
	}
});

test('the largest key that signs has 4096 bits', async () => {
	const k = await withKey(['--bits', '4096']);
	const r = await k.sign(MAIL);
	assert.equal(r.status, 0, r.err);
	assert.equal((await k.verify(r.stdout)).status, 0);
	assert.ok(await dkimpy(r.stdout, k.zone));
});

test('a pipe with a name is refused, not waited for; standard input and a shell\'s own pipes are read', async () => {
	const k = await withKey(['--type', 'ed25519']), fifo = join(k.dir, 'fifo'), mail = join(k.dir, 'mail'), text = readFileSync(k.key);
	const args = (key, ...more) => ['sign', '--key', key, '--selector', 's1', '--domain', 'example.be', ...NOW, ...more];
	writeFileSync(mail, MAIL);
	await must('mkfifo', ['-m', '600', fifo]);
	for (const [proves, use] of [['a key', args(fifo, mail)], ['a passphrase', args(k.key, '--passphrase-file', fifo, mail)], ['a mail', args(k.key, fifo)],
		['a zone', ['verify', '--zone', fifo, mail]], ['a configuration', ['config', 'check', fifo]]]) {
		const r = await zegel(use, { timeout: 5000 });
		assert.deepEqual([r.status, r.out], [4, ''], proves);
		assert.match(r.err, /^zegel: [^\n]*fifo: this is a named pipe, .*; .*\n$/, proves);
	}
	const good = (await k.sign(MAIL)).out;
	for (const key of ['-', '/dev/stdin']) {
		assert.equal((await zegel(args(key, mail), { input: text })).out, good, key);
		assert.equal((await zegel(args(k.key, key), { input: MAIL })).out, good, key);
	}
	const shell = await must('bash', ['-c', 'exec "$ZEGEL" "${@:1:2}" <(sleep 0.3; cat "$3") "${@:4}"', 'bash', 'sign', '--key', k.key, ...args(k.key, mail).slice(3)], { env: { ZEGEL } });
	assert.equal(shell.out, good);
});

test('what the message says of itself is told cut and escaped', async () => {
	const k = await withKey();
	const signed = (domain, more = '') => `DKIM-Signature: v=1; a=rsa-sha256; d=${domain}; s=s1; ${more}h=from; bh=eA==; b=eA==\n${MAIL}`;
	for (const [proves, mail, inside] of [['a long d=', signed('x'.repeat(10000)), `${'x'.repeat(300)}`], ['a long s=', signed('example.be').replace('s1', 'y'.repeat(10000)), 'yyy'],
		['a long a=', signed('example.be').replace('rsa-sha256', 'z'.repeat(10000)), 'zzz'], ['a long i=', signed('example.be', `i=${'w'.repeat(10000)}@example.be; `), 'example.be'],
		['characters of three octets', signed('\u20ac'.repeat(3000)), '\u20ac\u20ac']])
		for (const more of [[], ['--json']]) {
			const r = await k.verify(mail, more);
			assert.equal(r.status, 1, proves);
			assert.ok(r.out.length < 4000, `${proves}: ${r.out.length}`);
			assert.ok(r.out.includes(inside) && !r.out.includes('\ufffd'), proves);
			assert.ok(r.out.includes('...') || proves === 'a long i=' && !more.length, `${proves}: ${r.out}`);
		}
	for (const more of [[], ['--json']]) {
		const r = await k.verify(Buffer.from(signed('a\xc2\x9b31m\xffb'), 'latin1'), more);
		assert.doesNotMatch(r.stdout.toString('latin1'), /[\x00-\x09\x0b-\x1f\x7f-\xff]/);
		assert.match(r.out, /a\\+xc2\\+x9b31m\\+xffb/);
	}
});

test('verify: bad is 1, none is 1, a DNS that fails is 3, a zone that is wrong is 4', async () => {
	const k = await withKey(), signed = (await k.sign(MAIL)).out;
	const bad = await k.verify(signed.replace('Offerte', 'Factuur'));
	assert.equal(bad.status, 1);
	assert.match(bad.out, /^Authentication-Results: [^\n]*; dkim=fail reason="[^"]+" header\.d=example\.be [^\n]*\n\n/);
	const none = await k.verify(MAIL);
	assert.equal(none.status, 1);
	assert.match(none.out, /^Authentication-Results: [^\n]*; dkim=none\n/);
	writeFileSync(join(k.dir, 'zone'), 's1._domainkey.example.be. 0 IN TIMEOUT TXT\n');
	const now = await k.verify(signed, ['--json']);
	assert.equal(now.status, 3);
	assert.equal(JSON.parse(now.out).dkim[0].result, 'temperror');
	writeFileSync(join(k.dir, 'zone'), 'a b c\n');
	const wrong = await k.verify(signed);
	assert.equal(wrong.status, 4);
	assert.match(wrong.err, /^zegel: .*zone:1: .*; .*\n$/);
	for (const [text, what] of [['\n$INCLUDE other\n', /zone:2: .*\$INCLUDE.*whole/], ['example.be. IN TXT "x"\n', /zone:1: .*TTL is missing/]]) {
		writeFileSync(join(k.dir, 'zone'), text);
		assert.match((await k.verify(signed)).err, what);
	}
});

test('a signature without d= is told without names, in four languages', async () => {
	const k = await withKey(['--type', 'ed25519']);
	for (const [field, lang, first, sentence] of [
		['v=1', 'en', 'permerror', 'A signature cannot be read: a= is missing.'],
		['v=1', 'nl', 'permerror', 'Een handtekening kan niet gelezen worden: a= is missing.'],
		['v=1', 'fr', 'permerror', 'Une signature ne peut pas être lue : a= is missing.'],
		['v=1', 'de', 'permerror', 'Eine Signatur lässt sich nicht lesen: a= is missing.'],
		['v=1; s=s1', 'en', 'permerror', 'A signature cannot be read: a= is missing.'],
		['v=1; d=example.be', 'en', 'permerror', 'The signature of example.be or its key in DNS is wrong: a= is missing.'],
		['v=1; d=example.be; s=s1', 'en', 'permerror  s1._domainkey.example.be', 'The signature of example.be or its key in DNS is wrong: a= is missing.']]) {
		const r = await k.verify(`DKIM-Signature: ${field}\n${MAIL}`, ['--lang', lang]);
		assert.equal(r.status, 1);
		assert.deepEqual(r.out.split('\n').slice(2, 4), [first, `  ${sentence}`], `${field} ${lang}`);
	}
});

test('signatures beyond the first eight are counted, in the text and for programs', async () => {
	const k = await withKey(['--type', 'ed25519']), signed = (await k.sign(MAIL)).out;
	for (const [bad, status, more] of [[7, 0, 0], [8, 1, 1], [10, 1, 3]]) {
		const mail = 'DKIM-Signature: v=1\r\n'.repeat(bad) + signed;
		const said = JSON.parse((await k.verify(mail, ['--json'])).out);
		assert.deepEqual([said.dkim.length, said.dkim_not_looked_at], [8, more]);
		const text = await k.verify(mail);
		assert.equal(text.status, status);
		assert.equal(/beyond the first 8: (\d+)/.exec(text.out)?.[1], more ? `${more}` : undefined);
	}
	const none = await k.verify(MAIL.replaceAll('\n', '\r\n').replace('\r\n\r\n', '\r\n\0\r\n\r\n'), ['--json']);
	assert.deepEqual([none.status, none.out], [4, ''], 'no object where the input cannot be used');
});

test('the author is empty where From has not one', async () => {
	const k = await withKey();
	for (const [mail, author] of [[MAIL, 'example.be'], [`${FROM}${FROM}\nx\n`, ''], ['From: a@a.be, b@b.be\n\nx\n', ''], ['From: a@[192.0.2.1]\n\nx\n', ''], ['To: x\n\nx\n', ''],
		['From: <a@EXÄMPLE.be>\n\nx\n', 'xn--exmple-cua.be']])
		assert.equal(JSON.parse((await k.verify(mail, ['--json'])).out).author_domain, author, mail);
});

test('every case of the test data gets its verdict', async () => {
	for (const set of ['basic', 'rfc']) {
		const { dns, cases } = JSON.parse(readFileSync(join(DATA, 'dkim', set, 'cases.json')));
		const zone = join(scratch(), 'zone');
		const cut = (s) => s.match(/[^]{1,255}/g)?.map((p) => `"${p.replace(/["\\]/g, '\\$&')}"`).join(' ') ?? '""';
		writeFileSync(zone, Object.entries(dns).flatMap(([name, v]) => [v].flat().map((one) =>
			typeof one === 'string' ? `${name}. 3600 IN TXT ${cut(one)}\n` : `${name}. 0 IN TIMEOUT TXT\n`)).join(''));
		for (const c of cases) {
			const args = ['verify', '--json', '--zone', zone, '--now', String(c.now ?? 1528637909 + 60), join(DATA, 'dkim', set, c.message)];
			const r = await zegel(args);
			const results = JSON.parse(r.out).dkim.map((d) => d.result);
			const got = results.includes('pass') ? 'pass' : results[0] ?? 'none';
			assert.ok(c.expect.includes(got), `${set}/${c.id}: ${got}, not ${c.expect}`);
			assert.equal(r.status, got === 'pass' ? 0 : results.includes('temperror') ? 3 : 1, c.id);
		}
	}
});

test('50 MB go through sign and verify, and are held once', async () => {
	const k = await withKey(['--type', 'ed25519']), file = join(k.dir, 'large');
	writeFileSync(file, MAIL + `${'0123456789'.repeat(7)}\n`.repeat(740000));
	const size = statSync(file).size, shadow = /-tsan\//.test(process.env.ZEGEL ?? '') ? 6 : 1;	// TSan keeps a record of each octet
	for (const args of [['sign', '--key', k.key, '--selector', 's1', '--domain', 'example.be', file], ['verify', '--zone', join(k.dir, 'zone'), file]]) {
		const r = await run('/bin/sh', ['-c', 'exec 3>&1; "$@" >/dev/null & pid=$!; top=0; while n=$(sed -n "s/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p" ' +
			'/proc/$pid/status 2>/dev/null) && [ -n "$n" ]; do top=$n; sleep 0.01; done; wait $pid; echo "$? $top" >&3', 'sh', process.env.ZEGEL ?? join(TOP, 'build', 'zegel'),
			...args], { env: { LANG: 'C' } });
		const [status, kib] = r.out.trim().split(' ').map(Number);
		assert.ok([0, 1].includes(status), r.err);
		assert.ok(kib > size / 1024 / 2 && kib * 1024 < (size * 1.4 + 24 * 1024 * 1024) * shadow, `${args[0]}: ${kib} KiB for ${size} octets`);
	}
	assert.ok(existsSync(file));
});
