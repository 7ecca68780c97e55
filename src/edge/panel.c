/* panel.c - keeps the doors of the pages shut until they are served; and the workers' channels to the vault. */
#include "edge/panel.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct panel {
	struct panel_start start;
	bool is_closed;
};

struct panel *panel_new(const struct panel_start *s)
{
	struct panel *p = calloc(1, sizeof(*p));

	if (p)
		p->start = *s;
	return p;
}

void panel_settings(struct panel *p)
{
	(void)p;
}

void panel_vault(struct panel *p, const int fds[PANEL_WORKERS])
{
	for (size_t i = 0; i < PANEL_WORKERS; i++)
		(void)close(p->start.vault[i]);	/* a socket of a vault that is gone */
	memcpy(p->start.vault, fds, sizeof(p->start.vault));
}

void panel_drain(struct panel *p, void (*done)(void *ctx), void *ctx)
{
	for (size_t i = 0; i < p->start.count && !p->is_closed; i++)
		(void)close(p->start.listeners[i]);	/* listening only */
	p->is_closed = true;
	done(ctx);
}
