const NAME = /^[\w.:/@-]{1,128}$/;

/** What a provider says of its reply, where it looks like a name: it could say anything, and names are recorded. */
export function plainName(said: string | undefined): string | undefined {
  return said !== undefined && NAME.test(said) ? said : undefined;
}
