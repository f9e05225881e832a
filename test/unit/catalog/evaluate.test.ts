import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../../../src/catalog/evaluate.ts';
import type { EvaluationRequest, VersionEvaluator } from '../../../src/catalog/evaluator.ts';
import { EngineError, InterruptedError, UserError } from '../../../src/kit/errors.ts';
import type { EvaluatedPreset } from '../../../src/template/plan.ts';
import type { FolderReading, ResourceBlock, TemplateReading } from '../../../src/template/reading.ts';

const block = (type: string, name: string, body: Readonly<Record<string, unknown>>): ResourceBlock => ({
  mode: 'data',
  type,
  name,
  body: { name, ...body },
  place: { file: 'main.tf', line: 1, column: 1 },
});

function reading(...resources: readonly ResourceBlock[]): TemplateReading {
  const root: FolderReading = {
    folder: '',
    files: [],
    resources,
    modules: [],
    variables: [],
    requiredProviders: {},
    backend: undefined,
  };
  return { root, folders: [root], hasRemoteModules: false };
}

const plan = (conditional: boolean) => ({
  format_version: '1.2',
  configuration: {
    root_module: {
      resources: [
        {
          address: 'data.coder_parameter.c',
          mode: 'data',
          type: 'coder_parameter',
          expressions: conditional ? { default: { references: ['data.coder_parameter.cpus.value'] } } : {},
        },
      ],
    },
  },
});

/** Answers each request by `answer`, and remembers them. */
function scripted(answer: (request: EvaluationRequest, n: number) => unknown) {
  const requests: EvaluationRequest[] = [];
  const evaluator: Pick<VersionEvaluator, 'evaluate'> = {
    evaluate: (request) => {
      requests.push(request);
      const said = answer(request, requests.length);
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
    },
  };
  return { evaluator, requests };
}

const frame = {
  engine: { kind: 'terraform', path: '/bin/terraform', version: '1.11.4' },
  source: '/s',
  data: '/d',
  variables: '/v',
  templateName: 't',
  accessUrl: 'http://127.0.0.1:7780',
  loader: 1,
} as const;
const TARGETS = ['coder_agent.main', 'data.coder_parameter.c'];
const preset = (name: string, parameters: Record<string, string>) =>
  ({ name, parameters, hasPrebuilds: true }) as unknown as EvaluatedPreset;

const notDecisive = () => new UserError('template_invalid', 'x', { details: { decisive: false } });
const environment = () => new EngineError('evaluation_failed', 'no credentials');

describe('which addresses are asked', () => {
  it('all targets, then those without agents, then the whole template', async () => {
    const { evaluator, requests } = scripted((_request, n) => (n < 3 ? environment() : plan(false)));
    await createEvaluator(evaluator, frame, reading(), TARGETS).first();
    expect(requests.map((request) => request.targets)).toEqual([TARGETS, ['data.coder_parameter.c'], undefined]);
  });

  it('only once when that works', async () => {
    const { evaluator, requests } = scripted(() => plan(false));
    await createEvaluator(evaluator, frame, reading(), TARGETS).first();
    expect(requests).toHaveLength(1);
  });

  it('no further when the template itself is wrong, or the push was interrupted', async () => {
    for (const error of [new UserError('template_invalid', 'x', { details: { decisive: true } }), new InterruptedError()]) {
      const { evaluator, requests } = scripted(() => error);
      await expect(createEvaluator(evaluator, frame, reading(), TARGETS).first()).rejects.toBe(error);
      expect(requests).toHaveLength(1);
    }
  });

  it('the last error is the one that is told', async () => {
    const { evaluator } = scripted((_request, n) => (n < 3 ? notDecisive() : environment()));
    await expect(createEvaluator(evaluator, frame, reading(), TARGETS).first()).rejects.toMatchObject({
      code: 'evaluation_failed',
    });
  });
});

describe('which values are given', () => {
  const presets = [
    block('coder_workspace_preset', 'A', { parameters: { cpus: 2 }, prebuilds: [{ instances: 1 }] }),
    block('coder_workspace_preset', 'B', { parameters: { cpus: 4 }, default: true }),
  ];

  it('those of the default preset, and something for open parameters with rules', async () => {
    const parameters = [
      block('coder_parameter', 'number', { type: 'number', validation: [{ min: 3 }] }),
      block('coder_parameter', 'choice', { option: [{ name: 'x', value: 'one' }] }),
      block('coder_parameter', 'flag', { type: 'bool' }),
      block('coder_parameter', 'text', {}),
      block('coder_parameter', 'settled', { default: 'd' }),
    ];
    const { evaluator, requests } = scripted(() => plan(false));
    await createEvaluator(evaluator, frame, reading(...presets, ...parameters), TARGETS).first();
    expect(requests[0]?.parameters).toEqual({ cpus: '4', number: '3', choice: 'one', flag: 'false' });
  });

  it('those of the first preset with prebuilds when there is no default', async () => {
    const { evaluator, requests } = scripted(() => plan(false));
    await createEvaluator(evaluator, frame, reading(...presets.slice(0, 1)), TARGETS).first();
    expect(requests[0]?.parameters).toEqual({ cpus: '2' });
  });

  it.each([
    ['one plan serves all presets when no parameter depends on another', false, 1],
    ['each further preset is planned with its own values otherwise', true, 2],
  ])('%s', async (_what, conditional, count) => {
    const { evaluator, requests } = scripted(() => plan(conditional));
    const asked = createEvaluator(evaluator, frame, reading(...presets), TARGETS);
    const first = await asked.first();
    await asked.forPreset(preset('B', { cpus: '4' }), first);
    await asked.forPreset(preset('A', { cpus: '2' }), first);
    expect(requests).toHaveLength(count);
    if (count === 2) expect(requests[1]?.parameters).toEqual({ cpus: '2' });
  });
});
