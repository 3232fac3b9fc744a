/** $(VAR) in commands, args, env values and subPathExpr: known names are replaced, others stay, $$ is a plain $. Pure. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) => {
    if (what === '$') return '$';
    return variables.get(name ?? '') ?? whole;
  });
}

/** For subPathExpr: every name has to be known. */
export function expandStrictly(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (_whole, what: string, name: string | undefined) => {
    if (what === '$') return '$';
    const value = variables.get(name ?? '');
    if (value === undefined) throw new Error(`missing value for "${name ?? ''}"`);
    return value;
  });
}
