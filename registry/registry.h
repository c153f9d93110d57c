/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/registry.h - door: one repository of an OCI distribution registry, through the
 * transport.
 *
 * All that comes from the network is parsed by libexec/coracle/transport, a process without
 * privileges (registry/transport/main_transport.c) that speaks HTTP, TLS and the distribution
 * protocol: mirrors, redirects, authentication, resumed transfers, retries. It reads and writes
 * nothing but the descriptors that it is given. Whoever calls this verifies every digest: nothing
 * here is trusted. Everything is for one thread; transfers run side by side in the transport.
 */
#pragma once

#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;
struct strvec;
struct registry;

enum registry_access { REGISTRY_PULL, REGISTRY_PUSH };

struct registry_options {
	const char *transport;	/* path of the executable */
	const char *repository; /* normalized: "docker.io/library/redis", "localhost:5000/a/b" */
	enum registry_access access;
	/* also asked for in the token, so that blobs of it can be mounted; NULL: none */
	const char *mount_from; /* path of a repository of the same registry: "library/debian" */
};

/* Reads the user's credentials and the registry configuration, starts the transport. Nothing has
 * been sent yet. */
int registry_open(struct registry **registry, const struct registry_options *options,
		  struct error *err);
/* Ends the transport and with it every transfer. NULL is fine. */
void registry_close(struct registry *registry);

static inline void registry_cleanup(struct registry **registry)
{
	registry_close(*registry);
}
#define auto_registry __attribute__((cleanup(registry_cleanup)))

/* Documents: at most REGISTRY_DOCUMENT_LIMIT bytes, whole, in one call. */
#define REGISTRY_DOCUMENT_LIMIT ((size_t)8 << 20)

struct registry_document {
	char *media_type; /* Content-Type without parameters; malloc'ed */
	char *bytes;	  /* malloc'ed, NUL behind the end */
	size_t length;
	char hex[DIGEST_HEX_SIZE]; /* SHA-256 of bytes, computed on this side */
};
void registry_document_release(struct registry_document *document);

/* @reference: a tag or "sha256:HEX" (then the content is checked against it). ERROR_NOT_FOUND,
 * ERROR_DENIED (says to log in), ERROR_BUSY (rate limit, says until when). */
int registry_get_manifest(struct registry *registry, const char *reference,
			  struct registry_document *document, struct error *err);
/* The digest that a tag has now, without spending a pull. */
int registry_head_manifest(struct registry *registry, const char *reference,
			   char hex[DIGEST_HEX_SIZE], struct error *err);

/* Adds all tags of the repository to @tags, as the registry gives them. */
int registry_list_tags(struct registry *registry, struct strvec *tags, struct error *err);

/* Transfers of blobs: started here, ended by an event. */
struct registry_blob {
	char hex[DIGEST_HEX_SIZE];
	int64_t size;	/* as the manifest says */
	int64_t offset; /* fetch: where to begin (a resumed transfer) */
	int fd; /* fetch: bytes offset…size are written here (pipe or file); send: read from
		 * here (a seekable file). Stays the caller's; it may close it at once. */
};
/* Each returns a number >= 0 that the event carries. */
int registry_fetch_blob(struct registry *registry, const struct registry_blob *blob,
			struct error *err);
int registry_send_blob(struct registry *registry, const struct registry_blob *blob,
		       struct error *err);

enum registry_event_kind { REGISTRY_PROGRESS, REGISTRY_DONE, REGISTRY_FAILED };
struct registry_event {
	enum registry_event_kind kind;
	int transfer;
	int64_t bytes; /* transferred so far, offset included */
	/* REGISTRY_FAILED: why; PROGRESS: why it goes on anew from there, or NULL. Valid until the
	 * next call. */
	struct error *err;
};
/* Readable when registry_next has something. */
int registry_fd(const struct registry *registry);
/* Waits for the next event. An error only when the transport itself has gone. */
int registry_next(struct registry *registry, struct registry_event *event, struct error *err);

/* For pushing. 1: there, 0: not there. */
int registry_has_blob(struct registry *registry, const char *hex, struct error *err);
/* 1: the registry has taken it over from options.mount_from, 0: it has to be sent. */
int registry_mount_blob(struct registry *registry, const char *hex, struct error *err);
int registry_put_manifest(struct registry *registry, const char *reference, const char *media_type,
			  const void *bytes, size_t length, struct error *err);

/* GET /v2/ of a registry ("docker.io", "localhost:5000") with these credentials: are they good?
 * @identity_token (malloc'ed) is what the registry gave to be stored instead of the password, or
 * NULL. */
int registry_check_login(const char *transport, const char *host, const char *user,
			 const char *password, char **identity_token, struct error *err);
