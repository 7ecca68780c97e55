/* mailbox.c - tasks from thread to thread.
 *
 * A loop is woken by an eventfd of its own and not by uv_async: there the woken loop spins until the sender is back from its
 * write, which on two busy cores takes as long as what was sent for. */
#include "io/mailbox.h"
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct mailbox *m = poll->data;
	struct zg_list tasks, *node;
	eventfd_t count;

	(void)status;
	(void)events;
	zg_list_init(&tasks);
	(void)eventfd_read(m->event, &count);	/* before the tasks are taken: a later one counts anew */
	uv_mutex_lock(&m->lock);
	zg_list_join(&tasks, &m->tasks);
	uv_mutex_unlock(&m->lock);
	while ((node = zg_list_pop(&tasks)) != NULL) {
		struct task *t = ZG_LIST_OF(node, struct task, node);

		t->run(t);
	}
}

int mailbox_init_thread(struct mailbox *m)
{
	int rc = uv_mutex_init(&m->lock);

	if (rc == 0) {
		rc = uv_cond_init(&m->cond);
		if (rc != 0)
			uv_mutex_destroy(&m->lock);
	}
	zg_list_init(&m->tasks);
	m->is_loop = m->is_shut = false;
	m->event = -1;
	return rc;
}

int mailbox_init_loop(struct mailbox *m, uv_loop_t *loop)
{
	int rc = mailbox_init_thread(m);

	if (rc != 0)
		return rc;
	m->is_loop = true;
	m->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->event < 0)
		return uv_translate_sys_error(errno);
	m->poll.data = m;
	rc = uv_poll_init(loop, &m->poll, m->event);
	return rc < 0 ? rc : uv_poll_start(&m->poll, UV_READABLE, on_event);
}

void mailbox_post(struct mailbox *m, struct task *t)
{
	bool was_empty;

	uv_mutex_lock(&m->lock);
	was_empty = zg_list_is_empty(&m->tasks);
	zg_list_push(&m->tasks, &t->node);
	if (!m->is_loop)
		uv_cond_signal(&m->cond);
	uv_mutex_unlock(&m->lock);
	if (m->is_loop && was_empty)
		(void)eventfd_write(m->event, 1);	/* fails only after 2^64 - 1 that nobody read */
}

bool mailbox_wait(struct mailbox *m, uint64_t ns, struct zg_list *ret)
{
	uint64_t end = ns == UINT64_MAX ? 0 : uv_hrtime() + ns;
	bool is_open;

	uv_mutex_lock(&m->lock);
	while (ns && zg_list_is_empty(&m->tasks) && !m->is_shut) {
		uint64_t now = uv_hrtime();

		if (ns == UINT64_MAX)
			uv_cond_wait(&m->cond, &m->lock);
		else if (now >= end || uv_cond_timedwait(&m->cond, &m->lock, end - now) == UV_ETIMEDOUT)
			break;
	}
	is_open = !m->is_shut || !zg_list_is_empty(&m->tasks);
	zg_list_join(ret, &m->tasks);
	uv_mutex_unlock(&m->lock);
	return is_open;
}

void mailbox_shut(struct mailbox *m)
{
	uv_mutex_lock(&m->lock);
	m->is_shut = true;
	uv_cond_signal(&m->cond);
	uv_mutex_unlock(&m->lock);
}

void mailbox_done(struct mailbox *m)
{
	if (m->is_loop) {
		uv_close((uv_handle_t *)&m->poll, NULL);
		(void)close(m->event);	/* nothing is lost by it */
	}
	uv_cond_destroy(&m->cond);
	uv_mutex_destroy(&m->lock);
}
