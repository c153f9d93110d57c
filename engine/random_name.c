/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/random_name.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "engine/container_names.h"

#include <stdint.h>
#include <sys/random.h>

static const char *const moods[] = {
	"amiable",  "awake",	"brave",    "breezy",  "bright",  "brisk",   "busy",	 "calm",
	"candid",   "careful",	"cheerful", "clever",  "cosy",	  "curious", "daring",	 "deft",
	"diligent", "dreamy",	"eager",    "earnest", "elegant", "fair",    "fearless", "fluent",
	"frank",    "friendly", "frugal",   "gallant", "gentle",  "glad",    "graceful", "hardy",
	"hearty",   "helpful",	"honest",   "humble",  "jolly",	  "keen",    "kind",	 "lively",
	"loyal",    "lucid",	"mellow",   "merry",   "mild",	  "modest",  "neat",	 "nimble",
	"noble",    "patient",	"placid",   "plucky",  "polite",  "prudent", "quick",	 "quiet",
	"ready",    "serene",	"sincere",  "snug",    "sober",	  "steady",  "sturdy",	 "sunny",
	"tender",   "tidy",	"upbeat",   "valiant", "vivid",	  "warm",    "witty",	 "zesty",
};

static const char *const people[] = {
	"abel",	      "alhazen",      "ampere",	      "babbage", "banach",     "bell",
	"bernoulli",  "boole",	      "borg",	      "carson",	 "cerf",       "church",
	"copernicus", "cray",	      "curie",	      "darwin",	 "dijkstra",   "dirac",
	"einstein",   "engelbart",    "eratosthenes", "euclid",	 "euler",      "faraday",
	"fermat",     "fibonacci",    "franklin",     "galois",	 "gauss",      "germain",
	"goedel",     "hamilton",     "hertz",	      "hilbert", "hopper",     "huygens",
	"hypatia",    "jacquard",     "johnson",      "joule",	 "kepler",     "khwarizmi",
	"kolmogorov", "kovalevskaya", "lamarr",	      "leavitt", "leibniz",    "liskov",
	"lovelace",   "maxwell",      "meitner",      "mendel",	 "mirzakhani", "napier",
	"newton",     "nightingale",  "noether",      "pascal",	 "pasteur",    "perlman",
	"planck",     "poincare",     "ramanujan",    "ritchie", "shannon",    "stevin",
	"tesla",      "thales",	      "thompson",     "turing",	 "volta",      "wiles",
	"wu",	      "zuse",
};

#define PLAIN_ATTEMPTS 4 /* before numbers come in */

const char *random_name(struct engine *engine, struct arena *arena)
{
	for (unsigned attempt = 0;; attempt++) {
		char id[CONTAINER_ID_LENGTH + 1];
		uint32_t random[3] = {0};
		const char *name;

		if (getrandom(random, sizeof(random), 0) < 0)
			random[0] = attempt;
		name = arena_format(arena, attempt < PLAIN_ATTEMPTS ? "%s_%s" : "%s_%s%u",
				    moods[random[0] % array_length(moods)],
				    people[random[1] % array_length(people)], random[2]);
		if (!container_name_read(engine, name, id))
			return name;
	}
}
