/* list.h - a list threaded through its members, newest or oldest first; nothing is allocated. */
#ifndef ZG_BASE_LIST_H
#define ZG_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct zg_list { struct zg_list *next, *prev; };

/* The struct that holds this node as `member`. */
#define ZG_LIST_OF(node, type, member) ((type *)(void *)((char *)(node) - offsetof(type, member)))

static inline void zg_list_init(struct zg_list *l) { l->next = l->prev = l; }
static inline bool zg_list_is_empty(const struct zg_list *l) { return l->next == l; }
/* At the end; the node must be in no list. */
static inline void zg_list_push(struct zg_list *l, struct zg_list *node)
{
	node->prev = l->prev;
	node->next = l;
	l->prev->next = node;
	l->prev = node;
}
/* Out of its list; may be repeated. */
static inline void zg_list_drop(struct zg_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	zg_list_init(node);
}
/* The first, taken out; NULL when empty. */
static inline struct zg_list *zg_list_pop(struct zg_list *l)
{
	struct zg_list *node = l->next;

	if (node == l)
		return NULL;
	zg_list_drop(node);
	return node;
}
/* All of `from` to the end of l; from is empty then. */
static inline void zg_list_join(struct zg_list *l, struct zg_list *from)
{
	if (zg_list_is_empty(from))
		return;
	from->next->prev = l->prev;
	l->prev->next = from->next;
	from->prev->next = l;
	l->prev = from->prev;
	zg_list_init(from);
}

#endif
