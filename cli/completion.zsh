#compdef coracle
# zsh completion for coracle: the program itself knows what fits.
_coracle()
{
	local -a found open asked
	asked=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
	found=("${(@f)$("${words[1]}" __complete -- "${(@)asked}" 2>/dev/null)}")
	[[ "${found[-1]}" == :files ]] && _files
	found=("${(@)found:#:files}")
	open=("${(@M)found:#*[=:]}")
	found=("${(@)found:#*[=:]}")
	[[ -n "${open[1]}" ]] && compadd -S '' -a open
	[[ -n "${found[1]}" ]] && compadd -a found
}
_coracle "$@"
