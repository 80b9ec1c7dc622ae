import type { RowScope } from '../db/database.ts';

/** The log itself reads the ends of every tenant's chain. */
export const SYSTEM_SCOPE: RowScope = { tenant: '', groups: [], everyTenant: true };
