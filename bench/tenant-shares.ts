import type { Database } from '../src/db/database.ts';

/** A tenant that holds a share of all chunks. */
export type TenantShare = { tenant: string; share: number; chunks: number };

const SHARES = [0.1, 0.01, 0.001];

/**
 * Gives whole documents of a tenant to new ones, by chance, until these hold their shares. Behind the server's back: their
 * terms keep the salt of the first tenant, so only vectors find them.
 */
export async function giveAwayShares(db: Database, from: string): Promise<TenantShare[]> {
  return db.asOwner(async (tx) => {
    const documents = await tx.query<{ id: string; chunks: number }>(
      "select id, chunk_count as chunks from documents where tenant = $1 and status = 'indexed' order by md5(id::text)",
      [from],
    );
    const total = documents.reduce((sum, { chunks }) => sum + chunks, 0);
    const shares: TenantShare[] = [];
    for (const share of SHARES) {
      const tenant = `share-${share}`;
      let chunks = 0;
      const ids: string[] = [];
      while (chunks < share * total) {
        const document = documents.pop()!;
        chunks += document.chunks;
        ids.push(document.id);
      }
      await tx.query('update documents set tenant = $1 where id = any ($2)', [tenant, ids]);
      await tx.query('update chunks set tenant = $1 where document_id = any ($2)', [tenant, ids]);
      await tx.query('update chunk_embeddings set tenant = $1 where document_id = any ($2)', [tenant, ids]);
      await tx.query('insert into tenant_statistics (tenant, chunks) values ($1, $2)', [tenant, chunks]);
      await tx.query("insert into tenant_languages (tenant, language) values ($1, 'english')", [tenant]);
      shares.push({ tenant, share, chunks });
    }
    return shares;
  });
}

/** Takes back what was given away, and sets right what the first tenant is said to hold. */
export async function takeBackShares(db: Database, to: string): Promise<void> {
  await db.asOwner(async (tx) => {
    for (const table of ['documents', 'chunks', 'chunk_embeddings'])
      await tx.query(`update ${table} set tenant = $1 where tenant like 'share-%'`, [to]);
    for (const table of ['tenant_statistics', 'tenant_languages'])
      await tx.query(`delete from ${table} where tenant like 'share-%'`);
    await tx.query(
      'update tenant_statistics set chunks = (select count(*) from chunks where tenant = $1) where tenant = $1',
      [to],
    );
  });
}
