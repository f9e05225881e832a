import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly children?: ComponentChildren;
}

/** A box that narrows down what is below it; `/` goes to it. */
export function FilterBar({ label, placeholder, value, onInput, children }: Props) {
  const id = useId();
  return (
    <div class="bar">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="mono search"
        type="search"
        data-shortcut="/"
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={value}
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      {children}
    </div>
  );
}
