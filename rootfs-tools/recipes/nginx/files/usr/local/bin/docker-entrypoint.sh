#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Before nginx starts: runs /docker-entrypoint.d/*.sh and fills /etc/nginx/templates/*.template in
# from the environment into /etc/nginx/conf.d (only variables that are set are replaced, so that
# nginx's own $variables stay).
set -e

fill_templates()
{
	from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
	suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
	to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
	[ -d "$from" ] || return 0
	# shellcheck disable=SC2016 # envsubst wants the names with their dollar sign
	names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
	find "$from" -follow -type f -name "*$suffix" | sort | while read -r template; do
		target=${template#"$from"/}
		target=$to/${target%"$suffix"}
		mkdir -p "$(dirname "$target")"
		envsubst "$names" <"$template" >"$target"
	done
}

if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
	for script in /docker-entrypoint.d/*.sh; do
		[ ! -x "$script" ] || "$script"
	done
	fill_templates
fi
exec "$@"
