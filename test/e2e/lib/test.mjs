// test.mjs - node's test(), with what a test started being ended when it ends, however it ends.
import nodeTest from 'node:test';

const ends = [];

// All is said by now.  Node's own clean-up is left out: a TLS socket whose other end was cut keeps it busy for ever.
process.on('exit', (code) => process.reallyExit(code));

// Registers what is to be done at the end of the running test; last in, first out.
export const atEnd = (end) => ends.push(end);

export function test(name, body, { timeout = 120000 } = {}) {
	return nodeTest(name, { timeout }, async (t) => {
		try {
			await body(t);
		} finally {
			while (ends.length)
				await Promise.resolve(ends.pop()()).catch((e) => t.diagnostic(`at the end: ${e.message}`));
		}
	});
}
