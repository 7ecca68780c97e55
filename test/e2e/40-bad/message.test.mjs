// Messages made to hurt, given to verify and sign: a defined verdict or a refusal in words, eight questions at most, the same at
// every run, within a limit on time and memory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZEGEL, run, scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { zegel } from '../lib/zegel.mjs';

const BH = `bh=${'A'.repeat(43)}=`;
const signature = (s, more = '', b = 'AAAA') => `DKIM-Signature: v=1; a=rsa-sha256; d=example.be; s=${s}; h=from; ${BH}; ${more}b=${b}\r\n`;
const FROM = 'From: piet@example.be\r\n', BODY = '\r\nhello\r\n';
const repeat = (n, make) => Array.from({ length: n }, (_, i) => make(i)).join('');

// [what, message, status of verify, status of sign]; verify 1: a verdict, and none passes; 4: it cannot be read, and why is said.
const ROWS = [
	['0 bytes', '', 4, 4],
	['the first line of a mailbox', 'From piet Mon Sep 28 08:13:32 2026\r\n' + signature('s') + FROM + BODY, 1, 0],
	['nothing but the first line of a mailbox', 'From piet', 4, 4],
	['an empty line', '\r\n', 1, 4],
	['lines of 64 KiB in the body', signature('s') + FROM + '\r\n' + repeat(16, () => 'x'.repeat(65534) + '\r\n'), 1, 4],
	['a line of 64 KiB in the header', signature('s') + FROM + `To: ${'x'.repeat(65530)}\r\n` + BODY, 1, 4],
	['NUL in the body', signature('s') + FROM + '\r\na\0b\r\n', 1, 4],
	['NUL in the header', signature('s') + FROM + 'To: a\0b\r\n' + BODY, 4, 4],
	['octets above 127 in the body', signature('s') + FROM + '\r\n\xe9\xff\x80\r\n', 1, 0],
	['octets above 127 in a name', signature('s') + FROM + 'T\xe9: x\r\n' + BODY, 4, 4],
	['octets above 127 in the signature', signature('s\xe9\xff') + FROM + BODY, 1, 0],
	['900 signatures', repeat(900, (i) => signature(`s${i}`)) + FROM + BODY, 1, 0],
	['1,000 signatures', repeat(1000, (i) => signature(`s${i}`)) + FROM + BODY, 4, 4],
	['10,000 header fields', signature('s') + FROM + repeat(10000, () => 'X: y\r\n') + BODY, 4, 4],
	['1 MB of header', signature('s') + FROM + repeat(16000, () => `X-Fill: ${'z'.repeat(54)}\r\n`) + BODY, 4, 4],
	['200 KB of header', signature('s') + FROM + repeat(500, () => `X-Fill: ${'z'.repeat(400)}\r\n`) + BODY, 1, 0],
	['no end of the header', signature('s') + FROM + 'To: x', 1, 0],
	['a bare LF in the body', signature('s') + FROM + '\r\na\nb\r\n', 1, 4],
	['a bare CR in the header', signature('s') + FROM + 'To: a\rb\r\n' + BODY, 4, 4],
	['b= of 1 MB', signature('s', '', 'A'.repeat(1 << 20)) + FROM + BODY, 4, 4],
	['b= of 200 KB', signature('s', '', 'A'.repeat(200000)) + FROM + BODY, 1, 4],
	['4 M blanks in the body', signature('s') + FROM + '\r\n' + ' '.repeat(4 << 20) + '\r\n', 1, 4],
	['2 M lines of one blank', signature('s') + FROM + '\r\n' + ' \r\n'.repeat(2 << 20), 1, 0],
	['200,000 blanks in the header', signature('s') + FROM + `To: ${'\r\n '.repeat(66000)}x\r\n` + BODY, 1, 0],
	['100 tags', signature('s', repeat(90, (i) => `t${i}x=1; `)) + FROM + BODY, 1, 0],
	['50,000 tags', signature('s', repeat(25000, () => 'y=; ')) + FROM + BODY, 1, 4],
	['50,000 names in h=', signature('s', '').replace('h=from', `h=from${':a'.repeat(50000)}`) + FROM + BODY, 1, 4],
	['999 From', FROM.repeat(990) + signature('s') + BODY, 1, 4],
];

test('hostile messages: verify gives a verdict or says why not, within eight questions; sign refuses or signs; twice the same', async () => {
	const dir = scratch(), zone = join(dir, 'zone'), key = join(dir, 'key');
	writeFileSync(zone, 's._domainkey.example.be. 60 IN TXT "v=DKIM1; p="\n');
	const made = await zegel(['keygen', '--domain', 'example.be', '--selector', 's1', '--out', dir, '--format', 'json']);
	assert.equal(made.status, 0, made.err);
	const file = (await run('find', [dir, '-name', '*s1*', '-perm', '600'])).out.trim();
	assert.ok(file, key);
	const san = /-san|build-v/.test(ZEGEL);
	const limited = (args, input) => run('sh', ['-c', `${san ? '' : 'ulimit -v 200000; '}exec "$@"`, 'sh', ZEGEL, ...args], { input, timeout: 20000 });
	for (const [what, text, wanted, sign] of ROWS) {
		const mail = Buffer.from(text, 'latin1');
		const [one, two] = [await limited(['verify', '--zone', zone, '--json'], mail), await limited(['verify', '--zone', zone, '--json'], mail)];
		assert.equal(one.status, wanted, `${what}: ${one.out.slice(0, 500)} ${one.err}`);
		assert.deepEqual([two.status, two.out, two.err], [one.status, one.out, one.err], what);
		if (wanted === 4) {
			assert.equal(one.out, '', what);
			assert.match(one.err, /^zegel: .+\n$/, what);
		} else {
			const said = JSON.parse(one.out);
			assert.ok(said.dns_queries <= 8 && said.dkim.length <= 8, what);
			said.dkim.forEach((d) => assert.ok(['fail', 'permerror'].includes(d.result) && d.reason, `${what}: ${d.result} ${d.reason}`));
		}
		const signed = await limited(['sign', '--key', file, '--selector', 's1', '--domain', 'example.be', '--now', '1700000000'], mail);
		assert.equal(signed.status, sign, `${what}: ${signed.err}`);
		if (sign)
			assert.match(signed.err, /^zegel: .+\n$/, what);
		assert.equal(signed.out === '', sign !== 0, what);
	}
});

test('what is not looked at is counted', async () => {
	const zone = join(scratch(), 'zone');
	writeFileSync(zone, 's._domainkey.example.be. 60 IN TXT "v=DKIM1; p="\n');
	const said = await zegel(['verify', '--zone', zone], { input: repeat(900, () => signature('s')) + FROM + BODY });
	assert.match(said.out, /beyond the first 8: 892\./);
	assert.equal(said.out.match(/dkim=permerror reason="the key is revoked/g).length, 8);
});

test('a body without an end: it is read up to its limit, and refused', async () => {
	const child = spawn('sh', ['-c', '{ printf "From: piet@example.be\\r\\n\\r\\n"; exec yes; } | exec "$0" verify', ZEGEL], { stdio: ['ignore', 'pipe', 'pipe'] });
	let err = '';
	child.stderr.on('data', (d) => (err += d));
	const status = await new Promise((done) => child.on('close', done));
	assert.equal(status, 4, err);
	assert.match(err, /268435456/);
}, { timeout: 100000 });
