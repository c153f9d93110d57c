/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_transfer.h - waiting for single transfers of a registry
 * (registry/registry.h).
 */
#pragma once

struct descriptor;
struct error;
struct layer_job;
struct registry;
struct staging;
struct strbuf;

#define LAYER_TRANSFER_LAST_WORDS_MS 10000

/* A pipe has ended too early: why, only the transport knows. Fills @err when it tells in time. */
void layer_transfer_learn_reason(struct registry *registry, int transfer, struct error *err);
/* Fetches a small blob (a config) whole and verifies it. Other events are lost: nothing else may be
 * under way. */
int layer_transfer_document(struct registry *registry, const struct descriptor *descriptor,
			    struct strbuf *out, struct error *err);
/* The blob of a layer that needs no unpacking, into @staging; what has come before is not fetched
 * again. As above, nothing else may be under way. */
int layer_transfer_blob(struct registry *registry, const struct staging *staging,
			const struct layer_job *job, struct error *err);
