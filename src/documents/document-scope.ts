import { AppError } from '../errors/app-error.ts';

/**
 * Whose documents somebody manages: all of a tenant's, or, with groups, those of these groups alone, and so not
 * everyone's. Who has one of a document's groups sees it; only who has all of them changes it.
 */
export type DocumentScope = { tenant: string; groups: readonly string[] };

// Conditions on `documents d`, in a transaction that is `managing(tenant, groups)`; `own` is the parameter with the groups.

const IS_WAITING = 'exists (select from job_documents w where w.document_id = d.id and w.text is not null)';

/** The groups of the version that was accepted last: the next one has them unless it names others. */
export const STANDING_GROUPS = `coalesce(case when ${IS_WAITING} then d.accepted_groups end, d.groups)`;

/** No other version is on its way. */
export const IS_SETTLED = `not ${IS_WAITING}`;

export const maySee = (own: string): string => `(${own}::text[] = '{}' or d.groups && ${own})`;

/** Neither the version that answers nor one that waits is anybody else's. */
export const mayChange = (own: string): string => `(${own}::text[] = '{}'
  or d.groups <> '{}' and d.groups <@ ${own} and ${STANDING_GROUPS} <> '{}' and ${STANDING_GROUPS} <@ ${own})`;

/** @throws AppError `forbidden` for a document that may be seen, and not changed */
export function refuseUnchangeable({ mayChange }: { mayChange: boolean }): void {
  if (mayChange) return;
  throw new AppError('forbidden', 'Others have this document, too: it takes all of its groups to change it.');
}
