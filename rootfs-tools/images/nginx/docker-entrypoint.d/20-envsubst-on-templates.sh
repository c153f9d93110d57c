#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fills /etc/nginx/templates/*.template in from the environment into /etc/nginx/conf.d; only variables
# that are set (and whose name matches NGINX_ENVSUBST_FILTER) are replaced, so that nginx's own
# $variables stay. *.stream-template goes to /etc/nginx/stream-conf.d.
set -e

# $1 templates' suffix, $2 where the results go.
fill()
{
	find "$from" -follow -type f -name "*$1" | sort | while read -r template; do
		target=${template#"$from"/}
		target=$2/${target%"$1"}
		mkdir -p "$(dirname "$target")"
		envsubst "$names" <"$template" >"$target"
	done
}

from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
[ -d "$from" ] || exit 0
# shellcheck disable=SC2016 # envsubst wants the names with their dollar sign
names=$(awk 'BEGIN {for (name in ENVIRON) if (name ~ ENVIRON["NGINX_ENVSUBST_FILTER"]) printf "${%s} ", name}' </dev/null)
fill "${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}" "${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}"
fill "${NGINX_ENVSUBST_STREAM_TEMPLATE_SUFFIX:-.stream-template}" \
	"${NGINX_ENVSUBST_STREAM_OUTPUT_DIR:-/etc/nginx/stream-conf.d}"
