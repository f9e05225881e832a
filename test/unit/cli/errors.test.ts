import { describe, expect, it } from 'vitest';
import { ConflictError, EngineError, InterruptedError, StoreError, UserError } from '../../../src/kit/errors.ts';
import { toAppError } from '../../../src/cli/errors.ts';
import { cli } from './fakes.ts';

const failing = (error: Error) => ({ workspaces: { list: () => Promise.reject(error) } });
const systemError = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('exit codes', () => {
  it.each([
    ['wrong input', new UserError('x', 'm'), 2],
    ['engine failed', new EngineError('x', 'm'), 3],
    ['store failed', new StoreError('x', 'm'), 4],
    ['conflict', new ConflictError('x', 'm'), 5],
    ['interrupted', new InterruptedError(), 130],
    ['disk full', systemError('ENOSPC', 'no space left on device'), 4],
    ['a bug', new TypeError('x is not a function'), 70],
  ])('%s', async (_name, error, code) => {
    const outcome = await cli(['list'], { app: failing(error) });
    expect(outcome.code).toBe(code);
    expect(outcome.out).toBe('');
    expect(outcome.closed).toBe(1);
  });

  it('something thrown that is no error is a bug', () => {
    expect(toAppError('text', false)).toMatchObject({ exitCode: 70, message: 'unexpected: text' });
  });

  it('an aborted wait after Ctrl-C is an interruption, not a bug', async () => {
    const abort = new AbortController();
    abort.abort();
    const error = new DOMException('This operation was aborted', 'AbortError');
    expect((await cli(['list'], { app: failing(error), abort })).code).toBe(130);
  });
});

describe('what a failure prints', () => {
  const error = new ConflictError('name_taken', 'workspace "api"\nis taken', {
    hint: 'choose another name',
    details: { name: 'api' },
    cause: new Error('UNIQUE failed', { cause: new Error('row 7') }),
  });

  it('one line, its causes, and what to do', async () => {
    const { err } = await cli(['list'], { app: failing(error) });
    expect(err).toBe('error: workspace "api" is taken (cause: UNIQUE failed) (cause: row 7)\nhint: choose another name\n');
  });

  it('a JSON document with --json', async () => {
    const { json } = await cli(['list', '--json'], { app: failing(error) });
    expect(json).toEqual({
      error: {
        code: 'name_taken',
        message: 'workspace "api" is taken (cause: UNIQUE failed) (cause: row 7)',
        hint: 'choose another name',
        details: { name: 'api' },
      },
    });
  });

  it('a stack only with -v', async () => {
    expect((await cli(['list'], { app: failing(error) })).err).not.toContain('errors.test.ts');
    expect((await cli(['list', '-v'], { app: failing(error) })).err).toContain('errors.test.ts');
  });

  it('a bug asks for a report', async () => {
    const { err } = await cli(['list'], { app: failing(new TypeError('boom')) });
    expect(err).toContain('error: unexpected: boom');
    expect(err).toContain('please report it');
  });

  it('no control characters from data', async () => {
    const { err } = await cli(['list'], { app: failing(new UserError('x', 'bad \u001b[2Jname')) });
    expect(err).toBe('error: bad  [2Jname\n');
  });

  it('nothing of a repeated cause', async () => {
    const repeated = new UserError('x', 'cannot read: EACCES', { cause: new Error('EACCES') });
    expect((await cli(['list'], { app: failing(repeated) })).err).toBe('error: cannot read: EACCES\n');
  });
});
