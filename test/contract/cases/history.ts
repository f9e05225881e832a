import { describe, expect, it } from 'vitest';
import { SAMPLE_EVERY_MS, SAMPLE_GAP_MS } from '../../../src/domain/pool-history.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import { givenTemplate } from '../support.ts';

const COUNTS = { desired: 2, running: 1, eligible: 1, building: 1, claimed: 0 };

export function historyCases(open: OpenStore): void {
  describe('sizes of pools', () => {
    const at = eachTest(open);

    it('are one row for as long as they stay the same, whoever looks', async () => {
      const { a, b, clock } = at();
      const { templateId } = await givenTemplate(a);
      const pools = [{ templateId, presetName: 'small', counts: COUNTS }];
      const start = clock.now();
      await a.recordPoolSizes(pools);
      clock.advance(1000);
      await b.recordPoolSizes(pools);
      expect(await a.poolSamples(0)).toEqual([
        { ...COUNTS, at: start, untilAt: start, templateId, organization: 'default', template: 'docker', presetName: 'small' },
      ]);
      clock.advance(SAMPLE_EVERY_MS);
      await b.recordPoolSizes(pools);
      expect((await a.poolSamples(0)).map((one) => one.untilAt - one.at)).toEqual([SAMPLE_EVERY_MS + 1000]);
      clock.advance(SAMPLE_GAP_MS + 1);
      await a.recordPoolSizes(pools);
      expect(await a.poolSamples(0)).toHaveLength(2);
    });

    it('are noted when they change, each pool for itself', async () => {
      const { a, clock } = at();
      const { templateId } = await givenTemplate(a, { presets: [{ name: 'small' }, { name: 'large' }] });
      const sized = (presetName: string, eligible: number) => ({ templateId, presetName, counts: { ...COUNTS, eligible } });
      await a.recordPoolSizes([sized('small', 1), sized('large', 0)]);
      clock.advance(1000);
      await a.recordPoolSizes([sized('small', 0), sized('large', 0)]);
      expect((await a.poolSamples(0)).map((one) => [one.presetName, one.eligible])).toEqual([
        ['large', 0],
        ['small', 1],
        ['small', 0],
      ]);
      expect(await a.poolSamples(clock.now())).toMatchObject([{ presetName: 'small', eligible: 0 }]);
    });

    it('of a thousand pools and more are written in one go', async () => {
      const { a } = at();
      const { templateId } = await givenTemplate(a);
      const pools = Array.from({ length: 2500 }, (_none, n) => ({ templateId, presetName: `p${String(n)}`, counts: COUNTS }));
      await a.recordPoolSizes(pools);
      expect(await a.poolSamples(0)).toHaveLength(2500);
    });

    it('are forgotten when they are old, a limited number at a time', async () => {
      const { a, clock } = at();
      const { templateId } = await givenTemplate(a);
      for (const eligible of [0, 1, 2]) {
        await a.recordPoolSizes([{ templateId, presetName: 'small', counts: { ...COUNTS, eligible } }]);
        clock.advance(1000);
      }
      const before = clock.now() - 1000;
      expect(await a.countOld('samples', before)).toBe(2);
      expect(await a.purgeOld('samples', before, 1)).toBe(1);
      expect(await a.purgeOld('samples', before, 10)).toBe(1);
      expect((await a.poolSamples(0)).map((one) => one.eligible)).toEqual([2]);
    });
  });
}
