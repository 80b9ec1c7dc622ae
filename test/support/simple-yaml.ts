export type Yaml = string | Yaml[] | { [name: string]: Yaml };

type Line = { indent: number; text: string };

/**
 * Reads the part of YAML that the alert rules are written in: mappings, lists of mappings, plain scalars on one line, and folded
 * ones (`>-`). Every scalar is a string.
 *
 * @throws Error for anything else
 */
export const readYaml = (text: string): Yaml => {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .map((line) => ({ indent: line.search(/\S/), text: line.trim() }));
  let at = 0;

  const folded = (indent: number): string => {
    const parts: string[] = [];
    for (; at < lines.length && lines[at]!.indent > indent; at += 1) parts.push(lines[at]!.text);
    return parts.join(' ');
  };
  const valueAfter = (rest: string, indent: number): Yaml => {
    if (rest === '>-') return folded(indent);
    if (rest === '') return block(indent);
    if (/^["'[{&*!|>%@`]|: | #/.test(rest)) throw new Error(`not a plain scalar: ${rest}`);
    return rest;
  };
  const mapping = (indent: number): Yaml => {
    const map: Record<string, Yaml> = {};
    for (let line = lines[at]; line?.indent === indent && !line.text.startsWith('- '); line = lines[at]) {
      const [, name, rest] = /^(\w+):(?: (.*))?$/.exec(line.text) ?? [];
      if (name === undefined || name in map) throw new Error(`not an entry, or a second one: ${line.text}`);
      at += 1;
      map[name] = valueAfter(rest ?? '', indent);
    }
    return map;
  };
  const list = (indent: number): Yaml => {
    const items: Yaml[] = [];
    for (let line = lines[at]; line?.indent === indent && line.text.startsWith('- '); line = lines[at]) {
      // The dash is as good as two spaces.
      lines[at] = { indent: indent + 2, text: line.text.slice(2) } satisfies Line;
      items.push(mapping(indent + 2));
    }
    return items;
  };
  const block = (parent: number): Yaml => {
    const line = lines[at];
    if (!line || line.indent <= parent) throw new Error('a value is missing');
    return line.text.startsWith('- ') ? list(line.indent) : mapping(line.indent);
  };

  const value = block(-1);
  if (at < lines.length) throw new Error(`wrongly indented: ${lines[at]!.text}`);
  return value;
};
