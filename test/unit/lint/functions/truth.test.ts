import { describe, expect, it } from 'vitest';
import { answer, fromJson, recorded } from './values.ts';

describe.each(['terraform', 'tofu'] as const)('functions against %s', (engine) => {
  const { files, calls } = recorded(engine);

  it.each(calls.map((call) => ({ ...call, text: JSON.stringify(call.args) })))('$name $text', ({ name, args, value, error }) => {
    expect(answer(name, args.map(fromJson), files)).toEqual(error === true ? { error } : { value });
  });
});
