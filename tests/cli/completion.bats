#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What completion offers, and that bash, zsh and fish make the right words of it.

load helper

shop()
{
	project shop <<-'YAML'
	services:
	  api: {image: busybox, command: sleep 1000, stop_signal: SIGKILL}
	  web: {image: busybox, profiles: [debug], volumes: ["data:/data"]}
	volumes: {data: {}}
	YAML
	printf 'services: {other: {image: busybox}}\n' >other.yaml
}

# "WORDS|what is offered", the last of the words being what it begins with.
offers()
{
	while IFS='|' read -r typed expected; do
		read -r -a words <<<"$typed"
		[[ "$typed" != *' ' ]] || words+=('')
		expect 0 coracle __complete -- "${words[@]}"
		[ "${output//$'\n'/ }" = "$expected" ] || fail "$typed: '$output' is not '$expected'"
	done
}

@test "what is offered fits where it stands" {
	shop
	offers <<-'WORDS'
		up |api web
		up api |web
		up -- |api web
		up -- --|
		up --pu|--pull
		up --pull |always missing never
		up --pull=|--pull=always --pull=missing --pull=never
		up --detach=|--detach=false --detach=true
		up --timeout |
		up --timeout 5 w|web
		up --exit-code-from |api web
		up --scale |api= web=
		scale a|api=
		exec |api web
		exec -T a|api
		exec api |
		exec api --|
		exec --workdir |
		run --volume |:files
		run --env-from-file |:files
		logs -f api |web
		cp a|api: :files
		cp api:/x |:files
		cp ./x a|api: :files
		kill -s SIGK|SIGKILL
		ps --status r|removing restarting running
		ps --filter |status=
		ps --filter s|status=
		ps --filter x|
		ps --filter status=r|status=removing status=restarting status=running
		ps --filter=status=run|--filter=status=running
		ps --format |json table
		ps --format t|table
		config --format |json yaml
		container ls --filter h|health=
		container ls -f health=|health=healthy health=none health=starting health=unhealthy
		container ls --filter name=|
		container ls --format=|--format=json --format=table
		image ls --filter dangling=|dangling=false dangling=true
		image ls --filter since=b|since=busybox:latest
		image inspect --format |json
		system events --filter ty|type=
		system events --filter type=c|type=container
		system events --filter image=b|image=busybox:latest
		network ls --filter type=|type=builtin type=custom
		container prune --filter l|label!= label=
		builder prune --filter i|id= inuse
		service ls --filter mode=|mode=global mode=replicated
		version --format |json pretty
		-f |:files
		-f other.yaml exec |other
		--file=other.yaml up |other
		-f nosuch.yaml exec |
		--profile |debug
		--profile=|--profile=debug
		--progress |auto json plain quiet tty
		--ansi n|never
		--timeout |
		compose ex|exec export
		compose -f other.yaml up o|other
		help up|up update
		help dow|down
		help image p|prune pull push
		help --|--all
		image r|rm
		image inspect b|busybox:latest
		image tag b|busybox:latest
		image tag busybox |
		image build |:files
		image build --secret |
		image build --progress |auto json plain quiet rawjson tty
		inspect --type v|volume
		node inspect |self
		service ps |
		run api |
		nosuch |
	WORDS
}

@test "objects are offered by name, and only those that a verb can do something with" {
	shop
	expect 0 coracle up -d --wait
	expect 0 coracle container create --name later busybox
	expect 0 coracle network create backend
	offers <<-'WORDS'
		container stop |shop-api-1
		container start |later
		container rm l|later
		container unpause |
		container logs |later shop-api-1
		container run --network b|backend bridge
		container run --network=back|--network=backend
		container run --restart o|on-failure
		container run --ipc |host none private shareable
		container run --volumes-from l|later
		network rm b|backend bridge
		network connect backend l|later
		network connect backend later |
		inspect later |backend bridge busybox:latest host none shop-api-1 shop_default
		-p |shop
	WORDS
	expect 0 coracle container rm later
	expect 0 coracle network rm backend
}

@test "commands offer their own options and no others" {
	local commands noun
	expect 0 coracle __complete -- ''
	commands=$output
	for noun in container service; do
		expect 0 coracle __complete -- "$noun" ''
		commands+=$'\n'"$noun ${output//$'\n'/$'\n'"$noun "}"
	done
	[ "$(wc -l <<<"$commands")" -gt 70 ]
	while read -r command; do
		[[ "$command" != compose && "$command" != help ]] || continue
		# shellcheck disable=SC2086 # words of a command
		"$CORACLE" __complete -- $command -- >offered
		# shellcheck disable=SC2086 # the same
		"$CORACLE" $command --help | sed -n 's/^\(  -., \|      \)\(--[a-z0-9-]*\).*/\2/p' | LC_ALL=C sort >shown
		diff shown offered || fail "$command"
	done < <(grep -vx 'compose\|help\|builder\|buildx\|container\|image\|network\|node\|secret\|service\|stack\|swarm\|system\|volume' <<<"$commands")
}

# Lines as they are typed, and what the program is called with when Enter is pressed.
typed=(
	'coracle up --pu^Ial^I' 'up --pull always'
	'coracle up --pull=mi^I' 'up --pull=missing'
	'coracle exec a^I' 'exec api'
	'coracle exec api ^I^I' 'exec api'
	'coracle -f oth^I exec -T o^I' '-f other.yaml exec -T other'
	'coracle scale a^I3' 'scale api=3'
	'coracle cp a^I/x oth^I' 'cp api:/x other.yaml'
	'coracle cp oth^I a^I/x' 'cp other.yaml api:/x'
	'coracle --prof^Id^I up' '--profile debug up'
	'coracle image inspect busybox:l^I' 'image inspect busybox:latest'
	'coracle compose up -- a^I' 'compose up -- api'
	'coracle ps --filter s^Ipa^I' 'ps --filter status=paused'
	'coracle ps --filter=stat^Iex^I' 'ps --filter=status=exited'
	'coracle ps --format t^I' 'ps --format table'
)

# SHELL... - what an interactive shell makes of them.
type_into()
{
	local steps=() i
	for ((i = 0; i < ${#typed[@]}; i += 2)); do
		steps+=(expect:'> ' "send:${typed[i]}^M" "expect:ran:${typed[i + 1]}")
	done
	expect 0 inside env TERM=dumb ZDOTDIR="$PWD" timeout --foreground -k 5 60 \
		python3 "$tests_dir/cli/on_terminal.py" "${steps[@]}" expect:'> ' 'send:exit^M' -- "$@"
}

# The program is asked; what would run is shown.
stand_in="coracle() { if [ \"\$1\" = __complete ]; then '$CORACLE' \"\$@\"; else printf 'ran:%s\\n' \"\$*\"; fi; }"

@test "bash" {
	shop
	printf '%s\n' "bind 'set enable-bracketed-paste off'" "PS1='> '" "$stand_in" \
		"source '$project_dir/cli/completion.bash'" >rc
	type_into bash --noprofile --rcfile rc -i
}

@test "zsh" {
	command -v zsh >/dev/null || skip 'no zsh'
	shop
	mkdir functions
	cp "$project_dir/cli/completion.zsh" functions/_coracle
	printf '%s\n' 'unset zle_bracketed_paste' "PS1='> '" "fpath=($PWD/functions \$fpath)" \
		'autoload -U compinit; compinit -u -D' "$stand_in" >.zshrc
	type_into zsh -d -i
}

@test "fish" {
	command -v fish >/dev/null || skip 'no fish'
	shop
	{
		printf '%s\n' "function coracle; '$CORACLE' \$argv; end" \
			"source '$project_dir/cli/completion.fish'"
		for line in 'up --pu' 'up --pull=mi' 'up --pull ' 'exec api ' 'scale a' '-f oth' \
			'-f other.yaml exec ' 'cp a' 'up -t ' 'image inspect busybox:l' 'ps --filter s' \
			'ps --filter status=pa' 'ps --format '; do
			printf 'set -l got (complete -C "coracle %s" | string collect --allow-empty); echo "%s|$got"\n' "$line" "$line"
		done
	} >run.fish
	expect 0 inside env HOME="$PWD" fish --no-config run.fish
	is 'up --pu|--pull
up --pull=mi|--pull=missing
up --pull |always
missing
never
exec api |
scale a|api=
-f oth|other.yaml
-f other.yaml exec |other
cp a|api:
up -t |
image inspect busybox:l|busybox:latest
ps --filter s|status=
ps --filter status=pa|status=paused
ps --format |json
table'
}
