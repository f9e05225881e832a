import { describe, expect, it } from 'vitest';
import type { Agent, AgentLife } from '../../../src/domain/agent.ts';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { awaitStopScripts } from '../../../src/workspace/agent-stop.ts';
import type { WorkspaceDeps } from '../../../src/workspace/deps.ts';
import type { Driving } from '../../../src/workspace/engine-run.ts';
import { testClock } from '../../contract/support.ts';

interface Case {
  readonly ownerId?: string;
  readonly transition?: 'start' | 'stop' | 'delete';
  readonly mayHearAgents?: boolean;
  readonly hasStopScripts?: boolean;
  readonly agent?: Partial<Agent>;
  /** Life of the agent after so many milliseconds. */
  readonly life: (ms: number) => AgentLife;
  readonly abortAt?: number;
}

/** How long the engine waits, and what was told; the clock goes on while it sleeps. */
async function wait(given: Case) {
  const clock = testClock(0);
  const events: { readonly kind: string; readonly reason: string }[] = [];
  const steps: string[] = [];
  let hosting = 0;
  const end = new AbortController();
  const agent = (): Agent => ({
    workspaceId: 'w',
    name: 'main',
    life: given.life(clock.monotonic()),
    generation: 1,
    processKey: 'p',
    seq: 1,
    results: [],
    seenAt: 0,
    lostAt: undefined,
    lifeAt: 0,
    rowVersion: 1,
    ...given.agent,
  });
  const deps = {
    clock: {
      ...clock,
      sleep: (ms: number) => {
        if (given.abortAt !== undefined && clock.monotonic() >= given.abortAt) end.abort();
        return clock.sleep(ms);
      },
    },
    logger: silentLogger,
    mayHearAgents: given.mayHearAgents ?? true,
    hostAgents: () => {
      hosting += 1;
      return Promise.resolve(() => {
        hosting -= 1;
        return Promise.resolve();
      });
    },
    engine: { readAgents: () => [{ name: 'main', tokenSha256: 't', hasStopScripts: given.hasStopScripts ?? true }] },
    store: {
      listAgents: () => Promise.resolve([agent()]),
      recordEvent: (event: (typeof events)[number]) => {
        events.push(event);
        return Promise.resolve();
      },
    },
  } as unknown as WorkspaceDeps;
  const driving = {
    operation: {
      build: { transition: given.transition ?? 'delete' },
      workspace: { id: 'w', name: 'dev', ownerId: given.ownerId ?? 'bob' },
      template: { name: 'docker' },
    },
    paths: { state: '/state' },
    report: (step: string) => steps.push(step),
  } as unknown as Driving;
  const phases: number[] = [];
  const onPhase = (phase: string, ms: number): void => {
    if (phase === 'stop_scripts') phases.push(ms);
  };
  await awaitStopScripts(deps, driving, { providerSession: false, signal: end.signal, onPhase });
  expect(hosting).toBe(0);
  return { ms: clock.monotonic(), events: events.map((event) => event.reason), steps, phases };
}

describe('waiting for stop scripts', () => {
  it.each([
    ['a start', { transition: 'start', life: () => 'ready' }],
    ['stock that nobody had', { ownerId: SYSTEM_USER.id, life: () => 'ready' }],
    ['where nobody hears agents', { mayHearAgents: false, life: () => 'ready' }],
    ['agents without stop scripts', { hasStopScripts: false, life: () => 'ready' }],
    ['one that was never heard', { agent: { processKey: undefined }, life: () => 'created' }],
    ['one that is lost', { agent: { lostAt: 1 }, life: () => 'ready' }],
    ['one that has stopped before', { life: () => 'shutdown_error' }],
  ] satisfies readonly [string, Case][])('there is none: %s', async (_, given) => {
    expect(await wait(given)).toEqual({ ms: 0, events: [], steps: [], phases: [] });
  });

  it.each(['off', 'shutdown_error', 'shutdown_timeout'] as const)('ends with %s', async (last) => {
    const life = (ms: number): AgentLife => (ms < 1000 ? 'ready' : ms < 3000 ? 'shutting_down' : last);
    expect(await wait({ transition: 'stop', life })).toEqual({
      ms: 3000,
      events: ['its stop scripts ended after 3.0 s'],
      steps: ['stopping'],
      phases: [3000],
    });
  });

  it('ends for an agent that says nothing after what scripts may take and a margin', async () => {
    const { ms, events } = await wait({ life: () => 'ready' });
    expect(ms).toBe(65_000);
    expect(events).toEqual(['agent main did not stop within 65.0 s']);
  });

  it('gives an agent that comes back late its whole time, and no more', async () => {
    const late = await wait({ life: (ms) => (ms < 45_000 ? 'ready' : ms < 100_000 ? 'shutting_down' : 'off') });
    expect(late.ms).toBe(100_000);
    const never = await wait({ life: (ms) => (ms < 45_000 ? 'ready' : 'shutting_down') });
    expect(never.ms).toBe(110_000);
  });

  it('ends when the driver is interrupted, and tells nothing: whoever goes on waits again', async () => {
    expect(await wait({ life: () => 'shutting_down', abortAt: 2000 })).toMatchObject({ ms: 2250, events: [] });
  });
});
