// What doctor must see, and what serve refuses with it: a master key that is gone, another one, in a wrong place; a spool that is none or
// lacks files; mail that would not leave.  Each is said with its place and the way to mend it, which is then gone.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync,
	unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ca } from '../lib/ca.mjs';
import { TOP, must, run, scratch, until } from '../lib/run.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { Zegel, house, idOf, zegel } from '../lib/zegel.mjs';

const OTHER = `${'7b'.repeat(32)}\n`;

// With a state folder that is closed, as tmpfiles.d makes it.
function closed(options) {
	const z = new Zegel(options);
	chmodSync(z.state, 0o750);
	return z;
}

// The lines of a check, and of those that are wrong: "WHERE: TEXT".
async function doctor(z, options) {
	const r = await z.cli(['doctor', '--json'], options);
	const { ok, checks } = JSON.parse(r.out);
	assert.equal(r.status, ok ? 0 : 1, r.out);
	const of = (state) => checks.filter((c) => c.state === state).map((c) => `${c.check} ${c.where}: ${c.text}`);
	return { wrong: of('error'), warnings: of('warning'), well: of('ok') };
}

async function refused(z) {
	await z.start({ wait: false });
	await z.ended;
	assert.equal(z.status, 4, z.err);
	return z.err;
}

// One finding, that says this and how to mend it.
function one(found, check, ...says) {
	assert.equal(found.length, 1, found.join('\n'));
	assert.ok(found[0].startsWith(`${check} `), found[0]);
	assert.match(found[0], /; /);
	for (const s of says)
		assert.match(found[0], s);
}

test('the master key is gone while there are keys: doctor and serve say where its copy belongs, and make none', async () => {
	const z = await closed().start();
	const file = `${z.dir}/master.key`;
	await house(z);
	await z.stop();
	assert.deepEqual((await doctor(z)).wrong, []);
	renameSync(file, `${file}.copy`);
	one((await doctor(z)).wrong, 'master_key', new RegExp(`${file}: .*gone.*put its copy back`));
	assert.match(await refused(z), new RegExp(`${file}: .*put its copy back`));
	assert.ok(!existsSync(file));
	renameSync(`${file}.copy`, file);
	assert.deepEqual((await doctor(z)).wrong, []);
	await z.start();
	await z.stop();
});

test('another master key, as good as the right one: serve does not start into 451, doctor tells, no key is sealed with it', async () => {
	const z = await closed().start();
	const file = `${z.dir}/master.key`;
	await house(z);
	await z.must(['company', 'add', 'slager']);
	await z.must(['domain', 'add', 'slager.example', '--company', 'slager']);
	await z.stop();
	copyFileSync(file, `${file}.copy`);
	writeFileSync(file, OTHER);
	const says = /not the master key that the keys in the database were sealed with/;
	one((await doctor(z)).wrong, 'master_key', says);
	const said = await refused(z);
	assert.match(said, new RegExp(`^zegel: ${file}: .*; put the copy of the right one back`, 'm'));
	assert.equal(z.events('ready').length, 0);
	const add = await z.cli(['key', 'add', '--domain', 'slager.example', '--type', 'ed25519']);
	assert.equal(add.status, 4, add.out);
	assert.match(add.err, says);
	copyFileSync(`${file}.copy`, file);
	const { wrong, well } = await doctor(z);
	assert.deepEqual(wrong, []);
	assert.ok(well.some((l) => /opens the keys in the database/.test(l)));
	await z.start();
	const c = await smtp(z);
	assert.match(await c.mail('piet@example.be', 'klant@example.net', message('piet@example.be')), /^250/);
	await z.stop();
});

test('a company that another master key sealed: doctor names it, serve starts for the others', async () => {
	const z = await closed().start();
	await house(z);
	await house(z, { company: 'slager', domain: 'slager.example' });
	await z.stop();
	await must('sqlite3', [`${z.state}/zegel.db`, "UPDATE company SET sealed_dek = randomblob(73) WHERE slug = 'slager'"]);
	one((await doctor(z)).wrong, 'master_key', /keys of 1 of 2 companies.*slager/);
	await z.start();
	await z.stop();
	await must('sqlite3', [`${z.state}/zegel.db`, "UPDATE company SET sealed_dek = randomblob(73) WHERE slug = 'bakkerij'"]);
	one((await doctor(z)).wrong, 'master_key', /not the master key/);
	await refused(z);
});

test('a master key that is a link, or stands where others can write, is not read', async () => {
	const z = closed();
	const file = `${z.dir}/master.key`;
	writeFileSync(`${z.dir}/real`, OTHER, { mode: 0o600 });
	symlinkSync(`${z.dir}/real`, file);
	one((await doctor(z)).wrong, 'master_key', /must be a file/);
	assert.match(await refused(z), /must be a file/);
	unlinkSync(file);
	copyFileSync(`${z.dir}/real`, file);
	chmodSync(z.dir, 0o777);
	one((await doctor(z)).wrong, 'master_key', /others than root can write in its folder/, new RegExp(`chmod go-w ${z.dir}$`));
	assert.match(await refused(z), /others than root can write/);
	chmodSync(z.dir, 0o755);
	assert.deepEqual((await doctor(z)).wrong, []);
});

test('by default the relay cannot reach the key: its user can neither take it away nor put another in its place', async () => {
	const z = closed();
	const conf = readFileSync(z.file, 'utf8').replace(/^master_key = .*$/m, '');
	const user = ['--reuid', z.conf.server.user, '--regid', 'nogroup', '--clear-groups', 'sh', '-c'];
	writeFileSync(z.file, conf);
	await z.start();
	await house(z);
	await z.stop();
	const file = `${z.dir}/master.key`;
	assert.deepEqual([statSync(file).uid, statSync(file).mode & 0o777], [0, 0o600]);
	assert.ok(!existsSync(`${z.state}/master.key`));
	for (const deed of [`cat ${file}`, `rm -f ${file}`, `mv ${file} ${file}.x`, `echo x > ${file}`, `ln -f ${z.file} ${file}`])
		assert.notEqual((await run('setpriv', [...user, deed])).status, 0, deed);
	assert.deepEqual((await doctor(z)).wrong, []);

	// With --state there is nothing but the state folder: a folder of root in it, that can be moved away and not be opened.
	const dir = scratch(), state = join(dir, 'state'), sub = join(state, 'vault');
	const ok = (args) => zegel([...args, '--state', state], { cwd: dir });
	await ok(['company', 'add', 'acme']);
	await ok(['domain', 'add', 'example.be', '--company', 'acme']);
	await ok(['key', 'add', '--domain', 'example.be', '--type', 'ed25519']);
	assert.deepEqual([statSync(sub).uid, statSync(sub).mode & 0o777], [0, 0o700]);
	await must('sh', ['-c', `chown ${z.conf.server.user} ${state} ${state}/zegel.db*`]);
	assert.notEqual((await run('setpriv', [...user, `rm -rf ${sub}`])).status, 0);
	assert.ok(existsSync(`${sub}/master.key`));
	await must('setpriv', [...user,
		`mv ${sub} ${sub}.x && mkdir ${sub} && echo ${OTHER.trim()} > ${sub}/master.key && chmod 600 ${sub}/master.key`]);
	const add = await ok(['key', 'add', '--domain', 'example.be', '--type', 'ed25519', '--selector', 's2']);
	assert.equal(add.status, 4);
	assert.match(add.err, /others than root can write/);
});

test('a master key where it was kept before is named with the command that moves it', async () => {
	const z = closed();
	writeFileSync(z.file, readFileSync(z.file, 'utf8').replace(/^master_key = .*$/m, ''));
	const old = `${z.state}/master.key`;
	await must('chown', [z.conf.server.user, z.state]);	// as it was when the key lay there
	writeFileSync(old, OTHER, { mode: 0o600 });
	const said = await refused(z);
	const mend = /; (?:.*: )?(mkdir -p .* && mv .*)$/m.exec(said);
	assert.ok(said.includes(`zegel: ${old}: `) && mend, said);
	assert.ok(!existsSync(`${z.dir}/master.key`), 'no new one is made');
	await must('sh', ['-c', mend[1]]);
	await z.start();
	await z.stop();
	assert.equal(readFileSync(`${z.dir}/master.key`, 'utf8'), OTHER);
});

test('systemd\'s credential: doctor names the one that serve takes', async () => {
	const z = closed();
	writeFileSync(z.file, readFileSync(z.file, 'utf8').replace(/^master_key = .*$/m, ''));
	const folder = scratch();
	writeFileSync(`${folder}/zegel-master`, OTHER, { mode: 0o400 });
	const env = { CREDENTIALS_DIRECTORY: folder };
	const { wrong, well } = await doctor(z, { env });
	assert.deepEqual(wrong, []);
	assert.ok(well.some((l) => l.startsWith(`master_key ${folder}/zegel-master: `) && /credential zegel-master/.test(l)), well.join('\n'));
	assert.ok((await doctor(z)).well.some((l) => l.startsWith(`master_key ${z.dir}/master.key: `) && /first start makes it/.test(l)));
	z.env = { ...z.env, ...env };
	await z.start();
	await house(z);
	await z.stop();
	assert.ok(!existsSync(`${z.dir}/master.key`), 'no file is made');
	assert.deepEqual((await doctor(z, { env })).wrong, []);
});

test('no state folder: serve makes it, and doctor says so; where it cannot, that is wrong', async () => {
	const z = closed();
	rmSync(z.state, { recursive: true });
	const { wrong, well } = await doctor(z);
	assert.deepEqual(wrong, []);
	assert.ok(well.some((l) => l.startsWith(`state ${z.state}: `) && /zegel serve/.test(l)), well.join('\n'));
	assert.ok(!existsSync(z.state), 'doctor makes nothing');
	await z.start();
	await z.stop();
	assert.deepEqual((await doctor(z)).wrong, []);
	const deep = closed({ conf: { server: { state: `${z.dir}/no/such` }, store: { url: `sqlite:${z.dir}/no/such/zegel.db` } } });
	one((await doctor(deep)).wrong, 'state', /systemd-tmpfiles --create/, new RegExp(`install -d -m 0750 -o ${z.conf.server.user} ${z.dir}/no/such`));
	const file = closed();
	rmSync(file.state, { recursive: true });
	writeFileSync(file.state, '');
	one((await doctor(file)).wrong, 'state', /systemd-tmpfiles/);
	const other = closed();
	await must('chown', ['daemon', other.state]);
	one((await doctor(other)).wrong, 'state', new RegExp(`chown -R ${other.conf.server.user} ${other.state}`));
	assert.match(await refused(other), /chown -R/);
});

test('users that are missing: doctor, serve and README name the same way', async () => {
	const readme = readFileSync(join(TOP, 'README.md'), 'utf8');
	const z = closed({ conf: { server: { user: 'no-such-user' } } });
	one((await doctor(z)).wrong, 'users', /systemd-sysusers/, /useradd --system/);
	assert.match(await refused(z), /systemd-sysusers/);
	for (const command of ['systemd-sysusers', 'systemd-tmpfiles --create'])
		assert.ok(readme.includes(command), command);
});

test('spool: a file in its place, files that the database names and that are not there', async () => {
	const z = await closed({ conf: { delivery: { route: 'smarthost', smarthost: '127.0.0.1:9', smarthost_tls: 'none' } } }).start();
	const spool = `${z.state}/spool`, c = await smtp(z), ids = [];
	await house(z);
	for (let i = 0; i < 5; i++)
		ids.push(idOf(await c.mail('piet@example.be', 'klant@example.net', `${message('piet@example.be')}${`${'x'.repeat(70)}\r\n`.repeat(2000)}`)));
	await z.stop();
	assert.deepEqual(readdirSync(spool).sort(), [...ids].sort());
	const found = await doctor(z);
	assert.deepEqual(found.wrong, []);
	assert.ok(found.well.some((l) => l.startsWith(`spool ${spool}: `) && /\(5\)/.test(l)), found.well.join('\n'));
	for (const id of ids.slice(0, 4))
		renameSync(`${spool}/${id}`, `${z.dir}/${id}`);
	one((await doctor(z)).wrong, 'spool', /\b4 large mails/, /\b4 of them/, new RegExp(`${ids[0]}, ${ids[1]}, ${ids[2]}, \\.\\.\\.`), /backup/);
	await must('sqlite3', [`${z.state}/zegel.db`, `UPDATE recipient SET state = 1 WHERE hex(message) = '${ids[0].replaceAll('-', '').toUpperCase()}'`]);
	one((await doctor(z)).wrong, 'spool', /\b4 large mails/, /\b3 of them/);
	for (const id of ids.slice(0, 4))
		renameSync(`${z.dir}/${id}`, `${spool}/${id}`);
	assert.deepEqual((await doctor(z)).wrong, []);
	chownSync(spool, 0, 0);
	one((await doctor(z)).wrong, 'spool', /chown -R/);
	renameSync(spool, `${z.dir}/spool`);
	one((await doctor(z)).wrong, 'spool', /\b5 large mails/);
	writeFileSync(spool, '');
	one((await doctor(z)).wrong, 'spool', /no folder/, new RegExp(`mv ${spool} ${spool}\\.away`));
	assert.match(await refused(z), /spool folder.*zegel doctor/);
});

test('a smarthost is named and route is capture: a warning of doctor and config check, and no error', async () => {
	const z = closed({ conf: { delivery: { smarthost: 'relay.example.com:587' } } });
	const found = await doctor(z);
	assert.deepEqual(found.wrong, []);
	one(found.warnings, 'smarthost', /relay\.example\.com/, /route = "smarthost"/);
	const text = await z.cli(['doctor', '--lang', 'nl']);
	assert.equal(text.status, 0);
	assert.match(text.out, /^let op {2}relay\.example\.com: .*\n[^\n]*let op[^\n]*\n$/m);
	const check = await zegel(['config', 'check', z.file]);
	assert.equal(check.status, 0);
	assert.match(check.err, /^zegel: .*zegel\.conf: .*capture.*; .*\n$/);
	assert.match(check.out, /is good/);
	const { ok, errors, warnings } = JSON.parse((await zegel(['config', 'check', z.file, '--json'])).out);
	assert.deepEqual([ok, errors.length, warnings.length], [true, 0, 1]);
	z.configure({ delivery: { smarthost: 'localhost:587', route: 'smarthost' } });
	assert.deepEqual((await doctor(z)).warnings, []);
	assert.equal((await zegel(['config', 'check', z.file])).err, '');
});

test("a database that came back as root's: doctor and serve name the file and the command that gives it to the relay", async () => {
	const z = await closed().start();
	await z.stop();
	const file = `${z.state}/zegel.db`;
	chownSync(file, 0, 0);
	const says = new RegExp(`${file}: .*chown -R ${z.conf.server.user} ${file}`);
	one((await doctor(z)).wrong, 'store', says);
	assert.match(await refused(z), says);
	await must('chown', ['-R', z.conf.server.user, file]);
	assert.deepEqual((await doctor(z)).wrong, []);
	await z.start();
	await z.stop();
});

test('the master key is replaced while it serves: a reload is refused, a vault does not start with it, and all goes on when it is back', async () => {
	const z = await closed().start();
	await house(z);
	const file = `${z.dir}/master.key`;
	copyFileSync(file, `${file}.copy`);
	writeFileSync(file, OTHER);
	process.kill(z.child.pid, 'SIGHUP');
	await z.logged('reload_refused');
	assert.match(z.err, new RegExp(`${file}".*not the master key`));
	const c = await smtp(z);
	idOf(await c.mail('info@example.be', 'klant@example.net', message('info@example.be')));
	process.kill((await z.logged('vault_started'))[0].pid, 'SIGKILL');
	await z.logged('vault_rests');
	copyFileSync(`${file}.copy`, file);
	await z.logged('vault_ready', () => true, 2);
	process.kill(z.child.pid, 'SIGHUP');
	await z.logged('reloaded');
	idOf(await c.mail('info@example.be', 'klant@example.net', message('info@example.be')));
	await z.stop();
});

test('a pipe where the text of a large mail was: queue show does not wait for it, and doctor sees it', async () => {
	const z = await closed().start();
	await house(z);
	const c = await smtp(z);
	const id = idOf(await c.mail('info@example.be', 'klant@example.net', message('info@example.be', '', 'regel\r\n'.repeat(40000))));
	await until('it is captured', async () => (await z.json(['queue', 'show', id])).recipients[0].state === 'captured');
	const file = `${z.state}/spool/${id}`;
	renameSync(file, `${file}.away`);
	await must('mkfifo', [file]);
	assert.equal((await z.cli(['queue', 'show', id])).status, 4);
	one((await doctor(z)).wrong, 'spool', /\b1 large mails?/);
	await z.stop();
});

test('the panel: a certificate that is not of its key, files that are gone or open, and its addresses', async () => {
	const ca = await new Ca(scratch()).make();
	const a = await ca.issue('a.example.com'), b = await ca.issue('b.example.com');
	const panel = (certificate, key) => closed({ conf: { http: { listen: ['127.0.0.1:0 tls'], certificate, key } } });
	chmodSync(a.key, 0o600);
	assert.deepEqual((await doctor(panel(a.cert, a.key))).wrong.filter((w) => /^(files|ports) /.test(w) && !/ends on/.test(w)), []);
	one((await doctor(panel(b.cert, a.key))).wrong.filter((w) => !/ends on/.test(w)), 'files', /b\.example\.com/);
	one((await doctor(panel(`${a.cert}.none`, a.key))).wrong, 'files', /cannot be opened/);
	one((await doctor(closed({ conf: { http: { listen: ['192.0.2.1:0'] } } }))).wrong, 'ports', /192\.0\.2\.1:0/);
	chmodSync(a.key, 0o644);
	one((await doctor(panel(a.cert, a.key))).wrong, 'files', /chmod 600 /);
});
