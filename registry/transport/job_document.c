/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests, questions about blobs, and the check of a login: all that fits into one answer.
 */
#include "registry/transport/job.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "registry/registry.h"
#include "registry/transport/answer.h"
#include "registry/transport/auth.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/transport.h"

#include <errno.h>
#include <string.h>

static const char accept_manifests[] = "Accept: application/vnd.oci.image.index.v1+json, "
				       "application/vnd.oci.image.manifest.v1+json, "
				       "application/vnd.docker.distribution.manifest.list.v2+json, "
				       "application/vnd.docker.distribution.manifest.v2+json";

static enum job_verdict refused(struct exchange *exchange, struct error *err)
{
	answer_error(exchange, err);
	return JOB_FAILED;
}

static bool is_hex(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* "sha256:HEX" to HEX, else NULL. */
static const char *digest_hex_of(const char *text)
{
	return text && strncmp(text, "sha256:", 7) == 0 && is_hex(text + 7) ? text + 7 : NULL;
}

/* Only what the command takes as a name: anything else is as good as nothing. */
static void copy_media_type(struct wire_reply *reply, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr("\"'\\<>", text[i]))
			length = 0;
	if (length > 0 && length < sizeof(reply->media_type))
		memcpy(reply->media_type, text, length + 1);
}

static int write_content(struct job *job, const char *bytes, size_t length, struct error *err)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = pwrite(job->fd, bytes + done, length - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_errno(err, "cannot hand over what was received");
		done += (size_t)n;
	}
	job->reply.bytes = (int64_t)length;
	return 0;
}

/* ---- manifests ------------------------------------------------------------------------------- */

static int prepare_get(struct job *job, struct exchange *exchange, struct error *err)
{
	exchange->method = HTTP_GET;
	exchange->body_limit = REGISTRY_DOCUMENT_LIMIT;
	strvec_add(&exchange->headers, accept_manifests);
	return job_address(job, exchange, err, "manifests/%s", job->request.reference);
}

/* Who asks checks as well; here it decides whether another mirror is asked. */
static int check_digest(const struct job *job, const struct exchange *exchange,
			char hex[DIGEST_HEX_SIZE], struct error *err)
{
	const char *wanted = digest_hex_of(job->request.reference);
	const char *claimed = digest_hex_of(exchange->answer.digest);

	digest_hex(hex, strbuf_text(&exchange->body), exchange->body.length);
	if ((wanted && strcmp(wanted, hex) != 0) || (claimed && strcmp(claimed, hex) != 0))
		return error_set(err, EPROTO, "%s sends content that does not match its digest",
				 job_endpoint(job)->label);
	return 0;
}

static enum job_verdict handle_get(struct job *job, struct exchange *exchange, struct error *err)
{
	char hex[DIGEST_HEX_SIZE];

	if (exchange->status != 200)
		return refused(exchange, err);
	if (check_digest(job, exchange, hex, err) < 0)
		return JOB_FAILED;
	copy_media_type(&job->reply, exchange->answer.media_type);
	memcpy(job->reply.hex, hex, sizeof(hex));
	if (write_content(job, strbuf_text(&exchange->body), exchange->body.length, err) < 0)
		return JOB_BROKEN;
	return JOB_DONE;
}

static int prepare_head(struct job *job, struct exchange *exchange, struct error *err)
{
	if (prepare_get(job, exchange, err) < 0)
		return -1;
	exchange->method = job->is_checking ? HTTP_GET : HTTP_HEAD;
	return 0;
}

static enum job_verdict handle_head(struct job *job, struct exchange *exchange, struct error *err)
{
	const char *claimed = digest_hex_of(exchange->answer.digest);
	char hex[DIGEST_HEX_SIZE];

	if (!job->is_checking &&
	    (exchange->status == 405 || (exchange->status == 200 && !claimed))) {
		job->is_checking = true; /* by looking at the content itself */
		return JOB_NEXT;
	}
	if (exchange->status != 200)
		return refused(exchange, err);
	if (job->is_checking && check_digest(job, exchange, hex, err) < 0)
		return JOB_FAILED;
	memcpy(job->reply.hex, job->is_checking ? hex : claimed, DIGEST_HEX_SIZE);
	return JOB_DONE;
}

static int read_content(struct job *job, struct error *err)
{
	size_t length = (size_t)job->request.size;
	ssize_t n;

	if (job->content)
		return 0;
	if (length > REGISTRY_DOCUMENT_LIMIT)
		return error_set(err, ERROR_INVALID, "the manifest is too large");
	job->content = alloc_bytes(length + 1);
	n = pread(job->fd, job->content, length, 0);
	if (n < 0 || (size_t)n != length)
		return error_set(err, EIO, "cannot read the manifest");
	job->content[length] = '\0';
	return 0;
}

static int prepare_put(struct job *job, struct exchange *exchange, struct error *err)
{
	if (read_content(job, err) < 0)
		return -1;
	exchange->method = HTTP_PUT;
	exchange->upload_size = job->request.size;
	exchange->upload_text = job->content;
	strvec_addf(&exchange->headers, "Content-Type: %s", job->request.media_type);
	return job_address(job, exchange, err, "manifests/%s", job->request.reference);
}

static enum job_verdict handle_put(struct job *job, struct exchange *exchange, struct error *err)
{
	const char *claimed = digest_hex_of(exchange->answer.digest);
	char hex[DIGEST_HEX_SIZE];

	if (exchange->status / 100 != 2)
		return refused(exchange, err);
	digest_hex(hex, job->content, (size_t)job->request.size);
	if (claimed && strcmp(claimed, hex) != 0) {
		error_set(err, EPROTO, "%s has stored something else than what was sent",
			  job_endpoint(job)->label);
		return JOB_FAILED;
	}
	return JOB_DONE;
}

/* ---- tags ------------------------------------------------------------------------------------ */

#define TAGS_AT_ONCE 1000

static int prepare_tags(struct job *job, struct exchange *exchange, struct error *err)
{
	const char *last = job->request.reference;

	exchange->method = HTTP_GET;
	exchange->body_limit = REGISTRY_DOCUMENT_LIMIT;
	if (*last)
		return job_address(job, exchange, err, "tags/list?n=%d&last=%s", TAGS_AT_ONCE,
				   last);
	return job_address(job, exchange, err, "tags/list?n=%d", TAGS_AT_ONCE);
}

static enum job_verdict handle_tags(struct job *job, struct exchange *exchange, struct error *err)
{
	if (exchange->status != 200)
		return refused(exchange, err);
	if (write_content(job, strbuf_text(&exchange->body), exchange->body.length, err) < 0)
		return JOB_BROKEN;
	return JOB_DONE;
}

/* ---- blobs ----------------------------------------------------------------------------------- */

static int prepare_has(struct job *job, struct exchange *exchange, struct error *err)
{
	exchange->method = HTTP_HEAD;
	return job_address(job, exchange, err, "blobs/sha256:%s", job->request.hex);
}

static enum job_verdict handle_has(struct job *job, struct exchange *exchange, struct error *err)
{
	/* A store that it redirects to may refuse HEAD: then nobody knows, and it is sent again. */
	if (exchange->status != 200 && exchange->status != 404 &&
	    url_is_same_origin(&exchange->url, &job_endpoint(job)->base))
		return refused(exchange, err);
	job->reply.answer = exchange->status == 200;
	return JOB_DONE;
}

/* ---- login ----------------------------------------------------------------------------------- */

static int prepare_login(struct job *job, struct exchange *exchange, struct error *err)
{
	exchange->method = HTTP_GET;
	return job_address(job, exchange, err, "%s", "");
}

static enum job_verdict handle_login(struct job *job, struct exchange *exchange, struct error *err)
{
	const char *token = job_endpoint(job)->auth.identity_token;

	if (exchange->status != 200)
		return refused(exchange, err);
	if (token && write_content(job, token, strlen(token), err) < 0)
		return JOB_BROKEN;
	return JOB_DONE;
}

const struct job_kind job_get_manifest = {
	.prepare = prepare_get, .handle = handle_get, .is_pull = true};
const struct job_kind job_head_manifest = {
	.prepare = prepare_head, .handle = handle_head, .is_pull = true};
const struct job_kind job_put_manifest = {.prepare = prepare_put, .handle = handle_put};
const struct job_kind job_has_blob = {.prepare = prepare_has, .handle = handle_has};
const struct job_kind job_check_login = {.prepare = prepare_login, .handle = handle_login};
const struct job_kind job_list_tags = {
	.prepare = prepare_tags, .handle = handle_tags, .is_pull = true};
