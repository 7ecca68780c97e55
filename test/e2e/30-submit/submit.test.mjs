// Submission with a credential, under TLS, by real clients; and what the door keeps out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ca } from '../lib/ca.mjs';
import { scratch, sleep } from '../lib/run.mjs';
import { smtplib, swaks, viaNodemailer } from '../lib/senders.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { Zegel, house, idOf } from '../lib/zegel.mjs';

async function submission() {
	const { cert, key } = await (await new Ca(scratch()).make()).issue('relay.example.com', { names: ['relay.example.com', 'localhost', 'IP:127.0.0.1'] });
	const z = await new Zegel({ conf: { smtp: { listen: ['127.0.0.1:0 starttls', '127.0.0.1:0 tls', '[::1]:0 starttls'], certificate: cert, key, trusted: [] } } }).start();
	await house(z);
	z.credential = await z.json(['credential', 'add', '--company', 'bakkerij', '--name', 'webwinkel']);
	return z;
}

test('credentials by swaks, smtplib and nodemailer, STARTTLS and implicit, PLAIN and LOGIN, IPv4 and IPv6', async () => {
	const z = await submission(), { user, password } = z.credential;
	const [starttls, tls, v6] = z.listening;
	const o = { from: 'piet@example.be', to: 'klant@example.net', user, password };
	for (const [send, to, kind, mechanism] of [[swaks, starttls, 'starttls', 'PLAIN'], [swaks, starttls, 'starttls', 'LOGIN'], [swaks, tls, 'implicit'],
		[smtplib, starttls, 'starttls'], [smtplib, tls, 'implicit'], [viaNodemailer, starttls, 'starttls'], [viaNodemailer, tls, 'implicit'], [viaNodemailer, v6, 'starttls']]) {
		const r = await send(to, { ...o, tls: kind, mechanism });
		assert.ok(r.ok, `${send.name} ${kind} ${mechanism ?? ''}: ${r.text}`);
		const mail = (await z.mail(idOf(r.text))).toString('latin1');
		assert.match(mail, /^DKIM-Signature:/m);
		assert.doesNotMatch(/^Received:(.*\r\n[ \t].*)*/mi.exec(mail)[0], /127\.0\.0\.1|::1/, 'the client is not told where a credential was used');
	}
	assert.doesNotMatch(z.err, new RegExp(password), 'no password in the log');
});

test('a wrong password, an unknown user, no login, AUTH in clear, a foreign From, a foreign sender: each refused with words', async () => {
	const z = await submission(), { user, password } = z.credential;
	await z.must(['company', 'add', 'slager']);
	await z.must(['domain', 'add', 'example.com', '--company', 'slager']);
	await z.must(['key', 'add', '--domain', 'example.com']);
	const o = { from: 'piet@example.be', to: 'klant@example.net', user, password, tls: 'starttls' }, [to] = z.listening;
	assert.match((await viaNodemailer(to, { ...o, password: 'x'.repeat(32) })).text, /535 5\.7\.8/);
	assert.match((await viaNodemailer(to, { ...o, user: 'bakkerij-nnnnnn' })).text, /535 5\.7\.8/);
	assert.match((await viaNodemailer(to, { ...o, user: undefined })).text, /530 5\.7\.0/);
	const foreign = await viaNodemailer(to, { ...o, from: 'piet@example.com' });
	assert.match(foreign.text, /550 5\.7\.1 .*example\.com/);
	const c = await smtp(to);
	const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
	await c.starttls();
	await c.say('EHLO client.example.net');
	assert.match(await c.say(`AUTH PLAIN ${plain}`), /^235/);
	assert.match(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.com')), /^550[ -]5\.7\.1/);
	assert.equal((await z.json(['queue', 'list'])).messages.length, 0, 'nothing refused was kept');
});

test('octets behind STARTTLS are refused; at TLS all is forgotten; unoffered commands are refused', async () => {
	const z = await submission(), [to] = z.listening;
	const inject = await smtp(to);
	inject.send('STARTTLS\r\nMAIL FROM:<piet@example.be>\r\n');
	assert.match(await inject.reply(), /^5/);
	const c = await smtp(to);
	assert.match(c.ehlo, /250[ -]STARTTLS/);
	assert.doesNotMatch(c.ehlo, /CHUNKING|VRFY|DSN/);
	await c.starttls();
	assert.match(await c.say('MAIL FROM:<piet@example.be>'), /^5/, 'EHLO is asked again');
	const again = await c.say('EHLO client.example.net');
	assert.match(again, /AUTH PLAIN LOGIN/);
	assert.doesNotMatch(again, /STARTTLS/);
	assert.match(await c.say('BDAT 5 LAST'), /^5/);
	assert.match(await c.say('VRFY piet'), /^[25]/);
});

test('the database holds no password', async () => {
	const z = await submission();
	await z.stop();
	for (const end of ['', '-wal'])
		try {
			assert.equal(readFileSync(`${z.state}/zegel.db${end}`).indexOf(z.credential.password), -1);
		} catch (e) {
			if (e.code !== 'ENOENT')
				throw e;
		}
});

const login = async (c, { user, password }) => {
	await c.starttls();
	await c.say('EHLO client.example.net');
	return c.say(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`);
};

// What another process changed is seen within 200 ms: MAIL and RSET until the answer is another one.
async function mailUntil(c, sender, is, tries = 300) {
	for (; tries; tries--) {
		const r = await c.say(`MAIL FROM:<${sender}>`);
		if (is.test(r))
			return r;
		await c.say('RSET');
		await sleep(20);
	}
	throw new Error(`MAIL was never answered with ${is}`);
}

test('a login ends with its credential, at the next MAIL; others go on, and a domain that went is refused to them', async () => {
	const z = await submission(), [to] = z.listening;
	const other = await z.json(['credential', 'add', '--company', 'bakkerij', '--name', 'kassa']);
	const c = await smtp(to), stays = await smtp(to);
	assert.match(await login(c, z.credential), /^235/);
	assert.match(await login(stays, other), /^235/);
	const letter = message('piet@example.be');
	assert.match(await c.mail('piet@example.be', 'klant@example.net', letter), /^250/);
	await z.must(['credential', 'remove', z.credential.user]);
	assert.match(await mailUntil(c, 'piet@example.be', /^5/), /^530 5\.7\.0 your login is no longer valid/);
	assert.match(await c.say('MAIL FROM:<>'), /^530 5\.7\.0/);
	assert.match(await c.say('AUTH PLAIN AGEAYg=='), /^503 5\.5\.1/, 'RFC 4954 4: one login a connection');
	assert.equal((await z.logged('login_over'))[0].user, z.credential.user);
	const anew = await smtp(to);
	assert.match(await login(anew, z.credential), /^535/);
	assert.match(await stays.mail('piet@example.be', 'klant@example.net', letter), /^250/);
	assert.match(await stays.mail('', 'klant@example.net', letter), /^250/, 'the null sender, whose MAIL asks for no domain');
	await z.must(['key', 'remove', '--domain', 'example.be', '--selector', 's1']);
	await z.must(['domain', 'remove', 'example.be']);
	assert.match(await mailUntil(stays, 'piet@example.be', /^5/), /^550 5\.7\.1 .*example\.be/);
	assert.equal(z.events('login_over').length, 1);
});

test('mail for <postmaster> is taken, for the postmaster of this server', async () => {
	const z = await submission(), [to] = z.listening;
	const c = await smtp(to);
	assert.match(await login(c, z.credential), /^235/);
	const id = idOf(await c.mail('piet@example.be', ['Postmaster', 'postmaster@example.net'], message('piet@example.be')));
	assert.deepEqual((await z.json(['queue', 'show', id])).recipients.map((r) => r.address), ['Postmaster@relay.example.com', 'postmaster@example.net']);
	await c.say('MAIL FROM:<piet@example.be>');
	assert.match(await c.say('RCPT TO:<webmaster>'), /^501 5\.1\.3/);
});
