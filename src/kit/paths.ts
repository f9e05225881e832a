import { join } from 'node:path';

/** Folders in the trash that are kept for a week begin with this: nobody could say whose they are. */
export const ASIDE = 'aside-';

/** Where things lie under the home folder; every folder is 0700. */
export const homePaths = (home: string) => ({
  home,
  database: join(home, 'prebuilds.db'),
  config: join(home, 'config.yaml'),
  /** What the configuration said when it was last read. */
  configKept: join(home, 'config.kept.json'),
  versions: join(home, 'versions'),
  workspaces: join(home, 'workspaces'),
  logs: join(home, 'logs'),
  trash: join(home, 'trash'),
  /** Working folders of running commands, each with its owner. */
  scratch: join(home, 'scratch'),
});

/** A pushed version: copied template with lock file, and the engine's data folder (engine.md 2). */
export const versionPaths = (folder: string) => ({
  source: join(folder, 'source'),
  data: join(folder, 'data'),
  /** Values of `--var`, `--var-file` as JSON tfvars, mode 0600. */
  variables: join(folder, 'prebuilds.auto.tfvars.json'),
});

/** A workspace: `work/` is the engine's working directory (template copy, lock file, state), `runs/` one folder per engine process. */
export const workspacePaths = (home: string, id: string) => {
  const folder = join(home, 'workspaces', id);
  return {
    folder,
    work: join(folder, 'work'),
    state: join(folder, 'work', 'terraform.tfstate'),
    runs: join(folder, 'runs'),
    history: join(folder, 'history'),
  };
};
export type WorkspacePaths = ReturnType<typeof workspacePaths>;
