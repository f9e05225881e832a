import type { ClaimAnswer, ClaimedAgent } from '../../api/app.ts';
import type { PlannedChange } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { appTable, metadataTable } from '../render/agents.ts';
import { answerJson } from '../render/json.ts';
import { clean, facts, fullName, sections } from '../render/text.ts';
import { seconds, until } from '../render/time.ts';

/** `claim TEMPLATE` and `create TEMPLATE`. */
export const claim: Handler = async (context, [template = ''], options) => {
  const app = await context.app();
  const waitMs = options.number('wait');
  const answer = await context.withProgress((progress) =>
    app.workspaces.claim({
      template,
      preset: options.text('preset'),
      name: options.text('name'),
      params: options.list('param'),
      owner: options.text('owner'),
      noPool: !options.flag('pool'),
      noCold: !options.flag('cold'),
      requestId: options.text('requestId'),
      wait: options.flag('wait') || waitMs !== undefined ? { ms: waitMs } : undefined,
      detach: options.flag('detach'),
      ttlMs: options.number('ttl'),
      signal: context.signal,
      onStep: progress.step,
      onProgress: progress.build,
      ...(options.flag('providerSession') ? {} : { providerSession: false }),
    }),
  );
  context.answer(answerJson(answer), () => claimText(context, template, answer));
  return undefined;
};

function claimText(context: Context, template: string, answer: ClaimAnswer): string {
  const { style } = context;
  if (answer.workspace === undefined) return waitingText(context, answer);
  const phases = Object.entries(answer.phases);
  const total = answer.phases['total'] ?? phases.reduce((sum, [, ms]) => sum + ms, 0);
  return sections(
    facts([
      ['Workspace', style.bold(clean(fullName(answer.workspace)))],
      ['Template', clean(template)],
      ['Preset', answer.preset === undefined ? undefined : clean(`${answer.preset} (${answer.presetReason})`)],
      ['Version', olderWords(answer)],
      ['Served', served(answer, total - (answer.phases['agents'] ?? 0))],
      ...answer.agents.map((agent): readonly [string, string] => ['Agent', agentText(agent)]),
      ['Ends', answer.workspace.expiresAt === undefined ? undefined : until(context.now, answer.workspace.expiresAt)],
      ['Repeated', answer.repeated ? 'yes: an earlier request had the same answer' : undefined],
    ]),
    answer.rebuilt.map((change) => style.yellow(`warning: ${rebuiltLine(change)}`)).join('\n'),
    context.table(
      [{ head: 'PHASE' }, { head: 'SECONDS', right: true }],
      phases.map(([phase, ms]) => [phase, seconds(ms)]),
    ),
    appTable(context, answer.apps),
    metadataTable(context, answer.metadata),
    answer.connect === undefined ? '' : facts([['Connect', clean(answer.connect)]]),
  );
}

/** `main is ready, its scripts took 3 s`. */
function agentText({ name, status, seconds, failed }: ClaimedAgent): string {
  const said = status === 'created' ? 'not heard of yet' : status.replace('_', ' ');
  const why =
    failed === undefined
      ? ''
      : `: script ${failed.script} ${failed.exit === 'timeout' ? 'ran into its time limit' : `exited ${String(failed.exit)}`}`;
  const took = seconds === undefined ? '' : `, its scripts took ${String(seconds)} s`;
  return clean(`${name} is ${said}${why}${took}`);
}

const olderWords = ({ older }: ClaimAnswer): string | undefined =>
  older && `${String(older.version)}, older than the active ${String(older.active)}; prebuilds update brings it up to date`;

function served({ servedAs = 'cold', missReason, phases }: ClaimAnswer, total: number): string {
  if (servedAs === 'waited') return `after ${seconds(phases['wait'] ?? 0)}s in line, ${seconds(total)}s in all`;
  const why = missReason === undefined || servedAs === 'warm' ? '' : ` (${clean(missReason)})`;
  return `${servedAs}${why} in ${seconds(total)}s`;
}

/** The answer of `--detach` when nothing was ready. */
function waitingText(context: Context, { waiting }: ClaimAnswer): string {
  if (waiting === undefined) return '';
  const name = fullName({ ownerName: waiting.owner, name: waiting.name });
  const pool = waiting.preset === undefined ? waiting.template : `${waiting.template}/${waiting.preset}`;
  return facts([
    ['Waiting', context.style.bold(clean(name))],
    ['Pool', clean(pool)],
    ['Before it', String(waiting.before)],
    ['Until', waiting.deadlineAt === undefined ? 'it is served' : until(context.now, waiting.deadlineAt)],
    ['Next', `the next reconcile serves it; see prebuilds list, or end it with prebuilds delete ${clean(name)}`],
  ]);
}

/** `docker_container.workspace was rebuilt because of env, name`: what the person lost, and which attributes forced it. */
function rebuiltLine(change: PlannedChange): string {
  const verb = change.action === 'delete' ? 'destroyed' : 'rebuilt';
  const paths = change.paths ?? [];
  const why = paths.length > 0 ? ` because of ${paths.join(', ')}` : change.reason === undefined ? '' : ` (${change.reason})`;
  return clean(`${change.address} was ${verb}${why}`);
}
