/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/storage/image/registry_stub.h - registry/registry.h without a registry: what there is
 * stands in memory, and it can lie, stop in the middle and refuse. Included by one file of a test
 * program, it takes the place of the real one.
 */
#pragma once

#include "base/alloc.h"
#include "base/error.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STUB_MOST 32

struct stub_document {
	char reference[80], hex[65];
	const char *media_type;
	const char *bytes;
	size_t length;
};

struct stub_blob {
	char hex[65];
	const char *bytes;
	size_t length;
	size_t cut; /* fails after so many bytes; 0: never */
};

struct stub_fetch {
	char hex[65];
	int64_t offset;
};

static struct {
	struct stub_document documents[STUB_MOST];
	struct stub_blob blobs[STUB_MOST];
	struct stub_fetch fetches[STUB_MOST];
	size_t document_count, blob_count, fetch_count, get_count, head_count;
	/* what came by pushing */
	struct {
		char hex[65];
		bool is_mounted;
	} sent[STUB_MOST];
	size_t sent_count;
	struct strbuf put, put_reference, mount_from;
	bool is_unreachable;
} stub;

struct registry {
	int fds[2]; /* events: parent, children */
	struct error err;
	int next;
	pid_t children[STUB_MOST];
};

struct stub_event {
	enum registry_event_kind kind;
	int transfer;
	int64_t bytes;
};

static inline void stub_reset(void)
{
	strbuf_release(&stub.put);
	strbuf_release(&stub.put_reference);
	strbuf_release(&stub.mount_from);
	memset(&stub, 0, sizeof(stub));
}

static inline void stub_add_document(const char *reference, const char *media_type,
				     const struct strbuf *text)
{
	struct stub_document *document = stub.documents + stub.document_count++;

	snprintf(document->reference, sizeof(document->reference), "%s", reference);
	document->media_type = media_type;
	document->bytes = text->text;
	document->length = text->length;
	digest_hex(document->hex, text->text, text->length);
}

static inline struct stub_blob *stub_add_blob(const char *hex, const struct strbuf *bytes)
{
	struct stub_blob *blob = stub.blobs + stub.blob_count++;

	memcpy(blob->hex, hex, 65);
	blob->bytes = bytes->text;
	blob->length = bytes->length;
	return blob;
}

int registry_open(struct registry **registry, const struct registry_options *options,
		  struct error *err)
{
	(void)err;
	*registry = alloc_zeroed(1, sizeof(**registry));
	strbuf_clear(&stub.mount_from);
	strbuf_add(&stub.mount_from, options->mount_from ? options->mount_from : "");
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (*registry)->fds);
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	close(registry->fds[0]);
	close(registry->fds[1]);
	for (int i = 0; i < registry->next; i++)
		process_reap(registry->children[i]);
	free(registry);
}

static inline const struct stub_document *stub_find(const char *reference, struct error *err)
{
	for (size_t i = 0; i < stub.document_count && !stub.is_unreachable; i++) {
		const struct stub_document *document = stub.documents + i;

		if (strcmp(document->reference, reference) == 0 ||
		    (strncmp(reference, "sha256:", 7) == 0 &&
		     strcmp(document->hex, reference + 7) == 0))
			return document;
	}
	error_set(err, stub.is_unreachable ? ECONNREFUSED : ERROR_NOT_FOUND,
		  stub.is_unreachable ? "cannot reach the registry" : "it is not there");
	return NULL;
}

void registry_document_release(struct registry_document *document)
{
	free(document->media_type);
	free(document->bytes);
}

int registry_get_manifest(struct registry *registry, const char *reference,
			  struct registry_document *document, struct error *err)
{
	const struct stub_document *found = stub_find(reference, err);

	(void)registry;
	stub.get_count++;
	if (!found)
		return -1;
	document->media_type = alloc_string(found->media_type);
	document->bytes = alloc_string_n(found->bytes, found->length);
	document->length = found->length;
	memcpy(document->hex, found->hex, 65);
	return 0;
}

int registry_list_tags(struct registry *registry, struct strvec *tags, struct error *err)
{
	(void)registry;
	(void)tags;
	return error_set(err, ERROR_UNSUPPORTED, "nobody lists tags here");
}

int registry_head_manifest(struct registry *registry, const char *reference, char hex[65],
			   struct error *err)
{
	const struct stub_document *found = stub_find(reference, err);

	(void)registry;
	stub.head_count++;
	if (!found)
		return -1;
	memcpy(hex, found->hex, 65);
	return 0;
}

static inline void stub_serve(const struct registry *registry, const struct registry_blob *wanted,
			      const struct stub_blob *blob)
{
	struct stub_event event = {.kind = REGISTRY_FAILED, .transfer = registry->next};
	size_t at = (size_t)wanted->offset;

	if (blob) {
		size_t end = blob->cut ? blob->cut : blob->length;

		while (at < end) {
			ssize_t n = write(wanted->fd, blob->bytes + at,
					  end - at < 4096 ? end - at : 4096);

			if (n < 0)
				break;
			at += (size_t)n;
		}
		if (at == blob->length)
			event.kind = REGISTRY_DONE;
	}
	close(wanted->fd);
	event.bytes = (int64_t)at;
	if (send(registry->fds[1], &event, sizeof(event), MSG_NOSIGNAL) < 0)
		_exit(1);
	_exit(0);
}

int registry_fetch_blob(struct registry *registry, const struct registry_blob *wanted,
			struct error *err)
{
	const struct stub_blob *blob = NULL;
	struct stub_fetch *fetch = stub.fetches + stub.fetch_count++;

	for (size_t i = 0; i < stub.blob_count; i++)
		if (strcmp(stub.blobs[i].hex, wanted->hex) == 0)
			blob = stub.blobs + i;
	memcpy(fetch->hex, wanted->hex, 65);
	fetch->offset = wanted->offset;
	registry->children[registry->next] = fork();
	if (registry->children[registry->next] < 0)
		return error_errno(err, "fork");
	if (registry->children[registry->next] == 0)
		stub_serve(registry, wanted, blob);
	return registry->next++;
}

int registry_send_blob(struct registry *registry, const struct registry_blob *blob,
		       struct error *err)
{
	struct stub_event event = {.kind = REGISTRY_DONE, .transfer = registry->next};

	(void)err;
	memcpy(stub.sent[stub.sent_count++].hex, blob->hex, 65);
	registry->children[registry->next] = fork();
	if (registry->children[registry->next] == 0) {
		if (send(registry->fds[1], &event, sizeof(event), MSG_NOSIGNAL) < 0)
			_exit(1);
		_exit(0);
	}
	return registry->next++;
}

int registry_fd(const struct registry *registry)
{
	return registry->fds[0];
}

int registry_next(struct registry *registry, struct registry_event *event, struct error *err)
{
	struct stub_event got;

	if (recv(registry->fds[0], &got, sizeof(got), 0) != sizeof(got))
		return error_set(err, ECONNRESET, "the transport has gone");
	registry->err = (struct error){0};
	error_set(&registry->err, ECONNRESET, "the connection was reset");
	*event = (struct registry_event){got.kind, got.transfer, got.bytes, &registry->err};
	return 0;
}

int registry_has_blob(struct registry *registry, const char *hex, struct error *err)
{
	(void)registry;
	(void)err;
	for (size_t i = 0; i < stub.blob_count; i++)
		if (strcmp(stub.blobs[i].hex, hex) == 0)
			return 1;
	return 0;
}

int registry_mount_blob(struct registry *registry, const char *hex, struct error *err)
{
	(void)registry;
	(void)err;
	stub.sent[stub.sent_count].is_mounted = true;
	memcpy(stub.sent[stub.sent_count++].hex, hex, 65);
	return 1;
}

int registry_put_manifest(struct registry *registry, const char *reference, const char *media_type,
			  const void *bytes, size_t length, struct error *err)
{
	(void)registry;
	(void)err;
	strbuf_printf(&stub.put_reference, "%s %s", reference, media_type);
	strbuf_add_n(&stub.put, bytes, length);
	return 0;
}
