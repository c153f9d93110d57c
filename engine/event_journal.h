/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/event_journal.h - RUN/events/journal: what happened lately, one JSON document a line, in
 * the form of Docker's events.
 *
 * There is no daemon to ask and no lock to wait for: each event is one write at the end of the
 * file. Who finds the file too large renames it to journal.1, which replaces the one before, so
 * that both together are bounded; readers follow with inotify on the directory. An event that
 * cannot be written (the disk is full) is lost: no command fails because of it. Empty lines mean
 * nothing.
 */
#pragma once

struct engine;

#define EVENT_JOURNAL_NAME	"journal"
#define EVENT_JOURNAL_BEFORE	"journal.1"
#define EVENT_JOURNAL_SIZE	(1 << 20)  /* bytes of one file, about */
#define EVENT_JOURNAL_LINE_SIZE (64 << 10) /* attributes beyond that are left out */

/* From now on base/event's events of this process go to @engine's journal. */
void event_journal_open(struct engine *engine);
void event_journal_close(void);
