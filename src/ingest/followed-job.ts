import { managing, type Database } from '../db/database.ts';
import { isUuid } from '../db/uuid.ts';
import type { DocumentScope } from '../documents/document-scope.ts';
import { AppError } from '../errors/app-error.ts';

/**
 * Who has groups follows the jobs that were sent with these groups, or fewer of them.
 *
 * @throws AppError `not_found` for any other job
 */
export async function assertFollows(
  db: Database,
  { tenant, groups }: DocumentScope,
  jobId: string,
): Promise<void> {
  if (groups.length === 0) return;
  const found = await db.withScope(managing(tenant, groups), async (tx) =>
    isUuid(jobId)
      ? tx.query("select from jobs where id = $1 and groups <> '{}' and groups <@ $2", [jobId, groups])
      : [],
  );
  if (found.length === 0) throw new AppError('not_found', 'There is no such job.');
}
