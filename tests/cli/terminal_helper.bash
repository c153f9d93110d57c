# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# terminal_helper.bash - for files about what people see of `up` on a terminal.

load ../cli/helper

# session "ROWS COLUMNS" CODE STEP... -- CMD: what the steps show and then the last screen, with spinners and
# times replaced; no line may be wider than the screen.
session()
{
	local size=$1 code=$2 text
	shift 2
	TERMINAL_SIZE=$size TERMINAL_SHOWS=screen expect "$code" on_terminal "$@"
	text=$(sed -E 's/ +[0-9]+\.[0-9]s/ TIME/; s/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/~/' <<<"$output")
	output=$text
}

# A shop whose web server waits for a database that is slow until somebody says otherwise.
shop()
{
	project shop <<-YAML
	services:
	  web:
	    image: busybox
	    command: sh -c "echo web is up; sleep 3600"
	    stop_signal: SIGKILL
	    networks: [front]
	    depends_on: {db: {condition: service_healthy}}
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    networks: [front]
	    volumes: ["data:/data", "./ready:/ready"]
	    healthcheck: {test: "grep -q ${1:-yes} /ready", interval: 100ms, retries: 10000}
	networks: {front: }
	volumes: {data: }
	YAML
	echo yes >ready
}

# shellcheck disable=SC2034 # used by the bats files
up_screen='[+] up 4/4
 ✔ Network shop_front    Created TIME
 ✔ Volume shop_data      Created TIME
 ✔ Container shop-db-1   Healthy TIME
 ✔ Container shop-web-1  Started TIME'

# shellcheck disable=SC2034
down_screen='[+] down 4/4
 ✔ Container shop-web-1  Removed TIME
 ✔ Container shop-db-1   Removed TIME
 ✔ Network shop_front    Removed TIME
 ✔ Volume shop_data      Removed TIME'
