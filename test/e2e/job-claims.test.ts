import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/config/load.ts';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Embedder } from '../../src/embedders/embedder.ts';
import { auditPolicyOf } from '../../src/guardrails/audit-draft.ts';
import { assertIdentity, identityOf } from '../../src/index-store/index-identity.ts';
import { acceptDocuments } from '../../src/ingest/accept-documents.ts';
import { draftFromText } from '../../src/ingest/document-draft.ts';
import { indexDocument } from '../../src/ingest/index-document.ts';
import { createIngest, type Ingest } from '../../src/ingest/ingest.ts';
import { ClaimLost, createJobStore } from '../../src/ingest/job-store.ts';
import { prepareDocument } from '../../src/ingest/prepare-document.ts';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { eventually } from '../support/http.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const TENANT = 'red';
const LEASE = { leaseSeconds: 1 };
const SETTINGS = { NODE_ENV: 'test' };
const POLICY = auditPolicyOf(parseSettings(SETTINGS));

describeOnEveryDatabase('a job and the worker that holds it', (database) => {
  let db: Database;
  let embed: (signal: AbortSignal | undefined) => Promise<void> = () => Promise.resolve();
  const embedder: Embedder = {
    name: 'test/2',
    dimensions: 2,
    embed: async (texts, _kind, signal) => {
      await embed(signal);
      return texts.map(() => new Float32Array([1, 0]));
    },
  };
  const own = identityOf(embedder);
  const ingests: Ingest[] = [];
  beforeAll(async () => {
    db = await openDatabase(parseSettings({ ...SETTINGS, ...(await database.env()) }));
    await migrate(db);
    await assertIdentity(db, own);
  });
  afterEach(async () => {
    embed = () => Promise.resolve();
    for (const ingest of ingests.splice(0)) await ingest.close();
  });
  afterAll(() => db.close());

  const startWorker = (logger = recordingLogger()) => {
    const ingest = createIngest({ db, embedder, audit: POLICY, logger, jobs: LEASE });
    ingests.push(ingest);
    return ingest;
  };
  const rows = <Row extends Record<string, unknown>>(statement: string, values?: unknown[]) =>
    db.asOwner((tx) => tx.query<Row>(statement, values));
  const text = (subject: string) => draftFromText(`All about ${subject}.`, { source: subject });

  test('a worker whose lease ran out can change nothing of a job that another one has done', async () => {
    const stalled = createJobStore(db, own, LEASE);
    const { jobId } = await acceptDocuments(db, TENANT, [text('oaks'), text('elms')]);
    const claim = (await stalled.claim())!;
    const next = (await stalled.nextDocument(claim))!;
    expect(claim).toMatchObject({ id: jobId, attempts: 1 });

    const other = startWorker();
    expect(await other.finished(TENANT, jobId)).toMatchObject([{ status: 'indexed' }, { status: 'indexed' }]);

    const prepared = prepareDocument({ tenant: TENANT, draft: next.draft, policy: POLICY });
    const late = [
      () => stalled.stage(claim, 'indexing'),
      () => stalled.renewLease(claim),
      () => stalled.retryLater(claim, 0),
      () => stalled.handBack(claim),
      () => stalled.fail(claim, { code: 'internal', detail: 'It is too late to say so.' }),
      () => indexDocument(db, claim, { ...next, version: 2 }, prepared, undefined, own),
      () => stalled.succeed(claim),
    ];
    for (const change of late) await expect(change()).rejects.toThrow(ClaimLost);
    expect(await other.job(TENANT, jobId)).toMatchObject({ status: 'succeeded', done: 2, error: null });
    const documents = await rows('select status, version from documents where source = any ($1)', [
      ['oaks', 'elms'],
    ]);
    expect(documents).toEqual([
      { status: 'indexed', version: 1 },
      { status: 'indexed', version: 1 },
    ]);
  });

  test('a worker that is at work keeps its job for longer than a lease', async () => {
    embed = () => new Promise((wait) => setTimeout(wait, 2_500));
    const [first, second] = [startWorker(), startWorker()];
    const { jobId } = await first.accept(TENANT, [text('yews')]);
    await second.finished(TENANT, jobId);
    expect(await rows('select claims from jobs where id = $1', [jobId])).toEqual([{ claims: 1 }]);
  });

  test('a worker that has lost its job stops, and says nothing of how it ended', async () => {
    const { promise: stopped, resolve: stop } = Promise.withResolvers<unknown>();
    embed = async (signal) => {
      const { promise: given, reject } = Promise.withResolvers<never>();
      signal!.addEventListener('abort', () => {
        stop(signal!.reason);
        reject(signal!.reason as Error);
      });
      await given;
    };
    const logger = recordingLogger();
    const ingest = startWorker(logger);
    const { jobId } = await ingest.accept(TENANT, [text('firs')]);
    await eventually(async () => (await ingest.job(TENANT, jobId)).stage === 'embedding');
    // As another worker does it, which then holds it for a while.
    await rows("update jobs set claims = claims + 1, run_at = now() + interval '1 hour' where id = $1", [
      jobId,
    ]);
    expect(await stopped).toBeInstanceOf(ClaimLost);
    await eventually(async () =>
      JSON.stringify(logger.lines).includes('another worker has taken a job over'),
    );
    expect(await ingest.job(TENANT, jobId)).toMatchObject({ status: 'running', error: null });
  });

  test('a job that succeeds in the end shows no error of an attempt before', async () => {
    const ingest = startWorker();
    embed = () => new Promise((wait) => setTimeout(wait, 300));
    const { jobId } = await ingest.accept(TENANT, [text('limes')]);
    await rows('update jobs set error = $2 where id = $1', [
      jobId,
      { code: 'unavailable', detail: 'Earlier.' },
    ]);
    await ingest.finished(TENANT, jobId);
    expect(await ingest.job(TENANT, jobId)).toMatchObject({ status: 'succeeded', error: null });
  });

  test('a job that ended its workers without a word five times is given up', async () => {
    const { jobId } = await acceptDocuments(db, TENANT, [text('larches')]);
    await rows('update jobs set attempts = 5 where id = $1', [jobId]);
    await expect(startWorker().finished(TENANT, jobId)).rejects.toMatchObject({ code: 'internal' });
  });
});
