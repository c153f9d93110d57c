/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/up_menu.h - the keys of an attached `up` on a terminal, and the line at its bottom that says
 * which there are.
 *
 * Whoever prints hides the line before and shows it afterwards. All calls take NULL for no menu.
 */
#pragma once

#include <stdbool.h>

struct error;
struct invocation;
struct loop;
struct up_menu;

struct up_menu_client {
	void (*detach)(void *data);
	void (*toggle_watch)(void *data);
	void *data;
};

/* @wish: --menu: 1, 0, or -1 for COMPOSE_MENU. @menu is NULL where there is none: without a
 * terminal to read from and to write to, one that cannot move its cursor, or where progress is
 * plain. */
int up_menu_new(struct up_menu **menu, int wish, const struct invocation *invocation,
		struct loop *loop, const struct up_menu_client *client, struct error *err);
void up_menu_free(struct up_menu *menu);
void up_menu_show(struct up_menu *menu);
void up_menu_hide(struct up_menu *menu);
/* Somebody else reads from the terminal, line by line, until it goes on. */
void up_menu_pause(struct up_menu *menu);
void up_menu_go_on(struct up_menu *menu);
/* What the key for watching does next. */
void up_menu_set_watching(struct up_menu *menu, bool is_watching);
