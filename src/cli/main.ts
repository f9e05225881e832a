import * as nodeModule from 'node:module';
import { version } from './version.ts';

// The entry of the bundle, and the only place that ends the process. It loads nothing before it knows that more than the version is
// asked for: start-up time is part of every claim.
const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  // From Node 22 on, compiled code is kept between runs.
  const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown };
  enableCompileCache?.();
  const { start } = await import('./start.ts');
  process.exitCode = await start(args, (code) => process.exit(code));
}
