# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "env_file with the name of the environment in it"
take lesson-complex-applications/snippets/13-3-configuration-management.yaml config.yml
own docker-compose.yml <<<'services: {app: {image: "nginx:alpine"}}'
own .env.common <<<$'COMMON=yes\nLEVEL=info'
own .env.development <<<$'LEVEL=debug'
own .env.production <<<$'LEVEL=error'
compose="docker-compose -f docker-compose.yml -f config.yml"
run "$compose up -d"
holds 0 "development, unless told otherwise" \
	"$compose exec -T app env | grep -E '^(COMMON|LEVEL|NODE_ENV)=' | sort | tr '\\n' ' ' | grep -x 'COMMON=yes LEVEL=debug NODE_ENV=development '"
run "ENVIRONMENT=production $compose up -d"
holds 0 "production" \
	"$compose exec -T app env | grep -E '^(COMMON|LEVEL|NODE_ENV)=' | sort | tr '\\n' ' ' | grep -x 'COMMON=yes LEVEL=error NODE_ENV=production '"
fails 1 "ENVIRONMENT=staging $compose up -d" "there is no .env.staging"
