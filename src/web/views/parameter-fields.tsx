import type { TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';
import type { Parameter, Preset } from '../../domain/types.ts';
import { controlOf, expectedOf, parameterNotes, sourceOf, type Typed } from '../claim-form.ts';
import { clean } from '../text.ts';

interface Props {
  readonly parameters: readonly Parameter[];
  readonly preset: Preset | undefined;
  /** All of the template. */
  readonly presets: readonly Preset[];
  readonly typed: Typed;
  readonly onType: (name: string, value: string) => void;
}

/** One field per parameter of the template. What the preset decides is shown and cannot be changed (spec 4.6). */
export const ParameterFields = ({ parameters, preset, presets, typed, onType }: Props) =>
  parameters.length === 0 ? null : (
    <fieldset>
      <legend>Parameters</legend>
      {parameters.map((parameter) => (
        <Field
          key={parameter.name}
          parameter={parameter}
          preset={preset}
          presets={presets}
          value={typed[parameter.name] ?? ''}
          onType={onType}
        />
      ))}
    </fieldset>
  );

interface FieldProps extends Pick<Props, 'preset' | 'presets' | 'onType'> {
  readonly parameter: Parameter;
  readonly value: string;
}

function Field({ parameter, preset, presets, value, onType }: FieldProps) {
  const id = useId();
  const { pinned } = sourceOf(parameter, preset);
  const given = expectedOf(parameter, preset, presets);
  const notes = pinned ? 'set by the preset' : parameterNotes(parameter);
  return (
    <div class="field">
      <label for={id}>{clean(parameter.displayName === '' ? parameter.name : parameter.displayName)}</label>
      {pinned ? (
        <input id={id} class="mono" value={clean(given ?? '')} readOnly aria-describedby={`${id}-notes`} />
      ) : (
        <Control
          id={id}
          parameter={parameter}
          value={value}
          given={given}
          onInput={(next) => {
            onType(parameter.name, next);
          }}
        />
      )}
      <p id={`${id}-notes`} class="soft">
        {clean(notes)}
      </p>
    </div>
  );
}

interface ControlProps {
  readonly id: string;
  readonly parameter: Parameter;
  readonly value: string;
  readonly given: string | undefined;
  readonly onInput: (value: string) => void;
}

function Control({ id, parameter, value, given, onInput }: ControlProps) {
  const control = controlOf(parameter);
  const shared = { id, name: `param ${parameter.name}`, required: given === undefined, 'aria-describedby': `${id}-notes` };
  if (control.kind === 'choice') {
    return (
      <select
        {...shared}
        value={value === '' ? (given ?? '') : value}
        onChange={(event) => {
          onInput(event.currentTarget.value);
        }}
      >
        {given === undefined ? <option value="">choose one</option> : null}
        {control.options.map((option) => (
          <option key={option.value} value={option.value}>
            {clean(option.name)}
          </option>
        ))}
      </select>
    );
  }
  const common = {
    ...shared,
    class: 'mono',
    autocomplete: 'off',
    spellcheck: false,
    placeholder: given === undefined ? '' : clean(given),
    value,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => {
      onInput(event.currentTarget.value);
    },
  } as const;
  if (control.kind === 'text') return <input {...common} type="text" />;
  return <input {...common} type="number" step="any" inputMode="decimal" min={control.min} max={control.max} />;
}
