/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/store_lock.h - door: who relies on images keeps the garbage collection away.
 *
 * ROOT/store.lock is a flock. It is held shared by whoever brings in or relies on what nothing on
 * disk refers to yet: load, pull, import and commit from putting layers and blobs into place until
 * index.json names them (layers that were there before are looked at again under the lock), and
 * container_create from finding the image until container.json is on disk. It is held exclusively
 * for a moment by storage/image/gc.h, which marks and renames away; deleting comes after the lock.
 *
 * Nobody holds it while waiting for a stream, the network or a user: what is in ROOT/staging and
 * ROOT/partial is safe from the collection without it. Order: this one, then images.lock. Locks of
 * layers may be held already. A process that holds it shared must not collect.
 */
#pragma once

#include <stdbool.h>

struct error;
struct layout;

/* Waits for a collection that is under way (a moment). Returns a descriptor to close; workers that
 * are forked meanwhile keep the lock too. */
int store_lock_share(const struct layout *layout, struct error *err);
/* For the collection. Others may bring in an image for minutes: after a few seconds (with
 * @is_patient; else at once) it is ERROR_BUSY, and the garbage is left to the next collection. */
int store_lock_exclude(const struct layout *layout, bool is_patient, struct error *err);
