/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of image ls.
 */
#include "describe/filters.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/pair.h"
#include "base/units.h"
#include "describe/times.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <fnmatch.h>
#include <string.h>

bool image_filters_reference(const char *name, const char *pattern)
{
	auto_free char *familiar = name ? reference_familiar(name) : NULL;
	char *slash = familiar ? strrchr(familiar, '/') : NULL;
	char *end;

	if (!familiar)
		return false;
	if (fnmatch(pattern, familiar, FNM_PATHNAME) == 0)
		return true;
	end = (slash ? slash : familiar) + strcspn(slash ? slash : familiar, "@:");
	*end = '\0';
	return fnmatch(pattern, familiar, FNM_PATHNAME) == 0;
}

static bool fits_reference(const void *subject, const char *value)
{
	const struct image_filters_subject *one = subject;

	return image_filters_reference(one->name, value);
}

static bool fits_dangling(const void *subject, const char *value)
{
	const struct image_filters_subject *one = subject;
	bool wanted = true;

	units_parse_bool(&wanted, value, NULL);
	return wanted == (one->name == NULL);
}

static bool fits_label(const void *subject, const char *value)
{
	const struct image *image = ((const struct image_filters_subject *)subject)->image;

	return pair_fits(image->labels, image->label_count, value);
}

/* When the image called @name was made, and when the one at hand. */
static bool find_times(const struct image_filters_subject *one, const char *name,
		       struct timespec *other, struct timespec *own)
{
	auto_arena struct arena arena = {0};
	struct image image;

	if (image_find(one->layout, name, &image, &arena, NULL) < 0)
		return false;
	*other = times_read(image.created);
	*own = times_read(one->image->created);
	return true;
}

static bool fits_before(const void *subject, const char *value)
{
	struct timespec other, own;

	return find_times(subject, value, &other, &own) && units_is_earlier(&own, &other);
}

static bool fits_since(const void *subject, const char *value)
{
	struct timespec other, own;

	return find_times(subject, value, &other, &own) && units_is_earlier(&other, &own);
}

static bool fits_until(const void *subject, const char *value)
{
	const struct image_filters_subject *one = subject;
	struct timespec now = units_now(), end, own = times_read(one->image->created);

	return times_parse(&end, value, &now, NULL) == 0 && units_is_earlier(&own, &end);
}

const struct filter image_filters[] = {
	{"before", .fits = fits_before},
	{"dangling", .fits = fits_dangling, .check = filters_check_bool},
	{"label", .fits = fits_label},
	{"reference", .fits = fits_reference, .is_any = true},
	{"since", .fits = fits_since},
	{"until", .fits = fits_until, .check = filters_check_time},
	{0},
};

int image_filters_check(const struct layout *layout, const struct strvec *texts, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct image image;

	if (filters_check(image_filters, texts, err) < 0)
		return -1;
	strvec_each (text, texts)
		if ((strncmp(*text, "before=", 7) == 0 || strncmp(*text, "since=", 6) == 0) &&
		    image_find(layout, strchr(*text, '=') + 1, &image, &arena, err) < 0)
			return -1;
	return 0;
}
