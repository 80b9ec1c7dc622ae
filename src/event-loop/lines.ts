/** A line for each tenant, which take turns: whoever has many waiting delays another's first by one. */
export type Lines<Item> = {
  join(tenant: string, item: Item): void;
  /** Takes out the first of the next tenant whose turn it may be. */
  next(mayHave?: (tenant: string) => boolean): Item | undefined;
  leave(tenant: string, item: Item): void;
  lengthOf(tenant: string): number;
  readonly length: number;
};

export function createLines<Item>(): Lines<Item> {
  /** In the order of their next turn; none is empty. */
  const lines = new Map<string, Item[]>();
  let length = 0;
  const remove = (tenant: string, line: Item[], place: number): Item => {
    const [item] = line.splice(place, 1);
    if (line.length === 0) lines.delete(tenant);
    length -= 1;
    return item!;
  };
  return {
    join: (tenant, item) => {
      const line = lines.get(tenant);
      if (line) line.push(item);
      else lines.set(tenant, [item]);
      length += 1;
    },
    next: (mayHave = () => true) => {
      for (const [tenant, line] of lines) {
        if (!mayHave(tenant)) continue;
        const item = remove(tenant, line, 0);
        // Behind the others, where more of its line wait.
        if (lines.delete(tenant)) lines.set(tenant, line);
        return item;
      }
      return undefined;
    },
    leave: (tenant, item) => {
      const line = lines.get(tenant);
      const place = line?.indexOf(item) ?? -1;
      if (line && place !== -1) remove(tenant, line, place);
    },
    lengthOf: (tenant) => lines.get(tenant)?.length ?? 0,
    get length() {
      return length;
    },
  };
}
