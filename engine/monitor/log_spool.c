/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/log_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"

#define JOURNAL_NAME "log.journal"
#define JOURNAL_SIZE 4096
#define PAGE	     UINT64_C(4096)
/* Names the layout too: another layout is another magic, and its journal is not used. */
#define MAGIC UINT64_C(0x31304c4e524a4c43)

struct log_spool_journal {
	uint64_t magic;	  /* stored last when the journal is made */
	uint64_t current; /* sequence of the valid slot, which is slots[current % 2] */
	uint64_t reserved[14];
	struct log_spool_state slots[2];
};

_Static_assert(sizeof(struct log_spool_journal) <= JOURNAL_SIZE, "the journal is one page");
_Static_assert(sizeof(struct log_spool_state) % sizeof(uint64_t) == 0, "no padding to sum up");

static const char *const spool_names[] = {
	[LOG_STDOUT] = "stdout.spool",
	[LOG_STDERR] = "stderr.spool",
};

/* FNV-1a over words. Kills cannot spoil a slot; a power cut can, where RUN is not on tmpfs. */
static uint64_t checksum(const struct log_spool_state *state)
{
	uint64_t words[sizeof(*state) / sizeof(uint64_t)];
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	memcpy(words, state, sizeof(words));
	for (size_t i = 0; i < array_length(words) - 1; i++)
		sum = (sum ^ words[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static bool load_state(struct log_spool *spool)
{
	const struct log_spool_journal *journal = spool->journal;

	if (journal->magic != MAGIC)
		return false;
	spool->state = journal->slots[journal->current % 2];
	return spool->state.sequence == journal->current &&
	       spool->state.checksum == checksum(&spool->state) &&
	       spool->state.kind <= LOG_SPOOL_ROTATE && spool->state.stream < LOG_STREAM_COUNT;
}

void log_spool_commit(struct log_spool *spool)
{
	struct log_spool_journal *journal = spool->journal;

	spool->state.sequence++;
	spool->state.checksum = checksum(&spool->state);
	journal->slots[spool->state.sequence % 2] = spool->state;
	/* Release: the slot is in memory before the word that makes it valid. */
	__atomic_store_n(&journal->current, spool->state.sequence, __ATOMIC_RELEASE);
}

/* A record lock, not a flock: children forked by the writer must not keep it when it is killed. */
static int lock_journal(int fd, struct error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return error_set(err, ERROR_BUSY,
				 "cannot open the log spool: another process writes this log");
	return error_errno(err, "cannot lock the log spool");
}

static int open_journal(struct log_spool *spool, int run_fd, struct error *err)
{
	static const char zeros[JOURNAL_SIZE];
	struct stat status;
	void *map;

	spool->journal_fd =
		openat(run_fd, JOURNAL_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (spool->journal_fd < 0)
		return error_errno(err, "cannot open the log journal '%s'", JOURNAL_NAME);
	if (lock_journal(spool->journal_fd, err) < 0)
		return -1;
	if (fstat(spool->journal_fd, &status) < 0)
		return error_errno(err, "cannot read the log journal '%s'", JOURNAL_NAME);
	/* Written, not truncated up: a store into a hole of a full tmpfs would be SIGBUS. */
	if (status.st_size != JOURNAL_SIZE &&
	    (ftruncate(spool->journal_fd, 0) < 0 ||
	     pwrite(spool->journal_fd, zeros, sizeof(zeros), 0) != sizeof(zeros)))
		return error_errno(err, "cannot create the log journal '%s'", JOURNAL_NAME);
	map = mmap(NULL, JOURNAL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, spool->journal_fd, 0);
	if (map == MAP_FAILED)
		return error_errno(err, "cannot map the log journal '%s'", JOURNAL_NAME);
	spool->journal = map;
	return 0;
}

static int open_stream(struct log_spool *spool, int run_fd, int stream, bool is_new,
		       struct error *err)
{
	const char *name = spool_names[stream];
	struct log_spool_state *state = &spool->state;
	struct stat status;
	int fd = openat(run_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	spool->fds[stream] = fd;
	if (fd < 0)
		return error_errno(err, "cannot open the log spool '%s'", name);
	if ((is_new && ftruncate(fd, 0) < 0) || fstat(fd, &status) < 0)
		return error_errno(err, "cannot open the log spool '%s'", name);
	if (is_new && fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE) < 0)
		return error_errno(err, "cannot punch holes into '%s': use a tmpfs", name);
	spool->end[stream] = (uint64_t)status.st_size;
	/* Less than the journal says only after a power cut or somebody's rm: start from there. */
	if (state->done[stream] > spool->end[stream]) {
		state->done[stream] = spool->end[stream];
		if (state->kind != LOG_SPOOL_ROTATE && state->stream == (uint32_t)stream)
			state->kind = LOG_SPOOL_IDLE;
	}
	if (state->lost[stream] > spool->end[stream] - state->done[stream])
		state->lost[stream] = spool->end[stream] - state->done[stream];
	return 0;
}

int log_spool_open(struct log_spool *spool, int run_fd, struct error *err)
{
	bool is_new;

	*spool = (struct log_spool){.journal_fd = -1, .fds = {-1, -1}};
	if (open_journal(spool, run_fd, err) < 0)
		return -1;
	is_new = !load_state(spool);
	if (is_new)
		spool->state = (struct log_spool_state){.sequence = spool->journal->current};
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (open_stream(spool, run_fd, i, is_new, err) < 0)
			return -1;
	log_spool_commit(spool);
	__atomic_store_n(&spool->journal->magic, MAGIC, __ATOMIC_RELEASE);
	return !is_new;
}

void log_spool_close(struct log_spool *spool)
{
	if (spool->journal)
		munmap(spool->journal, JOURNAL_SIZE);
	spool->journal = NULL;
	cleanup_close(&spool->journal_fd);
	spool->journal_fd = -1;
	for (int i = 0; i < LOG_STREAM_COUNT; i++) {
		cleanup_close(&spool->fds[i]);
		spool->fds[i] = -1;
	}
}

/* Why one splice is the hand-over (iter_file_splice_write in fs/splice.c, Linux 3.16 and later):
 * with the pipe locked it writes the pipe's pages to the file and then takes from the pipe as many
 * bytes as that write returned. A fatal signal may shorten the write, but the file grows by what it
 * returned, and nothing between the two can be interrupted. */
ssize_t log_spool_pull(struct log_spool *spool, enum log_stream stream, int fd)
{
	off_t offset = (off_t)spool->end[stream];
	ssize_t moved;

	do {
		moved = splice(fd, NULL, spool->fds[stream], &offset, LOG_SPOOL_CHUNK,
			       SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	} while (moved < 0 && errno == EINTR);
	if (moved > 0)
		spool->end[stream] += (uint64_t)moved;
	return moved;
}

void log_spool_append(struct log_spool *spool, enum log_stream stream, const char *bytes,
		      size_t length)
{
	uint64_t *end = &spool->end[stream];

	while (length > 0) {
		ssize_t n = pwrite(spool->fds[stream], bytes, length, (off_t)*end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*end += (uint64_t)n;
		bytes += n;
		length -= (size_t)n;
	}
	if (length == 0)
		return;
	/* No room: a hole stands for the bytes, so that positions and counts still agree. Said
	 * first, so that a kill in between cannot turn the hole into output. */
	spool->state.lost[stream] = *end + length - spool->state.done[stream];
	log_spool_commit(spool);
	if (ftruncate(spool->fds[stream], (off_t)(*end + length)) == 0)
		*end += length;
}

ssize_t log_spool_read(struct log_spool *spool, enum log_stream stream, uint64_t from, char *bytes,
		       size_t size)
{
	ssize_t n;

	do {
		n = pread(spool->fds[stream], bytes, size, (off_t)from);
	} while (n < 0 && errno == EINTR);
	return n;
}

void log_spool_punch(struct log_spool *spool, enum log_stream stream, uint64_t from, uint64_t upto)
{
	from = (from + PAGE - 1) / PAGE * PAGE;
	upto = upto / PAGE * PAGE;
	if (from < upto)
		fallocate(spool->fds[stream], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			  (off_t)from, (off_t)(upto - from));
}

void log_spool_trim(struct log_spool *spool, enum log_stream stream, uint64_t upto,
		    uint64_t worthwhile)
{
	upto = upto / PAGE * PAGE;
	if (upto < spool->punched[stream] + worthwhile || upto == spool->punched[stream])
		return;
	log_spool_punch(spool, stream, spool->punched[stream], upto);
	spool->punched[stream] = upto;
}
