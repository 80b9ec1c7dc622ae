import { describe, expect, it } from '@jest/globals';
import { giveWay } from '../../../src/event-loop/give-way.ts';

const hold = (ms: number): void => {
  for (const from = performance.now(); performance.now() - from < ms;);
};

describe('long work gives way', () => {
  it('to whoever waits for the event loop, and not before it was held for a while', async () => {
    expect(giveWay('a')).toBeUndefined();
    let served = 0;
    const others = setInterval(() => served++, 1);
    for (let piece = 0; piece < 20; piece++) {
      await giveWay('a');
      hold(15);
    }
    clearInterval(others);
    expect(served).toBeGreaterThan(10);
  });

  it('by turns of the tenants, one piece of work in a turn of the loop', async () => {
    const done: string[] = [];
    const work = async (tenant: string, name: string) => {
      await giveWay(tenant);
      done.push(name);
    };
    await giveWay('a');
    hold(15);
    await Promise.all([work('a', 'a1'), work('a', 'a2'), work('a', 'a3'), work('b', 'b1')]);
    expect(done).toEqual(['a1', 'b1', 'a2', 'a3']);
  });
});
