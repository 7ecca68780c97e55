// Kill -9 of relay, vault and parent in turn while 50 clients send: nothing that got 250 is lost, each duplicate is explained.
import assert from 'node:assert/strict';
import { run, sleep, until } from '../lib/run.mjs';
import { Sink } from '../lib/sink.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { Zegel, house } from '../lib/zegel.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 60), CLIENTS = Number(process.env.KILL_CLIENTS ?? 50);
const IN_FLIGHT = 500;	// ms before a kill in which a delivery counts as in flight: its finish may not be on disk

// One client: sends mail after mail, remembers what got 250 and what was left without an answer.
class Client {
	constructor(z, n, world) {
		Object.assign(this, { z, n, world, sent: 0, isWaiting: false });
	}

	async mail() {
		const c = await smtp(this.z);
		while (!this.world.isOver && !c.closed) {
			const id = `${this.n}-${this.sent++}`;
			for (const line of [`MAIL FROM:<piet@example.be>`, `RCPT TO:<klant@example.net>`, 'DATA'])
				if (!/^[23]/.test(await c.say(line)))
					return c.close();
			this.isWaiting = true;
			c.send(message('piet@example.be', `X-N: ${id}\r\n`) + '.\r\n');
			const r = await c.reply(60000).finally(() => { this.isWaiting = false; });
			if (r.startsWith('250'))
				this.world.acked.add(id);
			else if (r === '')
				this.world.unknown.add(id);
			else
				this.world.refused.push(`${id}: ${r}`);
			await sleep(Math.random() * 20);
		}
		return c.close();
	}

	async run() {
		while (!this.world.isOver) {
			await this.mail().catch(() => {});
			await sleep(10 + Math.random() * 40);
		}
	}
}

test(`${ROUNDS} kills under ${CLIENTS} clients`, async (t) => {
	const world = { isOver: false, acked: new Set(), unknown: new Set(), refused: [] };
	const sink = await new Sink().listen();
	const arrived = new Map();	// id -> times of arrival
	const push = sink.mails.push;
	sink.mails.push = (m) => {
		const id = /^X-N: (\S+)/m.exec(m.data)[1];
		arrived.set(id, [...arrived.get(id) ?? [], Date.now()]);
		assert.match(m.data, /^DKIM-Signature:/m);
		return push.call([], m);
	};
	const z = await new Zegel({ conf: { delivery: { route: 'smarthost', smarthost: `127.0.0.1:${sink.port}`, smarthost_tls: 'none' } } }).start();
	await house(z);
	const clients = Array.from({ length: CLIENTS }, (_, n) => new Client(z, n, world));
	const all = clients.map((c) => c.run());
	const kills = [];
	for (let round = 0; round < ROUNDS; round++) {
		const what = ['relay', 'vault', 'parent'][round % 3], before = world.acked.size;
		await until('mail flows', () => world.acked.size > before + 20, 60000);
		await sleep(Math.random() * 150);
		const pids = z.pids(), pid = pids[what];
		const started = z.events(`${what}_started`).length;
		const between = clients.filter((c) => c.isWaiting).length;
		kills.push({ what, at: Date.now(), between });
		process.kill(pid, 'SIGKILL');
		if (what === 'parent') {
			await z.ended;
			for (const other of [pids.relay, pids.vault])
				await until(`${other} ends with its parent`, async () => (await run('sh', ['-c', `! kill -0 ${other} 2>/dev/null || grep -q 'State:.Z' /proc/${other}/status`])).status === 0);
			await z.start();
		} else {
			await z.logged(`${what}_started`, () => true, started + 1);
		}
	}
	world.isOver = true;
	await Promise.all(all);
	await until('the queue is empty', async () => {
		await z.must(['queue', 'retry']);
		await sleep(300);
		return (await z.json(['queue', 'list', '--only', 'queued', '--max', '10'])).messages.length === 0;
	}, 60000);
	const lost = [...world.acked].filter((id) => !arrived.has(id));
	const twice = [...arrived].filter(([, at]) => at.length > 1);
	const unexplained = twice.filter(([, at]) => !kills.some((k) => k.what !== 'vault' && at[0] >= k.at - IN_FLIGHT && at[0] <= k.at + IN_FLIGHT));
	const before = (at) => Math.min(...kills.filter((k) => k.what !== 'vault').map((k) => k.at - at).filter((d) => d > -IN_FLIGHT));
	const oldest = Math.max(0, ...twice.map(([, at]) => before(at[0])));
	const between = kills.filter((k) => k.between > 0).length;
	t.diagnostic(`figure: kill -9: ${kills.length} kills, ${between} of them between DATA and 250; ${world.acked.size} mails got 250, ${lost.length} lost; ` +
		`${world.unknown.size} without an answer, ${[...world.unknown].filter((id) => arrived.has(id)).length} of them arrived; ${twice.length} arrived twice, ${unexplained.length} unexplained, the first delivery at most ${oldest} ms before the kill`);
	assert.deepEqual(lost, [], 'nothing that got 250 is lost');
	assert.deepEqual(unexplained, [], 'each duplicate was in flight at a kill');
	assert.ok(twice.every(([, at]) => at.length === 2 || kills.filter((k) => k.at >= at[0] - IN_FLIGHT && k.at <= at.at(-1) + IN_FLIGHT).length >= at.length - 1), 'at most one a kill');
	assert.ok(between * 3 >= kills.length, `${between} of ${kills.length} kills fell between DATA and 250`);
	assert.ok(world.refused.every((r) => /: 4/.test(r)), world.refused.slice(0, 5).join('\n'));
}, { timeout: 400000 });
