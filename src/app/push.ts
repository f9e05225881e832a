import { existsSync } from 'node:fs';
import { pushTemplate } from '../catalog/push.ts';
import { isServedAgent } from '../domain/agent-kind.ts';
import { decide } from '../domain/decide.ts';
import { discoverEngine } from '../engine/discover.ts';
import { CURRENT_LOADER } from '../engine/loaders/index.ts';
import { createVersionEvaluator } from '../engine/version-evaluator.ts';
import { createHclParser } from '../template/hcl.ts';
import { mayAskAgents } from '../domain/policy.ts';
import type { PushInput, PushReport } from '../api/app.ts';
import { unheardWords } from './agent-listen.ts';
import { actorOf, type Context } from './context.ts';
import { cronLine } from './cron-line.ts';

/** `template push`: the catalog does the work; here it gets the real engine, and the answer says what happens next (spec 4.1). */
export async function pushByWords(context: Context, input: PushInput): Promise<PushReport> {
  const { config, env, store } = context;
  const pushed = pushTemplate(
    {
      store,
      ids: context.ids,
      logger: context.logger,
      home: config.home,
      engine: () => discoverEngine({ configured: config.engine, env }),
      evaluator: createVersionEvaluator({ inherited: env, configured: config.env, fileExists: existsSync }),
      parser: createHclParser(),
      accessUrl: config.accessUrl,
      loader: CURRENT_LOADER,
      environment: { inherited: env, configured: config.env },
    },
    { ...input, actor: await actorOf(context) },
  );
  const [outcome, found] = await Promise.all([pushed, lintWarnings(input.dir, context.clock.now())]);
  return {
    ...outcome,
    warnings: [...outcome.warnings, ...found, ...unheardWarnings(context, outcome)],
    next: await whatNext(context, outcome.template.id, outcome.template.activeVersionId === outcome.version.id),
  };
}

/** Prebuilds whose agents nobody can hear are handed out without a word of them (spec 5.8). */
function unheardWarnings(
  { config }: Context,
  { template, version, presets, machine }: Awaited<ReturnType<typeof pushTemplate>>,
): readonly string[] {
  const asks = presets.some((preset) => preset.hasPrebuilds && mayAskAgents(config.policy(template.name, preset.name)));
  if (!asks || !version.facts.agents.some(isServedAgent)) return [];
  if (config.agentHearing === 'derived' && machine !== undefined) {
    return [
      `an agent in ${machine} cannot reach ${config.accessUrl}, which is this machine's own: set access_url and agent_listen, or readiness: provisioned`,
    ];
  }
  if (config.agentHearing !== 'elsewhere') return [];
  return [`${unheardWords(config)}, so prebuilds count as ready without their agents`];
}

/** What a claim of this template would rebuild, for a person to read: never the reason of a failed push. */
async function lintWarnings(dir: string, now: number): Promise<readonly string[]> {
  try {
    const { lintFolders } = await import('./lint.ts');
    const today = new Date(now).toISOString().slice(0, 10);
    const { reports } = await lintFolders({ ...PLAIN_LINT, dirs: [dir], cwd: process.cwd(), today });
    return reports
      .flatMap(({ findings }) => findings)
      .filter(({ severity, suppressed, rule }) => severity === 'error' && suppressed === undefined && rule !== 'syntax')
      .map(({ range, message, rule }) => `${range.file}:${String(range.line)}: ${message} (${rule})`);
  } catch {
    return [];
  }
}

const PLAIN_LINT = {
  recursive: false,
  onlyPrebuilds: false,
  fix: 'no',
  baseline: undefined,
  updateBaseline: false,
  since: undefined,
  strictSyntax: false,
  only: [],
  disable: [],
  inlineIgnores: true,
  failOn: undefined,
} as const;

async function whatNext(context: Context, templateId: string, active: boolean): Promise<string> {
  if (!active) return 'the version is stored, but not active; `prebuilds template promote` makes it so';
  const { store, clock, config } = context;
  const now = clock.now();
  let creates = 0;
  let deletes = 0;
  for (const snapshot of await store.snapshot(config.policy)) {
    if (snapshot.pool.templateId !== templateId) continue;
    for (const action of decide(snapshot, now)) {
      if (action.kind === 'create') creates += action.count;
      if (action.kind === 'delete' || action.kind === 'cancel') deletes += 1;
    }
  }
  if (creates + deletes === 0) return 'its pools need nothing now';
  const paused = (await store.isPaused()) ? ' once reconciling is resumed' : '';
  return `the next \`prebuilds reconcile\` creates ${String(creates)} and deletes ${String(deletes)} prebuilds${paused}; for cron: ${cronLine(context)}`;
}
