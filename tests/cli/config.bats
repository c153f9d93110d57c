#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config: merging files, interpolation, includes, and errors with file and line.

load helper

export NO_DOWN=yes

@test "three files combine" {
	project merge <<-'YAML'
	services:
	  web:
	    image: busybox
	    environment: {A: base, B: base}
	    ports: ["8080:80"]
	    command: ["base"]
	YAML
	cat >dev.yaml <<-'YAML'
	services:
	  web:
	    environment: [B=dev, "C=dev"]
	    ports: ["9229:9229"]
	    command: ["dev"]
	  tools:
	    image: busybox
	YAML
	cat >prod.yaml <<-'YAML'
	services:
	  web:
	    environment: {C: prod}
	    deploy: {resources: {limits: {memory: 64M, cpus: "0.5"}}}
	    ports: !override ["80:80"]
	YAML
	expect 0 coracle -f compose.yaml -f dev.yaml -f prod.yaml config --format json
	web=$(jq -c .services.web <<<"$output")
	[ "$(jq -c .environment <<<"$web")" = '{"A":"base","B":"dev","C":"prod"}' ]
	[ "$(jq -c .command <<<"$web")" = '["dev"]' ]
	[ "$(jq -r '.ports | length' <<<"$web")" = 1 ]
	[ "$(jq -r '.ports[0].target' <<<"$web")" = 80 ]
	[ "$(jq -r '.deploy.resources.limits.memory' <<<"$web")" = 67108864 ]
	[ "$(jq -r '.services | keys | join(" ")' <<<"$output")" = 'tools web' ]
}

@test "compose.override.yaml is taken by itself" {
	project override <<-'YAML'
	services:
	  web: {image: busybox, command: base}
	YAML
	echo 'services: {web: {command: over}}' >compose.override.yaml
	expect 0 coracle config --format json
	[ "$(jq -c .services.web.command <<<"$output")" = '["over"]' ]
	expect 0 coracle -f compose.yaml config --format json
	[ "$(jq -c .services.web.command <<<"$output")" = '["base"]' ]
}

@test "interpolation and where values come from" {
	project interpolate <<-'YAML'
	services:
	  web:
	    image: busybox:${TAG:-latest}
	    environment:
	      A: ${FROM_ENV}
	      B: ${UNSET-default}
	      C: ${EMPTY:-default}
	      D: ${EMPTY-kept}
	      E: $$literal
	      F: ${SET:+replaced}
	YAML
	printf 'FROM_ENV=dotenv\nEMPTY=\nSET=1\n' >.env
	expect 0 coracle config --format json
	[ "$(jq -c .services.web.environment <<<"$output")" = \
		'{"A":"dotenv","B":"default","C":"default","D":"","E":"$$literal","F":"replaced"}' ]
	FROM_ENV=shell TAG=9 expect 0 coracle config --format json
	[ "$(jq -r .services.web.environment.A <<<"$output")" = shell ]
	[ "$(jq -r .services.web.image <<<"$output")" = busybox:9 ]
	echo 'FROM_ENV=other' >other.env
	expect 0 coracle --env-file other.env config --format json
	[ "$(jq -r .services.web.environment.A <<<"$output")" = other ]
}

@test "a required variable that is not set says its message" {
	project required <<-'YAML'
	services:
	  web:
	    image: ${IMAGE:?name an image in .env}
	YAML
	expect 1 coracle config
	has_error 'name an image in .env'
	has_error IMAGE
}

@test "config prints absolute paths, the project name and the default network" {
	project paths <<-'YAML'
	services:
	  web:
	    image: busybox
	    volumes: ["./data:/data"]
	YAML
	expect 0 coracle config
	has 'name: paths'
	has "source: $PWD/data"
	has 'name: paths_default'
	printf '%s\n' "$output" >again.yaml
	expect 0 coracle -f again.yaml config
	[ "$output" = "$(cat again.yaml)" ]
}

@test "config --services, --volumes, --images, --profiles, -q" {
	project lists <<-'YAML'
	services:
	  b: {image: busybox, volumes: ["data:/data"]}
	  a: {image: "busybox:1"}
	  c: {image: busybox, profiles: [extra]}
	volumes:
	  data:
	YAML
	expect 0 coracle config --services
	[ "$(sort <<<"$output")" = $'a\nb' ]
	expect 0 coracle config --volumes
	is data
	expect 0 coracle config --images
	[ "$(sort <<<"$output")" = $'busybox\nbusybox:1' ]
	expect 0 coracle config --profiles
	is extra
	expect 0 coracle config -q
	is ''
}

@test "extends, include, anchors" {
	project extended <<-'YAML'
	include: [other/compose.yaml]
	x-env: &env {SHARED: "1"}
	services:
	  web:
	    extends: {file: base.yaml, service: common}
	    environment: {<<: *env, OWN: "2"}
	YAML
	cat >base.yaml <<-'YAML'
	services:
	  common: {image: busybox, environment: {FROM_BASE: "0"}, command: base}
	YAML
	mkdir other
	echo 'services: {helper: {image: busybox, volumes: ["./here:/here"]}}' >other/compose.yaml
	expect 0 coracle config --format json
	[ "$(jq -c .services.web.environment <<<"$output")" = '{"FROM_BASE":"0","OWN":"2","SHARED":"1"}' ]
	[ "$(jq -r '.services.helper.volumes[0].source' <<<"$output")" = "$PWD/other/here" ]
}

@test "mistakes are named with file, line and column" {
	project wrong <<-'YAML'
	services:
	  web:
	    image: busybox
	    prots: ["80:80"]
	YAML
	expect 1 coracle config
	matches '^$'
	[[ "$stderr" =~ compose.yaml:4:5 ]] || fail "$stderr"
	has_error prots
	printf 'services:\n  web:\n    image: busybox\n    restart: sometimes\n' >compose.yaml
	expect 1 coracle config
	[[ "$stderr" =~ compose.yaml:4:14 ]] || fail "$stderr"
	has_error sometimes
	printf 'services:\n  web:\n   image: [unclosed\n' >compose.yaml
	expect 1 coracle config
	[[ "$stderr" =~ compose.yaml:[0-9]+ ]] || fail "$stderr"
	printf 'services:\n  web:\n    image: busybox\n    depends_on: [nobody]\n' >compose.yaml
	expect 1 coracle config
	has_error nobody
	printf 'services:\n  a:\n    image: busybox\n    depends_on: [b]\n  b:\n    image: busybox\n    depends_on: [a]\n' >compose.yaml
	expect 1 coracle config
	has_error 'cycle'
}

@test "stdin, -p, COMPOSE_FILE, COMPOSE_PROJECT_NAME" {
	project names <<-'YAML'
	services:
	  web: {image: busybox}
	YAML
	output=$(coracle -f - config <compose.yaml)
	has 'name: names'
	expect 0 coracle -p other config
	has 'name: other'
	COMPOSE_PROJECT_NAME=third expect 0 coracle config
	has 'name: third'
	mv compose.yaml elsewhere.yaml
	COMPOSE_FILE=elsewhere.yaml expect 0 coracle config -q
	expect 1 coracle config -q
	mv elsewhere.yaml compose.yaml
	mkdir -p deep/er && cd deep/er
	expect 0 coracle config -q
}

@test "500 services are read in no time" {
	{
		echo services:
		for i in $(seq 500); do
			printf '  s%d:\n    image: busybox\n    environment: {A: "%d"}\n    networks: [n%d]\n' "$i" "$i" $((i % 9))
		done
		echo networks:
		for i in $(seq 0 8); do echo "  n$i:"; done
	} >big.yaml
	# Processor time: what else runs here does not count.
	took=$({ TIMEFORMAT='%U %S' && time coracle -p big -f big.yaml config -q; } 2>&1)
	echo "$took s"
	awk '{exit !($1 + $2 < 2)}' <<<"$took"
}

@test "lists, hashes and variables" {
	project lists <<-'YAML'
	services:
	  web:
	    image: img:${TAG:-latest}
	    environment: {A: "${MUST:?}", B: "${OPT:+set}"}
	    env_file: [missing.env]
	    volumes: ["data:/d"]
	    networks: [front]
	    depends_on: [db]
	  db: {image: db, networks: [front]}
	  tool: {image: tool, profiles: [tools]}
	networks: {front: {}, unused: {}}
	volumes: {data: {}, unused: {}}
	YAML
	export MUST=1
	expect 0 coracle config --services
	is $'db\nweb'
	expect 0 coracle config --profiles
	is tools
	expect 0 coracle config --images
	is $'db\nimg:latest'
	expect 0 coracle config --volumes
	is data
	expect 0 coracle --all-resources config --volumes
	is $'data\nunused'
	expect 0 coracle config --networks
	is front
	expect 0 coracle config --hash db
	matches '^db [0-9a-f]{64}$'
	expect 1 coracle config --hash web
	has_error 'missing.env'
	expect 1 coracle config --hash '*'
	expect 0 coracle config --no-env-resolution --hash '*'
	[ "$(cut -d ' ' -f 1 <<<"$output" | tr '\n' ' ')" = 'db web ' ]
	expect 1 coracle config --hash nosuch
	has_error 'no such service: nosuch'
	unset MUST
	expect 0 coracle config --variables
	matches '^NAME +REQUIRED +DEFAULT VALUE +ALTERNATE VALUE'
	matches 'MUST +true'
	matches 'OPT +false +set'
	matches 'TAG +false +latest'
	expect 0 coracle config --variables --format json
	[ "$(jq -c .TAG <<<"$output")" = '{"Name":"TAG","DefaultValue":"latest","PresenceValue":"","Required":false}' ]
}

@test "parts that nobody uses are left out, a service brings what it needs" {
	project parts <<-'YAML'
	services:
	  web: {image: web, depends_on: [db], secrets: [used]}
	  db: {image: db, volumes: ["data:/d"]}
	  other: {image: other, networks: [far]}
	networks: {far: {}, unused: {}}
	volumes: {data: {}, unused: {}}
	secrets: {used: {environment: HOME}, unused: {environment: HOME}}
	YAML
	expect 0 coracle config --format json
	[ "$(jq -c '[.networks, .volumes, .secrets] | map(keys)' <<<"$output")" = '[["default","far"],["data"],["used"]]' ]
	expect 0 coracle config --format json web
	[ "$(jq -c '.services | keys' <<<"$output")" = '["db","web"]' ]
	[ "$(jq -c '.networks | keys' <<<"$output")" = '["default"]' ]
	expect 0 coracle --all-resources config --format json
	[ "$(jq -c '.volumes | keys' <<<"$output")" = '["data","unused"]' ]
}

@test "config -q prints nothing, -o writes a file" {
	project quiet <<-'YAML'
	services: {web: {image: busybox}}
	YAML
	expect 0 coracle config -q
	is ''
	expect 0 coracle config -o out.yaml
	is ''
	expect 0 coracle -f out.yaml config
	[ "$output" = "$(cat out.yaml)" ]
	echo 'services: {web: {image: busybox, nope: 1}}' >compose.yaml
	expect 1 coracle config -q
	has_error "additional properties 'nope' not allowed"
}

@test "values without effect are warned of by who makes something of them" {
	unset NO_DOWN
	project effects <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: echo logged all the same
	    logging: {driver: local, options: {compress: "true"}}
	  b:
	    image: busybox
	    command: echo kept
	    logging: {options: {max-size: 1m, tag: x}}
	YAML
	expect 0 coracle up -d
	has_error 'logging.options.compress has no effect'
	has_error 'logging.options.tag has no effect'
	coracle wait a b
	expect 0 coracle logs --no-log-prefix a
	is 'logged all the same'
	[ "$stderr" = '' ]
	expect 0 coracle ps -a
	[ "$stderr" = '' ]
}

options_project()
{
	project options <<-'YAML'
	x-note: {keep: me}
	services:
	  web:
	    image: "web:${TAG:-1}"
	    ports: ["8080:80"]
	    volumes: ["./src:/src", "data:/data"]
	    env_file: [web.env]
	    secrets: [token]
	    depends_on: [db]
	    environment: {PASSWORD_FILE: /run/secrets/token, COST: "$$5"}
	  db: {image: "db:2", networks: [back]}
	  tool: {image: tool, profiles: [tools]}
	  built: {build: ., profiles: [tools]}
	networks: {back: {}}
	volumes: {data: {}}
	secrets: {token: {environment: TOKEN}}
	YAML
	echo 'FROM_FILE=yes' >web.env
	export TOKEN=5d41402abc4b2a76
}

@test "config --format yaml and json, and nothing else" {
	options_project
	expect 0 coracle config --format yaml
	yaml=$output
	expect 0 coracle config
	[ "$output" = "$yaml" ]
	[ "$(head -n 2 <<<"$output")" = $'name: options\nservices:' ]
	# In this order: services, networks, volumes, secrets, x-…
	[ "$(grep -E '^[a-z]' <<<"$output" | tr '\n' ' ')" = 'name: options services: networks: volumes: secrets: x-note: ' ]
	has "COST: \$\$5"
	has "FROM_FILE: 'yes'"
	lacks env_file
	expect 0 coracle config --format json
	[ "$(jq -r '.services.web.ports[0] | keys_unsorted | join(" ")' <<<"$output")" = 'mode target published protocol' ]
	[ "$(jq -c '.services.web | [.command, .entrypoint]' <<<"$output")" = '[null,null]' ]
	expect 1 coracle config --format toml
	has_error "--format must be yaml or json, not 'toml'"
}

@test "config, fed back, prints itself, in both formats" {
	options_project
	for format in yaml json; do
		expect 0 coracle --profile '*' config --format $format
		printf '%s\n' "$output" >again.yaml
		expect 0 coracle --profile '*' -f again.yaml config --format $format
		[ "$output" = "$(cat again.yaml)" ]
		coracle -f - --profile '*' config --format $format <again.yaml >third.yaml
		cmp again.yaml third.yaml
	done
}

@test "config lists print one name a line" {
	options_project
	expect 0 coracle config --services
	is $'db\nweb'
	expect 0 coracle --profile tools config --services
	is $'built\ndb\ntool\nweb'
	expect 0 coracle config --services 'w*'
	is $'db\nweb'
	expect 0 coracle config --volumes
	is data
	expect 0 coracle config --networks
	is $'back\ndefault'
	expect 0 coracle --profile tools config --images
	is $'options-built\ndb:2\ntool\nweb:1'
	expect 0 coracle config --profiles
	is tools
	expect 0 coracle config --models
	is ''
	rm web.env
	expect 0 coracle config --services
	expect 1 coracle config
	has_error 'compose.yaml:7:16: services.web.env_file[0]: env file'
	expect 0 coracle config --no-env-resolution
	has web.env
}

@test "config --hash is of chosen services, sorted, and what decides is in it" {
	options_project
	expect 0 coracle config --hash '*'
	[ "$(cut -d ' ' -f 1 <<<"$output")" = $'db\nweb' ]
	all=$output
	expect 0 coracle config --hash web,db
	is "$all"
	expect 0 coracle config --hash web
	before=$output
	TAG=2 expect 0 coracle config --hash web
	[ "$output" != "$before" ]
	echo 'FROM_FILE=no' >web.env
	expect 0 coracle config --hash web
	[ "$output" != "$before" ]
	expect 1 coracle config --hash nobody
	has_error 'no such service: nobody'
}

@test "config --no-interpolate, --no-normalize, --no-path-resolution, --no-consistency" {
	options_project
	expect 0 coracle config --no-interpolate
	# shellcheck disable=SC2016
	has 'image: web:${TAG:-1}'
	has "source: $PWD/src"
	has "COST: \$\$5"
	[ "$(grep -nE '^(networks|services):' <<<"$output" | cut -d : -f 2 | tr '\n' ' ')" = 'networks services ' ]
	printf '%s\n' "$output" >raw.yaml
	expect 0 coracle -f raw.yaml config --no-interpolate
	[ "$output" = "$(cat raw.yaml)" ]
	expect 0 coracle config --no-interpolate web
	has_error 'service filtering is not applied when --no-interpolate is set'
	expect 0 coracle config --no-normalize
	lacks 'options_data'
	lacks 'default:'
	expect 0 coracle config --no-path-resolution
	has 'source: ./src'
	cat >broken.yaml <<-'YAML'
	services:
	  a: {image: a, depends_on: [gone], networks: [nowhere], gpus: all}
	  b: {environment: {A: 1}}
	volumes: {v: {}}
	YAML
	expect 1 coracle -f broken.yaml config
	has_error 'broken.yaml:2:30: service "a" depends on undefined service "gone"'
	has_error 'broken.yaml:2:48: service "a" refers to undefined network nowhere'
	has_error 'broken.yaml:3:3: service "b" has neither an image nor a build context'
	for option in --services --volumes --networks --models '--hash=*' --images --profiles; do
		expect 0 coracle -f broken.yaml config --no-consistency "$option"
	done
	expect 0 coracle -f broken.yaml config --no-consistency --services
	is $'a\nb'
}

@test "config --variables names them with what they default to" {
	project variables <<-'YAML'
	services:
	  web:
	    image: "i:${TAG:-latest}"
	    command: echo ${MUST:?say} ${OPT:+set} $PLAIN $$NOT ${NEST-${INNER:-x}} ${PORT:-8080}
	YAML
	expect 0 coracle config --variables
	[ "$(awk 'NR > 1 {print $1}' <<<"$output" | tr '\n' ' ')" = 'INNER MUST NEST OPT PLAIN PORT TAG ' ]
	expect 0 coracle config --variables --format json
	has $'\n    "TAG": {\n        "Name": "TAG",\n        "DefaultValue": "latest",\n'
	[ "$(jq -c '[.MUST.Required, .TAG.DefaultValue, .OPT.PresenceValue]' <<<"$output")" = '[true,"latest","set"]' ]
	expect 0 coracle config --variables --format yaml
	has $'TAG:\n    name: TAG\n    defaultvalue: latest\n    presencevalue: ""\n    required: false'
	has $'    defaultvalue: "8080"'
	expect 0 coracle config --variables web
	[[ $stderr = *'service filtering is not applied when --variables is set'* ]] || fail "$stderr"
	expect 0 coracle config --no-interpolate web
	[[ $stderr = *'service filtering is not applied when --no-interpolate is set'* ]] || fail "$stderr"
	has 'command: echo ${MUST:?say}'
	has 'name: variables_default'
}

@test "values of secrets are in nothing that config prints" {
	options_project
	for arguments in '' '--format json' --no-interpolate --no-normalize --no-consistency --environment '--hash *' \
		--variables '--variables --format json' --services --volumes --images; do
		read -ra list <<<"$arguments"
		expect 0 coracle --profile tools config "${list[@]}"
		[ -n "$output" ]
		lacks "$TOKEN"
		[[ $stderr != *"$TOKEN"* ]] || fail "$stderr"
	done
	expect 0 coracle config --environment
	has 'TOKEN=***'
	# The file has it neither.
	expect 0 coracle config -o out.yaml
	expect 1 grep -r "$TOKEN" out.yaml
}

@test "config --environment prints what variables are replaced from" {
	options_project
	printf 'TAG=7\nSHELL_WINS=dotenv\n' >.env
	SHELL_WINS=shell expect 0 coracle config --environment
	has TAG=7
	has SHELL_WINS=shell
	has COMPOSE_PROJECT_NAME=options
}

@test "config -o writes a file at once or not at all, -q prints nothing" {
	options_project
	expect 0 coracle config -o out.yaml
	is ''
	expect 0 coracle -f out.yaml config
	[ "$output" = "$(cat out.yaml)" ]
	expect 0 coracle config --format json --output out.json
	jq -e .services.web out.json
	cp out.json before.json
	echo 'services: {web: {imgae: x}}' >compose.yaml
	expect 1 coracle config -o out.json
	cmp out.json before.json
	expect 1 coracle config -o nowhere/out.yaml -q
	expect 1 coracle config -q
	is ''
	has_error "did you mean 'image'?"
}

@test "a pattern means all services that it matches" {
	unset NO_DOWN
	project patterns <<-'YAML'
	x-sleep: &sleep {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  web-1: *sleep
	  web-2: *sleep
	  db: *sleep
	YAML
	expect 0 coracle up -d 'web-*'
	expect 0 coracle ps --format '{{.Service}}'
	[ "$(sort <<<"$output")" = $'web-1\nweb-2' ]
	expect 0 coracle stop 'web-[1]'
	expect 0 coracle ps --format '{{.Service}}'
	is web-2
	expect 1 coracle stop 'nothing-*'
	has_error "no such service: nothing-*"
}

@test "files may be pipes of the shell, standard input may be named twice" {
	project pipes <<-'YAML'
	services: {web: {image: "busybox:${TAG}"}}
	YAML
	expect 0 coracle -p pipes -f <(cat compose.yaml) --env-file <(echo TAG=7) config
	has 'image: busybox:7'
	TAG=8 coracle -f - -f - config <compose.yaml >out.yaml
	grep 'image: busybox:8' out.yaml
	# A FIFO of the file system might wait for ever.
	mkfifo fifo
	expect 1 coracle -f fifo config
	has_error 'not a regular file'
	expect 1 coracle -f https://example.com/compose.yaml config
	has_error 'remote compose files are not supported'
}
