import { SYSTEM_SCOPE } from '../../src/audit/audit-scope.ts';
import { exportLines } from '../../src/audit/export-audit.ts';
import { signEnds } from '../../src/audit/sign-ends.ts';
import { openSigningKey } from '../../src/audit/signing-key.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { verifyExport } from '../../src/audit/verify-export.ts';
import { parseSettings } from '../../src/config/load.ts';
import { openDatabase } from '../../src/db/database.ts';
import { serveParent } from '../child.ts';

export type VerifyResult = {
  ok: boolean;
  records: number;
  seconds: number;
  exportSeconds: number;
  offlineSeconds: number;
};

/** Verifies all that is in the database, exports it, and verifies the export. */
serveParent(async ({ settings }: { settings: Record<string, string> }): Promise<VerifyResult> => {
  const db = await openDatabase(parseSettings(settings));
  const key = openSigningKey(undefined, Buffer.alloc(32, 1));
  const publicKeys = [key.publicKey];
  await signEnds(db, key, { publicKeys });
  const [verified, seconds] = await timed(() => verifyAudit(db, SYSTEM_SCOPE, { publicKeys }));
  const [lines, exportSeconds] = await timed(() =>
    Array.fromAsync(exportLines(db, SYSTEM_SCOPE, {}, { signingKey: key, publicKeys })),
  );
  const [offline, offlineSeconds] = await timed(() => verifyExport(lines, publicKeys));
  await db.close();
  const ok = verified.ok && offline.ok && offline.records === verified.records;
  return { ok, records: verified.records, seconds, exportSeconds, offlineSeconds };
});

async function timed<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const started = performance.now();
  return [await work(), (performance.now() - started) / 1_000];
}
