#compdef coracle
# zsh completion for coracle: the program itself knows what fits.
_coracle()
{
	local -a found
	found=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	if [[ -n "${found[1]}" ]]; then
		compadd -a found
	else
		_files
	fi
}
_coracle "$@"
