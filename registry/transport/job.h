/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/job.h - one request of the command until its final reply; inside the
 * transport.
 *
 * A job asks one endpoint after the other. What its kind adds is a table row: which request comes
 * next, and what an answer means. Redirects, tokens, repeated attempts and the choice of the
 * endpoint are the same for all (registry/transport/job.c).
 */
#pragma once

#include "base/error.h"
#include "registry/url.h"
#include "registry/wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct endpoint;
struct exchange;
struct job;
struct transport;

enum job_verdict {
	JOB_NEXT,   /* to the next request: prepare */
	JOB_DONE,   /* job->reply says how */
	JOB_REPEAT, /* the same once more after a while, if it may */
	JOB_FAILED, /* not at this endpoint */
	JOB_BROKEN, /* nowhere: nothing more to be done */
};

struct job_kind {
	/* Fills the next request. -1: JOB_FAILED. */
	int (*prepare)(struct job *job, struct exchange *exchange, struct error *err);
	/* An answer that is no challenge, no redirect, and complete. */
	enum job_verdict (*handle)(struct job *job, struct exchange *exchange, struct error *err);
	/* Before another attempt or another endpoint; NULL: nothing. */
	void (*repeat)(struct job *job);
	bool is_pull; /* mirrors can answer it */
};

extern const struct job_kind job_list_tags, job_get_manifest, job_head_manifest, job_fetch_blob,
	job_send_blob, job_has_blob, job_mount_blob, job_put_manifest, job_check_login, job_get_url;

enum job_state {
	JOB_ASKING,	  /* its exchange is on its way */
	JOB_WAITS_TOKEN,  /* for auth_fetch */
	JOB_WAITS_TIME,	  /* until wake_ns */
	JOB_WAITS_OUTPUT, /* all is here, the reader has not taken it yet */
};

struct job {
	struct transport *transport;
	const struct job_kind *kind;
	struct wire_request request;
	struct wire_reply reply; /* what JOB_DONE sends */
	enum job_state state;
	size_t endpoint; /* index */
	struct exchange *exchange;
	unsigned redirects, challenges, generation;
	int64_t attempts;
	int64_t wake_ns, progress_ns;
	struct error err; /* why the answer was cut off */
	int fd;

	/* blobs */
	int64_t position; /* bytes of the blob that went through */
	int64_t trusted;  /* position at which the attempts were counted anew */
	int64_t skip;	  /* bytes of this answer that are there already */
	bool has_begun;	  /* of this answer */
	bool no_ranges;	  /* ask for all of it */
	bool is_stopped;  /* we cut the answer off: @err, @verdict */
	enum job_verdict verdict;
	char *buffer;
	size_t buffered, flushed;

	/* uploads */
	struct url *session; /* NULL: none was opened yet */
	bool is_chunked;
	bool is_checking;	  /* where the session stands */
	int64_t chunk, chunk_end; /* size of a part; end of the one that is being sent */
	char *content;		  /* of a document */
};

#define JOB_BUFFER (256 << 10)

/* Takes over @fd (or -1). */
void job_start(struct transport *transport, const struct wire_request *request, int fd);
/* Frees it and its place among the transport's jobs, without a reply. */
void job_free(struct job *job);
/* Its time has come, or its token. */
void job_continue(struct job *job);
/* A token did not come. */
void job_token_failed(struct job *job, const struct error *err, bool is_passing);
/* The job's answer is complete: sends the reply and frees. */
void job_complete(struct job *job);
/* Ends it for good with @err. */
void job_break(struct job *job, const struct error *err);
struct endpoint *job_endpoint(const struct job *job);
/* Tells the command how far it is, now and then. */
void job_progress(struct job *job);

/* Sets the exchange's url to ENDPOINT/v2/REPOSITORY/path… */
int job_address(struct job *job, struct exchange *exchange, struct error *err, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* To be called where a body is taken: no more of it. Returns EXCHANGE_STOP. */
ssize_t job_stop(struct job *job, enum job_verdict verdict);

/* registry/transport/job_fetch.c: moves buffered bytes to the descriptor. False: the job has gone.
 */
bool job_flush(struct job *job);
/* The same for a job that ends here: what the reader takes at once. */
void job_spill(struct job *job);
bool job_wants_output(const struct job *job);
