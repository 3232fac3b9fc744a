/** kubectl completion: a script for the shell that asks `mkube __complete` for what may come next. */
import { defineCommand } from '../command.ts';
import { CommandError } from '../io.ts';

const BASH = `# mkube completion for bash: source <(mkube completion bash)
_mkube() {
  local IFS=$'\\n'
  COMPREPLY=($(mkube __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -F _mkube mkube
`;

const ZSH = `#compdef mkube
# mkube completion for zsh: source <(mkube completion zsh)
_mkube() {
  local -a found
  found=("\${(@f)$(mkube __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null | cut -f1)}")
  if (( \${#found} )) && [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _mkube mkube
`;

const FISH = `# mkube completion for fish: mkube completion fish | source
function __mkube_complete
  mkube __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end
complete -c mkube -f -a '(__mkube_complete)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export const command = defineCommand({
  name: 'completion',
  usage: 'SHELL',
  summary: 'Output shell completion code for the specified shell (bash, zsh, fish).',
  examples: '  source <(mkube completion bash)\n  mkube completion fish | source',
  flags: {},
  async run({ args, io }) {
    const [shell, ...more] = args;
    if (shell === undefined)
      throw new CommandError("Shell not specified.\nSee 'mkube completion -h' for help and examples");
    if (more.length > 0)
      throw new CommandError(
        "Too many arguments. Expected only the shell type.\nSee 'mkube completion -h' for help and examples",
      );
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (script === undefined)
      throw new CommandError(`Unsupported shell type "${shell}".\nSee 'mkube completion -h' for help and examples`);
    io.out(script);
  },
});
