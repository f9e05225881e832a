import type { Handler } from '../handler.ts';

/** Each script only asks `prebuilds __complete WORDS...`, so it never goes out of date; nothing found = file names. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion of prebuilds
_prebuilds() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    [[ -n $line ]] && COMPREPLY+=("$(printf '%q' "$line")")
  done < <(prebuilds __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _prebuilds prebuilds
`,
  zsh: `#compdef prebuilds
# zsh completion of prebuilds
_prebuilds() {
  local -a found
  found=("\${(@f)$(prebuilds __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
if [[ $funcstack[1] == _prebuilds ]]; then _prebuilds "$@"; else compdef _prebuilds prebuilds; fi
`,
  fish: `# fish completion of prebuilds
function __prebuilds_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (prebuilds __complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c prebuilds -f -a '(__prebuilds_complete)'
`,
};

/** `completion bash|zsh|fish`. */
export const completion: Handler = (context, [shell = '']) => {
  context.outside.io.out(SCRIPTS[shell] ?? '');
  return Promise.resolve(undefined);
};
