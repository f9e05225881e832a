import { execa, ExecaError } from 'execa';
import { messageOf, StoreError, UserError } from '../kit/errors.ts';

/** Runs the system's tar; `done` is undefined for an archive it cannot read. */
async function tar(args: readonly string[]): Promise<string> {
  const { stdout } = await execa('tar', args, {
    stdin: 'ignore',
    stripFinalNewline: false,
    maxBuffer: 1 << 28,
    env: { LC_ALL: 'C' },
  });
  return stdout;
}

/** Packs the members of a folder, in their order, into an existing empty file. StoreError when it cannot be written. */
export async function pack(folder: string, members: readonly string[], file: string): Promise<void> {
  try {
    await tar(['-czf', file, '-C', folder, '--', ...members]);
  } catch (error) {
    throw new StoreError('backup_failed', `the archive ${file} could not be written: ${reason(error)}`, {
      hint: 'check the space on that disk; nothing was changed',
      cause: error,
    });
  }
}

/** Text of one member. UserError not_a_backup when the file is no archive or has no such member. */
export async function readMember(file: string, member: string): Promise<string> {
  try {
    return await tar(['-xzOf', file, '--', member]);
  } catch (error) {
    throw notABackup(file, error);
  }
}

/** Unpacks into a folder; owner and mode bits beyond the umask are not taken over. */
export async function unpack(file: string, folder: string): Promise<void> {
  try {
    await tar(['-xzf', file, '-C', folder, '--no-same-owner', '--no-same-permissions']);
  } catch (error) {
    throw notABackup(file, error);
  }
}

export const notABackup = (file: string, cause?: unknown): UserError =>
  new UserError('not_a_backup', `${file} is not a whole backup of prebuilds${cause === undefined ? '' : `: ${reason(cause)}`}`, {
    hint: 'name a file that `prebuilds backup` wrote',
    // What tar said in its first line is in the message; the rest of it is noise.
    cause: cause instanceof ExecaError ? undefined : cause,
  });

function reason(error: unknown): string {
  if (!(error instanceof ExecaError)) return messageOf(error);
  return String(error.stderr).trim().split('\n')[0] || error.shortMessage;
}
