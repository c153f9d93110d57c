# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# own.bash - what labs leave to the reader, in more than one of them.

# own_service DIRECTORY [PORT]: an image of a server that says who it is, where it listens on PORT (3000).
# It finishes what it has begun when it is told to stop.
own_service()
{
	own "$1/Dockerfile" <<-EOF
	FROM node:16-alpine
	WORKDIR /app
	COPY server.js .
	ENV PORT=${2:-3000} SERVICE=$(basename "$1")
	CMD ["node", "server.js"]
	EOF
	own "$1/server.js" <<-'EOF'
	const http = require('http'), os = require('os'), { SERVICE, PORT, VERSION, COLOR } = process.env;
	const server = http.createServer((request, response) => {
	  response.setHeader('Content-Type', 'application/json');
	  response.end(JSON.stringify({ status: 'healthy', service: SERVICE, path: request.url,
	    instance: os.hostname(), version: VERSION, color: COLOR }) + '\n');
	});
	server.listen(PORT);
	process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections?.(); });
	EOF
}

# own_gateway FILE LOCATION=HOST:PORT...: a whole nginx.conf that asks for the addresses of each host anew,
# and tries the next one soon when one is gone.
own_gateway()
{
	local route
	{
		printf '%s\n' 'events {}' 'http {' '  resolver 127.0.0.11 valid=1s;' '  server {' '    listen 80;' \
			'    proxy_connect_timeout 300ms;'
		for route in "${@:2}"; do
			# shellcheck disable=SC2016 # for nginx
			printf '    location %s { set $to %s; proxy_pass http://$to; }\n' "${route%%=*}" "${route#*=}"
		done
		printf '%s\n' '  }' '}'
	} | own "$1"
}

# The different values that field $1 has in $2 answers of URL $3, sorted; FAILED is one without an answer.
values_of()
{
	local _
	for _ in $(seq "$2"); do
		curl -fsS -m 5 "$3" | jq -r ".$1" || echo FAILED
	done | sort -u | tr '\n' ' '
}
export -f values_of

# keep_asking URL, before something that no request shall notice; done_asking afterwards.
keep_asking()
{
	rm -f .stop .failures
	(until [ -e .stop ]; do
		curl -fsS -m 5 -o /dev/null "$1" && echo >>.answers || echo failed
	done >.failures 2>&1) &
}

done_asking()
{
	touch .stop
	wait
	row + "requests meanwhile: $(wc -l <.answers)" '' '' '' ''
	check "none of them has failed" test ! -s .failures
	rm -f .answers
}
