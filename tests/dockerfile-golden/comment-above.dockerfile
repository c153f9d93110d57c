# about the base
FROM busybox AS base

# not about this

# about A
ARG A=1
#
ARG B=2
# check=skip=SecretsUsedInArgOrEnv
ENV TOKEN=x
