/**
 * A shell program with the values that it was written for: `__NAME__` stands for the value of NAME. Programs are files
 * (`shell/*.sh`), so that they are read, checked and run as what they are.
 * @throws where the program has a name without a value, or no place for one: only a programmer can get that wrong
 */
export function filled(program: string, values: Readonly<Record<string, string | number>>): string {
  const unused = new Set(Object.keys(values));
  const text = program.replaceAll(/__([A-Z][A-Z0-9_]*?)__/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the program has __${name}__, and there is no value for it`);
    unused.delete(name);
    return String(value);
  });
  if (unused.size > 0) throw new Error(`the program has no place for ${[...unused].join(', ')}`);
  return text;
}
