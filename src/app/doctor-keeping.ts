import { isVersion } from '../catalog/push.ts';
import { staleStaging, sweepStaging } from '../catalog/staging.ts';
import { findAilments, type Ailment } from '../keep/ailments.ts';
import { messageOf } from '../kit/errors.ts';
import type { DoctorFinding } from '../api/app.ts';
import { keepDeps, type Context } from './context.ts';

/** What is not in order in home and store. With `repair` what is safe to put right is; what remains stays a finding. */
export async function keepingFindings(context: Context, repair: boolean): Promise<readonly DoctorFinding[]> {
  const { store, config, pool } = context;
  const ailments = await findAilments({
    ...keepDeps(context),
    readState: pool.engine.readState,
    isRunAlive: (folder) => pool.engine.runner.isRunAlive(folder),
    touchedAnything: (folder) => pool.engine.runner.touchedAnything(folder),
    staleStaging: () => staleStaging(config.home),
    sweepStaging: () => sweepStaging(config.home, (id) => isVersion(store, id)),
  });
  const findings: DoctorFinding[] = [];
  for (const ailment of ailments) findings.push(repair ? await repaired(ailment) : findingOf(ailment));
  const message = 'store, states and folders are in order';
  return findings.length > 0 ? findings : [{ level: 'ok', topic: 'keeping', message, remedy: undefined }];
}

const findingOf = ({ level, topic, message, remedy, repair }: Ailment): DoctorFinding => ({
  level,
  topic,
  message,
  remedy,
  repairable: repair !== undefined,
});

async function repaired(ailment: Ailment): Promise<DoctorFinding> {
  const { topic, message, repair } = ailment;
  if (repair === undefined) return findingOf(ailment);
  try {
    await repair();
    return { level: 'repaired', topic, message, remedy: undefined };
  } catch (error) {
    return { level: 'problem', topic, message: `${message}; repairing failed: ${messageOf(error)}`, remedy: ailment.remedy };
  }
}
