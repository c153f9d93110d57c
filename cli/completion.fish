# fish completion for coracle: the program itself knows what fits.
function __coracle_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
	string match -v -- :files $found
	if contains -- :files $found
		__fish_complete_path (commandline -ct)
	end
end
# Read under the name of the command that it is for.
set -l name (string replace -r '\.fish$' '' (basename (status filename)))
contains -- "$name" docker docker-compose; or set name coracle
complete -c $name -f -a '(__coracle_complete)'
