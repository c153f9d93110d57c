/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/compatibility.h"

#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/elsewhere.h"
#include "compose/export/export.h"
#include "compose/model/project.h"

#include <string.h>

static const char beginning[] =
	"# Compatibility\n"
	"\n"
	"What Coracle does of what Docker Compose does. `make docs` writes this page from the\n"
	"tables of the program (`cli/commands.c`, `compose/model/schema.c`); a unit test fails "
	"when it "
	"is\n"
	"older than they are.\n"
	"\n"
	"After a reboot `coracle resume` starts what ran before (`boot/`).\n"
	"\n"
	"## Commands\n"
	"\n";

static const char attributes[] =
	"\n"
	"## Attributes of compose files\n"
	"\n"
	"| | |\n"
	"| --- | --- |\n"
	"| honoured | as Docker Compose does |\n"
	"| honoured, better | Docker Compose accepts it and does less |\n"
	"| no effect, with a warning | the warning names the line and says why |\n"
	"| accepted, nothing to do | it means nothing on one host, or only informs |\n"
	"| refused | an error that names the line and what to write instead |\n"
	"| not yet | loaded and shown by `config`; the note says what happens |\n"
	"\n"
	"Single values that do less than they say (`deploy.mode: global-job`, a log driver that "
	"is\n"
	"not there) are warned of as well: `compose/model/effects.c`.\n"
	"Attributes that begin with `x-` are kept and have no meaning.\n"
	"\n";

static const char loading[] =
	"\n"
	"## How compose files are read\n"
	"\n"
	"As Docker Compose reads them (`tests/compose-golden/RULES.md` has the rules and their\n"
	"cases), but:\n"
	"\n"
	"- All independent mistakes are said in one run, each with file, line and column, what is\n"
	"  allowed there, and a similar name where there is one: of keys, words, services and\n"
	"  resources.\n"
	"- What cannot be run is refused only of services that a command makes something of, and "
	"of\n"
	"  what they depend on. `config` shows all and warns of attributes and values that are\n"
	"  refused; commands that look for containers or take them down judge nothing.\n"
	"- Texts with a form of their own (capabilities, signals, addresses, subnets, CPU sets,\n"
	"  device rules) are checked, not only when a container is made.\n"
	"- `!reset` of an included service, and null for `logging`, do what they say; Docker\n"
	"  Compose keeps the service, and ends.\n"
	"- A command that is cut off before `&&`, `|`, `;` or `>` is warned about.\n"
	"- Fractions as values of `environment` and `labels` keep their text (`1.10`, `1e6`);\n"
	"  integers are decimal as there (`010` is 8), with a warning.\n"
	"- `soft` and `hard` of a limit merge; zero is a limit, and shown.\n"
	"- In JSON, `blkio_config` has `path` and `rate` as in YAML.\n"
	"- `cpus` beside `deploy.resources.limits` without `cpus` is no conflict.\n"
	"- In .env files `KEY= # note` is empty, and a bare key may end the file.\n"
	"- An included file's `env_file` sees the .env of that include.\n"
	"- Remote files (`oci://`, git, https) are refused: in `include`, `extends` and `-f`.\n"
	"- A volume's relative `device` is one of the project's directory also without `driver`,\n"
	"  and `v:/v` is the volume `v`.\n"
	"- `config` never prints the value of a secret, also not with `--environment`.\n";

static const char shapes[] =
	"\n"
	"## Documents, rows and templates\n"
	"\n"
	"Documents of `inspect` and rows of lists have the members of Docker 28.5 (API 1.51), in "
	"its\n"
	"order; templates are Go's with Docker's functions and messages. What differs on purpose:\n"
	"\n"
	"| where | here | Docker |\n"
	"| --- | --- | --- |\n"
	"| `NetworkSettings.IPAddress`, `Gateway`, `MacAddress`, `EndpointID` … | of the network "
	"with the default route | of the network `bridge` only |\n"
	"| `NetworkSettings.SandboxKey`, `GraphDriver.Data.MergedDir` | below `/proc/PID`, while "
	"it runs | paths that the daemon mounts |\n"
	"| `SandboxID`, `EndpointID` | follow from the container and the network | random |\n"
	"| `ResolvConfPath`, `HostnamePath`, `HostsPath` | below the run directory | below the "
	"data directory |\n"
	"| `HostConfig.Binds` and `Mounts` | what a bind can say is one | as it was written |\n"
	"| `Mounts` | configs and secrets too, as read-only binds | only what was mounted |\n"
	"| `HostConfig.Runtime` | `coracle` | `runc` |\n"
	"| `ExecIDs` | always null | running ones |\n"
	"| `Config.AttachStdout`, `AttachStderr` | always true | as the client was attached |\n"
	"| `HostConfig.ConsoleSize` | `[0,0]` | of the first terminal |\n"
	"| labels of a container | not those of its image that say whose it is "
	"(`com.docker.compose.`) | all of the image's |\n"
	"| network: `Bridge`, `MTU` | the interface, its MTU | not there |\n"
	"| image: `Metadata.LastTagTime` | never | when a name was given |\n"
	"| rows of containers | `Name`, `Health`, `ExitCode`, `Project`, `Service`, `Publishers` "
	"too | only in Compose's |\n"
	"| rows of volumes | `CreatedAt`, `Options` too | not there |\n"
	"| `--filter ancestor=` | by layers: also of images that were built elsewhere | by the "
	"parents of old builds |\n"
	"| a member that is not there | the message says which there are | only that it is not |\n"
	"| `{{.ID}}` beside `{{.Id}}` in one template | both are known | an error |\n"
	"| objects in templates | `map[Name:value]` | structures: `{value}` |\n"
	"\n";

static void add_missing_options(struct strbuf *out, const struct option_spec *spec)
{
	const char *separator = "";

	for (; spec && spec->name; spec++) {
		if (spec->kind != OPTION_UNAVAILABLE)
			continue;
		strbuf_printf(out, "%s`--%s` (%s)", separator, spec->name, spec->help);
		separator = ", ";
	}
}

static void add_commands(struct strbuf *out, const struct command_entry *table, const char *noun)
{
	for (; table->command; table++) {
		auto_strbuf struct strbuf path = {0};

		if (table->command->needs & IS_HIDDEN)
			continue;
		strbuf_printf(&path, "%s%s", noun, table->name);
		if (command_runs(table->command)) {
			strbuf_printf(out, "| `%s` | %s | ", strbuf_text(&path),
				      table->command->help);
			add_missing_options(out, table->command->options);
			strbuf_add(out, " |\n");
		}
		if (table->command->verbs) {
			strbuf_add_char(&path, ' ');
			add_commands(out, table->command->verbs, strbuf_text(&path));
		}
	}
}

void compatibility_page(struct strbuf *out)
{
	strbuf_add(out, beginning);
	strbuf_add(out, "| command | what it does | options that are not there yet |\n"
			"| --- | --- | --- |\n");
	add_commands(out, command_compose, "");
	strbuf_add(out, "\n## Commands of docker\n\n"
			"| command | what it does | options that are not there yet |\n"
			"| --- | --- | --- |\n");
	add_commands(out, command_docker, "");
	strbuf_add(out,
		   "\n## Our own commands\n\n| command | what it does | |\n| --- | --- | --- |\n");
	add_commands(out, command_own, "");
	strbuf_add(out, "\n## Words that mean something only elsewhere\n\n"
			"Each is an error that says so.\n\n| word | what it is |\n| --- | --- |\n");
	elsewhere_describe(out);
	strbuf_add(out, attributes);
	project_describe_attributes(out);
	strbuf_add(out,
		   "\n## What becomes of them in exports\n\n"
		   "`export kubernetes` and `export systemd` ([export.md](export.md)); what is "
		   "not carried over is named\nwith its place wherever a project says it. `export "
		   "compose` carries all of it but `build`, `develop`, `label_file` and "
		   "`profiles`.\n\n");
	export_describe(out);
	strbuf_add(out, loading);
	strbuf_add(out, shapes);
}
