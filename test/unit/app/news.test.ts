import { describe, expect, it } from 'vitest';
import { createNews } from '../../../src/app/news.ts';
import { createPulse } from '../../../src/app/pulse.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { systemIds } from '../../../src/kit/ids.ts';
import { openSqlite } from '../../contract/sqlite-support.ts';
import { givenTemplate } from '../../contract/support.ts';

/** A clock whose sleeps last until the test ends them, the oldest first. */
function heldClock() {
  const held: { ms: number; end: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const one = {
          ms,
          end: () => {
            if (held.includes(one)) held.splice(held.indexOf(one), 1);
            resolve();
          },
        };
        held.push(one);
        signal?.addEventListener('abort', one.end, { once: true });
      }),
  };
  const turn = async () => {
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
  };
  return {
    clock,
    turn,
    sleeps: () => held.map(({ ms }) => ms),
    async over() {
      held[0]?.end();
      await turn();
    },
  };
}

describe('news', () => {
  const signal = new AbortController().signal;

  it('come after the rest, when the mark is another one: seen by a look, or at once when this process wrote', async () => {
    const { clock, turn, over, sleeps } = heldClock();
    const pulse = createPulse();
    let mark = '1';
    const news = createNews({ changeMark: () => Promise.resolve(mark) }, clock, pulse);
    await news.take();
    let heard = 0;
    const listen = () => void news.next(500, signal).then(() => (heard += 1));
    listen();
    await turn();
    expect(sleeps()).toEqual([500]);
    await over();
    expect(sleeps()).toEqual([250]);
    await over();
    expect(heard).toBe(0);
    mark = '2';
    await over();
    expect(heard).toBe(1);

    listen();
    await turn();
    await over();
    pulse.beat();
    await turn();
    expect(heard).toBe(1);
    mark = '3';
    pulse.beat();
    await turn();
    expect(heard).toBe(2);
    expect(sleeps()).toEqual([]);
  });

  it('of what happened before they are asked for come at once, and end with the signal', async () => {
    const { clock, turn, over, sleeps } = heldClock();
    let mark = '1';
    const news = createNews({ changeMark: () => Promise.resolve(mark) }, clock, createPulse());
    await news.take();
    mark = '2';
    let heard = 0;
    void news.next(0, signal).then(() => (heard += 1));
    await turn();
    await over();
    expect(heard).toBe(1);
    const end = new AbortController();
    void news.next(0, end.signal).then(() => (heard += 1));
    await turn();
    await over();
    end.abort();
    await turn();
    expect(heard).toBe(2);
    expect(sleeps()).toEqual([]);
  });

  it('of a store that does not answer are none', async () => {
    const { clock, turn, over, sleeps } = heldClock();
    const news = createNews({ changeMark: () => Promise.reject(new Error('locked')) }, clock, createPulse());
    let heard = 0;
    void news.next(0, signal).then(() => (heard += 1));
    await turn();
    await over();
    expect([heard, sleeps()]).toEqual([0, [250]]);
  });
});

describe('the mark of the store', () => {
  it('is another one after an event and after a claim entered or left the line, whoever wrote', async () => {
    const store = await openSqlite();
    try {
      const { a, b } = store;
      const marks = new Set<string>();
      const next = async () => {
        const before = marks.size;
        marks.add(await a.changeMark());
        return marks.size > before;
      };
      await next();
      const { templateId, preset, actor } = await givenTemplate(b);
      expect(await next()).toBe(true);
      expect(await next()).toBe(false);
      const owner = await b.ensurePerson({ username: 'ana' });
      const { claim } = await b.openClaim({
        templateId,
        presetId: preset.id,
        ownerId: owner.id,
        actor,
        name: 'dev',
        requestId: systemIds.uuid(),
        argsHash: 'a',
        parameters: {},
        driver: { bootId: 'b', pid: 1, startTicks: 1 },
      });
      await next();
      await b.moveClaim(claim.id, ['new'], 'waiting');
      expect(await next()).toBe(true);
      await b.touchClaim(claim.id);
      expect(await next()).toBe(false);
      await b.moveClaim(claim.id, ['waiting'], 'canceled');
      const left = await a.changeMark();
      expect(left).not.toBe([...marks].at(-1));
    } finally {
      await store.close();
    }
  });
});
