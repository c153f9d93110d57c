/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of templates: what is true, how they are shown, and what a document's member is that is
 * not set. A document is JSON, which has one null; Docker's have types, and its templates tell an
 * empty list from an empty map from nothing.
 */
#include "describe/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "describe/template_private.h"

#include <stdlib.h>
#include <string.h>

enum unset { UNSET_NIL, UNSET_LIST, UNSET_MAP, UNSET_TEXT };

static const struct {
	const char *member;
	enum unset kind;
} members[] = {
	{"Aliases", UNSET_LIST},
	{"Annotations", UNSET_MAP},
	{"AuxiliaryAddresses", UNSET_MAP},
	{"Binds", UNSET_LIST},
	{"CapAdd", UNSET_LIST},
	{"CapDrop", UNSET_LIST},
	{"Cmd", UNSET_LIST},
	{"DNSNames", UNSET_LIST},
	{"DeviceCgroupRules", UNSET_LIST},
	{"DeviceRequests", UNSET_LIST},
	{"DriverOpts", UNSET_MAP},
	{"Entrypoint", UNSET_LIST},
	{"Env", UNSET_LIST},
	{"ExecIDs", UNSET_LIST},
	{"ExposedPorts", UNSET_MAP},
	{"ExtraHosts", UNSET_LIST},
	{"GroupAdd", UNSET_LIST},
	{"Health", UNSET_NIL},
	{"Healthcheck", UNSET_NIL},
	{"IPAMConfig", UNSET_NIL},
	{"IPRange", UNSET_TEXT},
	{"Gateway", UNSET_TEXT},
	{"ImageManifestDescriptor", UNSET_NIL},
	{"Init", UNSET_NIL},
	{"Labels", UNSET_MAP},
	{"Links", UNSET_LIST},
	{"MaskedPaths", UNSET_LIST},
	{"MemorySwappiness", UNSET_NIL},
	{"Mounts", UNSET_LIST},
	{"OnBuild", UNSET_LIST},
	{"OomKillDisable", UNSET_NIL},
	{"Options", UNSET_MAP},
	{"PidsLimit", UNSET_NIL},
	{"Platform", UNSET_NIL},
	{"ReadonlyPaths", UNSET_LIST},
	{"SecondaryIPAddresses", UNSET_LIST},
	{"SecondaryIPv6Addresses", UNSET_LIST},
	{"SecurityOpt", UNSET_LIST},
	{"Shell", UNSET_LIST},
	{"SizeRootFs", UNSET_NIL},
	{"SizeRw", UNSET_NIL},
	{"StopSignal", UNSET_TEXT},
	{"StopTimeout", UNSET_NIL},
	{"StorageOpt", UNSET_MAP},
	{"Sysctls", UNSET_MAP},
	{"Tmpfs", UNSET_MAP},
	{"Variant", UNSET_TEXT},
	{"Volumes", UNSET_MAP},
	{"VolumesFrom", UNSET_LIST},
	{"Warnings", UNSET_LIST},
};

/* Members that Docker leaves out of a document when they are not set. */
static const char *const left_out[] = {
	"Annotations",	"AuxiliaryAddresses",
	"ExposedPorts", "Gateway",
	"Health",	"Healthcheck",
	"IPRange",	"ImageManifestDescriptor",
	"Init",		"Mounts",
	"Shell",	"SizeRootFs",
	"SizeRw",	"StopSignal",
	"StopTimeout",	"StorageOpt",
	"Sysctls",	"Tmpfs",
	"Variant",
};

static const char *const maps[] = {
	"Annotations", "Attributes",   "AuxiliaryAddresses",
	"Containers",  "Data",	       "Details",
	"DriverOpts",  "ExposedPorts", "Labels",
	"Networks",    "Options",      "PortBindings",
	"Ports",       "Runtimes",     "StorageOpt",
	"Sysctls",     "Tmpfs",	       "Volumes",
};

static bool is_listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

bool template_is_map(const char *parent, const char *member)
{
	if (member && strcmp(member, "Config") == 0)
		return parent && strcmp(parent, "LogConfig") == 0;
	return member && is_listed(maps, array_length(maps), member);
}

static int print_null(json *value, struct printbuf *out, int level, int flags)
{
	(void)value;
	(void)level;
	(void)flags;
	return printbuf_memappend(out, "null", 4);
}

/* null as a document shows it, and @text in a template. */
static json *typed_null(json *value, const char *text)
{
	json_object_set_serializer(value, print_null, alloc_string(text),
				   json_object_free_userdata);
	return value;
}

json *template_nil(void)
{
	return typed_null(json_object_new_boolean(false), "<nil>");
}

bool template_is_nil(json *value)
{
	return json_object_is_type(value, json_type_boolean) && json_object_get_userdata(value);
}

static json *new_unset(enum unset kind)
{
	switch (kind) {
	case UNSET_LIST:
		return typed_null(json_new_array(), "[]");
	case UNSET_MAP:
		return typed_null(json_new_object(), "map[]");
	case UNSET_TEXT:
		return json_object_new_string("");
	case UNSET_NIL:
		break;
	}
	return template_nil();
}

json *template_unset(const char *member, bool is_there)
{
	if (!is_there && !is_listed(left_out, array_length(left_out), member))
		return NULL;
	for (size_t i = 0; i < array_length(members); i++)
		if (strcmp(members[i].member, member) == 0)
			return new_unset(members[i].kind);
	return NULL;
}

bool template_is_number(json *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

const char *template_type(json *value)
{
	static const char *const names[] = {
		[json_type_null] = "nil",	[json_type_boolean] = "bool",
		[json_type_double] = "float64", [json_type_int] = "int",
		[json_type_object] = "map",	[json_type_array] = "slice",
		[json_type_string] = "string",
	};

	return template_is_nil(value) ? "nil" : names[json_object_get_type(value)];
}

bool template_is_true(json *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_object:
		return json_object_object_length(value) > 0;
	case json_type_array:
		return json_object_array_length(value) > 0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
		break;
	}
	return json_object_get_boolean(value);
}

/* ---- how it is shown ---- */

int template_give_text(json **result, struct strbuf *text)
{
	*result = json_object_new_string_len(strbuf_text(text), (int)text->length);
	return 0;
}

static void print_inner(struct strbuf *out, json *value)
{
	if (value)
		template_value(out, value);
	else
		strbuf_add(out, "<nil>");
}

static void print_map(struct strbuf *out, json *value)
{
	auto_strvec struct strvec names = {0};

	json_each (key, member, value) {
		(void)member;
		strvec_add(&names, key);
	}
	strvec_sort(&names);
	strbuf_add(out, "map[");
	strvec_each (name, &names) {
		strbuf_printf(out, "%s%s:", name == names.items ? "" : " ", *name);
		print_inner(out, json_get(value, *name));
	}
	strbuf_add_char(out, ']');
}

void template_value(struct strbuf *out, json *value)
{
	if (!value)
		return;
	if (json_object_get_userdata(value) && !json_object_is_type(value, json_type_double)) {
		strbuf_add(out, json_object_get_userdata(value));
	} else if (json_is_object(value)) {
		print_map(out, value);
	} else if (json_is_array(value)) {
		strbuf_add_char(out, '[');
		for (size_t i = 0; i < json_length(value); i++) {
			strbuf_add(out, i ? " " : "");
			print_inner(out, json_at(value, i));
		}
		strbuf_add_char(out, ']');
	} else if (json_is_string(value)) {
		strbuf_add_n(out, json_object_get_string(value),
			     (size_t)json_object_get_string_len(value));
	} else if (json_object_is_type(value, json_type_double)) {
		strbuf_printf(out, "%.15g", json_object_get_double(value));
	} else {
		json_print(out, value, false);
	}
}
