import type { Configuration } from '../../template/syntax/configuration.ts';
import type { Facts } from '../facts/facts.ts';
import type { Mode, World } from '../eval/world.ts';
import { callFunction } from '../functions/index.ts';
import { opaqueCall } from '../value.ts';
import { FirstBuild, type Pinned } from './first.ts';

/** The build that made the prebuild. */
export function firstBuild(configuration: Configuration, mode: Mode, pinned: Pinned, facts: Facts): FirstBuild {
  return new FirstBuild(configuration, worldOf(configuration, mode, false), pinned, facts);
}

/** What one of the two builds is given. */
export function worldOf({ content }: Configuration, mode: Mode, second: boolean): World {
  return {
    mode,
    second,
    content,
    func: (name, args, moduleDir) => {
      try {
        return callFunction(name, args, { content, moduleDir, second });
      } catch (error) {
        // A result too long for this runtime; the end of the stack is another thing.
        if (error instanceof RangeError && !error.message.includes('call stack')) return opaqueCall(name, args, 1);
        throw error;
      }
    },
  };
}
