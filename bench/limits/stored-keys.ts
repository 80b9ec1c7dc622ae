import { createAccess } from '../../src/auth/access.ts';
import { openDeploymentSecret } from '../../src/auth/deployment-secret.ts';
import { createTenantLimits } from '../../src/limits/tenant-limits.ts';
import { openMigrated } from '../../src/open-index.ts';
import type { Settings } from '../../src/config/schema.ts';
import type { Logger } from '../../src/observability/logger.ts';

/** As many keys as asked for, each a caller of its own, with limits that it never reaches. */
export async function makeKeys(count: number, settings: Settings, logger: Logger): Promise<string[]> {
  const db = await openMigrated(settings);
  try {
    const deploymentSecret = await openDeploymentSecret(db);
    const tenantLimits = createTenantLimits(db, settings);
    const { keys } = createAccess({ db, settings, deploymentSecret, furtherKeys: [], tenantLimits, logger });
    const made: string[] = [];
    for (let place = 1; place <= count; place += 1) {
      const { key } = await keys.create(
        {
          name: `caller ${place}`,
          tenant: 'default',
          scopes: ['query'],
          groups: [],
          expiresAt: null,
          requestsPerMinute: 1_000_000,
          budgetUsdPerDay: 1_000_000,
        },
        'bench',
      );
      made.push(key);
    }
    return made;
  } finally {
    await db.close();
  }
}
