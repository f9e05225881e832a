import { useEffect, useId, useRef } from 'preact/hooks';

interface Props {
  readonly question: string;
  readonly detail: string;
  readonly verb: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Asks before something is destroyed. Escape means no; the focus goes back to where it was. */
export function Confirm({ question, detail, verb, onYes, onNo }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onNo}>
      <h2 id={id}>{question}</h2>
      <p>{detail}</p>
      <p class="buttons">
        <button
          type="button"
          class="danger"
          onClick={() => {
            onYes();
          }}
        >
          {verb}
        </button>
        <button
          type="button"
          autofocus
          onClick={() => {
            dialog.current?.close();
          }}
        >
          Cancel
        </button>
      </p>
    </dialog>
  );
}
