/** By its name as it is, since `https://example.com/tenant` holds dots; else as a path, such as `realm_access.roles`. */
export function claimAt(payload: unknown, claim: string): unknown {
  const value = ownValue(payload, claim);
  return value === undefined ? claim.split('.').reduce(ownValue, payload) : value;
}

function ownValue(from: unknown, member: string): unknown {
  return typeof from === 'object' && from !== null && Object.hasOwn(from, member)
    ? (from as Record<string, unknown>)[member]
    : undefined;
}
