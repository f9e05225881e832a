import type { TargetedSubmitEvent } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { ClaimAnswer } from '../../api/app.ts';
import type { Preset } from '../../domain/types.ts';
import { api, type TemplateDetail } from '../api.ts';
import { parametersOf, paramsOf, type Typed } from '../claim-form.ts';
import { run, type Problem } from '../client.ts';
import { asProblem, useAnswer, useFrame } from '../hooks.ts';
import { Empty, ProblemNote, Waiting } from '../parts/marks.tsx';
import { progressLine, withLine } from '../parts/progress.ts';
import { clean } from '../text.ts';
import { Answered } from './claim-answer.tsx';
import { ParameterFields } from './parameter-fields.tsx';

interface Props {
  readonly template: string;
  readonly preset: string;
  readonly onChange: (template: string, preset: string) => void;
}

/** Claims a workspace: template, preset, parameters; what happens meanwhile; what came of it. */
export function ClaimPage({ template, preset, onChange }: Props) {
  const { value, problem } = useAnswer((signal) => api.templates(signal), [], { everyMs: 60_000 });
  if (value === undefined) return problem === undefined ? <Waiting /> : <ProblemNote problem={problem} />;
  const usable = value.filter(
    ({ template: one, active }) => active !== undefined && one.deprecatedAt === undefined && one.deletingAt === undefined,
  );
  const chosen = usable.find((one) => one.template.name === template)?.template.name ?? usable[0]?.template.name;
  return (
    <>
      <div class="title">
        <h1>Claim a workspace</h1>
      </div>
      {chosen === undefined ? (
        <Empty>
          There is no active template. <code>prebuilds template push DIR</code> adds one.
        </Empty>
      ) : (
        <Form
          key={chosen}
          template={chosen}
          templates={usable.map((one) => one.template.name)}
          preset={preset}
          onChange={onChange}
        />
      )}
    </>
  );
}

interface FormProps extends Props {
  readonly templates: readonly string[];
}

function Form({ template, templates, preset: presetName, onChange }: FormProps) {
  const [typed, setTyped] = useState<Typed>({});
  const { value: detail, problem } = useAnswer((signal) => api.template(template, signal), [template], { everyMs: 60_000 });
  const claim = useClaim();
  const preset = detail?.presets.find(({ name }) => name === presetName);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    claim.begin({
      template,
      preset: presetName === '' ? undefined : presetName,
      params: paramsOf(detail === undefined ? [] : parametersOf(detail, preset), preset, typed),
      ...wishesOf(new FormData(event.currentTarget)),
    });
  };
  return (
    <div class="columns claiming">
      <form class="form" onSubmit={submit}>
        <TemplateField
          chosen={template}
          templates={templates}
          onChoose={(name) => {
            onChange(name, '');
          }}
        />
        {problem === undefined ? null : <ProblemNote problem={problem} />}
        {detail === undefined ? null : (
          <>
            <PresetField
              detail={detail}
              chosen={preset}
              onChoose={(name) => {
                onChange(template, name);
              }}
            />
            <ParameterFields
              parameters={parametersOf(detail, preset)}
              preset={preset}
              presets={detail.presets}
              typed={typed}
              onType={(name, value) => {
                setTyped({ ...typed, [name]: value });
              }}
            />
          </>
        )}
        <WishFields />
        <p class="buttons">
          <button type="submit" class="primary" disabled={claim.busy || detail === undefined}>
            {claim.busy ? 'Claiming…' : 'Claim'}
          </button>
        </p>
      </form>
      <Outcome {...claim} />
    </div>
  );
}

/** What the fields below the parameters say. */
function wishesOf(form: FormData) {
  const how = wordOf(form, 'how');
  return { name: wordOf(form, 'name'), owner: wordOf(form, 'owner'), noPool: how === 'cold', noCold: how === 'warm' };
}

interface TemplateProps {
  readonly chosen: string;
  readonly templates: readonly string[];
  readonly onChoose: (name: string) => void;
}

function TemplateField({ chosen, templates, onChoose }: TemplateProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Template</label>
      <select
        id={id}
        value={chosen}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        {templates.map((name) => (
          <option key={name} value={name}>
            {clean(name)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What is not of the template: name, for whom, and where from. */
function WishFields() {
  const { me } = useFrame();
  const ids = { name: useId(), owner: useId(), how: useId() };
  const name = { class: 'mono', maxLength: 64, autocomplete: 'off', spellcheck: false } as const;
  return (
    <>
      <div class="field">
        <label for={ids.name}>Name</label>
        <input id={ids.name} name="name" {...name} placeholder="made from the template" />
      </div>
      {me.role === 'admin' ? (
        <div class="field">
          <label for={ids.owner}>For</label>
          <input id={ids.owner} name="owner" {...name} placeholder={me.person.username} />
        </div>
      ) : null}
      <div class="field">
        <label for={ids.how}>Take it from</label>
        <select id={ids.how} name="how">
          <option value="">the pool, else build a new one</option>
          <option value="warm">the pool only</option>
          <option value="cold">nowhere: build a new one</option>
        </select>
      </div>
    </>
  );
}

const wordOf = (form: FormData, name: string): string | undefined => {
  const value = form.get(name);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};

interface PresetProps {
  readonly detail: TemplateDetail;
  readonly chosen: Preset | undefined;
  readonly onChoose: (name: string) => void;
}

function PresetField({ detail, chosen, onChoose }: PresetProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Preset</label>
      <select
        id={id}
        value={chosen?.name ?? ''}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        <option value="">the one that fits the parameters</option>
        {detail.presets.map(({ name, isDefault, hasPrebuilds }) => (
          <option key={name} value={name}>
            {clean(name)}
            {isDefault ? ' (default)' : ''}
            {hasPrebuilds ? '' : ', no pool'}
          </option>
        ))}
      </select>
    </div>
  );
}

interface Claiming {
  readonly busy: boolean;
  readonly lines: readonly string[];
  readonly answer: ClaimAnswer | undefined;
  readonly problem: Problem | undefined;
}

const IDLE: Claiming = { busy: false, lines: [], answer: undefined, problem: undefined };

/** One claim at a time. The request id stays until there is an answer, so a try after a broken connection gets the same workspace. */
function useClaim(): Claiming & { readonly begin: (wish: Readonly<Record<string, unknown>>) => void } {
  const { say } = useFrame();
  const [state, setState] = useState<Claiming>(IDLE);
  const request = useRef<{ readonly wish: string; readonly id: string } | undefined>(undefined);
  const begin = (wish: Readonly<Record<string, unknown>>): void => {
    const text = JSON.stringify(wish);
    if (request.current?.wish !== text) request.current = { wish: text, id: randomId() };
    setState({ ...IDLE, busy: true });
    run<ClaimAnswer>('claims.create', { ...wish, requestId: request.current.id, detach: false }, (event, data) => {
      const line = progressLine(event, data);
      if (line !== undefined) setState((before) => ({ ...before, lines: withLine(before.lines, line) }));
    }).then(
      (answer) => {
        request.current = undefined;
        setState((before) => ({ ...before, busy: false, answer }));
        say('The workspace is claimed');
      },
      (error: unknown) => {
        const problem = asProblem(error);
        // An answer of the server is final; without one the same claim may have been served.
        if (problem.code !== 'unknown') request.current = undefined;
        setState((before) => ({ ...before, busy: false, problem }));
      },
    );
  };
  return { ...state, begin };
}

const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

function Outcome({ busy, lines, answer, problem }: Claiming) {
  return (
    <section class="outcome" aria-label="What comes of it" aria-busy={busy}>
      {lines.length === 0 && !busy && answer === undefined && problem === undefined ? (
        <p class="empty">A prebuild that fits is handed over in a moment; what happens meanwhile is shown here.</p>
      ) : null}
      <div role="log" aria-label="Progress">
        <ol class="steps">
          {lines.map((line, at) => (
            <li key={at} class={busy && at === lines.length - 1 ? 'current' : ''}>
              {line}
            </li>
          ))}
        </ol>
      </div>
      {problem === undefined ? null : <ProblemNote problem={problem} />}
      {answer === undefined ? null : <Answered answer={answer} />}
    </section>
  );
}
