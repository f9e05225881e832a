import { join } from 'node:path';
import { keepCompiledCode } from './code-cache.ts';
import { version } from './version.ts';

// The entry of the bundle, and the only place that ends the process. It loads nothing before it knows that more than the version is
// asked for: start-up time is part of every claim.
const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  keepCompiledCode(join(import.meta.dirname, '..', 'chunks'), args[0]);
  void import('./start.ts').then(async ({ start }) => {
    process.exitCode = await start(args, (code) => process.exit(code));
  });
}
