import type { App, PoolApi, SweepApi, TemplateApi } from '../../api/app.ts';
import { forbidden, onlyThese } from './refusal.ts';

/** The application for dashboards and probes: numbers of pools, nothing of people, and nothing changes (role `agent-read`). */
export function asReader(app: App): App {
  const what = 'this';
  const { pools, templates } = app;
  return {
    home: '',
    templates: onlyThese<TemplateApi>({ presets: (name) => templates.presets(name) }, what, 'member'),
    pools: onlyThese<PoolApi>(
      {
        status: async (pool) => (await pools.status(pool)).map((one) => ({ ...one, heldPrebuilds: [] })),
        history: (hours) => pools.history(hours),
        isPaused: () => pools.isPaused(),
      },
      what,
    ),
    workspaces: onlyThese({}, what, 'member'),
    audit: onlyThese({}, what, 'member'),
    people: onlyThese({}, what),
    tokens: onlyThese({}, what),
    serve: () => Promise.reject(forbidden('serve')),
    hooks: onlyThese({}, what),
    sweeps: onlyThese<SweepApi>({ last: () => Promise.resolve([]), suspects: () => Promise.resolve([]) }, what),
    keep: onlyThese({}, what),
    doctor: () => Promise.reject(forbidden('doctor')),
    metrics: (version) => app.metrics(version),
    why: async (name) => (await app.why(name)).filter(({ kind }) => kind === 'pool'),
    cronLine: () => '',
    close: () => Promise.resolve(),
  };
}
