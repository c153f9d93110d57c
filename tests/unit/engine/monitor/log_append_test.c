/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writers that are killed. CORACLE_LOG_KILLS sets how often (default 200 in each test).
 */
#include "tests/unit/engine/monitor/log_fixture.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define LINE_MAX_BYTES 40000

/* What producer and checkers agree on, in shared memory. */
struct shared {
	volatile bool stop, is_complete;
	volatile uint64_t counts[LOG_STREAM_COUNT];
	volatile uint64_t followed[LOG_STREAM_COUNT];
	char problem[1100];
};

/* Line @number of @stream: known to every process. Some are longer than a record. */
static size_t make_line(char *line, enum log_stream stream, uint64_t number)
{
	uint64_t hash = (number * 2 + stream) * UINT64_C(0x9e3779b97f4a7c15);
	size_t length = hash >> 57, i;

	if ((hash >> 40 & 1023) == 7)
		length = 10000 + (hash >> 20) % 28000;
	i = (size_t)sprintf(line, "%llu ", (unsigned long long)number);
	memset(line + i, 'a' + (int)(number % 26), length);
	line[i + length] = '\n';
	return i + length + 1;
}

static void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0)
			_exit(3);
		bytes += n;
		length -= (size_t)n;
	}
}

/* Bursts at full speed, short pauses between them, and now and then half a line before one. */
static void produce(struct fixture *fixture, struct shared *shared)
{
	static char burst[65536 + LINE_MAX_BYTES];
	const char *const names[] = {"stdout", "stderr"};
	int fds[LOG_STREAM_COUNT];

	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		fds[i] = openat(fixture->run, names[i], O_WRONLY);
	srandom(42);
	while (!shared->stop) {
		enum log_stream stream = (enum log_stream)(random() & 1);
		size_t wanted = (size_t)random() % (random() % 4 ? 2000 : 65536), length = 0;
		uint64_t number = shared->counts[stream];

		do {
			length += make_line(burst + length, stream, number++);
		} while (length < wanted);
		shared->counts[stream] = number;
		if (random() % 8 == 0) {
			size_t half = (size_t)random() % length;

			write_all(fds[stream], burst, half);
			usleep(200);
			write_all(fds[stream], burst + half, length - half);
		} else {
			write_all(fds[stream], burst, length);
		}
		if (random() % 64 == 0)
			usleep((useconds_t)(random() % 3000));
	}
	_exit(0);
}

/* Puts records together to lines and compares with what they must be. */
struct checker {
	struct shared *shared;
	uint64_t expected[LOG_STREAM_COUNT];
	bool has_started[LOG_STREAM_COUNT];
	bool may_start_anywhere; /* the first files have expired */
	char lines[LOG_STREAM_COUNT][LINE_MAX_BYTES * 2];
	size_t lengths[LOG_STREAM_COUNT];
};

static bool check_line(struct checker *checker, enum log_stream stream)
{
	static char wanted[LINE_MAX_BYTES];
	const char *line = checker->lines[stream];
	size_t length = checker->lengths[stream];
	uint64_t number = checker->expected[stream];

	if (!checker->has_started[stream] && checker->may_start_anywhere) {
		char *end;
		/* The first piece may be the rest of a line. */
		uint64_t first = strtoull(line, &end, 10);

		if (*end != ' ' || make_line(wanted, stream, first) != length)
			return true;
		number = first;
	}
	checker->has_started[stream] = true;
	checker->expected[stream] = number + 1;
	if (make_line(wanted, stream, number) == length && memcmp(wanted, line, length) == 0)
		return true;
	snprintf(checker->shared->problem, sizeof(checker->shared->problem),
		 "stream %d: expected line %llu, found %zu bytes '%.60s'", (int)stream,
		 (unsigned long long)number, length, line);
	return false;
}

static bool check_record(struct checker *checker, const struct log_record *record)
{
	size_t *length = &checker->lengths[record->stream];
	char *line = checker->lines[record->stream];

	if (*length + record->length > sizeof(checker->lines[0]))
		return false;
	memcpy(line + *length, record->text, record->length);
	*length += record->length;
	if (line[*length - 1] != '\n')
		return true;
	if (!check_line(checker, record->stream))
		return false;
	*length = 0;
	return true;
}

/* Reads what there is. */
static bool check_all(struct checker *checker, struct log_reader *reader)
{
	struct log_record record;
	struct error err = {0};
	int more;

	while ((more = log_reader_next(reader, &record, &err)) > 0)
		if (!check_record(checker, &record))
			return false;
	if (more < 0)
		snprintf(checker->shared->problem, sizeof(checker->shared->problem), "%s",
			 err.text);
	return more == 0;
}

static bool is_all(const struct checker *checker)
{
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (checker->expected[i] != checker->shared->counts[i])
			return false;
	return true;
}

static void follow(struct fixture *fixture, struct shared *shared)
{
	struct checker *checker = calloc(1, sizeof(*checker));
	struct log_reader *reader = fixture_reader(fixture, -1);
	struct error err = {0};
	struct pollfd poll_fd = {.fd = log_reader_fd(reader, &err), .events = POLLIN};

	checker->shared = shared;
	for (;;) {
		bool is_complete = shared->is_complete;

		if (poll_fd.fd < 0 || !check_all(checker, reader))
			_exit(4);
		for (int i = 0; i < LOG_STREAM_COUNT; i++)
			shared->followed[i] = checker->expected[i];
		if (is_complete)
			_exit(is_all(checker) ? 0 : 5);
		poll(&poll_fd, 1, 1000);
	}
}

static void write_log(struct fixture *fixture, const volatile bool *until, bool *has_drained)
{
	struct log_writer *writer = fixture_writer(fixture);
	struct pollfd input[LOG_STREAM_COUNT];
	struct error err = {0};

	for (;;) {
		bool is_last = until && *until;
		int ready;

		for (int i = 0; i < LOG_STREAM_COUNT; i++)
			input[i] = (struct pollfd){.fd = fixture->fifos[i], .events = POLLIN};
		ready = poll(input, LOG_STREAM_COUNT, is_last ? 0 : 10);
		for (int i = 0; i < LOG_STREAM_COUNT; i++) {
			bool ended;

			if (input[i].revents)
				CHECK_OK(log_writer_read(writer, (enum log_stream)i, input[i].fd,
							 &ended, &err));
		}
		if (is_last && ready == 0)
			break;
	}
	CHECK_OK(log_writer_flush(writer, &err));
	log_writer_close(writer);
	*has_drained = true;
}

static int kill_count(void)
{
	const char *text = getenv("CORACLE_LOG_KILLS");

	return text ? atoi(text) : 200;
}

static pid_t start(void (*run)(struct fixture *, struct shared *), struct fixture *fixture,
		   struct shared *shared)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		run(fixture, shared);
		_exit(9);
	}
	return pid;
}

static void write_for_ever(struct fixture *fixture, struct shared *shared)
{
	bool drained;

	(void)shared;
	write_log(fixture, NULL, &drained);
}

static void wait_and_stop_producer(struct fixture *fixture, struct shared *shared, pid_t producer)
{
	volatile bool *gone =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t last;
	int status;

	shared->stop = true;
	last = fork();
	assert_true(last >= 0);
	if (last == 0) {
		bool drained = false;

		write_log(fixture, gone, &drained);
		_exit(drained ? 0 : 1);
	}
	assert_int_equal(waitpid(producer, &status, 0), producer);
	assert_int_equal(status, 0);
	*gone = true;
	assert_int_equal(waitpid(last, &status, 0), last);
	assert_int_equal(status, 0);
	munmap((void *)gone, 4096);
}

static void stress(int64_t max_size, int max_files, bool with_follower)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct checker *checker = calloc(1, sizeof(*checker));
	struct fixture fixture;
	struct log_reader *reader;
	pid_t producer, follower = 0;
	int status, follower_status = 0;
	bool is_good;

	fixture_open(&fixture, max_size, max_files);
	producer = start(produce, &fixture, shared);
	if (with_follower)
		follower = start(follow, &fixture, shared);
	for (int i = 0; i < kill_count(); i++) {
		pid_t writer = start(write_for_ever, &fixture, shared);

		usleep((useconds_t)(random() % (i % 4 ? 6000 : 600)));
		kill(writer, SIGKILL);
		assert_int_equal(waitpid(writer, &status, 0), writer);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	wait_and_stop_producer(&fixture, shared, producer);
	shared->is_complete = true;
	if (with_follower)
		waitpid(follower, &follower_status, 0);

	checker->shared = shared;
	checker->may_start_anywhere = !with_follower && max_size >= 0;
	reader = fixture_reader(&fixture, -1);
	is_good = check_all(checker, reader) && is_all(checker);
	log_reader_close(reader);
	if (!is_good || follower_status)
		print_message("%s (follower %x)\n", shared->problem, follower_status);
	print_message("# %llu + %llu lines\n", (unsigned long long)shared->counts[0],
		      (unsigned long long)shared->counts[1]);
	fixture_close(&fixture);
	CHECK(is_good);
	CHECK_INT(follower_status, 0);
	free(checker);
	munmap(shared, sizeof(*shared));
}

TEST(loses_and_repeats_no_line_when_killed)
{
	stress(-1, 1, false);
}

TEST(loses_and_repeats_no_line_when_killed_while_rotating)
{
	stress(64 << 10, 20, false);
}

TEST(shows_a_follower_every_line_once_through_kills_and_rotation)
{
	stress(256 << 10, 2000, true);
}

/* The traced writer: everything that the FIFOs hold, with a rotation every few lines. */
static void run_traced(struct fixture *fixture, struct shared *shared)
{
	const volatile bool now = true;
	bool drained;

	(void)shared;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	write_log(fixture, &now, &drained);
	_exit(0);
}

/* Kills the writer @steps instructions behind its @stop-th entry to or exit from a system call;
 * false when it exited before that. */
static bool kill_at(struct fixture *fixture, int stop, int steps)
{
	pid_t pid = start(run_traced, fixture, NULL);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (int i = 0; i < stop + steps; i++) {
		enum __ptrace_request how = i < stop ? PTRACE_SYSCALL : PTRACE_SINGLESTEP;

		assert_int_equal(ptrace(how, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status)) {
			assert_int_equal(status, 0);
			return false;
		}
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return true;
}

static void print_lines(struct fixture *fixture, struct checker *checker)
{
	static char line[LINE_MAX_BYTES];

	for (int i = 0; i < 6; i++) {
		enum log_stream stream = i % 3 ? LOG_STDOUT : LOG_STDERR;
		uint64_t number = checker->shared->counts[stream]++;

		write_all(fixture->fifos[stream], line, make_line(line, stream, number));
	}
}

static int count_files(struct fixture *fixture, int max_files)
{
	char name[64];
	int count = 0;

	for (int i = 1; i <= max_files; i++) {
		snprintf(name, sizeof(name), FIXTURE_NAME ".%d", i);
		count += faccessat(fixture->root, name, F_OK, 0) == 0;
	}
	return count;
}

/* At every system call, or, given @samples, at so many random instructions. */
static void kill_everywhere(int64_t max_size, int max_files, int samples)
{
	struct shared shared = {0};
	struct checker *follower = calloc(1, sizeof(*follower));
	const volatile bool now = true;
	bool is_unfinished = true, is_good = true, drained;
	struct log_reader *reader;
	struct fixture fixture;
	int stop = 0, files = 0;

	fixture_open(&fixture, max_size, max_files);
	reader = fixture_reader(&fixture, -1);
	follower->shared = &shared;
	while (is_unfinished && is_good) {
		print_lines(&fixture, follower);
		stop++;
		if (samples) {
			kill_at(&fixture, 1 + (int)(random() % 140), (int)(random() % 2500));
			is_unfinished = stop < samples;
		} else {
			is_unfinished = kill_at(&fixture, stop, 0);
		}
		is_good = check_all(follower, reader);
		write_log(&fixture, &now, &drained);
		is_good = is_good && check_all(follower, reader) && is_all(follower);
		/* Nothing expires before its time: there are never fewer files than before. */
		is_good = is_good && count_files(&fixture, max_files) >= files;
		files = count_files(&fixture, max_files);
	}
	print_message("# %d places; %s\n", stop, shared.problem);
	log_reader_close(reader);
	fixture_close(&fixture);
	CHECK(is_good);
	CHECK(samples || stop > 50);
	CHECK_INT(files, max_files - 1);
	free(follower);
}

TEST(survives_a_kill_at_every_system_call)
{
	kill_everywhere(-1, 1, 0);
}

TEST(survives_a_kill_at_every_system_call_of_rotation)
{
	kill_everywhere(300, 8, 0);
}

TEST(survives_a_kill_at_any_instruction)
{
	srandom((unsigned)getpid());
	kill_everywhere(300, 8, kill_count() / 5);
}
