/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/near.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/nearest.h"
#include "cli/command.h"
#include "cli/offers.h"
#include "net/network.h"

#include <string.h>

/* By what is not there, as cli/offers.h calls it. */
static const struct kind {
	enum fact fact;
	const char *word;
} kinds[] = {
	{FACT_NO_CONTAINER, "CONTAINER"}, {FACT_NO_IMAGE, "IMAGE"},
	{FACT_NO_NETWORK, "NETWORK"},	  {FACT_NO_VOLUME, "VOLUME"},
	{FACT_NO_OBJECT, "CONTAINER"},	  {FACT_NO_OBJECT, "IMAGE"},
	{FACT_NO_OBJECT, "NETWORK"},	  {FACT_NO_OBJECT, "VOLUME"},
};

/* "shop_data" for "data", "shop-web-1" for "web" and "web-1". */
static bool is_of_project(const char *name, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strpbrk(name, "-_"); at && length > 0; at = strpbrk(at + 1, "-_"))
		if (strncmp(at + 1, word, length) == 0 &&
		    (!at[1 + length] || at[1 + length] == '-'))
			return true;
	return false;
}

static const char *choose(const struct strvec *names, const char *word)
{
	const char *near =
		names->count > 0 ? nearest_word(word, (const char *const *)names->items) : NULL;

	/* Those that are always there have short names, which much is near to. */
	if (near && !network_is_predefined(near))
		return near;
	strvec_each (name, names)
		if (is_of_project(*name, word))
			return *name;
	return NULL;
}

void near_add(const struct invocation *invocation, struct error *err)
{
	struct offers offers = {
		.invocation = invocation, .globals = invocation->globals, .prefix = ""};
	const char *near;

	for (size_t i = 0; invocation->engine && i < array_length(kinds); i++)
		if (kinds[i].fact == err->fact)
			offers_add_kind(&offers, kinds[i].word);
	near = choose(&offers.found, err->about[0]);
	if (near)
		error_append(err, "; did you mean '%s'?", near);
	strvec_release(&offers.found);
}
