# bash completion for coracle, docker and docker-compose: the program itself knows what fits.
_coracle()
{
	local IFS=$'\n'
	local words=("${COMP_WORDS[@]:1:COMP_CWORD}")

	mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
	((${#COMPREPLY[@]})) || compopt -o default
}
# Read under the name of the command that it is for.
case ${BASH_SOURCE[0]##*/} in
docker | docker-compose) complete -F _coracle "${BASH_SOURCE[0]##*/}" ;;
*) complete -F _coracle coracle ;;
esac
