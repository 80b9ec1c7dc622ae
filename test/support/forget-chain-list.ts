import type { Database } from '../../src/db/database.ts';

/** The server that an embedded database was made by has signed a list, of no chains yet, with a key of its own. */
export const forgetChainList = async (db: Database): Promise<void> => {
  await db.asOwner((tx) => tx.query('delete from audit_chain_list'));
};
