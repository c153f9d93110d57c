/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/build_cache/build_cache.h"
#include "storage/build_cache/build_exchange.h"
#include "storage/build_cache/build_index.h"
#include "storage/image/layer_snapshot.h"
#include "storage/image/layer_store.h"
#include "tests/unit/storage/test_layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define EIGHT(c) c c c c c c c c
#define KEY(c)	 EIGHT(EIGHT(c))

static struct layout here, there;
static struct staging staging;
static struct arena arena;
static const char *place;

static void open_there(void)
{
	struct error err = {0};
	const char *path;

	close(test_directory(&path));
	CHECK_OK(layout_open(&there, arena_format(&arena, "%s/there", path),
			     arena_format(&arena, "%s/there-run", path), &err));
	place = arena_format(&arena, "%s/place", path);
}

/* One store with two steps on each other, and an empty one. */
static void begin(struct layer_snapshot *lower, struct layer_snapshot *upper)
{
	struct error err = {0};

	if (geteuid() != 0)
		test_skip("unpacking needs root");
	test_layout_open(&here);
	open_there();
	CHECK_OK(staging_open(&staging, &here, &err));
	CHECK_OK(file_make_directories(staging.fd, "one/upper", 0755, &err));
	CHECK_OK(file_make_directories(staging.fd, "two/upper", 0755, &err));
	CHECK_OK(file_replace(staging.fd, "one/upper/a", "one\n", 4, 0644, &err));
	CHECK_OK(file_replace(staging.fd, "two/upper/b", "two\n", 4, 0644, &err));
	*lower = (struct layer_snapshot){.staging = &staging, .directory = "one"};
	*upper = (struct layer_snapshot){.staging = &staging, .directory = "two"};
	CHECK_OK(layer_snapshot_commit(lower, &err));
	close(lower->store_lock_fd);
	upper->parent_chain = lower->chain_id;
	CHECK_OK(layer_snapshot_commit(upper, &err));
	close(upper->store_lock_fd);
}

static void end(void)
{
	staging_close(&staging);
	layout_close(&here);
	layout_close(&there);
	arena_release(&arena);
}

static struct build_exchange_stack stack_of(const struct layer_snapshot *lower,
					    const struct layer_snapshot *upper)
{
	char **chains = arena_array(&arena, 3, sizeof(*chains));
	char **diffs = arena_array(&arena, 3, sizeof(*diffs));

	chains[0] = arena_string(&arena, lower->chain_id);
	diffs[0] = arena_format(&arena, "sha256:%s", lower->diff_id);
	if (upper) {
		chains[1] = arena_string(&arena, upper->chain_id);
		diffs[1] = arena_format(&arena, "sha256:%s", upper->diff_id);
	}
	return (struct build_exchange_stack){chains, diffs, upper ? 2 : 1};
}

static void put(const char *key, const struct build_exchange_stack *stack, const char *value)
{
	struct build_record record = {
		.key = key,
		.chain_ids = (char **)stack->chain_ids,
		.diff_ids = (char **)stack->diff_ids,
		.layer_count = stack->count,
		.value = value,
		.created_s = 1234,
	};
	struct error err = {0};

	CHECK_OK(build_cache_put(&here, &record, &err));
}

static void save(const struct build_exchange_stack *stack)
{
	struct build_place_wish wish = {.type = "local", .where = place};
	struct build_exchange_stacks stacks = {stack, 1};
	struct error err = {0};

	CHECK_OK(build_exchange_save(&here, &wish, &stacks, &err));
}

static struct build_exchange *open_place(void)
{
	struct build_place_wish wish = {.type = "local", .where = place};
	struct build_exchange *exchange = NULL;
	struct error err = {0};

	CHECK_OK(build_exchange_open(&exchange, &there, &wish, &err));
	return exchange;
}

TEST(steps_of_another_store_are_found_with_their_layers)
{
	struct layer_snapshot lower, upper;
	struct build_exchange *exchange;
	struct build_exchange_stack one, two;
	struct layer_snapshot_blob blob;
	struct build_record record;
	struct error err = {0};

	begin(&lower, &upper);
	one = stack_of(&lower, NULL);
	two = stack_of(&lower, &upper);
	put(KEY("1"), &one, NULL);
	put(KEY("2"), &two, NULL);
	put(KEY("3"), &two, "a digest");
	save(&two);
	exchange = open_place();
	CHECK_INT(build_cache_find(&there, KEY("2"), &record, &arena, &err), 0);
	CHECK_INT(build_exchange_fetch(exchange, KEY("4"), &err), 0);
	CHECK_OK(build_exchange_fetch(exchange, KEY("2"), &err));
	CHECK_INT(build_cache_find(&there, KEY("2"), &record, &arena, &err), 1);
	CHECK_INT(record.layer_count, 2);
	CHECK_TEXT(record.chain_ids[1], upper.chain_id);
	CHECK_INT(record.created_s, 1234);
	CHECK(layer_store_has(&there, lower.chain_id));
	CHECK_INT(build_exchange_fetch(exchange, KEY("3"), &err), 1);
	CHECK_INT(build_cache_find(&there, KEY("3"), &record, &arena, &err), 1);
	CHECK_TEXT(record.value, "a digest");
	/* An image can be made of them here. */
	CHECK_INT(layer_snapshot_known(&there, upper.chain_id, &blob), 1);
	CHECK(layer_snapshot_is_one(&there, upper.chain_id));
	CHECK(blob_exists(&there, blob.hex));
	build_exchange_close(exchange);
	end();
}

TEST(only_what_belongs_to_the_stacks_is_written)
{
	struct layer_snapshot lower, upper;
	struct build_exchange *exchange;
	struct build_exchange_stack one, two;
	struct error err = {0};

	begin(&lower, &upper);
	one = stack_of(&lower, NULL);
	two = stack_of(&lower, &upper);
	put(KEY("1"), &one, NULL);
	put(KEY("2"), &two, NULL);
	save(&one);
	exchange = open_place();
	CHECK_INT(build_exchange_fetch(exchange, KEY("2"), &err), 0);
	CHECK_INT(build_exchange_fetch(exchange, KEY("1"), &err), 1);
	build_exchange_close(exchange);
	end();
}

TEST(a_place_that_is_not_there_is_not_found)
{
	struct build_place_wish wish = {.type = "local", .where = "/nowhere/at/all"};
	struct build_exchange *exchange = NULL;
	struct error err = {0};

	open_there();
	CHECK(build_exchange_open(&exchange, &there, &wish, &err) < 0);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	wish.type = "s3";
	CHECK(build_exchange_open(&exchange, &there, &wish, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	layout_close(&there);
	arena_release(&arena);
}

static void damage_blob(const char *hex)
{
	auto_free char *path = alloc_format("%s/blobs/sha256/%s", place, hex);
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_INT(pwrite(fd, "xx", 2, 12), 2);
}

TEST(a_layer_that_was_altered_is_refused_and_leaves_nothing)
{
	struct layer_snapshot lower, upper;
	struct build_exchange *exchange;
	struct build_exchange_stack two;
	struct layer_snapshot_blob blob;
	struct build_record record;
	struct error err = {0};

	begin(&lower, &upper);
	two = stack_of(&lower, &upper);
	put(KEY("2"), &two, NULL);
	save(&two);
	CHECK_INT(layer_snapshot_known(&here, upper.chain_id, &blob), 1);
	damage_blob(blob.hex);
	exchange = open_place();
	CHECK(build_exchange_fetch(exchange, KEY("2"), &err) < 0);
	CHECK_INT(build_cache_find(&there, KEY("2"), &record, &arena, &err), 0);
	CHECK(!layer_store_has(&there, upper.chain_id));
	build_exchange_close(exchange);
	end();
}

static int parse(const char *text)
{
	auto_json json *value = json_parse(text, strlen(text), "index", NULL);
	struct build_index index;
	struct error err = {0};

	return build_index_parse(&index, value, &arena, &err);
}

#define LAYER(chain, parent)                                                                       \
	"{\"chain\":\"" chain "\",\"diff\":\"" KEY("a") "\",\"parent\":" parent ",\"blob\":0}"

TEST(an_index_that_contradicts_itself_is_refused)
{
	CHECK_INT(parse("{}"), 0);
	CHECK_INT(parse("{\"version\":2,\"layers\":[1]}"), 0);
	CHECK_INT(parse("{\"version\":1,\"layers\":[" LAYER(KEY("a"), "-1") "]}"), 0);
	CHECK(parse("{\"version\":1,\"layers\":[1]}") < 0);
	CHECK(parse("{\"version\":1,\"layers\":[" LAYER(KEY("b"), "-1") "]}") < 0);
	CHECK(parse("{\"version\":1,\"layers\":[" LAYER(KEY("a"), "0") "]}") < 0);
	CHECK(parse("{\"version\":1,\"layers\":[" LAYER("../../../etc", "-1") "]}") < 0);
	CHECK(parse("{\"version\":1,\"records\":[{\"key\":\"x\"}]}") < 0);
	CHECK(parse("{\"version\":1,\"records\":[{\"key\":\"" KEY("a") "\",\"top\":0}]}") < 0);
	arena_release(&arena);
}

TEST(an_image_carries_the_records_of_its_own_layers)
{
	struct layer_snapshot lower, upper;
	struct build_exchange_stack two;
	auto_json json *document = json_new_object();
	struct build_index index;
	struct error err = {0};

	begin(&lower, &upper);
	two = stack_of(&lower, &upper);
	put(KEY("2"), &two, NULL);
	CHECK_OK(build_exchange_mark(&here, &two, document, &err));
	CHECK_OK(build_index_parse(&index, json_get(document, BUILD_INDEX), &arena, &err));
	CHECK_INT(index.record_count, 1);
	CHECK_INT(index.layers[1].blob, 1);
	end();
}
