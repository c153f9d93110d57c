/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates carried out, node by node. Variables live on one stack, cut back at the end of the
 * block that made them.
 */
#include "describe/template.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "describe/template_private.h"

#include <string.h>

#define LARGEST_OUTPUT ((size_t)16 << 20)
#define MOST_STEPS     ((size_t)10 << 20)

/* How a list of nodes ended: -1 with an error, 0, or a jump out of the range around it. */
enum { RUN_BREAK = 1, RUN_CONTINUE };

static int run_list(struct execution *run, const struct template_node *node);

/* Takes the reference. */
static int push(struct execution *run, const char *name, json *value)
{
	if (run->variable_count == TEMPLATE_MOST_VAR) {
		json_object_put(value);
		return error_set(run->err, ERROR_INVALID,
				 "template parsing error: template: too many variables");
	}
	run->variables[run->variable_count].name = name;
	run->variables[run->variable_count++].value = value;
	return 0;
}

static void pop_to(struct execution *run, size_t count)
{
	while (run->variable_count > count)
		json_object_put(run->variables[--run->variable_count].value);
}

static int run_set(struct execution *run, const struct template_node *node, json *value)
{
	int index;

	if (node->is_new)
		return push(run, node->names[0], json_object_get(value));
	index = template_find_variable(run, node->names[0]);
	if (index < 0)
		return template_run_fail(run, &node->place, "undefined variable: $%s",
					 node->names[0]);
	json_object_put(run->variables[index].value);
	run->variables[index].value = json_object_get(value);
	return 0;
}

/* One turn of a range; @key is consumed. */
static int run_turn(struct execution *run, const struct template_node *node, json *key,
		    json *element)
{
	size_t count = run->variable_count;
	json *dot = run->dot;
	int status = 0;

	if (node->names[1]) {
		status = push(run, node->names[0], key);
		if (status == 0)
			status = push(run, node->names[1], json_object_get(element));
	} else {
		json_object_put(key);
		if (node->names[0])
			status = push(run, node->names[0], json_object_get(element));
	}
	run->dot = element;
	if (status == 0)
		status = run_list(run, node->body);
	run->dot = dot;
	pop_to(run, count);
	return status == RUN_CONTINUE ? 0 : status;
}

static int range_map(struct execution *run, const struct template_node *node, json *value)
{
	auto_strvec struct strvec names = {0};
	int status = 0;

	json_each (key, member, value) {
		(void)member;
		strvec_add(&names, key);
	}
	strvec_sort(&names);
	for (size_t i = 0; i < names.count && status == 0; i++)
		status = run_turn(run, node, json_object_new_string(names.items[i]),
				  json_get(value, names.items[i]));
	return status;
}

static int range_list(struct execution *run, const struct template_node *node, json *value)
{
	int status = 0;

	for (size_t i = 0; i < json_length(value) && status == 0; i++)
		status = run_turn(run, node, json_object_new_int64((int64_t)i), json_at(value, i));
	return status;
}

static int range_number(struct execution *run, const struct template_node *node, json *value)
{
	int status = 0;

	for (int64_t i = 0; i < json_object_get_int64(value) && status == 0; i++) {
		auto_json json *element = json_object_new_int64(i);

		status = run_turn(run, node, json_object_get(element), element);
	}
	return status;
}

static int run_range(struct execution *run, const struct template_node *node, json *value)
{
	int status;

	if (json_is_string(value) || json_object_is_type(value, json_type_boolean) ||
	    json_object_is_type(value, json_type_double)) {
		if (!template_is_nil(value))
			return template_run_fail(run, &node->pipe->place,
						 "range can't iterate over %s",
						 json_object_get_string(value));
	}
	if (!template_is_true(value))
		return run_list(run, node->otherwise);
	status = json_is_object(value)	? range_map(run, node, value)
		 : json_is_array(value) ? range_list(run, node, value)
					: range_number(run, node, value);
	return status == RUN_BREAK ? 0 : status;
}

static int run_condition(struct execution *run, const struct template_node *node, json *value)
{
	size_t count = run->variable_count;
	json *dot = run->dot;
	int status = 0;

	if (!template_is_true(value))
		return run_list(run, node->otherwise);
	if (node->names[0])
		status = push(run, node->names[0], json_object_get(value));
	if (node->kind == NODE_WITH)
		run->dot = value;
	if (status == 0)
		status = run_list(run, node->body);
	run->dot = dot;
	pop_to(run, count);
	return status;
}

/* In a template of its own "$" is what it was given. */
static int run_template(struct execution *run, const struct template_node *node, json *value)
{
	const struct template_named *named = run->template->named;
	struct execution outer = *run;
	int status;

	while (named && strcmp(named->name, node->text) != 0)
		named = named->next;
	if (!named)
		return template_run_fail(run, &node->place, "template \"%s\" not defined",
					 node->text);
	if (run->depth == TEMPLATE_DEEPEST)
		return template_run_fail(run, &node->place, "exceeded maximum template depth (%d)",
					 TEMPLATE_DEEPEST);
	run->depth++;
	run->name = named->name;
	run->document = run->dot = value;
	run->first_variable = run->variable_count;
	status = run_list(run, named->nodes);
	run->depth--;
	run->name = outer.name;
	run->document = outer.document;
	run->dot = outer.dot;
	run->first_variable = outer.first_variable;
	return status;
}

static void print_value(struct execution *run, json *value)
{
	if (value)
		template_value(run->out, value);
	else
		strbuf_add(run->out, "<no value>");
}

static int run_node(struct execution *run, const struct template_node *node)
{
	auto_json json *value = NULL;

	if (node->kind == NODE_TEXT)
		strbuf_add_n(run->out, node->text, node->length);
	if (node->pipe && template_evaluate(run, node->pipe, &value) < 0)
		return -1;
	switch (node->kind) {
	case NODE_TEXT:
		break;
	case NODE_PRINT:
		print_value(run, value);
		break;
	case NODE_SET:
		return run_set(run, node, value);
	case NODE_RANGE:
		return run_range(run, node, value);
	case NODE_IF:
	case NODE_WITH:
		return run_condition(run, node, value);
	case NODE_TEMPLATE:
		return run_template(run, node, value);
	case NODE_BREAK:
		return RUN_BREAK;
	case NODE_CONTINUE:
		return RUN_CONTINUE;
	}
	return 0;
}

static int run_list(struct execution *run, const struct template_node *node)
{
	size_t count = run->variable_count;
	int status = 0;

	for (; node && status == 0; node = node->next) {
		status = run_node(run, node);
		if (run->out->length > LARGEST_OUTPUT || ++run->steps > MOST_STEPS)
			return error_set(run->err, ERROR_INVALID,
					 "template parsing error: template: the output is too "
					 "large");
	}
	pop_to(run, count);
	return status;
}

static int execute(const struct template *template, json *document, bool is_heading,
		   struct strbuf *out, struct error *err)
{
	struct execution run = {
		.template = template,
		.name = "",
		.document = document,
		.dot = document,
		.is_heading = is_heading,
		.out = out,
		.err = err,
	};
	int status = run_list(&run, template->nodes);

	pop_to(&run, 0);
	return status;
}

int template_execute(const struct template *template, json *document, struct strbuf *out,
		     struct error *err)
{
	return execute(template, document, false, out, err);
}

int template_execute_heading(const struct template *template, json *headings, struct strbuf *out,
			     struct error *err)
{
	return execute(template, headings, true, out, err);
}
