import { z } from 'zod';
import type { AgentLogLine } from '../../../api/agents.ts';
import type { RunOptions } from '../../../api/app.ts';
import { MOST_ROWS, ROW_ORDERS, rowsOf } from '../../../api/rows.ts';
import { assignments, flag, fullName, noProviderSession, nothing, optionalText, text, whole, workspace } from '../inputs.ts';
import { route, type Live, type Routes } from '../route.ts';
import {
  claimAnswer,
  connection,
  orphaned,
  waiting,
  workspace as workspaceShape,
  workspaceDetail,
  workspaceHistory,
  workspaceRows,
  workspaceView,
} from '../shapes/workspaces.ts';
import { done, list } from '../shapes/words.ts';

const YEAR_MS = 366 * 86_400_000;

const claim = z.object({
  template: text,
  preset: optionalText,
  name: optionalText,
  params: assignments.meta({ description: 'name=value' }),
  owner: optionalText.meta({ description: 'somebody else; needs the admin role' }),
  noPool: flag.meta({ description: 'never take from the pool' }),
  noCold: flag.meta({ description: 'fail instead of a cold build' }),
  requestId: optionalText.meta({ description: 'the same id is answered with the same workspace' }),
  wait: z.object({ ms: whole(1, YEAR_MS).optional() }).optional(),
  detach: flag,
  ttlMs: whole(1, YEAR_MS).optional(),
  providerSession: noProviderSession,
});

const operated = workspace.extend({ providerSession: noProviderSession });
const built = operated.extend({ params: assignments });

const run = ({ signal, onProgress }: Live, { providerSession }: { providerSession?: false | undefined }): RunOptions => ({
  signal,
  onProgress,
  providerSession,
});

const claims = {
  'claims.create': route({
    summary: 'Claim a workspace: from the pool where one is ready, else a new one',
    input: claim,
    answer: claimAnswer,
    live: 'may',
    ask: (app, input, live) => {
      const wait = input.wait && { ms: input.wait.ms };
      return app.workspaces.claim({ ...input, wait, ...run(live, input), onStep: live.onStep });
    },
  }),
  'claims.waiting': route({
    summary: 'Claims that wait in line, oldest first',
    input: nothing,
    answer: list(waiting),
    ask: (app) => app.workspaces.waiting(),
  }),
  'claims.cancel': route({
    summary: 'Take a waiting claim out of the line; null when none of this name waits',
    input: workspace,
    answer: waiting.nullable(),
    ask: async (app, input) => (await app.workspaces.cancelWaiting(fullName(input))) ?? null,
  }),
} satisfies Routes;

const looks = {
  'workspaces.list': route({
    summary: 'Workspaces; search words are owner:, status:, template:, preset:, name: and parts of the name',
    input: z.object({ search: z.string().max(1024).optional() }),
    answer: list(workspaceView),
    ask: (app, { search }) => app.workspaces.list(search),
  }),
  'workspaces.rows': route({
    summary: 'The first rows of a table of workspaces, sorted, and how many there are in all',
    input: z.object({
      search: z.string().max(1024).optional(),
      order: z.enum(ROW_ORDERS).default('name'),
      reverse: flag,
      limit: whole(1, MOST_ROWS).default(200),
    }),
    answer: workspaceRows,
    ask: async (app, { search, ...table }) => rowsOf(await app.workspaces.list(search), table),
  }),
  'workspaces.show': route({
    summary: 'A workspace with its builds and resources',
    input: workspace,
    answer: workspaceDetail,
    ask: (app, input) => app.workspaces.show(fullName(input)),
  }),
  'workspaces.history': route({
    summary: 'Builds, claims and events of a workspace, also of a deleted one',
    input: workspace,
    answer: workspaceHistory,
    ask: (app, input) => app.workspaces.history(fullName(input)),
  }),
  'workspaces.logs': route({
    summary: "The engine's words of a build, as `line` events",
    input: workspace.extend({ build: whole(1).optional(), follow: flag }),
    answer: done,
    live: 'only',
    ask: async (app, { build, follow, ...names }, { onLine, signal }) => {
      await app.workspaces.logs(fullName(names), { build, follow, onLine, signal });
      return null;
    },
  }),
  'workspaces.agentLogs': route({
    summary: "What the agents' scripts wrote, as `agent-line` events; the answer says why there was nothing, if so",
    input: workspace.extend({
      agent: optionalText,
      script: optionalText,
      generation: whole(1).optional(),
      follow: flag,
    }),
    answer: z.string().nullable(),
    live: 'only',
    ask: async (app, { agent, script, generation, follow, ...names }, { emit, signal }) => {
      const onLine = (line: AgentLogLine): void => {
        emit('agent-line', line);
      };
      return (await app.workspaces.agentLogs(fullName(names), { agent, script, generation, follow, onLine, signal })) ?? null;
    },
  }),
  'workspaces.connect': route({
    summary: 'The configured connect command of a workspace',
    input: workspace,
    answer: connection,
    ask: (app, input) => app.workspaces.connect(fullName(input)),
  }),
} satisfies Routes;

export const workspaceRoutes = {
  ...claims,
  ...looks,
  'workspaces.start': route({
    summary: 'Start a stopped workspace, with other values of mutable parameters if given',
    input: built,
    answer: workspaceShape,
    live: 'may',
    ask: (app, input, live) => app.workspaces.start(fullName(input), { ...run(live, input), params: input.params }),
  }),
  'workspaces.stop': route({
    summary: 'Stop a workspace',
    input: operated,
    answer: workspaceShape,
    live: 'may',
    ask: (app, input, live) => app.workspaces.stop(fullName(input), run(live, input)),
  }),
  'workspaces.restart': route({
    summary: 'Stop a workspace and start it again, with other values of mutable parameters if given',
    input: built,
    answer: workspaceShape,
    live: 'may',
    ask: (app, input, live) => app.workspaces.restart(fullName(input), { ...run(live, input), params: input.params }),
  }),
  'workspaces.update': route({
    summary: 'Bring a workspace to the active version, and change its mutable parameters',
    input: built,
    answer: workspaceShape,
    live: 'may',
    ask: (app, input, live) => app.workspaces.update(fullName(input), { ...run(live, input), params: input.params }),
  }),
  'workspaces.orphan': route({
    summary: 'Delete a workspace without the engine, and leave what it has where it is',
    input: operated,
    answer: orphaned,
    live: 'may',
    ask: (app, input, live) => app.workspaces.orphan(fullName(input), run(live, input)),
  }),
  'workspaces.rename': route({
    summary: 'Give a workspace another name',
    input: operated.extend({ newName: text, force: flag }),
    answer: workspaceShape,
    live: 'may',
    ask: (app, { newName, force, ...input }, live) =>
      app.workspaces.rename(fullName(input), newName, { ...run(live, input), force }),
  }),
  'workspaces.extend': route({
    summary: 'Let a claimed workspace end this much later from now',
    input: workspace.extend({ ms: whole(1, YEAR_MS) }),
    answer: workspaceShape,
    ask: (app, input) => app.workspaces.extend(fullName(input), input.ms),
  }),
  'workspaces.hold': route({
    summary: 'Park a prebuild, or make it stock again',
    input: workspace.extend({ held: flag, reason: optionalText }),
    answer: workspaceShape,
    ask: (app, input) => app.workspaces.hold(fullName(input), input.held, input.reason),
  }),
  'workspaces.delete': route({
    summary: 'Destroy a workspace and what belongs to it',
    input: operated.extend({ force: flag }),
    answer: workspaceShape,
    live: 'may',
    ask: (app, input, live) => app.workspaces.delete(fullName(input), { ...run(live, input), force: input.force }),
  }),
} satisfies Routes;
