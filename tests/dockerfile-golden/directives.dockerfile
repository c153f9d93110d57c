#syntax = docker/dockerfile:1.7 with more
# Check = skip=JSONArgsRecommended, StageNameCasing ;error=true;experimental=all
#   escape=\
FROM busybox
