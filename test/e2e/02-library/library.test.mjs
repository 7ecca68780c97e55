// The library in a poll loop of somebody else: examples/embed-loop.c asks a real name server over a real socket, while the body comes.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { Nsd } from '../lib/nsd.mjs';
import { TOP, ZEGEL, must, run, scratch, sleep, until } from '../lib/run.mjs';
import { atEnd, test } from '../lib/test.mjs';
import { message } from '../lib/smtp.mjs';

const BUILD = dirname(ZEGEL), LIB = { LD_LIBRARY_PATH: BUILD };
const sanitized = BUILD.endsWith('-san') ? ['-fsanitize=address,undefined'] : BUILD.endsWith('-tsan') ? ['-fsanitize=thread'] : [];
const DATE = 'Date: Tue, 24 Nov 2026 22:39:17 +0000\r\n';
const mail = message('piet@example.be', DATE, 'Goedendag,\r\n\r\nen dag.\r\n');

async function built(dir) {
	const made = {};
	for (const name of ['sign', 'embed-loop']) {
		made[name] = join(dir, name);
		await must('gcc', ['-std=c11', '-Wall', '-Wextra', '-pedantic', '-Werror', ...sanitized, `-I${TOP}/include`, join(TOP, 'examples', `${name}.c`), '-o', made[name], `-L${BUILD}`, '-lzegel', '-lresolv']);
	}
	return made;
}

// Keys, the records for them, and the message signed with both.
async function world(dir) {
	const p = await built(dir), zone = [];
	let signed = mail;
	for (const [selector, type] of [['r1', 'rsa'], ['e1', 'ed25519']]) {
		zone.push((await must(ZEGEL, ['keygen', '--domain', 'example.be', '--selector', selector, '--type', type, '--out', dir, '--format', 'bind'])).out);
		const key = (await must('find', [dir, '-name', `*${selector}*`, '-perm', '600'])).out.trim();
		signed = (await must(p.sign, ['example.be', selector, key], { input: signed, env: LIB })).out;
	}
	return { ...p, signed, zone: zone.join('') };
}

test('a poll loop verifies by nsd, whatever pieces the message comes in', async () => {
	const dir = scratch(), w = await world(dir);
	const nsd = await new Nsd({ 'example.be': w.zone }).start();
	const whole = await run(w['embed-loop'], [nsd.address], { input: w.signed, env: LIB });
	assert.deepEqual([whole.status, whole.err], [0, ''], whole.out);
	assert.equal(whole.out, 'asked: e1._domainkey.example.be\nasked: r1._domainkey.example.be\npass example.be \npass example.be \n');
	const child = spawn(w['embed-loop'], [nsd.address], { env: { ...process.env, ...LIB }, stdio: ['pipe', 'pipe', 'inherit'] });
	let out = '', status;
	child.stdout.on('data', (d) => { out += d; });
	child.on('close', (s) => { status = s; });
	for (let at = 0; at < w.signed.length; at += 97) {
		child.stdin.write(w.signed.slice(at, at + 97));
		await sleep(5);
	}
	child.stdin.end();
	await until('the loop ends', () => status !== undefined);
	assert.deepEqual([status, out], [0, whole.out]);
});

test('what does not verify, or has no key, does not pass', async () => {
	const dir = scratch(), w = await world(dir);
	const nsd = await new Nsd({ 'example.be': w.zone.replace(/^e1/gm, 'e2') }).start();
	const loop = (input) => run(w['embed-loop'], [nsd.address], { input, env: LIB });
	const changed = await loop(w.signed.replace('en dag', 'de dag'));
	assert.equal(changed.status, 1);
	assert.match(changed.out, /^permerror example\.be no key\nfail example\.be the body has changed/m);
	const half = await loop(w.signed);
	assert.equal(half.status, 0);
	assert.match(half.out, /^permerror example\.be no key\npass example\.be $/m);
	assert.equal((await loop(mail)).status, 1);
	assert.equal((await loop('')).status, 1);
	assert.equal((await loop('no header\r\n\r\n')).status, 1);
});

test('a server that is silent, that lies and that fails: temperror, in its time', async () => {
	const dir = scratch(), w = await world(dir);
	const server = dgram.createSocket('udp4'), heard = [];
	atEnd(() => server.close());
	const address = `127.${1 + Math.floor(Math.random() * 253)}.7.${1 + Math.floor(Math.random() * 253)}`;
	await new Promise((done) => server.bind(53, address, done));
	server.on('message', (m, from) => {
		heard.push(m);
		if (!m.includes('e1')) {	// another id, another name, half an answer, and no true one
			const id = Buffer.from(m), name = Buffer.from(m);
			id[0] ^= 1; id[2] |= 0x80; name[2] |= 0x80; name[13] ^= 2;
			for (const lie of [id, name, m.subarray(0, 11), m, Buffer.alloc(0)])
				server.send(lie, from.port, from.address);
		} else if (heard.length > 2) {	// SERVFAIL at the second time of asking
			const fails = Buffer.from(m);
			fails[2] |= 0x80;
			fails[3] = 2;
			server.send(fails, from.port, from.address);
		}
	});
	const r = await run(w['embed-loop'], [address], { input: w.signed, env: LIB });
	assert.equal(r.status, 1);
	assert.match(r.out, /^temperror example\.be the DNS failed to answer about the key\ntemperror example\.be no answer about the key$/m);
	assert.equal(heard.filter((m) => m.includes('r1')).length, 3, 'asked three times');
});
