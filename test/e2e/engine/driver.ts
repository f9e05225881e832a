// A process of its own for the tests that kill it: opens a session, plans and applies. Input: the path of a JSON file.
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { RunSpec } from '../../../src/engine/engine.ts';
import { createEngineRunner } from '../../../src/engine/runner.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { silentLogger } from '../../../src/kit/logger.ts';

export interface DriverInput {
  readonly session: Parameters<ReturnType<typeof createEngineRunner>['openSession']>[0];
  readonly runs: readonly RunSpec[];
  /** Sit there with the open session instead of ending. */
  readonly linger: boolean;
  /** So many descriptors are left when the session is opened; the process goes on with more, without one. */
  readonly descriptors?: number | undefined;
}

const input = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DriverInput;
const runner = createEngineRunner({ clock: systemClock, logger: silentLogger });
if (input.descriptors !== undefined) {
  const taken = takeAll();
  const spare = taken.splice(0, input.descriptors);
  for (const fd of spare) closeSync(fd);
  const starved = await runner.openSession(input.session);
  process.stdout.write(`${'reason' in starved ? starved.reason : 'open'}\n`);
  for (const fd of taken) closeSync(fd);
}
const opened = await runner.openSession(input.session);
if (!('session' in opened)) throw new Error(opened.reason);
process.stdout.write('open\n');
for (const spec of input.runs) {
  const result = await runner.run({ ...spec, session: opened.session });
  process.stdout.write(`${spec.args[0] ?? ''} ${String(result.exitCode)}\n`);
}
if (input.linger) await systemClock.sleep(600_000);
opened.session.close();

function takeAll(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    return taken;
  }
}
