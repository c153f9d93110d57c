/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/elsewhere.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <string.h>

#define DESKTOP	    "is a part of Docker Desktop, which this program is not"
#define ONE_BUILDER "is about builders, of which there is one: 'coracle image build' builds"
#define ONE_MANIFEST                                                                               \
	"is about several manifests by hand: 'coracle image build --platform' makes one image "    \
	"for several platforms, and 'coracle image push' pushes it whole"
#define ONE_NODE "is about several nodes: this host is the only one, and runs everything"
#define ONE_HOST                                                                                   \
	"is about a swarm of several hosts: everything runs on this one, and no other can join it"

static const struct {
	const char *noun; /* "": none */
	const char *word;
	const char *text;
} words[] = {
	{"", "ai", DESKTOP},
	{"", "alpha",
	 "has what Docker Compose tries out: there is nothing of it here; 'coracle compose config' "
	 "and "
	 "'coracle compose up --dry-run' show what a project is and what would be done"},
	{"", "app", DESKTOP},
	{"", "bridge",
	 "turns a project into files for Kubernetes: 'coracle compose config' writes it as one "
	 "compose "
	 "file, "
	 "'coracle compose export' a service's files"},
	{"", "checkpoint",
	 "keeps the memory of running processes, which needs CRIU: 'coracle container commit' "
	 "keeps "
	 "a container's files, 'coracle container pause' holds its processes"},
	{"", "context",
	 "chooses among daemons: there is none here; this program works on the host that it runs "
	 "on, "
	 "so run it there ('ssh HOST coracle …')"},
	{"", "debug", DESKTOP},
	{"", "desktop", DESKTOP},
	{"", "dev", DESKTOP},
	{"", "extension", DESKTOP},
	{"", "init",
	 "writes a Dockerfile and a compose file to begin with: write them, or take one of "
	 "examples/"},
	{"", "manifest", ONE_MANIFEST},
	{"", "mcp", DESKTOP},
	{"", "model",
	 "runs language models by Docker Desktop: a service with 'models' says which runner it "
	 "has"},
	{"", "offload", DESKTOP},
	{"", "pass", DESKTOP},
	{"", "plugin",
	 "adds drivers to a daemon: there is none here; the drivers that there are come with this "
	 "program ('coracle info')"},
	{"", "publish",
	 "puts a compose file into a registry: copy the file instead ('coracle compose config' "
	 "writes all "
	 "of "
	 "a project as one, 'coracle compose export' a service's files, 'coracle compose push' its "
	 "images)"},
	{"", "sbom",
	 "lists what is in an image by a service of Docker: 'coracle image history' and 'coracle "
	 "image inspect' show how it came to be"},
	{"", "scout",
	 "judges images by a service of Docker: scan what 'coracle image save' writes with a tool "
	 "of "
	 "your choice"},
	{"", "search",
	 "asks one company's hub, for which registries have no request: look there, and bring the "
	 "image with 'coracle image pull'"},
	{"", "trust",
	 "signs names with Notary, which registries have given up: 'coracle image pull "
	 "NAME@sha256:DIGEST' takes exactly what is meant"},
	{"buildx", "bake",
	 "builds from a file of targets: 'coracle compose build' builds what a compose file has, "
	 "side by "
	 "side"},
	{"buildx", "create", ONE_BUILDER},
	{"buildx", "dial-stdio", ONE_BUILDER},
	{"buildx", "history", ONE_BUILDER ", and its output says what was done"},
	{"buildx", "imagetools", ONE_MANIFEST},
	{"buildx", "inspect", ONE_BUILDER},
	{"buildx", "install", ONE_BUILDER},
	{"buildx", "ls", ONE_BUILDER},
	{"buildx", "rm", ONE_BUILDER},
	{"buildx", "stop", ONE_BUILDER},
	{"buildx", "uninstall", ONE_BUILDER},
	{"buildx", "use", ONE_BUILDER},
	{"node", "demote", ONE_NODE},
	{"node", "promote", ONE_NODE},
	{"node", "rm", ONE_NODE},
	{"node", "update", ONE_NODE},
	{"swarm", "ca", ONE_HOST},
	{"swarm", "join", ONE_HOST},
	{"swarm", "join-token", ONE_HOST},
	{"swarm", "unlock", ONE_HOST},
	{"swarm", "unlock-key", ONE_HOST},
	{"swarm", "update", ONE_HOST},
	{"system", "dial-stdio", "speaks to a daemon: there is none here"},
};

bool elsewhere_explain(const char *noun, const char *word, struct error *err)
{
	for (size_t i = 0; i < array_length(words); i++) {
		if (strcmp(words[i].word, word) != 0 ||
		    strcmp(words[i].noun, noun ? noun : "") != 0)
			continue;
		error_set(err, ERROR_UNSUPPORTED, "'%s%s%s' %s", words[i].noun, noun ? " " : "",
			  word, words[i].text);
		return true;
	}
	return false;
}

void elsewhere_describe(struct strbuf *out)
{
	for (size_t i = 0; i < array_length(words); i++)
		strbuf_printf(out, "| `%s%s%s` | %s |\n", words[i].noun, *words[i].noun ? " " : "",
			      words[i].word, words[i].text);
}
