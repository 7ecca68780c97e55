// The peers themselves, without zegel: what the other suites lean on must be able to say yes and no.
import assert from 'node:assert/strict';
import { Ca } from '../lib/ca.mjs';
import { Nsd } from '../lib/nsd.mjs';
import { Postfix, wire } from '../lib/postfix.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { PYTHON, must, scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { smtplib, swaks, viaNodemailer } from '../lib/senders.mjs';
import { Sink } from '../lib/sink.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { dkimpy, mailDkim, openDkim } from '../lib/verify.mjs';

const SIGN = 'import sys, dkim; m = sys.stdin.buffer.read(); sys.stdout.buffer.write(dkim.sign(m, b"s1", b"example.be", open(sys.argv[1], "rb").read()) + m)';

test('verifiers pass a good signature by nsd and fail a changed mail', async () => {
	const dir = scratch(), key = `${dir}/k.pem`;
	await must('openssl', ['genrsa', '-out', key, '2048']);
	const p = (await must('openssl', ['rsa', '-in', key, '-pubout', '-outform', 'DER'])).stdout.toString('base64');
	const nsd = await new Nsd({ 'example.be': `s1._domainkey IN TXT "v=DKIM1; k=rsa; p=" "${p.slice(0, 200)}" "${p.slice(200)}"` }).start();
	const good = (await must(PYTHON, ['-c', SIGN, key], { input: message('piet@example.be', 'Date: Tue, 24 Nov 2026 22:39:17 +0000\r\n') })).stdout;
	const bad = Buffer.from(good.toString('latin1').replace('korte', 'lange'), 'latin1');
	for (const verify of [dkimpy, mailDkim, openDkim]) {
		assert.match((await verify(nsd, good))[0], /^pass/, verify.name);
		assert.doesNotMatch((await verify(nsd, bad))[0], /^pass/, verify.name);
		assert.doesNotMatch((await verify(nsd, Buffer.from(message('piet@example.be'))))[0], /^pass/, verify.name);
	}
});

test('Postfix takes mail over TLS with AUTH, defers, refuses, and lets nobody in without a password', async () => {
	const postfix = await new Postfix({ ca: await new Ca(scratch()).make() }).start();
	const user = `${postfix.user}@${postfix.name}`, to = { port: postfix.port };
	const o = { from: 'a@example.be', to: 'b@example.net', user, password: postfix.password, tls: 'starttls' };
	for (const send of [swaks, smtplib, viaNodemailer]) {
		const r = await send(to, o);
		assert.ok(r.ok, `${send.name}: ${r.text}\n${postfix.logged()}`);
	}
	assert.ok((await viaNodemailer({ port: postfix.tlsPort }, { ...o, tls: 'implicit' })).ok);
	assert.equal((await postfix.mailsUntil(4)).length, 4);
	assert.ok(postfix.mails().some((m) => /\r\nSubject: swaks\r\n/.test(wire(m))));
	assert.match((await viaNodemailer(to, { ...o, to: 'defer@example.net' })).text, /450 4\.2\.0/);
	assert.match((await viaNodemailer(to, { ...o, to: 'refuse@example.net' })).text, /550 5\.1\.1/);
	assert.match((await viaNodemailer(to, { ...o, password: 'verkeerd' })).text, /535/);
	assert.ok(!(await viaNodemailer(to, { ...o, user: undefined })).ok);
	postfix.kill();
	await postfix.start();
	assert.ok((await viaNodemailer(to, o)).ok, 'after a kill it starts again');
});

test('the sink answers as told; the proxy cuts where told', async () => {
	const sink = await new Sink({ answer: (verb, argument) => (verb === 'RCPT' && argument.includes('nee@') ? '550 5.1.1 no' : null) }).listen();
	const c = await smtp(sink);
	assert.match(await c.mail('a@example.be', 'nee@example.net', 'x'), /^550/);
	await c.say('RSET');
	assert.match(await c.mail('a@example.be', 'b@example.net', message('a@example.be', '', '.een punt\r\n')), /^250/);
	assert.match(sink.mails[0].data, /\r\n\.een punt\r\n$/);
	const proxy = await new Proxy({ port: sink.port, rule: (n) => (n === 1 ? { cutDown: 10 } : { bytewise: true }) }).listen();
	const cut = await smtp(proxy, { hello: false });
	assert.equal(cut.greeting, '');
	const bytes = await smtp(proxy);
	assert.match(await bytes.mail('a@example.be', 'b@example.net', message('a@example.be')), /^250/);
});
