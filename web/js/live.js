// live.js - what changes on the server changes on the page: events name the parts to fetch again.

const path = document.body.dataset.live;
const line = document.getElementById('live');
const say = document.getElementById('say');
let source = null, wait = 1000, timer = 0, waiting = new Set(), busy = false;

// One sentence for those who listen: which record's state became what.
function tell(old, fresh) {
	for (const card of fresh.querySelectorAll('.rec')) {
		const was = old.querySelector(`#${CSS.escape(card.id)} .chip`)?.textContent, is = card.querySelector('.chip').textContent;

		if (was !== undefined && was !== is)
			say.textContent = `${card.querySelector('h3').textContent}: ${is}`;
	}
}

// The part anew, with focus, selection and open folds as the reader left them.
function put(id, html) {
	const old = document.getElementById(id), box = document.createElement('template');

	box.innerHTML = html;
	const fresh = box.content.firstElementChild;
	for (const symbol of box.content.querySelectorAll(':scope > svg symbol'))
		if (!document.getElementById(symbol.id))
			document.querySelector('body > svg').append(symbol);
	if (!old || !fresh || old.outerHTML === fresh.outerHTML)
		return;
	for (const fold of old.querySelectorAll('details[id]'))
		fresh.querySelector(`details#${CSS.escape(fold.id)}`)?.toggleAttribute('open', fold.open);
	if (old.matches('details'))
		fresh.toggleAttribute('open', old.open);
	for (const field of old.querySelectorAll('input[id], textarea[id], select[id]')) {
		const now = fresh.querySelector(`#${CSS.escape(field.id)}`);
		if (now && field.type !== 'hidden')
			field.type === 'checkbox' || field.type === 'radio' ? now.checked = field.checked : now.value = field.value;
	}
	const focus = old.contains(document.activeElement) ? document.activeElement.id : '';
	const selected = getSelection();
	if (!selected.isCollapsed && old.contains(selected.anchorNode)) {
		setTimeout(refresh, 2000, id);		// not under the reader's hand
		return;
	}
	tell(old, fresh);
	old.replaceWith(fresh);
	if (focus)
		document.getElementById(focus)?.focus();
	fresh.dispatchEvent(new Event('part', { bubbles: true }));
}

async function refresh(id) {
	const url = new URL(location.href);

	url.searchParams.set('part', id);
	const reply = await fetch(url, { headers: { accept: 'text/html' }, redirect: 'error' });
	if (reply.ok)
		put(id, await reply.text());
}

// Never two in a second: a burst of events is one round.
async function round() {
	if (busy)
		return;
	busy = true;
	while (waiting.size) {
		const ids = [...waiting];

		waiting.clear();
		for (const id of ids)
			await refresh(id).catch(() => {});
		await new Promise((done) => setTimeout(done, 1000));
	}
	busy = false;
}

function state(on) {
	line?.classList.toggle('off', !on);
}

function open() {
	source = new EventSource(path);
	source.onopen = () => {
		wait = 1000;
		state(true);
	};
	source.addEventListener('part', (event) => {
		const { ids } = JSON.parse(event.data);

		for (const id of ids)
			if (document.getElementById(id))
				waiting.add(id);
		round();
	});
	source.onerror = () => {
		close();
		state(false);
		timer = setTimeout(open, wait);
		wait = Math.min(wait * 2, 60000);
	};
}

function close() {
	clearTimeout(timer);
	source?.close();
	source = null;
}

// The seconds until the next look, for the eye alone.
setInterval(() => {
	for (const left of document.querySelectorAll('[data-left]')) {
		const n = Number(left.dataset.left);

		if (n > 0) {
			left.dataset.left = n - 1;
			left.textContent = left.textContent.replace(/\d+/, n - 1);
		}
	}
}, 1000);

if (path) {
	open();
	document.addEventListener('visibilitychange', () => {
		close();
		if (!document.hidden)
			open();
	});
	addEventListener('pagehide', close);
}
