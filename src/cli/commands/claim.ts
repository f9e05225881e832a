import type { ClaimAnswer } from '../../app/api.ts';
import type { PlannedChange } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { answerJson } from '../render/json.ts';
import { clean, facts, fullName, sections } from '../render/text.ts';
import { seconds } from '../render/time.ts';

/** `claim TEMPLATE` and `create TEMPLATE`. */
export const claim: Handler = async (context, [template = ''], options) => {
  const app = await context.app();
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
  const phases = Object.entries(answer.phases);
  const total = answer.phases['total'] ?? phases.reduce((sum, [, ms]) => sum + ms, 0);
  return sections(
    facts([
      ['Workspace', style.bold(clean(fullName(answer.workspace)))],
      ['Template', clean(template)],
      ['Preset', answer.preset === undefined ? undefined : clean(`${answer.preset} (${answer.presetReason})`)],
      ['Served', `${served(answer)} in ${seconds(total)}s`],
      ['Repeated', answer.repeated ? 'yes: an earlier request had the same answer' : undefined],
    ]),
    answer.rebuilt.map((change) => style.yellow(`warning: ${rebuiltLine(change)}`)).join('\n'),
    context.table(
      [{ head: 'PHASE' }, { head: 'SECONDS', right: true }],
      phases.map(([phase, ms]) => [phase, seconds(ms)]),
    ),
    answer.connect === undefined ? '' : facts([['Connect', clean(answer.connect)]]),
  );
}

const served = (answer: ClaimAnswer): string =>
  answer.missReason === undefined ? answer.servedAs : `${answer.servedAs} (${clean(answer.missReason)})`;

/** `docker_container.workspace was rebuilt because of env, name`: what the person lost, and which attributes forced it. */
function rebuiltLine(change: PlannedChange): string {
  const verb = change.action === 'delete' ? 'destroyed' : 'rebuilt';
  const paths = change.paths ?? [];
  const why = paths.length > 0 ? ` because of ${paths.join(', ')}` : change.reason === undefined ? '' : ` (${change.reason})`;
  return clean(`${change.address} was ${verb}${why}`);
}
