/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/json.h - JSON documents: json-c behind the few calls that this program makes.
 *
 * Readers never trust presence or type: a getter returns its fallback when the member is absent,
 * null or of another type. Integers keep 64 bits. Members keep their order. A document that repeats
 * a member name, nests deeper than 64 levels or has text behind its end is refused.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;

typedef struct json_object json;

static inline void json_cleanup(json **value)
{
	if (*value)
		json_object_put(*value);
}
#define auto_json __attribute__((cleanup(json_cleanup)))

/* for each member of an object: json_each(name, value, object) { ... } */
#define json_each(name, value, object) json_object_object_foreach(object, name, value)

/* Returns a document that the caller frees (auto_json), or NULL with @err set (ERROR_INVALID);
 * @what names the document in the message ("image config sha256:…"). */
json *json_parse(const char *text, size_t length, const char *what, struct error *err);
/* Reads and parses a file of at most 64 MiB. */
json *json_load(int dirfd, const char *path, struct error *err);
/* Writes with base/file's file_replace: temporary name, fsync, rename. _volatile: no fsync. */
int json_save(int dirfd, const char *path, const json *value, unsigned mode, struct error *err);
int json_save_volatile(int dirfd, const char *path, const json *value, unsigned mode,
		       struct error *err);
/* Appends the text, for others to read: what is not UTF-8 in its strings becomes U+FFFD. @pretty
 * indents by four spaces. Slashes are not escaped. */
void json_print(struct strbuf *out, const json *value, bool pretty);
/* As json_save writes it, with a newline: strings come back with the bytes that they have. */
void json_print_exact(struct strbuf *out, const json *value);

/* Objects: NULL-safe readers. Strings belong to the document. */
json *json_get(const json *object, const char *name);
/* Walks nested objects: json_path(config, "config", "Labels", NULL). */
json *json_path(const json *object, ...) __attribute__((sentinel));
const char *json_string(const json *object, const char *name, const char *fallback);
int64_t json_int(const json *object, const char *name, int64_t fallback);
bool json_flag(const json *object, const char *name, bool fallback);
bool json_is_object(const json *value);
bool json_is_array(const json *value);
bool json_is_string(const json *value);

/* Arrays; length 0 for anything else. */
size_t json_length(const json *array);
json *json_at(const json *array, size_t index);
const char *json_string_at(const json *array, size_t index);

/* Builders. The object takes ownership of @value. NULL strings are left out by json_set_string. */
json *json_new_object(void);
json *json_new_array(void);
json *json_new_string(const char *text, size_t length);
json *json_new_int(int64_t value);
json *json_new_bool(bool value);
void json_set(json *object, const char *name, json *value);
void json_set_string(json *object, const char *name, const char *value);
void json_set_bytes(json *object, const char *name, const char *bytes, size_t length);
void json_set_int(json *object, const char *name, int64_t value);
void json_set_bool(json *object, const char *name, bool value);
void json_add(json *array, json *value);
void json_add_string(json *array, const char *value);
/* A NULL-terminated vector as an array of strings; NULL gives an empty array. */
json *json_from_strings(char *const *items);
