# bash completion for coracle, docker and docker-compose: the program itself knows what fits.
_coracle()
{
	local IFS=$'\n'
	local words=("${COMP_WORDS[@]:1:COMP_CWORD}")

	mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
	((${#COMPREPLY[@]})) || compopt -o default
}
complete -F _coracle coracle
