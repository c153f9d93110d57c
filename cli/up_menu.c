/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_menu.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define SGR_KEY	  "\x1b[1;7m"
#define SGR_FAINT "\x1b[2m"
#define SGR_RESET "\x1b[0m"
#define ERASE	  "\r\x1b[K"

struct up_menu {
	struct up_menu_client client;
	bool has_colour, is_watching;
	struct loop_source keys, resumed;
};

/* A handler of signals looks at it. */
static volatile sig_atomic_t is_shown;

static void write_out(const char *text, size_t length)
{
	file_write_all(STDOUT_FILENO, text, length, NULL);
}

/* ---- the line ----------------------------------------------------------------------------------
 */

static void add_item(struct strbuf *out, const struct up_menu *menu, const char *key,
		     const char *text, size_t *left)
{
	size_t length = strlen(key) + 1 + strlen(text);

	if (length + 3 > *left)
		return;
	*left -= length + 3;
	if (menu->has_colour)
		strbuf_printf(out, SGR_KEY "%s" SGR_RESET SGR_FAINT " %s" SGR_RESET "   ", key,
			      text);
	else
		strbuf_printf(out, "%s %s   ", key, text);
}

void up_menu_show(struct up_menu *menu)
{
	auto_strbuf struct strbuf text = {0};
	size_t rows, columns;

	if (!menu || is_shown || !terminal_is_ours())
		return;
	terminal_size(STDOUT_FILENO, &rows, &columns);
	strbuf_add(&text, "\r");
	add_item(&text, menu, "w", menu->is_watching ? "Disable Watch" : "Enable Watch", &columns);
	add_item(&text, menu, "d", "Detach", &columns);
	output_finish(NULL);
	is_shown = 1; /* before it is: who stops us in between erases it */
	write_out(text.text, text.length);
}

void up_menu_hide(struct up_menu *menu)
{
	if (!menu || !is_shown)
		return;
	is_shown = 0;
	write_out(ERASE, strlen(ERASE));
}

/* In a handler of signals. */
static void hide_while_stopped(void)
{
	ssize_t written = is_shown ? write(STDOUT_FILENO, ERASE, strlen(ERASE)) : 0;

	(void)written;
	is_shown = 0;
}

void up_menu_pause(struct up_menu *menu)
{
	up_menu_hide(menu);
	if (menu)
		terminal_keys_end();
}

void up_menu_go_on(struct up_menu *menu)
{
	if (menu)
		terminal_keys_begin(hide_while_stopped, NULL);
}

void up_menu_set_watching(struct up_menu *menu, bool is_watching)
{
	if (!menu || menu->is_watching == is_watching)
		return;
	up_menu_hide(menu);
	menu->is_watching = is_watching;
	up_menu_show(menu);
}

/* ---- the keys ----------------------------------------------------------------------------------
 */

/* A blank line, as it would be without us. */
static void add_line(struct up_menu *menu)
{
	up_menu_hide(menu);
	write_out("\n", 1);
	up_menu_show(menu);
}

static void take(struct up_menu *menu, char key)
{
	if (key == 'd')
		menu->client.detach(menu->client.data);
	else if (key == 'w')
		menu->client.toggle_watch(menu->client.data);
	else if (key == '\n' || key == '\r')
		add_line(menu);
}

static void handle_keys(struct loop_source *source, uint32_t events)
{
	struct up_menu *menu = source->data;
	char typed[64];
	ssize_t length;

	while ((length = terminal_keys_read(typed, sizeof(typed))) > 0) {
		/* What an arrow or a function key sends is none of ours. */
		for (ssize_t i = 0; i < length && typed[i] != '\x1b'; i++)
			take(menu, typed[i]);
	}
	if (length < 0 || events & (EPOLLHUP | EPOLLERR))
		loop_remove(&menu->keys);
}

static void handle_resumed(struct loop_source *source, uint32_t events)
{
	struct up_menu *menu = source->data;

	handle_keys(&menu->keys, events);
	up_menu_hide(menu);
	up_menu_show(menu);
}

/* ---- whether there is one ----------------------------------------------------------------------
 */

static int is_wanted(int wish, const struct invocation *invocation, struct error *err)
{
	const char *text = globals_variable(invocation->project, "COMPOSE_MENU");
	bool is_on = true;

	if (wish >= 0)
		return wish;
	if (text && *text && globals_flag(&is_on, invocation->project, "COMPOSE_MENU", err) < 0)
		return -1;
	return is_on;
}

static bool is_possible(const struct invocation *invocation)
{
	return invocation->globals->progress_mode == PROGRESS_TTY && !terminal_is_dumb() &&
	       isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Edges only: what is typed while others have the terminal is theirs to read. */
static int wait_for_keys(struct up_menu *menu, struct loop *loop, struct error *err)
{
	int resumed_fd = terminal_keys_begin(hide_while_stopped, err);

	menu->keys = (struct loop_source){.handler = handle_keys, .data = menu};
	menu->resumed = (struct loop_source){.handler = handle_resumed, .data = menu};
	if (resumed_fd < 0 || loop_add(loop, &menu->resumed, resumed_fd, EPOLLIN, err) < 0)
		return -1;
	return loop_add(loop, &menu->keys, STDIN_FILENO, EPOLLIN | EPOLLET, err);
}

int up_menu_new(struct up_menu **created, int wish, const struct invocation *invocation,
		struct loop *loop, const struct up_menu_client *client, struct error *err)
{
	struct up_menu *menu;
	struct error reason = {0};
	int wanted = is_wanted(wish, invocation, err);

	*created = NULL;
	if (wanted <= 0 || !is_possible(invocation))
		return wanted < 0 ? -1 : 0;
	menu = alloc_zeroed(1, sizeof(*menu));
	menu->client = *client;
	menu->has_colour = globals_has_colour(invocation->globals, STDOUT_FILENO);
	if (wait_for_keys(menu, loop, &reason) < 0) {
		log_debug("there is no menu: %s", reason.text);
		up_menu_free(menu);
		return 0;
	}
	*created = menu;
	return 0;
}

void up_menu_free(struct up_menu *menu)
{
	if (!menu)
		return;
	up_menu_hide(menu);
	loop_remove(&menu->keys);
	loop_remove(&menu->resumed);
	terminal_keys_end();
	free(menu);
}
