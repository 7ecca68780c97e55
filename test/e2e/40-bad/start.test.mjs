// What keeps zegel from starting: each is said with its place and how to mend it, with status 4 (2 for wrong use), and harms nothing.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Ca } from '../lib/ca.mjs';
import { must, scratch, until } from '../lib/run.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { Zegel, house, idOf, zegel } from '../lib/zegel.mjs';

// Starts what must not start: its status and its words.
async function refused(z, status = 4) {
	await z.start({ wait: false });
	await z.ended;
	assert.equal(z.status, status, z.err);
	assert.match(z.err, /^zegel: .+: .+;? .+/m, 'WHERE: WHAT; HOW TO MEND IT');
	return z.err;
}

test('a wrong configuration: all errors at once, each with file, line, column and the nearest right word', async () => {
	const text = '[server]\nhostnam = "a.example.com"\n\n[delivery]\nroute = "pigeon"\nsign = "yes"\n\n[smpt]\n';
	const z = new Zegel({ text });
	const said = await refused(z);
	assert.match(said, /zegel\.conf:2:1\b.*hostname/);
	assert.match(said, /zegel\.conf:5:\d+\b.*capture/);
	assert.match(said, /zegel\.conf:6:\d+\b/);
	assert.match(said, /zegel\.conf:8:\d+\b.*smtp/);
	const check = await zegel(['config', 'check', z.file]);
	assert.equal(check.status, 4);
	assert.equal((check.err.match(/zegel\.conf:\d+:\d+/g) ?? []).length, 4, check.err);
	const json = await zegel(['config', 'check', z.file, '--json']);
	assert.equal(JSON.parse(json.out).errors.length, 4);
	assert.match(await refused(new Zegel({ text: '[server]\nhostname = "a\n' })), /zegel\.conf:2:\d+/);
});

test('no configuration file, a wrong verb, a wrong option', async () => {
	const missing = await zegel(['serve', '--config', `${scratch()}/none.conf`]);
	assert.equal(missing.status, 4, missing.err);
	assert.match(missing.err, /none\.conf/);
	const verb = await zegel(['srve']);
	assert.equal(verb.status, 2);
	assert.match(verb.err, /serve/);
	const option = await zegel(['serve', '--cnfig', 'x']);
	assert.equal(option.status, 2);
	assert.match(option.err, /config/);
});

test('the port is in use; an address that this machine lacks', async () => {
	const other = createServer();
	await new Promise((done) => other.listen(0, '127.0.0.1', done));
	const { port } = other.address();
	try {
		assert.match(await refused(new Zegel({ conf: { smtp: { listen: [`127.0.0.1:${port}`] } } })), new RegExp(`127\\.0\\.0\\.1:${port}`));
		assert.match(await refused(new Zegel({ conf: { http: { listen: [`127.0.0.1:${port}`] } } })), new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use`));
	} finally {
		other.close();
	}
	assert.match(await refused(new Zegel({ conf: { smtp: { listen: ['192.0.2.1:0'] } } })), /192\.0\.2\.1:0/);
	assert.match(await refused(new Zegel({ conf: { http: { listen: ['192.0.2.1:0'] } } })), /192\.0\.2\.1:0/);
	const both = ['127.0.0.1:2525'];
	assert.match(await refused(new Zegel({ conf: { smtp: { listen: both }, http: { listen: both } } })), /zegel\.conf:\d+:11: listen cannot be "127\.0\.0\.1:2525/);
	assert.match(await refused(new Zegel({ conf: { http: { base_url: 'https://mail.example.be/panel' } } })), /zegel\.conf:\d+:12: base_url /);
});

test('a master key that others can read is refused with the command that mends it; one that is gone is not made anew over sealed keys', async () => {
	const z = await new Zegel().start();
	const file = `${z.dir}/master.key`;
	assert.equal(statSync(file).mode & 0o777, 0o600, 'made at the first start, for root alone');
	await house(z);
	await z.stop();
	chmodSync(file, 0o644);
	assert.match(await refused(z), /chmod (?:0?600|go-rwx|go=) /);
	chmodSync(file, 0o600);
	await z.start();
	await z.stop();
	unlinkSync(file);
	assert.match(await refused(z), /master\.key/);
	assert.ok(!existsSync(file));
});

test('a certificate that is broken, or is not of the key; a key that others can read', async () => {
	const ca = await new Ca(scratch()).make();
	const a = await ca.issue('a.example.com'), b = await ca.issue('b.example.com');
	const conf = (certificate, key) => ({ conf: { smtp: { listen: ['127.0.0.1:0 starttls'], certificate, key } } });
	chmodSync(b.key, 0o600);
	await refused(new Zegel(conf(a.cert, b.key)));
	writeFileSync(`${ca.dir}/broken.pem`, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
	await refused(new Zegel(conf(`${ca.dir}/broken.pem`, b.key)));
	await refused(new Zegel(conf(`${ca.dir}/none.pem`, b.key)));
	await refused(new Zegel(conf('', b.key)));
	chmodSync(b.key, 0o644);
	assert.match(await refused(new Zegel(conf(b.cert, b.key))), /chmod /);
	const panel = (certificate, key) => ({ conf: { http: { listen: ['127.0.0.1:0 tls'], certificate, key } } });
	assert.match(await refused(new Zegel(panel(b.cert, b.key))), /chmod /);
	chmodSync(b.key, 0o600);
	assert.match(await refused(new Zegel(panel(a.cert, b.key))), /a\.example\.com/);
	assert.match(await refused(new Zegel(panel(`${ca.dir}/broken.pem`, b.key))), /broken\.pem/);
	assert.match(await refused(new Zegel(panel(`${ca.dir}/none.pem`, b.key))), /none\.pem/);
	assert.match(await refused(new Zegel(panel('', b.key))), /certificate is missing/);
});

test('a database of a newer version, a file that is none, a folder without rights', async () => {
	const z = await new Zegel().start();
	const c = await smtp(z);
	await house(z);
	const id = idOf(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be')));
	await z.stop();
	const version = (await must('sqlite3', [`${z.state}/zegel.db`, 'PRAGMA user_version'])).out.trim();
	await must('sqlite3', [`${z.state}/zegel.db`, 'PRAGMA user_version = 9999']);
	assert.match(await refused(z), /version 9999, this program knows/);
	await must('sqlite3', [`${z.state}/zegel.db`, `PRAGMA user_version = ${version}`]);
	await z.start();
	assert.ok((await z.mail(id)).length > 0, 'nothing was lost');
	await z.stop();
	const broken = new Zegel();
	writeFileSync(`${broken.state}/zegel.db`, 'no database at all, but long enough to be read as one'.repeat(20));
	await must('chown', ['nobody', `${broken.state}/zegel.db`, broken.state]);
	await refused(broken);
	await refused(new Zegel({ conf: { server: { user: 'nobody', vault_user: 'nobody' } } }));
	await refused(new Zegel({ conf: { server: { user: 'no-such-user' } } }));
});

test('two of them on one state folder: the second is refused, and every mail leaves once', async () => {
	const one = await new Zegel().start();
	const two = new Zegel({ dir: one.dir });
	assert.match(await refused(two), /another zegel runs on this state folder.*stop the other/);
	await one.stop();
	await two.start();
	await two.stop();
});

test("a folder of root's that holds something is not given away; an empty one is", async () => {
	const z = new Zegel();
	writeFileSync(`${z.state}/other`, '');
	assert.match(await refused(z), new RegExp(`${z.state}: .*chown -R nobody ${z.state}`));
	assert.equal((await z.cli(['company', 'add', 'aa'])).status, 4);
	assert.equal(statSync(z.state).uid, 0);
	unlinkSync(`${z.state}/other`);
	await z.start();
	assert.notEqual(statSync(z.state).uid, 0);
	await z.stop();
});

test('what cannot start again rests longer and longer, and starts when it can', async () => {
	const z = await new Zegel().start();
	const key = `${z.dir}/master.key`;
	renameSync(key, `${key}.away`);
	process.kill((await z.logged('relay_started'))[0].pid, 'SIGKILL');
	const rests = () => z.lines.filter((l) => l.event === 'relay_rests').map((l) => l.ms);
	await until('three rests', () => rests().length >= 3, 20000);
	assert.ok(rests().slice(1).every((ms, i) => ms > 0 && ms >= rests()[i]), `rests: ${rests()}`);
	renameSync(`${key}.away`, key);
	await until('a relay again', () => z.lines.filter((l) => l.event === 'relay_started').length >= 2 && z.lines.at(-1).event !== 'relay_rests', 20000);
	await z.stop();
});
