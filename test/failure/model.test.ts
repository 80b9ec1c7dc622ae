import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { outcomeOf, type Outcome } from '../support/callers.ts';
import { get, post } from '../support/http.ts';
import { failsWith, hangs, stallsAfter, writesSlowly, type Behaviour } from '../support/openai-server.ts';
import { report } from './failure-table.ts';
import { FAILURES } from './failures.ts';
import {
  asking,
  expectOnRecord,
  expectTold,
  longestWait,
  startServed,
  timeUntilAnswered,
  usageWhenSettled,
  type Served,
} from './served.ts';

const PART = 'The archive closes at five [1]. Then its doors are shut, and nobody is let in ';
const TIMEOUT_MS = 1_000;

describe('a model in trouble', () => {
  let served: Served;
  beforeAll(async () => {
    served = await startServed({ LLM_TIMEOUT_MS: String(TIMEOUT_MS), LLM_MAX_RETRIES: '1' });
  });
  beforeEach(() => served.provider.reset());
  afterAll(() => served.stop());

  /** Some ask for the whole answer, some for a stream: few enough that the model is asked on. */
  const askWhile = async (...behaviours: Behaviour[]): Promise<Outcome[]> => {
    const { whole, streamed } = asking(served.server);
    const outcomes = [];
    for (const behaviour of behaviours) {
      served.provider.onChat = behaviour;
      outcomes.push(...(await Promise.all([whole, streamed].map(outcomeOf))));
    }
    served.provider.reset();
    return outcomes;
  };
  const expectNothingLost = async (outcomes: Outcome[]) => {
    const { server } = served;
    expect((await post(server, '/search', { query: 'archive' })).body.chunks).toHaveLength(1);
    await expectOnRecord(server, outcomes);
    const { budgetSpentUsd, cost_usd } = await usageWhenSettled(server);
    expect(budgetSpentUsd).toBeCloseTo(cost_usd, 9);
  };

  const onWhole =
    (whole: Behaviour, streamed: Behaviour): Behaviour =>
    (request, response) =>
      (request.body.stream ? streamed : whole)(request, response);
  const drips = writesSlowly({ promptTokens: 800, pieces: 1_000, everyMs: 50, onPiece: () => undefined });
  const resets: Behaviour = (_request, response) => void response.socket!.resetAndDestroy();
  const resetsAfter: Behaviour = async (request, response) => {
    await stallsAfter(PART)(request, response);
    setTimeout(() => response.socket!.resetAndDestroy(), 50);
  };
  const sendsGarbage: Behaviour = (_request, response) => void response.socket!.end(randomBytes(2_000));
  const sendsGarbageIn =
    (mediaType: string): Behaviour =>
    (_request, response) =>
      void response.writeHead(200, { 'content-type': mediaType }).end(randomBytes(2_000));

  test.each([
    ['modelSlow', [hangs, drips]],
    ['modelResets', [resets, resetsAfter]],
    [
      'modelGarbage',
      [sendsGarbage, onWhole(sendsGarbageIn('application/json'), sendsGarbageIn('text/event-stream'))],
    ],
    ['modelHangs', [stallsAfter(PART)]],
  ] as const)('%s', async (name, behaviours) => {
    const outcomes = await askWhile(...behaviours);
    const { whole, streamed } = asking(served.server);
    const backMs = await timeUntilAnswered([whole, streamed]);
    expectTold(FAILURES[name], outcomes);
    report(name, { waitedMs: longestWait(outcomes), backMs });
    const givenOut = outcomes.map(({ written = '' }) => written).join('');
    if (name === 'modelGarbage') expect(givenOut).toBe('');
    if (name === 'modelHangs')
      expect([givenOut, PART]).toEqual([expect.stringMatching(/five/), expect.stringContaining(givenOut)]);
    await expectNothingLost(outcomes);
  });

  test('that fails ten times in a row is left alone', async () => {
    const { whole } = asking(served.server);
    served.provider.onChat = failsWith(500);
    const outcomes: Outcome[] = [];
    while (outcomes.length < 10) outcomes.push(await outcomeOf(whole));
    const failedAt = performance.now();
    served.provider.reset();
    outcomes.push(await outcomeOf(whole));
    expect(served.provider.chats()).toHaveLength(0);
    await timeUntilAnswered([whole]);
    const backMs = performance.now() - failedAt;
    expectTold(FAILURES.modelDown, outcomes);
    report('modelDown', { waitedMs: longestWait(outcomes), backMs });
    await expectNothingLost(outcomes);
    expect((await get(served.server, '/ready')).status).toBe(200);
  });
});
