import { z } from 'zod';
import { flag, nothing, optionalText, text, whole } from '../inputs.ts';
import { route, type Routes } from '../route.ts';
import * as shapes from '../shapes/system.ts';
import { event } from '../shapes/workspaces.ts';
import { done, list } from '../shapes/words.ts';
import { followEvents } from '../follow.ts';

const since = { after: whole(0).optional(), sinceAt: whole(0).optional() };

export const systemRoutes = {
  me: route({
    summary: 'Whose token this is',
    input: nothing,
    answer: shapes.me,
    ask: (_app, _input, { caller, version }) => Promise.resolve({ person: caller.person, role: caller.role, version }),
  }),
  why: route({
    summary: 'The one constraint that binds a pool or a workspace now, and what to do',
    input: z.object({ name: optionalText }),
    answer: list(shapes.answer),
    ask: (app, { name }) => app.why(name),
  }),
  'events.list': route({
    summary: 'Who did what to which workspace, when and why',
    input: z.object({ ...since, limit: whole(1, 10_000).default(1000) }),
    answer: list(event),
    ask: (app, input) => app.audit.events(input),
  }),
  'events.stream': route({
    summary: 'The same as `event` events, until the client leaves',
    input: z.object(since),
    answer: done,
    live: 'only',
    ask: (app, input, live) => followEvents(app, input, live),
  }),
  'hooks.list': route({
    summary: 'Notifications that wait, or were given up',
    input: nothing,
    answer: list(shapes.notification),
    ask: (app) => app.hooks.list(),
  }),
  'hooks.deliver': route({
    summary: 'Deliver the notifications that are due',
    input: z.object({ retry: flag }),
    answer: shapes.delivered,
    ask: (app, { retry }, { signal }) => app.hooks.deliver({ retry, signal }),
  }),
  'hooks.test': route({
    summary: 'Send a made-up event to every receiver of a hook, once',
    input: z.object({ hook: text }),
    answer: list(shapes.hookAttempt),
    ask: (app, { hook }) => app.hooks.test(hook),
  }),
  'sweeps.last': route({
    summary: 'What the configured sources said when they were last looked at',
    input: nothing,
    answer: list(shapes.sweepView),
    ask: (app) => app.sweeps.last(),
  }),
  'sweeps.run': route({
    summary: 'Look now at what the providers really have',
    input: z.object({ template: optionalText, dryRun: flag, remove: flag }),
    answer: shapes.sweepReport,
    ask: (app, input) => app.sweeps.run(input),
  }),
  'sweeps.suspects': route({
    summary: 'What may exist although no state knows it, until a sweep or a person resolves it',
    input: nothing,
    answer: list(shapes.suspectView),
    ask: (app) => app.sweeps.suspects(),
  }),
  'sweeps.declareAbsent': route({
    summary: 'Somebody looked: what is suspected of a workspace does not exist',
    input: z.object({ workspace: text }),
    answer: list(z.string()),
    ask: (app, { workspace }) => app.sweeps.declareAbsent(workspace),
  }),
  gc: route({
    summary: 'Remove what is over: unused versions, old rows, old engine logs',
    input: z.object({ dryRun: flag }),
    answer: shapes.collected,
    ask: (app, { dryRun }) => app.keep.collect({ dryRun }),
  }),
  doctor: route({
    summary: 'Check engine, providers, home, store, clock and leftovers',
    input: nothing,
    answer: list(shapes.doctorFinding),
    ask: (app) => app.doctor({ repair: false }),
  }),
  'doctor.repair': route({
    summary: 'The same, and put right what is safe to',
    input: nothing,
    answer: list(shapes.doctorFinding),
    ask: (app) => app.doctor({ repair: true }),
  }),
  metrics: route({
    summary: 'Metrics as data and as Prometheus text',
    input: nothing,
    answer: shapes.metrics,
    ask: (app, _input, { version }) => app.metrics(version),
  }),
} satisfies Routes;
