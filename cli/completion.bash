# bash completion for coracle, docker and docker-compose: the program itself knows what fits.
#
# bash parts words at = and : (COMP_WORDBREAKS); the program is asked for whole ones, without
# quotes, and of what it answers that part is left out which bash has behind it already.
_coracle_words()
{
	local rest=${COMP_LINE:0:COMP_POINT} word i

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || word=${rest#"${rest%%[![:blank:]]*}"}
		if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
			words+=("$word")
		elif [[ -z $rest && -z $word ]]; then
			words[-1]+=
		else
			words[-1]+=$word
		fi
		rest=${rest#"${rest%%[![:blank:]]*}"}
		rest=${rest#"$word"}
	done
	words=("${words[@]//[\"\'\\]/}")
	words=("${words[@]/#\~\//$HOME/}")
}

_coracle()
{
	local words current before files=

	_coracle_words
	current=${words[-1]}
	mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
	if ((${#COMPREPLY[@]})) && [[ ${COMPREPLY[-1]} == :files ]]; then
		unset 'COMPREPLY[-1]'
		files=yes
	fi
	before=${current%"${current##*["${COMP_WORDBREAKS//[^=:]/}"]}"}
	[[ $COMP_WORDBREAKS == *[=:]* ]] || before=
	COMPREPLY=("${COMPREPLY[@]#"$before"}")
	if [[ ${COMPREPLY[0]-} == *[=:] ]]; then
		compopt -o nospace
	fi
	if [[ $files ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "${current##*[=:]}")
	fi
}
# Read under the name of the command that it is for.
case ${BASH_SOURCE[0]##*/} in
docker | docker-compose) complete -F _coracle "${BASH_SOURCE[0]##*/}" ;;
*) complete -F _coracle coracle ;;
esac
