import { ensureEngine } from '../../scripts/engine.mjs';
import { ensurePodman, startPodman } from '../../scripts/podman.mjs';
import { makeSandbox, type Sandbox } from './cli.ts';

export type Daemon = Awaited<ReturnType<typeof startPodman>>;

/** A real container daemon, and a sandbox whose engine has the docker provider. */
export async function openContainers(): Promise<{ readonly daemon: Daemon; readonly box: Sandbox }> {
  if (!ensurePodman()) throw new Error('there is no podman, and it could not be installed');
  const daemon = await startPodman();
  const { engine, cliConfig } = await ensureEngine({ providers: ['coder', 'docker'] });
  const box = makeSandbox({ PREBUILDS_ENGINE: engine, ...(cliConfig === null ? {} : { TF_CLI_CONFIG_FILE: cliConfig }) });
  return { daemon, box };
}
