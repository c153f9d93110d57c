/* SPDX-License-Identifier: Apache-2.0 */
/* What a path leads to in the tree of an ignore file's patterns. */
#include "base/arena.h"
#include "builder/source/ignore_private.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STATES  2048U
#define HASH_SLOTS   4096U
#define ASCII	     128U
#define LEAST_PLACES ((size_t)64 << 10)

/* A place is a node that was passed, or one of "any characters up to a slash" that is still within
 * them. */
#define PLACE(node)    ((node) << 1)
#define WITHIN(node)   (PLACE(node) | 1U)
#define NODE_OF(place) ((place) >> 1)

struct state {
	uint32_t *places;
	uint32_t count, hash;
	int32_t settled;      /* the last rule that matched a folder above; -1: none */
	int32_t rule;	      /* the last rule that matches here */
	uint16_t next[ASCII]; /* 0: not known yet; else a state's number and 1 */
};

struct ignore_states {
	struct state *states;
	size_t count;
	uint16_t *slots;  /* by hash: a state's number and 1 */
	uint32_t *places; /* of all states */
	size_t place_count, most_places;
	uint32_t *set; /* the one that is being made */
	uint32_t set_count;
	uint32_t *marks, mark; /* of places: which are in it */
	size_t work;
};

static void mark_anew(struct ignore_states *states)
{
	states->mark++;
	states->set_count = 0;
}

static void add(struct ignore_states *states, uint32_t place)
{
	if (states->marks[place] == states->mark)
		return;
	states->marks[place] = states->mark;
	states->set[states->set_count++] = place;
}

static bool may_be_empty(const struct ignore_node *node)
{
	return node->kind == IGNORE_STAR || node->kind == IGNORE_DEEP ||
	       node->kind == IGNORE_SUBTREES;
}

/* What is reached without another character; a rule that is settled makes all before it void. */
static void complete(const struct ignore *ignore, int32_t settled)
{
	struct ignore_states *states = ignore->states;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < states->set_count; i++) {
		uint32_t place = states->set[i], child = ignore->nodes[NODE_OF(place)].child;

		if (place & 1U)
			continue;
		for (; child; child = ignore->nodes[child].sibling) {
			if (!may_be_empty(&ignore->nodes[child]))
				continue;
			add(states, PLACE(child));
			if (ignore->nodes[child].kind == IGNORE_SUBTREES)
				add(states, WITHIN(child));
		}
	}
	for (uint32_t i = 0; i < states->set_count; i++)
		if (ignore->nodes[NODE_OF(states->set[i])].last > settled)
			states->set[kept++] = states->set[i];
	states->set_count = kept;
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static uint32_t hash_set(const struct ignore_states *states, int32_t settled)
{
	uint32_t hash = 2166136261U ^ (uint32_t)settled;

	for (uint32_t i = 0; i < states->set_count; i++)
		hash = (hash ^ states->set[i]) * 16777619U;
	return hash ^ hash >> 15;
}

/* There is no room for another: all are forgotten and made again as they are needed. */
static void forget(struct ignore_states *states)
{
	memset(states->slots, 0, HASH_SLOTS * sizeof(*states->slots));
	states->count = 0;
	states->place_count = 0;
}

static int32_t find_rule(const struct ignore *ignore, int32_t settled)
{
	const struct ignore_states *states = ignore->states;
	int32_t rule = settled;

	for (uint32_t i = 0; i < states->set_count; i++) {
		const struct ignore_node *node = &ignore->nodes[NODE_OF(states->set[i])];

		if (!(states->set[i] & 1U) && node->end > rule)
			rule = node->end;
	}
	return rule;
}

static bool is_state(const struct ignore_states *states, const struct state *state, uint32_t hash,
		     int32_t settled)
{
	return state->hash == hash && state->settled == settled &&
	       state->count == states->set_count &&
	       memcmp(state->places, states->set, state->count * sizeof(*state->places)) == 0;
}

/* The state of the set that was made; *@is_forgotten when all others are gone. */
static uint32_t keep(const struct ignore *ignore, int32_t settled, bool *is_forgotten)
{
	struct ignore_states *states = ignore->states;
	uint32_t hash, slot;
	struct state *state;

	qsort(states->set, states->set_count, sizeof(*states->set), by_number);
	hash = hash_set(states, settled);
	for (slot = hash % HASH_SLOTS; states->slots[slot]; slot = (slot + 1) % HASH_SLOTS)
		if (is_state(states, &states->states[states->slots[slot] - 1], hash, settled))
			return states->slots[slot] - 1U;
	*is_forgotten = states->count == MOST_STATES ||
			states->place_count + states->set_count > states->most_places;
	if (*is_forgotten) {
		forget(states);
		slot = hash % HASH_SLOTS;
	}
	states->work++;
	state = &states->states[states->count];
	*state = (struct state){
		.places = states->places + states->place_count,
		.count = states->set_count,
		.hash = hash,
		.settled = settled,
		.rule = find_rule(ignore, settled),
	};
	memcpy(state->places, states->set, states->set_count * sizeof(*states->set));
	states->place_count += states->set_count;
	states->slots[slot] = (uint16_t)++states->count;
	return (uint32_t)states->count - 1;
}

static bool takes(const struct ignore_node *node, uint32_t code)
{
	switch (node->kind) {
	case IGNORE_LITERAL:
		return node->code == code;
	case IGNORE_ANY:
		return code != '/';
	case IGNORE_CLASS:
		return pattern_class_has(node->class, code);
	case IGNORE_ROOT:
	case IGNORE_STAR:
	case IGNORE_DEEP:
	case IGNORE_SUBTREES:
	default:
		return false;
	}
}

/* Where @place leads with @code. */
static void advance(const struct ignore *ignore, uint32_t place, uint32_t code)
{
	struct ignore_states *states = ignore->states;
	const struct ignore_node *node = &ignore->nodes[NODE_OF(place)];

	if (place & 1U) {
		add(states, place);
		if (code == '/')
			add(states, place & ~1U);
		return;
	}
	if (node->kind == IGNORE_DEEP || (node->kind == IGNORE_STAR && code != '/'))
		add(states, place);
	for (uint32_t child = node->child; child; child = ignore->nodes[child].sibling)
		if (takes(&ignore->nodes[child], code))
			add(states, PLACE(child));
}

static uint32_t step(const struct ignore *ignore, uint32_t number, uint32_t code)
{
	struct ignore_states *states = ignore->states;
	const struct state *from = &states->states[number];
	int32_t settled = code == '/' ? from->rule : from->settled;
	bool is_forgotten = false;
	uint32_t next;

	if (code < ASCII && from->next[code])
		return from->next[code] - 1U;
	mark_anew(states);
	for (uint32_t i = 0; i < from->count; i++)
		advance(ignore, from->places[i], code);
	complete(ignore, settled);
	next = keep(ignore, settled, &is_forgotten);
	if (code < ASCII && !is_forgotten)
		states->states[number].next[code] = (uint16_t)(next + 1);
	return next;
}

static struct ignore_states *prepare(const struct ignore *ignore)
{
	size_t places = 2 * ignore->node_count;
	struct arena *arena = ignore->arena;
	struct ignore_states *states = arena_alloc(arena, sizeof(*states));

	states->most_places = 4 * places > LEAST_PLACES ? 4 * places : LEAST_PLACES;
	states->states = arena_array(arena, MOST_STATES, sizeof(*states->states));
	states->slots = arena_array(arena, HASH_SLOTS, sizeof(*states->slots));
	states->places = arena_array(arena, states->most_places, sizeof(*states->places));
	states->set = arena_array(arena, places, sizeof(*states->set));
	states->marks = arena_array(arena, places, sizeof(*states->marks));
	return states;
}

static uint32_t begin(const struct ignore *ignore)
{
	bool is_forgotten;

	mark_anew(ignore->states);
	add(ignore->states, PLACE(0));
	complete(ignore, -1);
	return keep(ignore, -1, &is_forgotten);
}

static bool has_exceptions(const struct ignore *ignore, const struct state *state)
{
	for (uint32_t i = 0; i < state->count; i++)
		if (ignore->nodes[NODE_OF(state->places[i])].last_exception > state->settled)
			return true;
	return false;
}

struct ignore_found ignore_find(const struct ignore *ignore, const char *path)
{
	struct ignore_found found = {.rule = -1};
	uint32_t at;

	if (ignore->node_count == 0)
		return found;
	if (!ignore->states)
		((struct ignore *)ignore)->states = prepare(ignore);
	for (at = begin(ignore); *path;)
		at = step(ignore, at, pattern_character(&path));
	found.rule = ignore->states->states[at].rule;
	if (found.rule >= 0 && !ignore->rules[found.rule].is_exception) {
		at = step(ignore, at, '/');
		found.may_have_exceptions = has_exceptions(ignore, &ignore->states->states[at]);
	}
	return found;
}

size_t ignore_count_work(const struct ignore *ignore)
{
	return ignore->states ? ignore->states->work : 0;
}
