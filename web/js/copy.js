// copy.js - the buttons that copy the value beside them.  They are served hidden, since without a script they could do nothing.

const copied = document.body.dataset.copied;
const say = document.getElementById('say');

function show(root) {
	for (const button of root.querySelectorAll('button[data-copy]'))
		button.hidden = false;
}

async function copy(button) {
	const value = button.parentElement.querySelector('code, output');
	const label = button.querySelector('span');

	try {
		await navigator.clipboard.writeText(value.textContent.trim());
	} catch {
		getSelection().selectAllChildren(value);	// the keyboard's own copy is one press away then
		return;
	}
	if (!label || label.dataset.was !== undefined)
		return;
	label.dataset.was = label.textContent;
	label.textContent = copied;
	say.textContent = copied;
	setTimeout(() => {
		label.textContent = label.dataset.was;
		delete label.dataset.was;
	}, 2000);
}

document.addEventListener('click', (event) => {
	const button = event.target.closest('button[data-copy]');

	if (button)
		copy(button);
});
document.addEventListener('part', (event) => show(event.target));
show(document);
